"""Many messages to many customers at once: what `send_message` does, in a few statements for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit

from ..models import Chatroom, Direction, Message, MessageState, OutboxEntry
from ._changes import record_changes
from ._rooms import update_rooms
from ._send import DISPATCH


@dataclass(frozen=True)
class Draft:
    """A text for a chat, in the parts that `text_parts` made of it."""

    author_id: int
    chatroom: Chatroom
    parts: Sequence[str]


def lock_chats(workspace_id: int, room_ids: Collection[int]) -> dict[int, Chatroom]:
    """Return these chats with their connections, locked in the order every writer takes."""
    rooms = (
        Chatroom.objects.filter(workspace_id=workspace_id, pk__in=room_ids)
        .select_for_update(of=("self",), no_key=True)
        .select_related("connection")
        .defer("connection__credentials")
    )
    return {room.pk: room for room in rooms.order_by("pk")}


def queue_messages(*, workspace_id: int, drafts: Sequence[Draft]) -> list[Message]:
    """Put a message in the outbox for each draft, one for each chat; return the first part of each.

    The chats come from `lock_chats`. A closed one stays closed: nobody has opened it to write. Make it one of the
    transaction's last steps.
    """
    if not drafts:
        return []
    now = clock.now()
    messages = [
        Message(
            workspace_id=workspace_id,
            chatroom=draft.chatroom,
            connection_id=draft.chatroom.connection_id,
            direction=Direction.OUTBOUND,
            text=part,
            details={"parts": [number, len(draft.parts)]} if len(draft.parts) > 1 else {},
            author_id=draft.author_id,
            client_id=uuid.uuid4(),
            state=MessageState.QUEUED,
            sent_at=max(now, draft.chatroom.last_message_at) + timedelta(microseconds=number),
        )
        for draft in drafts
        for number, part in enumerate(draft.parts, start=1)
    ]
    Message.objects.bulk_create(messages)
    OutboxEntry.objects.bulk_create(
        OutboxEntry(workspace_id=workspace_id, message=message, chatroom_id=message.chatroom_id, due_at=now)
        for message in messages
    )
    update_rooms([draft.chatroom for draft in drafts], messages)
    record_changes(workspace_id=workspace_id, messages=[(message.chatroom_id, message.pk) for message in messages])
    enqueue_on_commit(DISPATCH)
    firsts: dict[int, Message] = {}
    for message in messages:
        firsts.setdefault(message.chatroom_id, message)
    return [firsts[draft.chatroom.pk] for draft in drafts]
