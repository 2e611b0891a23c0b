"""The reply windows of chats as the database knows them: facts gathered for the policy in `window`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from inbox.customers.models import Customer
from inbox.lib import clock

from .models import Chatroom, Direction, Message, MessageState
from .window import Contact, Window, limited, window_of

# Our messages in these states count as sent.
LEFT = [MessageState.SENDING, MessageState.UNKNOWN, MessageState.SENT, MessageState.DELIVERED, MessageState.READ]


def windows_of(rooms: Sequence[Chatroom], *, at: datetime | None = None) -> dict[int, Window]:
    """Return what may be sent to each room now, or later, as things stand.

    Needs connection loaded; one query where a channel counts messages, and one where customers are not loaded."""
    now = at or clock.now()
    customers = _customers(rooms)
    counts = _counts([room for room in rooms if room.connection.reply_policy.messages is not None])
    return {
        room.pk: limited(
            window_of(room.connection.reply_policy, _contact(room, *counts.get(room.pk, (0, 0))), now),
            is_blocked=customers[room.customer_id].is_blocked,
            is_opted_out=customers[room.customer_id].is_opted_out,
        )
        for room in rooms
    }


def window_for(room: Chatroom) -> Window:
    return windows_of([room])[room.pk]


def _customers(rooms: Sequence[Chatroom]) -> dict[int, Customer]:
    """Return the rooms' customers, at least with what limits their windows."""
    field = Chatroom._meta.get_field("customer")
    found = {room.customer_id: room.customer for room in rooms if field.is_cached(room)}
    found = {pk: customer for pk, customer in found.items() if "is_blocked" not in customer.get_deferred_fields()}
    missing = {room.customer_id for room in rooms} - found.keys()
    if missing:
        rows = Customer.objects.filter(workspace_id__in={room.workspace_id for room in rooms}, pk__in=missing)
        found |= {customer.pk: customer for customer in rows.only("is_blocked", "is_opted_out")}
    return found


def _contact(room: Chatroom, sent: int, sent_since_act: int) -> Contact:
    opened = [moment for moment in (room.last_inbound_at, room.reaction_opened_at) if moment]
    return Contact(
        opened_at=max(opened, default=None),
        activity_at=room.act_opened_at,
        sent=sent,
        sent_since_activity=sent_since_act,
        refused_at=room.window_refused_at,
    )


def _counts(rooms: Sequence[Chatroom]) -> dict[int, tuple[int, int]]:
    """Return how many of our messages have left since the customer's newest message, and since their newest act."""
    if not rooms:
        return {}
    messages = Message.objects.filter(
        workspace_id__in={room.workspace_id for room in rooms},
        chatroom_id__in=[room.pk for room in rooms],
        direction=Direction.OUTBOUND,
        state__in=LEFT,
        sent_at__gt=_earliest(rooms),
    ).annotate(left_at=Coalesce("accepted_at", "sent_at"))
    counted = messages.values("chatroom_id").annotate(
        sent=Count("pk", filter=Q(left_at__gt=F("chatroom__last_inbound_at"))),
        since_act=Count("pk", filter=Q(left_at__gt=F("chatroom__act_opened_at"))),
    )
    return {row["chatroom_id"]: (row["sent"], row["since_act"]) for row in counted}


def _earliest(rooms: Sequence[Chatroom]) -> datetime:
    """Return a time before which nothing counts, so that years of messages are not read."""
    longest = max(room.connection.reply_policy.window for room in rooms)
    return clock.now() - 2 * longest
