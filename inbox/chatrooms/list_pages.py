"""The list of chats as its templates see it: what an address asks for, the rows, the named lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.lib import clock
from inbox.workspaces.models import Membership

from . import filters, lists, presenters
from .actions import may_change_view
from .filter_words import TABS, Chip, Choice, Field, Words, gone_words, left_out_words
from .filters import RoomFilter
from .lists import ListFacts
from .models import Chatroom, SavedView
from .presenters import RoomRow
from .selectors import ROWS_PER_PAGE, Position
from .window import Window
from .windows import windows_of

# What the page's script cannot tell from a row: it asks the server.
_UNDECIDABLE = ("team", "labels", "unread", "waiting", "window", "failed", "bot", "gone")
# The menu shows these of the named lists, with the number of each: every one costs a count.
VIEWS_SHOWN = 50


@dataclass(frozen=True)
class NamedList:
    """A saved view as the menu shows it. `owner` is whose it is, "" for the member's own."""

    key: str
    name: str
    url: str
    owner: str
    is_shared: bool
    is_current: bool
    gone: tuple[str, ...]  # sentences: why it shows no chats
    left_out: str
    change_url: str  # empty for whoever may not change it
    deletion_url: str
    move_url: str  # empty for all but the owner


@dataclass(frozen=True)
class ListPage:
    """One page of a list, and everything around it (`chatrooms/_room_list.html`)."""

    seq: int
    wanted: RoomFilter
    query: str  # with the named list, if it is one
    made_at: datetime
    at: datetime | None  # up to when it is true where chats enter and leave it by time; None elsewhere
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
    lost: str
    gone: tuple[str, ...]  # sentences: why it shows no chats
    left_out: str
    views: tuple[NamedList, ...]
    more_views: int  # how many named lists the menu does not show
    counts_by_time: bool
    members: tuple[tuple[int, str], ...]
    teams: tuple[tuple[int, str], ...]
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
    """What an address asks for: a filter as far as it holds here, what of it was left out, and the view it belongs to.

    `query` is what asks for the same again."""

    wanted: RoomFilter
    ignored: tuple[str, ...]
    view: SavedView | None
    query: str

    @property
    def lost(self) -> str:
        """The parts that do not hold here. Once they are others, an open page loads its list anew."""
        return " ".join((*self.wanted.gone, *self.ignored))


def values_of(request: HttpRequest) -> dict[str, list[str]]:
    """Read the fields of an address. Of any number: `request.GET` would refuse more than a thousand."""
    return parse_qs(request.META.get("QUERY_STRING", ""), keep_blank_values=True)


def asked_for(values: Mapping[str, Sequence[str]], facts: ListFacts, members: Sequence[Membership]) -> Asked:
    """Read an address. A view alone stands for its filter; with a filter beside it, the filter counts."""
    wanted, wrong = filters.parse(values)
    view_id = (values.get("view") or [""])[-1]
    view = next((each for each in facts.views if str(each.pk) == view_id), None)
    is_alone = wanted == RoomFilter() and not wrong
    if view is not None and is_alone:
        wanted, wrong = filters.parse_query(view.query)
    wanted, smaller = _here(wanted, facts, members)
    missing: tuple[str, ...] = ()
    if view is None and is_alone and filters.is_number(view_id):
        wanted = replace(wanted, gone=("view",))
    elif view_id and view is None:
        view_id, missing = "", ("view",)
    query = "&".join(filter(None, (wanted.query, urlencode({"view": view_id}) if view_id else "")))
    return Asked(wanted, tuple(dict.fromkeys((*wrong, *smaller, *missing))), view, query)


def _here(wanted: RoomFilter, facts: ListFacts, members: Sequence[Membership]) -> tuple[RoomFilter, tuple[str, ...]]:
    return filters.known(
        wanted,
        members={member.pk for member in members} if wanted.assignee.isdecimal() else (),
        teams={team.pk for team in facts.teams},
        connections={connection.pk for connection in facts.connections},
        labels={label.pk for label in facts.labels},
    )


def list_page(
    member: Membership,
    values: Mapping[str, Sequence[str]],
    facts: ListFacts,
    members: Sequence[Membership],
) -> ListPage:
    """Put one page of a list together. One query, for the rows; one more where a channel counts messages."""
    slug, now = member.workspace.slug, clock.now()
    asked = asked_for(values, facts, members)
    wanted, query = asked.wanted, asked.query
    after = Position.parse((values.get("before") or [""])[-1])
    rooms = lists.page_of(member, wanted, facts, after=after, at=now)
    words = Words(wanted, facts, members, reverse("chatrooms:inbox", args=[slug]))
    older = ""
    if len(rooms) == ROWS_PER_PAGE:
        older = words.address(query, before=str(lists.position_of(rooms[-1], wanted.sort)))
    views = named_lists(member, facts.views[:VIEWS_SHOWN], facts, members, current=asked.view)
    narrows_connections = bool(wanted.channels or wanted.connections)
    return ListPage(
        seq=facts.seq,
        wanted=wanted,
        query=query,
        made_at=now,
        at=now if wanted.goes_by_time else None,
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
        clear_url=words.cleared,
        lost=asked_for(parse_qs(query), facts, members).lost,
        gone=tuple(map(gone_words, wanted.gone)),
        left_out=left_out_words(asked.ignored),
        views=views,
        more_views=len(facts.views) - len(views),
        counts_by_time=any(each.goes_by_time for each in counted(wanted, facts, members).values()),
        members=tuple((each.pk, str(each)) for each in members),
        teams=tuple((team.pk, team.name) for team in facts.teams),
        labels=tuple((label.pk, label.name) for label in facts.labels),
        current_view=_named(member, asked.view, facts, members, is_current=True) if asked.view else None,
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
    """Return the filters of which a page shows counts, by the key of each: its tabs and the named lists of its menu."""
    # A tab does not ask for a list that is gone, only for the filter beside it.
    tabs = {f"tab-{key}": _here(replace(wanted, assignee=value), facts, members)[0] for key, value in TABS.items()}
    return tabs | counted_views(facts.views[:VIEWS_SHOWN], facts, members)


def counted_views(views: Sequence[SavedView], facts: ListFacts, members: Sequence[Membership]) -> dict[str, RoomFilter]:
    """Return the filters of named lists, by the key of each."""
    return {f"view-{view.pk}": _of_view(view, facts, members).wanted for view in views}


def named_lists(
    member: Membership,
    views: Sequence[SavedView],
    facts: ListFacts,
    members: Sequence[Membership],
    *,
    current: SavedView | None = None,
) -> tuple[NamedList, ...]:
    return tuple(_named(member, view, facts, members, is_current=view == current) for view in views)


def _of_view(view: SavedView, facts: ListFacts, members: Sequence[Membership]) -> Asked:
    return asked_for({"view": [str(view.pk)]}, facts, members)


def _named(
    member: Membership, view: SavedView, facts: ListFacts, members: Sequence[Membership], *, is_current: bool
) -> NamedList:
    slug = member.workspace.slug
    here, may_change, is_own = [slug, view.pk], may_change_view(member, view), view.owner_id == member.pk
    asked = _of_view(view, facts, members)
    owners = {each.pk: str(each) for each in members}
    return NamedList(
        key=f"view-{view.pk}",
        name=view.name,
        url=f"{reverse('chatrooms:inbox', args=[slug])}?view={view.pk}",
        owner="" if is_own else owners.get(view.owner_id, _("somebody who has left")),
        is_shared=view.is_shared,
        is_current=is_current,
        gone=tuple(map(gone_words, asked.wanted.gone)),
        left_out=left_out_words(asked.ignored),
        change_url=reverse("chatrooms:view", args=here) if may_change else "",
        deletion_url=reverse("chatrooms:view_deletion", args=here) if may_change else "",
        move_url=reverse("chatrooms:view_position", args=here) if is_own else "",
    )
