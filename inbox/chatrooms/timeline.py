"""What happened with a customer, in one list: the beginnings and lines of those chats that the member sees, and what
became of the customer.

Three tables are read, each from the same place on. A place is (time, number); the number has the row's id and its table,
so that all rows have one order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from inbox.customers.selectors import Group, events_of
from inbox.customers.words import event_words
from inbox.workspaces.models import Membership

from .models import Chatroom, Direction, Message
from .presenters.words import system_text
from .selectors import Position, rooms_seen

LINES_PER_PAGE = 20
# These lines of chats are known of the customer too.
_KNOWN = ("blocked", "unblocked", "stop_noted", "stop_lifted", "stop_said", "start_said")
_TABLES = 3
_ROOMS, _LINES, _EVENTS = range(_TABLES)


@dataclass(frozen=True)
class TimelineLine:
    at: datetime
    words: str
    by: str
    place: str  # the account of the chat, "" for what is not of one chat


@dataclass(frozen=True)
class Timeline:
    """`chatrooms/_timeline.html`."""

    customer_name: str
    url: str
    lines: tuple[TimelineLine, ...]
    newest_url: str  # empty while the newest are shown
    older_url: str


@dataclass(frozen=True)
class _Entry:
    position: Position
    line: TimelineLine


def timeline(member: Membership, group: Group, *, before: Position | None = None) -> Timeline:
    """Return one page: three queries, however long the customer is known."""
    url = reverse("chatrooms:timeline", args=[member.workspace.slug, group.head.pk])
    rooms = _rooms(member, group)
    entries = [*_starts(rooms, before), *_chat_lines(rooms, before), *_events(group, before)]
    entries.sort(key=lambda entry: (entry.position.at, entry.position.pk), reverse=True)
    page = entries[:LINES_PER_PAGE]
    older = f"{url}?{urlencode({'before': str(page[-1].position)})}" if len(entries) > LINES_PER_PAGE else ""
    return Timeline(
        customer_name=str(group.head),
        url=url,
        lines=tuple(_once([entry.line for entry in page])),
        newest_url=url if before else "",
        older_url=older,
    )


def _rooms(member: Membership, group: Group) -> dict[int, Chatroom]:
    rooms = rooms_seen(member).filter(customer__in=[each.pk for each in group.all])
    return {room.pk: room for room in rooms.select_related("connection").defer("connection__credentials")}


def _starts(rooms: dict[int, Chatroom], before: Position | None) -> Iterator[_Entry]:
    for room in rooms.values():
        position = _position(room.created_at, room.pk, _ROOMS)
        if before is None or (position.at, position.pk) < (before.at, before.pk):
            yield _Entry(position, TimelineLine(room.created_at, _("The chat began"), "", _place(room)))


def _chat_lines(rooms: dict[int, Chatroom], before: Position | None) -> Iterator[_Entry]:
    if not rooms:
        return
    workspace_id = next(iter(rooms.values())).workspace_id
    lines = Message.objects.filter(workspace_id=workspace_id, chatroom__in=list(rooms), direction=Direction.SYSTEM)
    lines = lines.exclude(details__event__in=_KNOWN)
    if before is not None:
        first = _first_id(before, _LINES)
        lines = lines.filter(sent_at__lte=before.at).filter(Q(sent_at__lt=before.at) | Q(pk__lt=first))
    for message in lines.order_by("-sent_at", "-pk")[: LINES_PER_PAGE + 1]:
        place = _place(rooms[message.chatroom_id])
        line = TimelineLine(message.sent_at, system_text(message), "", place)
        yield _Entry(_position(message.sent_at, message.pk, _LINES), line)


def _events(group: Group, before: Position | None) -> Iterator[_Entry]:
    ids = [customer.pk for customer in group.all]
    place = (before.at, _first_id(before, _EVENTS)) if before else None
    for event in events_of(group.head.workspace_id, ids, before=place, limit=LINES_PER_PAGE + 1):
        line = TimelineLine(event.at, event_words(event), str(event.by or ""), "")
        yield _Entry(_position(event.at, event.pk, _EVENTS), line)


def _once(lines: Sequence[TimelineLine]) -> Iterator[TimelineLine]:
    """Give what all chats of a customer were told at once a single line."""
    told: dict[tuple[datetime, str], list[TimelineLine]] = {}
    for line in lines:
        told.setdefault((line.at, line.words), []).append(line)
    for (at, words), same in told.items():
        yield same[0] if len(same) == 1 else TimelineLine(at, words, same[0].by, "")


def _place(room: Chatroom) -> str:
    return f"{room.connection.get_channel_display()} · {room.connection.name}"


def _position(at: datetime, pk: int, table: int) -> Position:
    return Position(at, pk * _TABLES + table)


def _first_id(before: Position, table: int) -> int:
    """Return the id from which on rows of a table, of the same time, do not stand before a place."""
    return -((table - before.pk) // _TABLES)
