"""What arrives from a vendor becomes rows: messages of customers, echoes of the phone app, reports of delivery.

Works on a whole batch of events of one workspace with a fixed number of statements, in the caller's transaction. The
unique keys make a redelivery a no-op. Rows are locked rooms first, then messages, each in the order of their ids.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection as database

from channels_adapters.types import (
    UNKNOWN_TIME,
    Event,
    MessageEchoed,
    MessageReceived,
    Person,
    StatusChanged,
)
from inbox.connections.actions import note_webhooks
from inbox.connections.models import Connection
from inbox.customers.actions import resolve_people
from inbox.lib import clock

from ..models import Chatroom, Direction, Message, MessageState, RoomStatus
from ._assign import system_message
from ._statuses import apply_statuses

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass
class Received:
    """What became of a batch.

    `changed` are (room id, message id) pairs, to be recorded as the caller's last step. `left_aside` are the events
    that produced nothing agents see, each with the reason.
    """

    new_messages: int = 0
    changed: list[tuple[int, int]] = field(default_factory=list)
    left_aside: list[tuple[Event, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Arrival:
    connection: Connection
    event: MessageReceived | MessageEchoed

    @property
    def person(self) -> Person:
        return self.event.sender if isinstance(self.event, MessageReceived) else self.event.recipient

    @property
    def is_inbound(self) -> bool:
        return isinstance(self.event, MessageReceived)


def receive_events(*, workspace_id: int, events: Sequence[tuple[Connection, Event]]) -> Received:
    """Store a batch of events of one workspace's connections.

    Call it inside the workspace's scope, and `record_changes` with what it returns before the transaction ends.
    """
    received = Received()
    arrivals: list[_Arrival] = []
    statuses: list[tuple[Connection, StatusChanged]] = []
    for connection, event in events:
        if isinstance(event, StatusChanged):
            statuses.append((connection, event))
        elif isinstance(event, MessageReceived) and event.group_id:
            received.left_aside.append((event, "group message"))
        elif isinstance(event, MessageReceived | MessageEchoed):
            arrivals.append(_Arrival(connection, event))
        else:
            received.left_aside.append((event, type(event).__name__))
    note_webhooks(connections=(connection for connection, _event in events))
    new = _store_arrivals(workspace_id, arrivals, received) if arrivals else []
    changed = apply_statuses(workspace_id=workspace_id, statuses=statuses) if statuses else []
    received.new_messages = len(new)
    received.changed = [(message.chatroom_id, message.pk) for message in (*new, *changed)]
    return received


def _store_arrivals(workspace_id: int, arrivals: list[_Arrival], received: Received) -> list[Message]:
    by_channel: dict[str, list[_Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_channel[arrival.connection.channel].append(arrival)
    customers: dict[tuple[str, Person], int] = {}
    for channel, group in sorted(by_channel.items()):
        resolved = resolve_people(workspace_id=workspace_id, channel=channel, people=[a.person for a in group])
        customers.update({(channel, person): customer for person, customer in resolved.items()})

    placed: list[tuple[_Arrival, tuple[int, int]]] = []
    for arrival in arrivals:
        customer_id = customers.get((arrival.connection.channel, arrival.person))
        if customer_id is None:
            received.left_aside.append((arrival.event, "no identity to answer to"))
        else:
            placed.append((arrival, (arrival.connection.pk, customer_id)))
    rooms = _lock_rooms(workspace_id, {key for _arrival, key in placed})
    quoted = _quoted_messages(workspace_id, placed)

    drafts = [_draft(arrival, rooms[key], quoted) for arrival, key in placed]
    Message.objects.bulk_create(drafts, ignore_conflicts=True)
    own_ids = [draft.client_id for draft in drafts]
    own = Message.objects.filter(workspace_id=workspace_id, client_id__in=own_ids)
    new_ids = dict(own.values_list("client_id", "pk"))
    stored = [draft for draft in drafts if draft.client_id in new_ids]
    for message in stored:
        message.pk = new_ids[message.client_id]
    stored.sort(key=lambda message: (message.sent_at, message.pk))
    reopened = _update_rooms(list(rooms.values()), stored)
    return reopened + stored


def _lock_rooms(workspace_id: int, keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Chatroom]:
    """Return the rooms by (connection, customer), created where missing, locked in the order of their ids."""
    wanted = set(keys)

    def find() -> dict[tuple[int, int], Chatroom]:
        rooms = (
            Chatroom.objects.filter(
                workspace_id=workspace_id, customer_id__in={customer for _connection, customer in wanted}
            )
            .select_for_update(no_key=True)
            .order_by("pk")
        )
        return {
            (room.connection_id, room.customer_id): room
            for room in rooms
            if (room.connection_id, room.customer_id) in wanted
        }

    rooms = find()
    missing = wanted - rooms.keys()
    if missing:
        Chatroom.objects.bulk_create(
            [
                Chatroom(workspace_id=workspace_id, connection_id=connection_id, customer_id=customer_id)
                for connection_id, customer_id in sorted(missing)
            ],
            ignore_conflicts=True,
        )
        rooms = find()
    return rooms


def _quoted_messages(
    workspace_id: int, placed: Sequence[tuple[_Arrival, tuple[int, int]]]
) -> dict[tuple[int, str], tuple[int, int]]:
    """Return (id, room id) of the messages that arrivals answer, by (connection, external id)."""
    wanted = {a.event.reply_to for a, _key in placed if isinstance(a.event, MessageReceived) and a.event.reply_to}
    if not wanted:
        return {}
    rows = Message.objects.filter(
        workspace_id=workspace_id,
        connection_id__in={arrival.connection.pk for arrival, _key in placed},
        external_id__in=wanted,
    ).values_list("connection_id", "external_id", "pk", "chatroom_id")
    return {(connection_id, external_id or ""): (pk, room_id) for connection_id, external_id, pk, room_id in rows}


def _draft(arrival: _Arrival, room: Chatroom, quoted: Mapping[tuple[int, str], tuple[int, int]]) -> Message:
    event, content = arrival.event, arrival.event.content
    details = dict(content.details)
    if content.media is not None:
        details["media"] = {
            "id": content.media.external_id,
            "mime_type": content.media.mime_type,
            "sha256": content.media.sha256,
        }
        details.setdefault("filename", content.media.filename)
    message = Message(
        workspace_id=room.workspace_id,
        chatroom=room,
        connection_id=room.connection_id,
        direction=Direction.INBOUND,
        kind=content.kind.value,
        text=content.text,
        details=details,
        client_id=uuid.uuid4(),
        external_id=event.external_id,
        sent_at=_plausible(event.sent_at),
    )
    if isinstance(event, MessageReceived):
        quote_id, quote_room = quoted.get((room.connection_id, event.reply_to), (None, None))
        message.reply_to_id = quote_id if quote_room == room.pk else None
        message.reply_to_external_id = event.reply_to
        if event.referral:
            details["referral"] = dict(event.referral)
        if event.forwarded:
            details["forwarded"] = True
    else:
        message.direction, message.state = Direction.OUTBOUND, MessageState.SENT
        details["echo"] = True
    return message


def _plausible(vendor_time: datetime) -> datetime:
    """Return the vendor's time, or ours when it names none or one that would pin the message to the end forever."""
    now = clock.now()
    return now if vendor_time == UNKNOWN_TIME or vendor_time > now + CLOCK_TOLERANCE else vendor_time


_UPDATE_ROOMS = """
UPDATE chatrooms_chatroom AS room
SET status = new.status, last_message_id = new.last_message, last_message_at = new.last_at,
    last_inbound_at = new.inbound_at, inbound_count = room.inbound_count + new.inbound
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[])
    AS new (id, status, last_message, last_at, inbound_at, inbound)
WHERE room.id = new.id
"""


def _update_rooms(rooms: list[Chatroom], stored: Sequence[Message]) -> list[Message]:
    """Bring locked rooms up to date with new messages. Return the system messages of rooms that reopened."""
    by_room: dict[int, list[Message]] = defaultdict(list)
    for message in stored:
        by_room[message.chatroom_id].append(message)
    touched = [room for room in rooms if room.pk in by_room]
    reopened: list[Message] = []
    values: list[tuple[int, str, int | None, datetime, datetime | None, int]] = []
    for room in touched:
        inbound = [m for m in by_room[room.pk] if m.direction == Direction.INBOUND]
        newest = by_room[room.pk][-1]
        last_at, last_id = newest.sent_at, newest.pk
        # A late older message is stored, but it does not become the room's last one.
        if room.last_message_id and (room.last_message_at, room.last_message_id) > (last_at, last_id):
            last_at, last_id = room.last_message_at, room.last_message_id
        inbound_times = [m.sent_at for m in inbound] + ([room.last_inbound_at] if room.last_inbound_at else [])
        status = room.status
        if inbound and status == RoomStatus.CLOSED:
            status = RoomStatus.OPEN
            # At our time: the message that opens it may have been written before somebody closed it.
            reopened.append(system_message(room, "reopened_by_customer", at=clock.now()))
        values.append((room.pk, status, last_id, last_at, max(inbound_times) if inbound_times else None, len(inbound)))
    if values:
        with database.cursor() as cursor:
            cursor.execute(_UPDATE_ROOMS, [list(column) for column in zip(*values, strict=True)])
    return reopened
