"""Messages on their way out, however they came to be written: their rows, their outbox entries, their chats."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from channels_adapters.types import MessageKind
from inbox.connections.models import Connection
from inbox.lib import clock, rows
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import Chatroom, Direction, Message, MessageState, OutboxEntry, RoomStatus
from ._assign import system_message
from ._attach import PlannedFile, attach_files
from ._changes import record_changes
from ._read import see_everything
from ._rooms import update_rooms

DISPATCH = "inbox.chatrooms.tasks.dispatch_outbox"


@dataclass(frozen=True)
class Part:
    """What one message says."""

    text: str
    kind: MessageKind = MessageKind.TEXT
    details: Mapping[str, Any] = field(default_factory=dict)
    file: PlannedFile | None = None


@dataclass(frozen=True)
class Draft:
    """What somebody says in a chat, in one message or several. The chat is locked, by `locked_room` or `lock_chats`.

    After `not_after` it leaves no more: somebody is asked whether it is still right. Until `undo_until` it waits, and can
    be taken back as the `form` it was written in.
    """

    chatroom: Chatroom
    author_id: int
    parts: Sequence[Part]
    client_id: uuid.UUID = field(default_factory=uuid.uuid4)
    reply_to: Message | None = None
    not_after: datetime | None = None
    undo_until: datetime | None = None
    form: Mapping[str, Any] = field(default_factory=dict)


def texts(parts: Sequence[str]) -> list[Part]:
    """Return a text that was cut into pieces, each of which knows its place."""
    return [
        Part(text, details={"parts": [number, len(parts)]} if len(parts) > 1 else {})
        for number, text in enumerate(parts, start=1)
    ]


def client_id_of_part(client_id: uuid.UUID, number: int) -> uuid.UUID:
    return uuid.uuid5(client_id, str(number)) if number > 1 else client_id


def locked_room(room_id: int) -> Chatroom:
    room = _locked(Chatroom.objects.filter(pk=room_id))
    return room.select_related("connection", "customer").defer("connection__credentials").get()


def lock_chats(workspace_id: int, room_ids: Collection[int]) -> dict[int, Chatroom]:
    """Return these chats with their connections, locked in the order every writer takes."""
    rooms = _locked(Chatroom.objects.filter(workspace_id=workspace_id, pk__in=room_ids))
    # A few connections for many chats: read once each, not once a chat.
    connections = Prefetch("connection", Connection.objects.defer("credentials"))
    rooms = rooms.select_related("customer").prefetch_related(connections)
    return {room.pk: room for room in rooms.order_by("pk")}


def write(*, actor: Membership, draft: Draft, verb: str) -> list[Message]:
    """Store what an agent sends and put it in the outbox. A closed chat opens, and the agent has seen all of it."""
    room = draft.chatroom
    reopened = []
    if room.status != RoomStatus.OPEN:
        room.status = RoomStatus.OPEN
        reopened.append(system_message(room, "reopened", actor=str(actor), at=clock.now()))
    [messages] = _store(room.workspace_id, [draft])
    see_everything(member=actor, chatroom=room)
    audit.record(workspace_id=room.workspace_id, actor=actor, verb=verb, subject=messages[0])
    record_changes(
        workspace_id=room.workspace_id, messages=[(room.pk, written.pk) for written in (*reopened, *messages)]
    )
    return messages


def queue_messages(*, workspace_id: int, drafts: Sequence[Draft]) -> list[Message]:
    """Put drafts of many chats, one for each, in the outbox, in a few statements; return the first message of each.

    A closed chat stays closed: nobody has opened it to write. Make it one of the transaction's last steps.
    """
    if not drafts:
        return []
    written = _store(workspace_id, drafts)
    record_changes(
        workspace_id=workspace_id, messages=[(each.chatroom_id, each.pk) for messages in written for each in messages]
    )
    return [messages[0] for messages in written]


def _store(workspace_id: int, drafts: Sequence[Draft]) -> list[list[Message]]:
    now = clock.now()
    written = [
        [_message(draft, part, number, now) for number, part in enumerate(draft.parts, start=1)] for draft in drafts
    ]
    messages = [message for some in written for message in some]
    rows.insert(messages)
    rows.insert(
        [
            OutboxEntry(
                workspace_id=workspace_id,
                message_id=message.pk,
                chatroom_id=message.chatroom_id,
                connection_id=message.connection_id,
                due_at=draft.undo_until or now,
                not_after=draft.not_after,
                form=draft.form if message is some[0] else {},
            )
            for draft, some in zip(drafts, written, strict=True)
            for message in some
        ]
    )
    parts = [part for draft in drafts for part in draft.parts]
    attach_files((message, part.file) for message, part in zip(messages, parts, strict=True) if part.file)
    update_rooms([draft.chatroom for draft in drafts], messages)
    enqueue_on_commit(DISPATCH)
    return written


def _message(draft: Draft, part: Part, number: int, now: datetime) -> Message:
    room = draft.chatroom
    message = Message(
        workspace_id=room.workspace_id,
        chatroom=room,
        connection_id=room.connection_id,
        direction=Direction.OUTBOUND,
        kind=part.kind.value,
        text=part.text,
        details={**part.details, **_undo(draft)},
        author_id=draft.author_id,
        client_id=client_id_of_part(draft.client_id, number),
        state=MessageState.QUEUED,
        # The vendor's clock may be ahead of ours: an answer stands below what it answers.
        sent_at=max(now, room.last_message_at) + timedelta(microseconds=number),
    )
    if draft.reply_to is not None and number == 1:
        message.reply_to, message.reply_to_external_id = draft.reply_to, draft.reply_to.external_id or ""
    return message


def _undo(draft: Draft) -> dict[str, Any]:
    if draft.undo_until is None:
        return {}
    return {"undo": {"until": draft.undo_until.isoformat(), "first": str(draft.client_id)}}


def _locked(rooms: QuerySet[Chatroom]) -> QuerySet[Chatroom]:
    return rooms.select_for_update(of=("self",), no_key=True)
