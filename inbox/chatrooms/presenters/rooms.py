"""A chatroom as the list and the open chat's header show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from inbox.labels.selectors import LabelDot, dots_in

from ..models import Chatroom, Direction
from ..window import Window
from .windows import WindowRing, window_ring
from .words import author_of, initials, preview


@dataclass(frozen=True)
class RoomRow:
    """One line of the chatroom list (`chatrooms/_room_row.html`)."""

    dom_id: str  # room-7-row
    room_id: int
    url: str
    name: str
    initials: str
    channel: str  # whatsapp
    channel_label: str
    connection_name: str
    preview: str
    preview_by: str  # "" for the customer, else who wrote
    preview_state: str  # of an outbound last message: queued … failed; "" otherwise
    last_at: datetime
    inbound_count: int
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    status: str  # open, closed, archived
    connection_id: int
    waiting_since: datetime | None
    created_at: datetime
    window: WindowRing
    labels: tuple[LabelDot, ...] = ()
    has_bot: bool = False  # another app answers there
    has_failed: bool = False  # an answer of ours did not leave, and none has since; `preview_state` may say it already
    unread: int | None = None  # None in a broadcast: the browser computes it
    team_id: int | None = None

    @property
    def shown(self) -> str:
        """The chat with whose it is and how much its customer has written, as a form says it that does something to
        many: "7:12:3:5"."""
        return f"{self.room_id}:{self.assignee_id or ''}:{self.team_id or ''}:{self.inbound_count}"


@dataclass(frozen=True)
class RoomState:
    """What may change about an open room (`chatrooms/_room_state.html`, `_room_name.html`, `_note_count.html`,
    `labels/_header.html`). `notes_version` differs after each change of a note, `customer_revision` of the customer."""

    dom_id: str  # room-7-state
    room_id: int
    customer_name: str
    status: str  # open, closed, archived
    inbound_count: int
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    team_name: str
    assignment_url: str
    closure_url: str
    reopening_url: str
    archiving_url: str
    form_id: str  # room-7-form, the form whose buttons these are
    control_url: str = ""  # where to take it from the app that answers there; empty where none does
    team_id: int | None = None
    labels: tuple[LabelDot, ...] = ()
    note_count: int = 0
    notes_version: str = ""
    customer_revision: str = ""

    @property
    def owners(self) -> str:
        """Whose the chat is, as a form says it that gives it away: "12:3"."""
        return f"{self.assignee_id or ''}:{self.team_id or ''}"


def room_row(room: Chatroom, window: Window, *, slug: str, unread: int | None = None) -> RoomRow:
    """Needs customer, connection, assignee.user, last_message.author.user, `label_dots` and `failed_id` loaded."""
    last = room.last_message
    by_business = last is not None and last.direction == Direction.OUTBOUND
    capabilities = room.connection.adapter.capabilities
    assignee = str(room.assignee) if room.assignee else ""
    return RoomRow(
        dom_id=f"room-{room.pk}-row",
        room_id=room.pk,
        url=reverse("chatrooms:room", args=[slug, room.pk]),
        name=str(room.customer),
        initials=initials(str(room.customer)),
        channel=room.connection.channel,
        channel_label=capabilities.label,
        connection_name=room.connection.name,
        preview=preview(last),
        preview_by=author_of(last, capabilities) if last and by_business else "",
        preview_state=last.state if last and by_business else "",
        last_at=room.last_message_at,
        inbound_count=room.inbound_count,
        assignee_id=room.assignee_id,
        assignee_name=assignee,
        assignee_initials=initials(assignee),
        status=room.status,
        connection_id=room.connection_id,
        waiting_since=room.waiting_since,
        created_at=room.created_at,
        window=window_ring(room, window),
        labels=dots_in(room.label_dots),  # type: ignore[attr-defined]
        has_bot=room.bot_since is not None,
        has_failed=room.failed_id is not None,  # type: ignore[attr-defined]
        unread=unread,
        team_id=room.team_id,
    )


def room_state(room: Chatroom, *, slug: str) -> RoomState:
    """Needs customer, assignee.user, team, `label_dots` and `note_mark` loaded."""
    assignee = str(room.assignee) if room.assignee else ""
    mark: dict[str, Any] = room.note_mark  # type: ignore[attr-defined]
    return RoomState(
        dom_id=f"room-{room.pk}-state",
        room_id=room.pk,
        customer_name=str(room.customer),
        status=room.status,
        inbound_count=room.inbound_count,
        assignee_id=room.assignee_id,
        assignee_name=assignee,
        assignee_initials=initials(assignee),
        team_name=room.team.name if room.team else "",
        assignment_url=reverse("chatrooms:assignment", args=[slug, room.pk]),
        closure_url=reverse("chatrooms:closure", args=[slug, room.pk]),
        reopening_url=reverse("chatrooms:reopening", args=[slug, room.pk]),
        archiving_url=reverse("chatrooms:archiving", args=[slug, room.pk]),
        form_id=f"room-{room.pk}-form",
        control_url=reverse("chatrooms:control", args=[slug, room.pk]) if room.bot_since else "",
        team_id=room.team_id,
        labels=dots_in(room.label_dots),  # type: ignore[attr-defined]
        note_count=mark["count"],
        notes_version=f"{mark['count']} {mark['changed'] or ''}",
        customer_revision=f"{room.customer.head_id} {room.customer.revision}",
    )
