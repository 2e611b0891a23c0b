"""The rooms of a batch of arrivals: found or created, locked in the order of their ids, and brought up to date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connection as database
from django.db.models import Q

from inbox.lib import clock
from inbox.lib.rows import as_json

from ..models import Chatroom, Direction, Message, RoomStatus
from ._assign import system_message

# (connection, customer)
RoomKey = tuple[int, int]


def lock_rooms(
    workspace_id: int, keys: Iterable[RoomKey], *, room_ids: Collection[int] = ()
) -> dict[RoomKey, Chatroom]:
    """Return the rooms of these keys, created where missing, and the ones with these ids, all locked at once."""
    wanted = set(keys)

    def find() -> dict[RoomKey, Chatroom]:
        customers = {customer for _connection, customer in wanted}
        rooms = (
            Chatroom.objects.filter(Q(customer_id__in=customers) | Q(pk__in=room_ids), workspace_id=workspace_id)
            .select_for_update(no_key=True)
            .order_by("pk")
        )
        found = {(room.connection_id, room.customer_id): room for room in rooms}
        return {key: room for key, room in found.items() if key in wanted or room.pk in room_ids}

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


_UPDATE_ROOMS = """
UPDATE chatrooms_chatroom AS room
SET status = new.status, last_message_id = new.last_message, last_message_at = new.last_at,
    last_inbound_at = new.inbound_at, inbound_count = room.inbound_count + new.inbound,
    waiting_since = new.waiting_since, unclaimed_since = new.unclaimed_since
FROM json_to_recordset(%s) AS new (
    id bigint, status text, last_message bigint, last_at timestamptz, inbound_at timestamptz, inbound int,
    waiting_since timestamptz, unclaimed_since timestamptz
)
WHERE room.id = new.id
"""


def update_rooms(rooms: Iterable[Chatroom], stored: Sequence[Message], *, quiet: Collection[int] = ()) -> list[Message]:
    """Bring locked rooms up to date with new messages, in the order of their time. Return the system messages of rooms
    that reopened.

    In a quiet room, by its id, what the customer writes stays unnoticed: it neither opens nor waits, is not counted and
    does not come first.
    """
    by_room: dict[int, list[Message]] = defaultdict(list)
    for message in stored:
        by_room[message.chatroom_id].append(message)
    reopened: list[Message] = []
    values: list[dict[str, object]] = []
    for room in rooms:
        if room.pk not in by_room:
            continue
        written = by_room[room.pk]
        inbound = [m for m in written if m.direction == Direction.INBOUND]
        inbound_times = [m.sent_at for m in inbound] + ([room.last_inbound_at] if room.last_inbound_at else [])
        if room.pk in quiet:
            written, inbound = [m for m in written if m.direction != Direction.INBOUND], []
            if room.last_message_id is None:
                room.status = RoomStatus.CLOSED
        last_at, last_id = room.last_message_at, room.last_message_id
        if written:
            last_at, last_id = written[-1].sent_at, written[-1].pk
        # A late older message is stored, but it does not become the room's last one.
        if room.last_message_id and (room.last_message_at, room.last_message_id) > (last_at, last_id):
            last_at, last_id = room.last_message_at, room.last_message_id
        status, unclaimed_since = room.status, room.unclaimed_since
        if inbound and room.assignee_id is None and (unclaimed_since is None or status != RoomStatus.OPEN):
            unclaimed_since = clock.now()
        if inbound and status != RoomStatus.OPEN:
            status = RoomStatus.OPEN
            # At our time: the message that opens it may have been written before somebody closed it.
            reopened.append(system_message(room, "reopened_by_customer", at=clock.now()))
        values.append(
            {
                "id": room.pk,
                "status": status,
                "last_message": last_id,
                "last_at": last_at,
                "inbound_at": max(inbound_times, default=None),
                "inbound": len(inbound),
                "waiting_since": _waiting_since(room, written),
                "unclaimed_since": unclaimed_since,
            }
        )
    if values:
        with database.cursor() as cursor:
            cursor.execute(_UPDATE_ROOMS, [as_json(values)])
    return reopened


def _waiting_since(room: Chatroom, messages: Sequence[Message]) -> datetime | None:
    """Return since when the room waits, after these messages in the order of their time.

    What arrives waits, however old: nobody had seen it when they wrote. Of ours, one written before it answers nothing.
    """
    since = room.waiting_since
    for message in messages:
        if message.direction == Direction.INBOUND:
            since = since or message.sent_at
        elif since is not None and message.sent_at >= since:
            since = None
    return since


@dataclass(frozen=True)
class Opening:
    """Something besides a message that lets us write: `field` of the room is raised to its time."""

    room: Chatroom
    field: Literal["act_opened_at", "reaction_opened_at"]
    at: datetime


def note_openings(openings: Sequence[Opening]) -> None:
    """Remember, in locked rooms, the newest of these; a late one changes nothing."""
    raised: dict[int, Chatroom] = {}
    for opening in openings:
        known: datetime | None = getattr(opening.room, opening.field)
        if known is None or known < opening.at:
            setattr(opening.room, opening.field, opening.at)
            raised[opening.room.pk] = opening.room
    Chatroom.objects.bulk_update(raised.values(), ["act_opened_at", "reaction_opened_at"])
