"""What an address says about a list, as pure rules."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as some

from inbox.chatrooms import filters
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import RoomStatus

IDS = some.lists(some.integers(1, 10**17), max_size=6, unique=True).map(lambda ids: tuple(sorted(ids)))
FILTERS = some.builds(
    RoomFilter,
    status=some.sampled_from([*filters.STATUSES, filters.EVERY_STATUS]),
    assignee=some.sampled_from(["", "me", "none"]) | some.integers(1, 10**17).map(str),
    team=some.none() | some.integers(1, 10**17),
    channels=some.lists(some.sampled_from(filters.CHANNELS), unique=True).map(lambda names: tuple(sorted(names))),
    connections=IDS,
    labels=IDS,
    unread=some.booleans(),
    waiting=some.sampled_from(["", *filters.WAITING]),
    window=some.sampled_from(["", *filters.WINDOWS]),
    failed=some.booleans(),
    bot=some.booleans(),
    sort=some.sampled_from(filters.SORTS),
)
NAMES = [
    "status",
    "assignee",
    "team",
    "channel",
    "connection",
    "label",
    "unread",
    "waiting",
    "window",
    "failed",
    "bot",
    "sort",
]


def test_statuses_are_those_of_chats() -> None:
    assert list(filters.STATUSES) == RoomStatus.values


@given(FILTERS)
def test_a_filter_survives_its_address(wanted: RoomFilter) -> None:
    assert filters.parse_query(wanted.query) == (wanted, ())
    assert wanted.query == filters.parse_query(wanted.query)[0].query


@given(some.dictionaries(some.sampled_from([*NAMES, "view", "x"]), some.lists(some.text(max_size=30), max_size=4)))
def test_whatever_an_address_holds_is_a_filter_and_names_what_it_left_out(values: dict[str, list[str]]) -> None:
    wanted, wrong = filters.parse(values)
    assert filters.parse_query(wanted.query) == (wanted, ())
    assert set(wrong) <= set(NAMES)
    for name in NAMES:  # what was given and is not in the filter is named, unless it is the usual
        given_values = {value for value in values.get(name, []) if value}
        if given_values and name not in parse_qs(wanted.query) and name not in wrong:
            usual = {"status": "open", "sort": "activity"}.get(name, "")
            assert values[name][-1] in (usual, "")


@pytest.mark.parametrize(
    ("query", "left", "wrong"),
    [
        ("status=foo", "", ("status",)),
        ("status=closed&waiting=x&window=ajar", "status=closed", ("waiting", "window")),
        ("assignee=0&sort=name", "", ("sort", "assignee")),
        ("channel=whatsapp&channel=pigeon&unread=2", "channel=whatsapp", ("unread", "channel")),
        ("bot=yes&failed=1", "failed=1", ("bot",)),
        ("connection=5&connection=%00&connection=x", "connection=5", ("connection",)),
        ("assignee=&waiting=&unread=&channel=&status=", "", ()),
        ("label=3&label=3&label=2", "label=2&label=3", ()),
    ],
)
def test_what_is_wrong_is_left_out_and_named(query: str, left: str, wrong: tuple[str, ...]) -> None:
    wanted, named = filters.parse(parse_qs(query, keep_blank_values=True))
    assert (wanted.query, named) == (left, wrong)


def test_no_more_values_are_taken_than_make_sense() -> None:
    wanted, wrong = filters.parse({"connection": [str(number) for number in range(1, 10_001)]})
    assert (len(wanted.connections), wrong) == (filters.MOST_VALUES, ("connection",))


def test_of_a_part_only_what_exists_here_is_left_and_where_nothing_is_the_part_is_gone() -> None:
    wanted = RoomFilter(assignee="7", team=3, connections=(1, 2), labels=(5, 6))
    assert filters.known(wanted, members={7}, teams={3}, connections={1, 2}, labels={5, 6}) == (wanted, ())
    rest, smaller = filters.known(wanted, members={8}, teams=(), connections={2}, labels=())
    assert smaller == ("connection",)
    assert rest == replace(wanted, connections=(2,), gone=("assignee", "team", "label"))
    assert rest.narrows
    assert filters.parse_query(rest.query)[0] == replace(rest, gone=())
