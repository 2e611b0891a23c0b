"""What arrives from a vendor becomes rows: messages, what customers did, edits and reactions, reports of delivery.

Works on a whole batch of events of one workspace with a fixed number of statements, in the caller's transaction; only
new numbers of customers, and chats that reopen, cost some each. The unique keys make a redelivery a no-op. Rows are
locked rooms first, then messages, each in the order of their ids, then what we know of templates.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from channels_adapters.types import (
    AccountNotice,
    Content,
    CustomerActed,
    Event,
    IdentityChanged,
    MediaReference,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    Person,
    ReactionChanged,
    StatusChanged,
    ThreadControlChanged,
    ThreadReceipt,
)
from inbox.connections.actions import note_notices, note_webhooks
from inbox.connections.models import Connection
from inbox.customers.actions import ChangedIdentity, Said, change_identities, note_wishes, resolve_people
from inbox.customers.selectors import blocked_among
from inbox.lib import clock
from inbox.message_templates.actions import note_template_news

from ..models import Chatroom, Direction, Message, MessageState
from ._alterations import Alteration, apply_alterations, openings_by
from ._assign import system_message
from ._attach import attach_references, shown_of
from ._control import note_control, words_of_handovers, words_of_messages
from ._costs import note_sends
from ._echoes import own_echoes
from ._hold import wake_held_answers
from ._locks import lock_messages, rooms_of_altered
from ._receipts import apply_receipts, apply_watermarks, as_statuses, rooms_of_threads
from ._renamings import announce_renamings
from ._rooms import Opening, RoomKey, lock_rooms, note_openings, update_rooms
from ._statuses import apply_statuses
from ._times import placed, plausible
from ._waking import wake_assignment


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
    """An event that becomes a row of its own in a room."""

    connection: Connection
    event: MessageReceived | MessageEchoed | CustomerActed

    @property
    def person(self) -> Person:
        return self.event.recipient if isinstance(self.event, MessageEchoed) else self.event.sender


@dataclass
class _Batch:
    """The events of a batch by what is to be done with them."""

    arrivals: list[_Arrival] = field(default_factory=list)
    alterations: list[tuple[Connection, Alteration]] = field(default_factory=list)
    statuses: list[tuple[Connection, StatusChanged]] = field(default_factory=list)
    receipts: list[tuple[Connection, ThreadReceipt]] = field(default_factory=list)
    handovers: list[tuple[Connection, ThreadControlChanged]] = field(default_factory=list)
    renamings: list[tuple[Connection, IdentityChanged]] = field(default_factory=list)
    notices: list[tuple[Connection, AccountNotice]] = field(default_factory=list)


def receive_events(*, workspace_id: int, events: Sequence[tuple[Connection, Event]]) -> Received:
    """Store a batch of events of one workspace's connections.

    Call it inside the workspace's scope, and `record_changes` with what it returns before the transaction ends.
    """
    received = Received()
    batch = _sorted(workspace_id, events, received)
    note_webhooks(connections=(connection for connection, _event in events))
    note_notices(notices=batch.notices)
    renamings = change_identities(workspace_id=workspace_id, changes=batch.renamings)
    keys = _room_keys(workspace_id, batch.arrivals, received)
    wishes = note_wishes(workspace_id=workspace_id, said=_said(batch.arrivals, keys))
    renamings = _of_newcomers_too(workspace_id, renamings)
    receipt_rooms = rooms_of_threads(workspace_id, batch.receipts)
    handover_rooms = rooms_of_threads(workspace_id, batch.handovers)
    altered_rooms = rooms_of_altered(workspace_id, batch.alterations)
    known_rooms = {*receipt_rooms.values(), *handover_rooms.values(), *altered_rooms.values()}
    rooms = lock_rooms(workspace_id, keys.values(), room_ids=known_rooms)
    stored = _store(workspace_id, batch.arrivals, {index: rooms[key] for index, key in keys.items()})
    renamed, strangers = announce_renamings(workspace_id=workspace_id, changes=renamings)
    received.left_aside.extend(strangers)
    statuses = [*batch.statuses, *as_statuses(batch.receipts)]
    lock_messages(
        workspace_id,
        batch.alterations,
        statuses,
        rooms=set(receipt_rooms.values()),
        statuses_too=bool(batch.notices),
    )
    note_template_news(notices=batch.notices)
    altered = apply_alterations(workspace_id=workspace_id, alterations=batch.alterations, arrived=stored)
    settled = apply_statuses(workspace_id=workspace_id, statuses=statuses) if statuses else []
    seen = apply_receipts(receipts=batch.receipts, rooms=rooms.values(), room_ids=receipt_rooms)
    new = [message for message in stored if message.direction != Direction.SYSTEM]
    note_sends(workspace_id=workspace_id, sends=[(each, None) for each in new if each.direction == Direction.OUTBOUND])
    quiet = _quiet_rooms(workspace_id, rooms.values(), new)
    reopened = update_rooms(rooms.values(), new, quiet=quiet)
    told = [
        system_message(room, wish.event, at=clock.now(), words=wish.words)
        for (_connection, customer_id), room in rooms.items()
        if (wish := wishes.get(customer_id))
    ]
    if any(message.direction == Direction.INBOUND and message.chatroom.assignee_id is None for message in new):
        wake_assignment(workspace_id)
    handovers = words_of_handovers(batch.handovers, rooms.values(), handover_rooms)
    told += note_control([*handovers, *words_of_messages(_new_messages(batch, keys, rooms, stored), handovers)])
    note_openings([*_openings(batch, keys, rooms, stored), *openings_by(altered.reactions, _by_id(batch, rooms))])
    wake_held_answers(
        workspace_id=workspace_id,
        room_ids={m.chatroom_id for m in new if m.direction == Direction.INBOUND} - quiet,
    )
    received.new_messages = len(new) + len(reopened)
    changed = (*renamed, *reopened, *told, *stored, *altered.messages, *settled, *seen)
    received.changed = list(dict.fromkeys((message.chatroom_id, message.pk) for message in changed))
    return received


def _sorted(workspace_id: int, events: Sequence[tuple[Connection, Event]], received: Received) -> _Batch:
    batch = _Batch()
    echoes: list[tuple[Connection, MessageEchoed]] = []
    for connection, event in events:
        if isinstance(event, StatusChanged):
            batch.statuses.append((connection, event))
        elif isinstance(event, ThreadReceipt):
            batch.receipts.append((connection, event))
        elif isinstance(event, ThreadControlChanged):
            batch.handovers.append((connection, event))
        elif isinstance(event, MessageReceived) and event.group_id:
            received.left_aside.append((event, "group message"))
        elif isinstance(event, MessageReceived | CustomerActed):
            batch.arrivals.append(_Arrival(connection, event))
        elif isinstance(event, MessageEchoed):
            echoes.append((connection, event))
        elif isinstance(event, MessageEdited | MessageRevoked | ReactionChanged):
            batch.alterations.append((connection, event))
        elif isinstance(event, IdentityChanged):
            batch.renamings.append((connection, event))
        elif isinstance(event, AccountNotice):
            batch.notices.append((connection, event))
        else:
            received.left_aside.append((event, getattr(event, "what", "") or type(event).__name__))
    ours, theirs = own_echoes(workspace_id, echoes)
    batch.statuses.extend(ours)
    batch.arrivals.extend(_Arrival(connection, event) for connection, event in theirs)
    return batch


def _openings(
    batch: _Batch, keys: Mapping[int, RoomKey], rooms: Mapping[RoomKey, Chatroom], stored: Sequence[Message]
) -> list[Opening]:
    """Return what acts of customers open, each once: one that is told again may have no time, and has not happened now."""
    new = {(message.connection_id, message.external_id) for message in stored}
    return [
        Opening(rooms[key], "act_opened_at", plausible(event.sent_at))
        for index, key in keys.items()
        if isinstance(event := batch.arrivals[index].event, CustomerActed)
        and event.opens_window
        and (key[0], event.external_id) in new
    ]


def _new_messages(
    batch: _Batch, keys: Mapping[int, RoomKey], rooms: Mapping[RoomKey, Chatroom], stored: Sequence[Message]
) -> list[tuple[Chatroom, MessageReceived]]:
    """Return what customers wrote that we had not yet, each with its room."""
    new = {(message.connection_id, message.external_id) for message in stored}
    return [
        (rooms[key], event)
        for index, key in keys.items()
        if isinstance(event := batch.arrivals[index].event, MessageReceived) and (key[0], event.external_id) in new
    ]


def _by_id(batch: _Batch, rooms: Mapping[RoomKey, Chatroom]) -> dict[int, tuple[Chatroom, Connection]]:
    """Return the rooms by their ids, each with its connection."""
    connections = {arrival.connection.pk: arrival.connection for arrival in batch.arrivals}
    connections |= {connection.pk: connection for connection, _event in batch.alterations}
    return {room.pk: (room, connections[key[0]]) for key, room in rooms.items() if key[0] in connections}


def _of_newcomers_too(workspace_id: int, renamings: Sequence[ChangedIdentity]) -> list[ChangedIdentity]:
    """Try again for people who were unknown until their first message, which may be in the same batch."""
    unknown = [(change.connection, change.event) for change in renamings if change.customer_id is None]
    known = [change for change in renamings if change.customer_id is not None]
    return known + change_identities(workspace_id=workspace_id, changes=unknown)


def _room_keys(workspace_id: int, arrivals: Sequence[_Arrival], received: Received) -> dict[int, RoomKey]:
    """Return the room key of each arrival, by its position; one from nobody we could answer is left aside."""
    if not arrivals:
        return {}
    customers = resolve_people(workspace_id=workspace_id, people=[(a.connection, a.person) for a in arrivals])
    keys: dict[int, RoomKey] = {}
    for index, arrival in enumerate(arrivals):
        customer_id = customers.get((arrival.connection.pk, arrival.person))
        if customer_id is None:
            received.left_aside.append((arrival.event, "no identity to answer to"))
        else:
            keys[index] = (arrival.connection.pk, customer_id)
    return keys


def _said(arrivals: Sequence[_Arrival], keys: Mapping[int, RoomKey]) -> list[Said]:
    """Return what customers wrote."""
    return [
        Said(customer_id, event.content.text, plausible(event.sent_at))
        for index, (_connection, customer_id) in keys.items()
        if isinstance(event := arrivals[index].event, MessageReceived)
    ]


def _quiet_rooms(workspace_id: int, rooms: Iterable[Chatroom], new: Sequence[Message]) -> set[int]:
    """Return the rooms in which a blocked customer wrote."""
    wrote = {message.chatroom_id for message in new if message.direction == Direction.INBOUND}
    if not wrote:
        return set()
    customers = {room.pk: room.customer_id for room in rooms if room.pk in wrote}
    blocked = blocked_among(workspace_id, customers.values())
    return {room_id for room_id, customer_id in customers.items() if customer_id in blocked}


def _store(workspace_id: int, arrivals: Sequence[_Arrival], rooms: Mapping[int, Chatroom]) -> list[Message]:
    """Insert the rows of arrivals into their (locked) rooms; return those that are new, in the order of their time."""
    placed = [(arrivals[index], room) for index, room in rooms.items()]
    if not placed:
        return []
    quoted = _quoted_messages(workspace_id, [arrival for arrival, _room in placed])
    drafts = [_draft(arrival, room, quoted) for arrival, room in placed]
    Message.objects.bulk_create(drafts, ignore_conflicts=True)
    own = Message.objects.filter(workspace_id=workspace_id, client_id__in=[draft.client_id for draft in drafts])
    new_ids = dict(own.values_list("client_id", "pk"))
    stored = [draft for draft in drafts if draft.client_id in new_ids]
    for message in stored:
        message.pk = new_ids[message.client_id]
    _link_answers(stored)
    contents = {draft.client_id: _references(arrival) for draft, (arrival, _room) in zip(drafts, placed, strict=True)}
    attach_references((message, contents[message.client_id]) for message in stored)
    return sorted(stored, key=lambda message: (message.sent_at, message.pk))


def _references(arrival: _Arrival) -> tuple[MediaReference, ...]:
    return () if isinstance(arrival.event, CustomerActed) else arrival.event.content.attachments


def _link_answers(stored: Sequence[Message]) -> None:
    """Link answers to messages that came in the same batch."""
    by_id = {(message.chatroom_id, message.external_id): message.pk for message in stored}
    linked = []
    for message in stored:
        quoted = by_id.get((message.chatroom_id, message.reply_to_external_id))
        if quoted is not None and message.reply_to_id is None:
            message.reply_to_id = quoted
            linked.append(message)
    Message.objects.bulk_update(linked, ["reply_to"])


def _quoted_messages(workspace_id: int, arrivals: Iterable[_Arrival]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return (id, room id) of the messages that arrivals answer, by (connection, external id)."""
    wanted = {(a.connection.pk, reply_to) for a in arrivals if (reply_to := _reply_to(a.event))}
    if not wanted:
        return {}
    rows = Message.objects.filter(
        workspace_id=workspace_id,
        connection_id__in={connection_id for connection_id, _external_id in wanted},
        external_id__in={external_id for _connection_id, external_id in wanted},
    ).values_list("connection_id", "external_id", "pk", "chatroom_id")
    return {(connection_id, external_id or ""): (pk, room_id) for connection_id, external_id, pk, room_id in rows}


def _reply_to(event: MessageReceived | MessageEchoed | CustomerActed) -> str:
    return "" if isinstance(event, CustomerActed) else event.reply_to


def _draft(arrival: _Arrival, room: Chatroom, quoted: Mapping[tuple[int, str], tuple[int, int]]) -> Message:
    event = arrival.event
    message = Message(
        workspace_id=room.workspace_id,
        chatroom=room,
        connection_id=room.connection_id,
        direction=Direction.INBOUND,
        client_id=uuid.uuid4(),
        external_id=event.external_id,
        sent_at=placed(event.sent_at),
    )
    if isinstance(event, CustomerActed):
        message.direction = Direction.SYSTEM
        message.details = {**event.details, "event": event.activity.value, "opens_window": event.opens_window}
    else:
        message.kind, message.text, message.details = (
            event.content.kind.value,
            event.content.text,
            _facts(event.content),
        )
        quote_id, quote_room = quoted.get((room.connection_id, event.reply_to), (None, None))
        message.reply_to_id = quote_id if quote_room == room.pk else None
        message.reply_to_external_id = event.reply_to
    if isinstance(event, MessageEchoed):
        message.direction, message.state = Direction.OUTBOUND, MessageState.SENT
        message.accepted_at = message.sent_at
        message.details["echo"] = True
        apply_watermarks(message, room)
    elif event.referral:
        message.details["referral"] = dict(event.referral)
    if isinstance(event, MessageReceived) and event.forwarded:
        message.details["forwarded"] = True
    return message


def _facts(content: Content) -> dict[str, object]:
    details = dict(content.details)
    if content.attachments:
        details["attachments"] = [shown_of(media) for media in content.attachments]
    return details
