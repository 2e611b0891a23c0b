"""The list of chats as its templates see it: the rows, the filter in words, the named lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.connections.models import Channel
from inbox.workspaces.models import Membership

from . import filters, lists, presenters
from .actions import may_change_view
from .filters import ME, NOBODY, RoomFilter
from .lists import ListFacts
from .models import Chatroom, RoomStatus, SavedView
from .presenters import RoomRow
from .selectors import ROWS_PER_PAGE, Position
from .window import Window
from .windows import windows_of

# What the page's script cannot tell from a row: it asks the server.
_UNDECIDABLE = ("team", "labels", "unread", "window", "failed", "bot")
# Named lists beyond these show no number: each one costs a count.
_MOST_COUNTED = 50


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
class NamedList:
    """A saved view as the menu shows it."""

    key: str
    name: str
    url: str
    is_shared: bool
    is_current: bool
    change_url: str  # empty for whoever may not change it
    deletion_url: str


@dataclass(frozen=True)
class ListPage:
    """One page of a list, and everything around it (`chatrooms/_room_list.html`)."""

    seq: int
    wanted: RoomFilter
    query: str  # with the named list, if it is one
    member_id: int
    connection_ids: str  # those whose chats are shown, with a space between; "" for all, 0 for none
    asks_server: bool
    rows: list[RoomRow]
    seen_counts: dict[str, int]
    older_url: str
    tabs: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    fields: tuple[Field, ...]
    chips: tuple[Chip, ...]
    clear_url: str
    ignored: tuple[str, ...]
    views: tuple[NamedList, ...]
    members: tuple[tuple[int, str], ...]
    labels: tuple[tuple[int, str], ...]
    current_view: NamedList | None
    url: str
    counts_url: str
    rows_url: str
    views_url: str
    bulk_url: str

    @property
    def is_narrowed(self) -> bool:
        return self.wanted.narrows


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a filter that holds here, what of it was left out, and the view it belongs to."""

    wanted: RoomFilter
    ignored: tuple[str, ...]
    view: SavedView | None


def values_of(request: HttpRequest) -> dict[str, list[str]]:
    """Read the fields of an address. Of any number: `request.GET` would refuse more than a thousand."""
    return parse_qs(request.META.get("QUERY_STRING", ""), keep_blank_values=True)


def asked_for(values: Mapping[str, Sequence[str]], facts: ListFacts, members: Sequence[Membership]) -> Asked:
    """Read an address. A view alone stands for its filter; with a filter beside it, the filter counts."""
    wanted, wrong = filters.parse(values)
    view_id = (values.get("view") or [""])[-1]
    view = next((each for each in facts.views if str(each.pk) == view_id), None)
    if view is not None and wanted == RoomFilter() and not wrong:
        wanted, wrong = filters.parse_query(view.query)
    wanted, unknown = filters.known(
        wanted,
        members={member.pk for member in members},
        teams={team.pk for team in facts.teams},
        connections={connection.pk for connection in facts.connections},
        labels={label.pk for label in facts.labels},
    )
    missing_view = ("view",) if view_id and view is None else ()
    return Asked(wanted, tuple(dict.fromkeys((*wrong, *unknown, *missing_view))), view)


def list_page(
    member: Membership,
    values: Mapping[str, Sequence[str]],
    facts: ListFacts,
    members: Sequence[Membership],
) -> ListPage:
    """Put one page of a list together. One query, for the rows; one more where a channel counts messages."""
    slug = member.workspace.slug
    asked = asked_for(values, facts, members)
    wanted, view = asked.wanted, asked.view
    rooms = lists.page_of(member, wanted, facts, after=Position.parse((values.get("before") or [""])[-1]))
    words = _Words(wanted, facts, members, reverse("chatrooms:inbox", args=[slug]))
    query = _query(wanted, view)
    older = ""
    if len(rooms) == ROWS_PER_PAGE:
        older = words.address(query, before=str(lists.position_of(rooms[-1], wanted.sort)))
    views = tuple(_named_list(each, member, slug, is_current=view == each) for each in facts.views)
    narrows_connections = bool(wanted.channels or wanted.connections)
    return ListPage(
        seq=facts.seq,
        wanted=wanted,
        query=query,
        member_id=member.pk,
        connection_ids=" ".join(str(each.pk) for each in facts.connections_of(wanted)) or "0"
        if narrows_connections
        else "",
        asks_server=any(getattr(wanted, name) for name in _UNDECIDABLE),
        rows=rows_of(rooms, slug=slug),
        seen_counts={str(room.pk): room.seen_count for room in rooms},  # type: ignore[attr-defined]
        older_url=older,
        tabs=tuple(words.tabs()),
        statuses=tuple(words.statuses()),
        fields=tuple(words.fields()),
        chips=tuple(words.chips()),
        clear_url=words.link(RoomFilter(status=wanted.status, assignee=wanted.assignee)),
        ignored=tuple(_part_names()[name] for name in asked.ignored),
        views=views,
        members=tuple((each.pk, str(each)) for each in members),
        labels=tuple((label.pk, label.name) for label in facts.labels),
        current_view=next((each for each in views if each.is_current), None),
        url=words.url,
        counts_url=f"{reverse('chatrooms:list_counts', args=[slug])}?{query}",
        rows_url=f"{reverse('chatrooms:list_rows', args=[slug])}?{query}",
        views_url=reverse("chatrooms:views", args=[slug]),
        bulk_url=reverse("chatrooms:bulk", args=[slug]),
    )


def rows_of(rooms: Sequence[Chatroom], *, slug: str) -> list[RoomRow]:
    """Return chats as rows of a member's list."""
    windows = windows_of(rooms)
    return [row_of(room, windows[room.pk], slug=slug) for room in rooms]


def row_of(room: Chatroom, window: Window, *, slug: str) -> RoomRow:
    seen: int = room.seen_count  # type: ignore[attr-defined]
    return presenters.room_row(room, window, slug=slug, unread=max(room.inbound_count - seen, 0))


def counted(wanted: RoomFilter, facts: ListFacts, members: Sequence[Membership]) -> dict[str, RoomFilter]:
    """Return the filters of which a page shows counts, by the key of each: its tabs and the first named lists."""
    asked = {f"tab-{key}": replace(wanted, assignee=value) for key, value in _TABS.items()}
    for view in facts.views[:_MOST_COUNTED]:
        asked[f"view-{view.pk}"] = asked_for({"view": [str(view.pk)]}, facts, members).wanted
    return asked


_TABS = {"mine": ME, "unassigned": NOBODY, "all": ""}


@dataclass(frozen=True)
class _Words:
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

    def tabs(self) -> Iterator[Choice]:
        labels = {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
        for key, assignee in _TABS.items():
            link = self.link(replace(self.wanted, assignee=assignee))
            yield Choice(f"tab-{key}", labels[key], link, self.wanted.assignee == assignee)

    def statuses(self) -> Iterator[Choice]:
        for status in RoomStatus:
            link = self.link(replace(self.wanted, status=status.value))
            yield Choice(status.value, str(status.label), link, self.wanted.status == status)

    def fields(self) -> Iterator[Field]:
        wanted = self.wanted
        people = {"": _("Anyone"), ME: _("Me"), NOBODY: _("Nobody")} | {str(m.pk): str(m) for m in self.members}
        yield _field("status", _("Status"), {each.value: str(each.label) for each in RoomStatus}, [wanted.status])
        yield _field("assignee", _("Assigned to"), people, [wanted.assignee])
        if self.facts.teams:
            teams = {"": _("Any")} | {str(team.pk): team.name for team in self.facts.teams}
            yield _field("team", _("Team"), teams, [wanted.team or ""])
        yield _field("waiting", _("No answer for"), {"": _("Any time")} | _waiting_words(), [wanted.waiting])
        yield _field("window", _("Time to answer"), {"": _("Any")} | _window_words(), [wanted.window])
        yield _field("sort", _("Sorted by"), _sort_words(), [wanted.sort])
        used = {connection.channel for connection in self.facts.connections}
        channels = {channel.value: str(channel.label) for channel in Channel if channel.value in used}
        yield _field("channel", _("Channel"), channels, wanted.channels, is_many=True)
        connections = {str(each.pk): each.name for each in self.facts.connections}
        yield _field("connection", _("Connection"), connections, wanted.connections, is_many=True)
        labels = {str(label.pk): label.name for label in self.facts.labels}
        yield _field("label", _("Label"), labels, wanted.labels, is_many=True)
        yield _field("unread", _("Only"), {"1": _("Unread")}, ["1"] if wanted.unread else [], is_many=True)
        yield _field("failed", _("Only"), {"1": _("Not sent")}, ["1"] if wanted.failed else [], is_many=True)
        yield _field("bot", _("Only"), {"1": _("Answered by a bot")}, ["1"] if wanted.bot else [], is_many=True)

    def chips(self) -> Iterator[Chip]:
        wanted = self.wanted
        if wanted.assignee and wanted.assignee not in (ME, NOBODY):
            name = next(str(member) for member in self.members if str(member.pk) == wanted.assignee)
            yield self._chip(name, assignee="")
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

    def _chip(self, label: str, **without: object) -> Chip:
        return Chip(label, self.link(replace(self.wanted, **without)))  # type: ignore[arg-type]


def _field(
    name: str, label: str, values: Mapping[str, str], chosen: Sequence[object], *, is_many: bool = False
) -> Field:
    now = {str(value) for value in chosen}
    return Field(name, label, tuple(Option(value, text, value in now) for value, text in values.items()), is_many)


def _waiting_words() -> dict[str, str]:
    return {"0-1": _("less than 1 day"), "1-2": _("1 to 2 days"), "2-7": _("2 to 7 days")}


def _window_words() -> dict[str, str]:
    return {"open": _("Window open"), "closed": _("Window closed")}


def _sort_words() -> dict[str, str]:
    return {"activity": _("Newest first"), "waiting": _("Longest waiting first"), "created": _("Newest chats first")}


def _part_names() -> dict[str, str]:
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


def _query(wanted: RoomFilter, view: SavedView | None) -> str:
    return "&".join(filter(None, (wanted.query, f"view={view.pk}" if view is not None else "")))


def _named_list(view: SavedView, member: Membership, slug: str, *, is_current: bool) -> NamedList:
    here, may_change = [slug, view.pk], may_change_view(member, view)
    return NamedList(
        key=f"view-{view.pk}",
        name=view.name,
        url=f"{reverse('chatrooms:inbox', args=[slug])}?view={view.pk}",
        is_shared=view.is_shared,
        is_current=is_current,
        change_url=reverse("chatrooms:view", args=here) if may_change else "",
        deletion_url=reverse("chatrooms:view_deletion", args=here) if may_change else "",
    )
