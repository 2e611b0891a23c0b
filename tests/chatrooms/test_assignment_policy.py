"""Who gets a chat: the laws that hold for any agents, rules and chats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inbox.chatrooms.assignment_policy import (
    Agent,
    Mode,
    Rule,
    Rules,
    Waiting,
    choose,
    distribute,
    has_gone,
    has_room,
    openings,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONNECTIONS = (1, 2)
TEAMS = (7, 8)

teams = st.none() | st.sampled_from(TEAMS)
rules = st.builds(
    Rule,
    mode=st.sampled_from(Mode),
    team=teams,
    capacity=st.none() | st.integers(1, 4),
    reroute_after=st.none() | st.integers(2, 60).map(lambda minutes: timedelta(minutes=minutes)),
)
all_rules = st.builds(Rules, rules, st.dictionaries(st.sampled_from(CONNECTIONS), rules))


def _agent(pk: int, places: frozenset[int], chats_of: dict[int, int], minutes: int | None) -> Agent:
    assigned_at = None if minutes is None else NOW - timedelta(minutes=minutes)
    return Agent(pk, places, assigned_at, sum(chats_of.values()), chats_of)


agents = st.lists(
    st.tuples(
        st.frozensets(st.sampled_from(TEAMS)),
        st.dictionaries(st.sampled_from(CONNECTIONS), st.integers(0, 4)),
        st.none() | st.integers(0, 100),
    ),
    max_size=4,
).map(lambda drawn: [_agent(pk, *each) for pk, each in enumerate(drawn, 1)])
chats = st.lists(st.tuples(st.sampled_from(CONNECTIONS), teams), max_size=15).map(
    lambda drawn: [Waiting(room, *each) for room, each in enumerate(drawn, 100)]
)


def fits(agent: Agent, chat: Waiting, rules: Rules) -> bool:
    """Whether an agent may have a chat at all, said once more in other words."""
    rule = rules.own.get(chat.connection, rules.general)
    team = chat.team or rule.team
    return rule.mode is not Mode.OFF and (team is None or team in agent.teams)


def too_many(before: Sequence[Agent], after: Agent, rules: Rules) -> bool:
    """Whether an agent was given more than a rule allows; what they had already does not count."""
    old = next(agent for agent in before if agent.pk == after.pk)
    in_all = rules.general.capacity
    if in_all is not None and after.chats > max(in_all, old.chats):
        return True
    return any(
        rule.capacity is not None
        and after.chats_of.get(connection, 0) > max(rule.capacity, old.chats_of.get(connection, 0))
        for connection, rule in rules.own.items()
    )


@given(chats, agents, all_rules)
def test_nobody_gets_what_they_may_not_have_or_more_than_they_may(
    waiting: list[Waiting], staff: list[Agent], rules: Rules
) -> None:
    given_, after = distribute(waiting, staff, rules, NOW)
    by_room = {chat.room: chat for chat in waiting}
    assert all(fits(after[pk], by_room[room], rules) for room, pk in given_.items())
    assert not any(too_many(staff, agent, rules) for agent in after.values())
    counts = Counter(given_.values())
    assert all(after[agent.pk].chats == agent.chats + counts[agent.pk] for agent in staff)


@given(chats, agents, all_rules)
def test_no_chat_waits_while_somebody_could_take_it_and_none_overtakes_its_like(
    waiting: list[Waiting], staff: list[Agent], rules: Rules
) -> None:
    given_, after = distribute(waiting, staff, rules, NOW)
    left = [chat for chat in waiting if chat.room not in given_]
    assert not any(
        fits(agent, chat, rules) and has_room(agent, chat.connection, rules)
        for chat in left
        for agent in after.values()
    )
    for chat in left:
        later = [each for each in waiting if each.room > chat.room]
        assert not any(
            each.room in given_ for each in later if (each.connection, each.team) == (chat.connection, chat.team)
        )


@given(chats, agents, all_rules)
def test_what_is_looked_for_is_what_can_be_given(waiting: list[Waiting], staff: list[Agent], rules: Rules) -> None:
    found = dict(openings(staff, rules, CONNECTIONS))
    for chat in waiting:
        assert (chat.team in found.get(chat.connection, set())) == (choose(chat, staff, rules) is not None)


@given(st.integers(1, 5), st.integers(0, 40))
def test_in_turn_everybody_gets_as_many_and_nobody_twice_before_all_had_one(people: int, count: int) -> None:
    staff = [Agent(pk, chats=9 if pk == 1 else 0) for pk in range(1, people + 1)]
    given_, _after = distribute([Waiting(room, 1) for room in range(count)], staff, Rules(Rule(Mode.ROUND_ROBIN)), NOW)
    order = [given_[room] for room in range(count)]
    assert order == [index % people + 1 for index in range(count)]


@given(agents, st.integers(0, 40))
def test_the_least_busy_are_level_in_the_end(staff: list[Agent], count: int) -> None:
    given_, after = distribute([Waiting(room, 1) for room in range(count)], staff, Rules(Rule(Mode.LEAST_BUSY)), NOW)
    touched = [after[pk].chats for pk in set(given_.values())]
    least = min((agent.chats for agent in after.values()), default=0)
    assert all(load <= least + 1 for load in touched)


def test_chats_of_somebody_who_has_gone_go_to_others_after_the_time_of_the_rule() -> None:
    rule = Rule(Mode.ROUND_ROBIN, reroute_after=timedelta(minutes=5), since=NOW - timedelta(minutes=5))
    minute = timedelta(minutes=1)
    for gone_since, expected in ((NOW - 5 * minute, True), (NOW - 4 * minute, False), (None, True)):
        assert has_gone(gone_since, rule, NOW) is expected
    assert not has_gone(None, rule, NOW - minute), "they were never seen, but the rule is young"
    assert not has_gone(NOW - 99 * minute, Rule(Mode.ROUND_ROBIN), NOW)
    assert not has_gone(NOW - 99 * minute, Rule(Mode.OFF, reroute_after=minute), NOW)
