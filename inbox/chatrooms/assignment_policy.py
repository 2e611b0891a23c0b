"""Who gets a chat. Pure: agents, their loads and the rules in, who gets what out.

A chat goes to the members of its own team, else to those of its rule's, else to anybody who is available. Nobody gets
more open chats than the workspace's rule allows in all, or the connection's of that connection. What nobody can take
now waits, and does not hold up what comes after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# Sooner would be a reload that takes its time, or a short breakdown of ours.
LEAST_REROUTE_MINUTES = 2

_NEVER = datetime.min.replace(tzinfo=UTC)


class Mode(StrEnum):
    """Who comes first: who was given a chat longest ago, or who has the fewest open ones."""

    OFF = "off"
    ROUND_ROBIN = "turn"
    LEAST_BUSY = "least_busy"


@dataclass(frozen=True)
class Rule:
    """How the chats of a connection are given away. `capacity` is of the whole workspace or of the connection alone."""

    mode: Mode = Mode.OFF
    team: int | None = None
    capacity: int | None = None
    reroute_after: timedelta | None = None
    only_assignee_replies: bool = False
    since: datetime = _NEVER


@dataclass(frozen=True)
class Rules:
    """A workspace's rule, and those that connections have instead."""

    general: Rule = Rule()
    own: Mapping[int, Rule] = field(default_factory=dict)

    def of(self, connection: int) -> Rule:
        return self.own.get(connection, self.general)

    @property
    def is_active(self) -> bool:
        return any(rule.mode is not Mode.OFF for rule in (self.general, *self.own.values()))


@dataclass(frozen=True)
class Agent:
    """Somebody who is available, with the open chats they have: in all, and by connection."""

    pk: int
    teams: frozenset[int] = frozenset()
    assigned_at: datetime | None = None
    chats: int = 0
    chats_of: Mapping[int, int] = field(default_factory=dict)

    def given(self, connection: int, at: datetime) -> Agent:
        """Return the agent with one more chat of this connection."""
        count = self.chats_of.get(connection, 0) + 1
        return replace(self, assigned_at=at, chats=self.chats + 1, chats_of={**self.chats_of, connection: count})


@dataclass(frozen=True)
class Waiting:
    """A chat that somebody should look after; `team` is its own."""

    room: int
    connection: int
    team: int | None = None


def distribute(
    waiting: Sequence[Waiting], agents: Collection[Agent], rules: Rules, now: datetime
) -> tuple[dict[int, int], dict[int, Agent]]:
    """Give chats away in this order. Return who gets which room, and the agents as they are then."""
    standing = {agent.pk: agent for agent in agents}
    given: dict[int, int] = {}
    for chat in waiting:
        chosen = choose(chat, standing.values(), rules)
        if chosen is not None:
            # A microsecond later each: whose turn is next is never a draw.
            moment = now + timedelta(microseconds=len(given))
            standing[chosen.pk] = chosen.given(chat.connection, moment)
            given[chat.room] = chosen.pk
    return given, standing


def choose(chat: Waiting, agents: Collection[Agent], rules: Rules) -> Agent | None:
    """Return who gets a chat, None if nobody can take it now."""
    rule = rules.of(chat.connection)
    if rule.mode is Mode.OFF:
        return None
    team = chat.team if chat.team is not None else rule.team
    able = [agent for agent in agents if _is_of(agent, team) and has_room(agent, chat.connection, rules)]
    return min(able, key=lambda agent: _rank(agent, rule.mode), default=None)


def has_room(agent: Agent, connection: int, rules: Rules) -> bool:
    """Say whether an agent may get one more chat of a connection."""
    own = rules.own[connection].capacity if connection in rules.own else None
    in_all = rules.general.capacity
    return (in_all is None or agent.chats < in_all) and (own is None or agent.chats_of.get(connection, 0) < own)


def openings(
    agents: Collection[Agent], rules: Rules, connections: Collection[int]
) -> Iterator[tuple[int, set[int | None]]]:
    """Return, for each connection with somebody free, the teams whose chats can be taken now.

    None stands for the chats that have no team of their own.
    """
    for connection in sorted(connections):
        rule = rules.of(connection)
        free = [agent for agent in agents if rule.mode is not Mode.OFF and has_room(agent, connection, rules)]
        teams: set[int | None] = {team for agent in free for team in agent.teams}
        if any(_is_of(agent, rule.team) for agent in free):
            teams.add(None)
        if teams:
            yield connection, teams


def has_gone(gone_since: datetime | None, rule: Rule, now: datetime) -> bool:
    """Say whether the chats of somebody who is not available go to others. None: they were never seen here."""
    if rule.reroute_after is None or rule.mode is Mode.OFF:
        return False
    return (gone_since or rule.since) + rule.reroute_after <= now


def _is_of(agent: Agent, team: int | None) -> bool:
    return team is None or team in agent.teams


def _rank(agent: Agent, mode: Mode) -> tuple[int, datetime, int]:
    busy = agent.chats if mode is Mode.LEAST_BUSY else 0
    return busy, agent.assigned_at or _NEVER, agent.pk
