"""A list's filter in words and links: its tabs, its form, its parts one by one, and what of it is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from inbox.connections.models import Channel
from inbox.workspaces.models import Membership

from .filters import EVERY_STATUS, ME, NOBODY, RoomFilter
from .lists import ListFacts
from .models import RoomStatus

# The tabs above a list: whose chats.
TABS = {"mine": ME, "unassigned": NOBODY, "all": ""}


@dataclass(frozen=True)
class Choice:
    """One link of a row of alternatives. `key` names its count."""

    key: str
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    """One part of the filter in words; `url` shows the list without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Option:
    """One value that a field of the filter's form offers."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Field:
    """One question of the filter's form; `is_many` if several values may be chosen."""

    name: str
    label: str
    options: tuple[Option, ...]
    is_many: bool = False


@dataclass(frozen=True)
class Words:
    """The filter in words and links."""

    wanted: RoomFilter
    facts: ListFacts
    members: Sequence[Membership]
    url: str

    def address(self, query: str, **more: str) -> str:
        query = "&".join(filter(None, (query, urlencode(more))))
        return f"{self.url}?{query}" if query else self.url

    def link(self, wanted: RoomFilter) -> str:
        return self.address(wanted.query)

    @property
    def cleared(self) -> str:
        """The list without what narrows it."""
        assignee = "" if "assignee" in self.wanted.gone else self.wanted.assignee
        return self.link(RoomFilter(status=self.wanted.status, assignee=assignee))

    def tabs(self) -> Iterator[Choice]:
        labels = {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
        for key, assignee in TABS.items():
            link = self.link(replace(self.wanted, assignee=assignee))
            is_current = self.wanted.assignee == assignee and "view" not in self.wanted.gone
            yield Choice(f"tab-{key}", labels[key], link, is_current)

    def statuses(self) -> Iterator[Choice]:
        for status, label in _status_words().items():
            link = self.link(replace(self.wanted, status=status))
            yield Choice(status, label, link, self.wanted.status == status)

    def fields(self) -> Iterator[Field]:
        wanted = self.wanted
        people = {"": _("Anyone"), ME: _("Me"), NOBODY: _("Nobody")} | {str(m.pk): str(m) for m in self.members}
        yield _field("status", _("Status"), _status_words(), [wanted.status])
        yield _field("assignee", _("Assigned to"), people | self._gone("assignee", wanted.assignee), [wanted.assignee])
        teams = {str(team.pk): team.name for team in self.facts.teams} | self._gone("team", wanted.team)
        if teams:
            yield _field("team", _("Team"), {"": _("Any")} | teams, [wanted.team or ""])
        yield _field("waiting", _("No answer for"), {"": _("Any time")} | _waiting_words(), [wanted.waiting])
        yield _field("window", _("Time to answer"), {"": _("Any")} | _window_words(), [wanted.window])
        yield _field("sort", _("Sorted by"), _sort_words(), [wanted.sort])
        used = {connection.channel for connection in self.facts.connections}
        channels = {channel.value: str(channel.label) for channel in Channel if channel.value in used}
        yield _field("channel", _("Channel"), channels, wanted.channels, is_many=True)
        connections = {str(each.pk): each.name for each in self.facts.connections}
        connections |= self._gone("connection", *wanted.connections)
        yield _field("connection", _("Connection"), connections, wanted.connections, is_many=True)
        labels = {str(label.pk): label.name for label in self.facts.labels} | self._gone("label", *wanted.labels)
        yield _field("label", _("Label"), labels, wanted.labels, is_many=True)
        yield _field("unread", _("Only"), {"1": _("Unread")}, ["1"] if wanted.unread else [], is_many=True)
        yield _field("failed", _("Only"), {"1": _("Not sent")}, ["1"] if wanted.failed else [], is_many=True)
        yield _field("bot", _("Only"), {"1": _("Answered by a bot")}, ["1"] if wanted.bot else [], is_many=True)

    def chips(self) -> Iterator[Chip]:
        wanted = self.wanted
        without = {"assignee": "", "team": None, "connection": (), "label": ()}
        fields = {"connection": "connections", "label": "labels"}
        for part in wanted.gone:
            if part in without:
                words = _("%(part)s: no longer there") % {"part": part_names()[part]}
                yield self._chip(words, **{fields.get(part, part): without[part]})
        for member in self.members:
            if str(member.pk) == wanted.assignee:
                yield self._chip(str(member), assignee="")
        for team in self.facts.teams:
            if team.pk == wanted.team:
                yield self._chip(team.name, team=None)
        for channel in wanted.channels:
            yield self._chip(
                str(Channel(channel).label), channels=tuple(each for each in wanted.channels if each != channel)
            )
        for connection in self.facts.connections:
            if connection.pk in wanted.connections:
                rest = tuple(pk for pk in wanted.connections if pk != connection.pk)
                yield self._chip(connection.name, connections=rest)
        for label in self.facts.labels:
            if label.pk in wanted.labels:
                yield self._chip(label.name, labels=tuple(pk for pk in wanted.labels if pk != label.pk))
        if wanted.unread:
            yield self._chip(_("Unread"), unread=False)
        if wanted.waiting:
            words = _("No answer for %(span)s") % {"span": _waiting_words()[wanted.waiting]}
            yield self._chip(words, waiting="")
        if wanted.window:
            yield self._chip(_window_words()[wanted.window], window="")
        if wanted.failed:
            yield self._chip(_("Not sent"), failed=False)
        if wanted.bot:
            yield self._chip(_("Answered by a bot"), bot=False)
        if wanted.sort != RoomFilter.sort:
            yield self._chip(_sort_words()[wanted.sort], sort=RoomFilter.sort)

    def _gone(self, part: str, *values: object) -> dict[str, str]:
        """What a form shows as chosen though it does not exist: else changing something else would drop it unseen."""
        return {str(value): _("no longer there") for value in values} if part in self.wanted.gone else {}

    def _chip(self, label: str, **without: object) -> Chip:
        return Chip(label, self.link(replace(self.wanted, **without)))  # type: ignore[arg-type]


def part_names() -> dict[str, str]:
    """Return what the parts of an address are called."""
    return {
        "status": _("Status"),
        "assignee": _("Assigned to"),
        "team": _("Team"),
        "channel": _("Channel"),
        "connection": _("Connection"),
        "label": _("Label"),
        "unread": _("Unread"),
        "waiting": _("No answer for"),
        "window": _("Time to answer"),
        "failed": _("Not sent"),
        "bot": _("Answered by a bot"),
        "sort": _("Sorted by"),
        "view": _("Saved list"),
    }


def gone_words(part: str) -> str:
    """Say why a list shows no chat: this part of it is gone. The same for what never was, or is somebody else's."""
    return {
        "assignee": _("The member of this list is not in the workspace any more, so it shows no chats."),
        "team": _("The team of this list was deleted, so it shows no chats."),
        "connection": _("The connection of this list was removed, so it shows no chats."),
        "label": _("The label of this list was deleted, so it shows no chats."),
        "view": _("This list was deleted, or is not shared any more, so it shows no chats."),
    }[part]


def left_out_words(parts: Sequence[str]) -> str:
    """Say which parts of an address were left out; "" if none were."""
    if not parts:
        return ""
    names = ", ".join(part_names()[part] for part in parts)
    return _("Not understood, or gone, and so left out: %(parts)s") % {"parts": names}


def _field(
    name: str, label: str, values: Mapping[str, str], chosen: Sequence[object], *, is_many: bool = False
) -> Field:
    now = {str(value) for value in chosen}
    return Field(name, label, tuple(Option(value, text, value in now) for value, text in values.items()), is_many)


def _status_words() -> dict[str, str]:
    return {each.value: str(each.label) for each in RoomStatus} | {EVERY_STATUS: _("All")}


def _waiting_words() -> dict[str, str]:
    return {
        "0-1": _("less than 1 day"),
        "1-2": _("1 to 2 days"),
        "2-7": _("2 to 7 days"),
        "7-": _("more than 7 days"),
    }


def _window_words() -> dict[str, str]:
    return {"open": _("Window open"), "closed": _("Window closed")}


def _sort_words() -> dict[str, str]:
    return {
        "activity": _("Newest first"),
        "activity-reversed": _("Oldest first"),
        "waiting": _("Longest waiting first"),
        "waiting-reversed": _("Shortest waiting first"),
        "created": _("Newest chats first"),
        "created-reversed": _("Oldest chats first"),
    }
