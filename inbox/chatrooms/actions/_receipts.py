"""Receipts for a stretch of a thread: everything of ours up to a moment, or up to a message, was delivered or read.

The vendor's clock decides, so a message counts from `accepted_at`. The room keeps how far receipts went: one may come
before our own answer has told that the vendor took a message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from channels_adapters.types import StatusChanged, ThreadControlChanged, ThreadReceipt
from inbox.connections.models import Connection
from inbox.lib import clock

from .. import delivery
from ..models import Chatroom, Direction, Message, MessageState
from ._times import plausible

# A receipt does not reach further back: a room may hold years of messages that were delivered and never read.
LONGEST_UNREAD = timedelta(days=30)

_SEEN_FIELDS = ("chatroom", "state", "accepted_at", "delivered_at", "read_at")
_OPEN = [MessageState.SENT, MessageState.DELIVERED]
_WATERMARKS = {delivery.DELIVERED: "delivered_up_to", delivery.READ: "read_up_to"}


def as_statuses(receipts: Sequence[tuple[Connection, ThreadReceipt]]) -> list[tuple[Connection, StatusChanged]]:
    """Return a status for each message that receipts name, whether we know it already or not."""
    return [
        (connection, StatusChanged(receipt.account_id, external_id, receipt.status, receipt.at))
        for connection, receipt in receipts
        for external_id in dict.fromkeys((*receipt.message_ids, receipt.up_to_id))
        if external_id
    ]


def rooms_of_threads(
    workspace_id: int, news: Sequence[tuple[Connection, ThreadReceipt | ThreadControlChanged]]
) -> dict[tuple[int, str], int]:
    """Return the room id of each thread that there is news of, by (connection, one of the person's identities)."""
    values = {identity.value for _connection, event in news for identity in event.sender.identities}
    if not values:
        return {}
    rooms = Chatroom.objects.filter(
        workspace_id=workspace_id,
        connection_id__in={connection.pk for connection, _event in news},
        customer__identities__value__in=values,
    )
    return {
        (connection_id, value): room_id
        for connection_id, value, room_id in rooms.values_list("connection_id", "customer__identities__value", "pk")
    }


def unread_in(room_ids: Collection[int]) -> Q:
    """Select the messages that receipts of these rooms may change."""
    return Q(
        chatroom_id__in=room_ids,
        direction=Direction.OUTBOUND,
        state__in=_OPEN,
        sent_at__gt=clock.now() - LONGEST_UNREAD,
    )


def apply_receipts(
    *,
    receipts: Sequence[tuple[Connection, ThreadReceipt]],
    rooms: Iterable[Chatroom],
    room_ids: Mapping[tuple[int, str], int],
) -> list[Message]:
    """Raise the rooms' watermarks and the states of what lies below them; return changed messages.

    Call it with `rooms` and their messages locked. `room_ids` are of `rooms_of_threads`.
    """
    by_id = {room.pk: room for room in rooms if room.pk in set(room_ids.values())}
    if not by_id:
        return []
    raised: dict[int, Chatroom] = {}
    ends = _ends(receipts)
    for connection, receipt in receipts:
        reported = delivery.state_reported_by(receipt.status)
        end = plausible(receipt.up_to) if receipt.up_to else ends.get((connection.pk, receipt.up_to_id))
        found = [room_ids.get((connection.pk, identity.value)) for identity in receipt.sender.identities]
        room = next((by_id[room_id] for room_id in found if room_id), None)
        if room is None or end is None or reported not in _WATERMARKS:
            continue
        known: datetime | None = getattr(room, _WATERMARKS[reported])
        if known is None or known < end:
            setattr(room, _WATERMARKS[reported], end)
            raised[room.pk] = room
    Chatroom.objects.bulk_update(raised.values(), list(_WATERMARKS.values()))
    changed = [
        message
        for message in Message.objects.filter(unread_in(raised.keys())).only(*_SEEN_FIELDS).order_by("pk")
        if apply_watermarks(message, raised[message.chatroom_id])
    ]
    Message.objects.bulk_update(changed, ["state", "delivered_at", "read_at"])
    return changed


def apply_watermarks(message: Message, room: Chatroom) -> bool:
    """Change the message in memory as far as the room's receipts reach it; return whether anything changed."""
    before = message.state
    if before not in _OPEN:
        return False
    for state, name in _WATERMARKS.items():
        end: datetime | None = getattr(room, name)
        if end is None or message.accepted_at is None or message.accepted_at > end:
            continue
        message.state = delivery.advance(message.state, state)
        message.delivered_at = message.delivered_at or end
        if state == delivery.READ:
            message.read_at = message.read_at or end
    return before != message.state


def _ends(receipts: Sequence[tuple[Connection, ThreadReceipt]]) -> dict[tuple[int, str], datetime]:
    """Return when the messages that receipts reach up to were accepted, by (connection, external id)."""
    wanted = {(connection.pk, receipt.up_to_id) for connection, receipt in receipts if receipt.up_to_id}
    if not wanted:
        return {}
    rows = Message.objects.filter(
        connection_id__in={connection_id for connection_id, _external_id in wanted},
        external_id__in={external_id for _connection_id, external_id in wanted},
        accepted_at__isnull=False,
    ).values_list("connection_id", "external_id", "accepted_at")
    return {(connection_id, external_id or ""): at for connection_id, external_id, at in rows if at}
