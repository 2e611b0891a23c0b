"""Which chats a list shows and in what order, as its address says it. Pure.

Reading is total: whatever an address holds gives a filter, and the names of the parts that were left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from channels_adapters.types import ChannelKind

STATUSES = ("open", "closed", "archived")
EVERY_STATUS = "all"
CHANNELS = tuple(kind.value for kind in ChannelKind)
SORTS = ("activity", "activity-reversed", "waiting", "waiting-reversed", "created", "created-reversed")
WINDOWS = ("open", "closed")
# For how many days, from and to, a customer has waited; None: for any number more.
WAITING: dict[str, tuple[int, int | None]] = {"0-1": (0, 1), "1-2": (1, 2), "2-7": (2, 7), "7-": (7, None)}

ME, NOBODY = "me", "none"
MOST_VALUES = 50

_LONGEST_NUMBER = 18
_CHOICES = {"status": (*STATUSES, EVERY_STATUS), "waiting": tuple(WAITING), "window": WINDOWS, "sort": SORTS}
_FLAGS = ("unread", "failed", "bot")


@dataclass(frozen=True)
class RoomFilter:
    """What a list shows. `assignee` is "me", "none", a member's id, or "" for anyone; empty parts do not restrict.

    `gone` names the parts of which nothing exists any more. No address says that, `known` does; and whatever else is
    asked, such a filter shows no chat.
    """

    status: str = "open"
    assignee: str = ""
    team: int | None = None
    channels: tuple[str, ...] = ()
    connections: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    unread: bool = False
    waiting: str = ""
    window: str = ""
    failed: bool = False
    bot: bool = False
    sort: str = "activity"
    gone: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The filter as an address carries it, one and the same for equal filters."""
        return urlencode(list(self.pairs()))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """The fields of the address; what is as usual is left out."""
        if self.status != RoomFilter.status:
            yield "status", self.status
        if self.assignee:
            yield "assignee", self.assignee
        if self.team:
            yield "team", str(self.team)
        for name, values in (("channel", self.channels), ("connection", self.connections), ("label", self.labels)):
            for value in values:
                yield name, str(value)
        if self.unread:
            yield "unread", "1"
        if self.waiting:
            yield "waiting", self.waiting
        if self.window:
            yield "window", self.window
        if self.failed:
            yield "failed", "1"
        if self.bot:
            yield "bot", "1"
        if self.sort != RoomFilter.sort:
            yield "sort", self.sort

    @property
    def narrows(self) -> bool:
        """Whether it leaves out chats of its status and assignee."""
        return replace(self, status="open", assignee="", sort="activity") != RoomFilter()

    @property
    def goes_by_time(self) -> bool:
        """Whether chats enter and leave it though nothing happens in them."""
        return bool(self.waiting or self.window)


def parse(values: Mapping[str, Sequence[str]]) -> tuple[RoomFilter, tuple[str, ...]]:
    """Read a filter from an address's fields. Return it with the names of those that were wrong, wholly or in part."""
    wrong: list[str] = []
    found: dict[str, str] = {}
    for name, choices in _CHOICES.items():
        value = _last(values, name)
        if value in choices:
            found[name] = value
        elif value:
            wrong.append(name)
    for name in _FLAGS:
        if _last(values, name) not in ("", "1"):
            wrong.append(name)
    assignee = _last(values, "assignee")
    if assignee not in ("", ME, NOBODY):
        number = _number(assignee)
        assignee = str(number or "")
        if number is None:
            wrong.append("assignee")
    team = _number(_last(values, "team"))
    if team is None and _last(values, "team"):
        wrong.append("team")
    channels, connections, labels = (
        [value for value in values.get(name, ()) if value] for name in ("channel", "connection", "label")
    )
    known_channels = sorted({channel for channel in channels if channel in CHANNELS})
    if set(channels) - set(known_channels):
        wrong.append("channel")
    return RoomFilter(
        status=found.get("status", RoomFilter.status),
        assignee=assignee,
        team=team,
        channels=tuple(known_channels),
        connections=_numbers(connections, "connection", wrong),
        labels=_numbers(labels, "label", wrong),
        unread=_last(values, "unread") == "1",
        waiting=found.get("waiting", ""),
        window=found.get("window", ""),
        failed=_last(values, "failed") == "1",
        bot=_last(values, "bot") == "1",
        sort=found.get("sort", RoomFilter.sort),
    ), tuple(wrong)


def parse_query(query: str) -> tuple[RoomFilter, tuple[str, ...]]:
    """Read a filter that was stored."""
    return parse(parse_qs(query))


def known(
    wanted: RoomFilter,
    *,
    members: Collection[int],
    teams: Collection[int],
    connections: Collection[int],
    labels: Collection[int],
) -> tuple[RoomFilter, tuple[str, ...]]:
    """Leave out what does not exist here, or no more. Return the names of the parts of which something else is left.

    A part of which nothing is left stays as it is, and is named in `gone`: a list of what is gone is no list of all.
    """
    here = {"assignee": members, "team": teams, "connection": connections, "label": labels}
    asked: dict[str, tuple[int, ...]] = {
        "assignee": (int(wanted.assignee),) if wanted.assignee.isdecimal() else (),
        "team": (wanted.team,) if wanted.team else (),
        "connection": wanted.connections,
        "label": wanted.labels,
    }
    left = {name: tuple(pk for pk in ids if pk in here[name]) for name, ids in asked.items()}
    rest = replace(
        wanted,
        connections=left["connection"] or wanted.connections,
        labels=left["label"] or wanted.labels,
        gone=tuple(name for name, ids in asked.items() if ids and not left[name]),
    )
    return rest, tuple(name for name, ids in asked.items() if left[name] and left[name] != ids)


def is_number(text: str) -> bool:
    """Whether this may be the number of something."""
    return _number(text) is not None


def _last(values: Mapping[str, Sequence[str]], name: str) -> str:
    given = values.get(name, ())
    return given[-1] if given else ""


def _numbers(values: Sequence[str], name: str, wrong: list[str]) -> tuple[int, ...]:
    numbers = {_number(value) for value in values}
    ids = sorted(number for number in numbers if number is not None)
    if None in numbers or len(ids) > MOST_VALUES:
        wrong.append(name)
    return tuple(ids[:MOST_VALUES])


def _number(text: str) -> int | None:
    return int(text) if len(text) <= _LONGEST_NUMBER and text.isdecimal() and int(text) else None
