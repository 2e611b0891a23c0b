"""A chatroom as the list and the open chat's header show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

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
    is_open: bool
    window: WindowRing
    unread: int | None = None  # None in a broadcast: the browser computes it


@dataclass(frozen=True)
class RoomState:
    """What may change about an open room (`chatrooms/_room_state.html`, `_room_name.html`)."""

    dom_id: str  # room-7-state
    room_id: int
    customer_name: str
    is_open: bool
    inbound_count: int
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    assignment_url: str
    closure_url: str
    reopening_url: str
    form_id: str  # room-7-form, the form whose buttons these are


def room_row(room: Chatroom, window: Window, *, slug: str, unread: int | None = None) -> RoomRow:
    """Needs customer, connection, assignee.user, last_message.author.user loaded."""
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
        is_open=room.status == "open",
        window=window_ring(room, window),
        unread=unread,
    )


def room_state(room: Chatroom, *, slug: str) -> RoomState:
    """Needs customer and assignee.user loaded."""
    assignee = str(room.assignee) if room.assignee else ""
    return RoomState(
        dom_id=f"room-{room.pk}-state",
        room_id=room.pk,
        customer_name=str(room.customer),
        is_open=room.status == "open",
        inbound_count=room.inbound_count,
        assignee_id=room.assignee_id,
        assignee_name=assignee,
        assignee_initials=initials(assignee),
        assignment_url=reverse("chatrooms:assignment", args=[slug, room.pk]),
        closure_url=reverse("chatrooms:closure", args=[slug, room.pk]),
        reopening_url=reverse("chatrooms:reopening", args=[slug, room.pk]),
        form_id=f"room-{room.pk}-form",
    )
