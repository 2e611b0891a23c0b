"""Who looks after a chat, and whether it is open. Each change leaves a system message in the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import Chatroom, Direction, Message, RoomStatus
from ._changes import record_changes


class AlreadyAssigned(Exception):
    """Somebody else was faster. `winner` has the chat now (None: nobody has)."""

    def __init__(self, winner: Membership | None) -> None:
        super().__init__(str(winner))
        self.winner = winner


def assign_chatroom(
    *, actor: Membership, chatroom: Chatroom, assignee: Membership | None, expected_id: int | None
) -> Chatroom:
    """Give the chat to a member, or to nobody, if it still belongs to whom the actor saw (`expected_id`).

    Call it inside the workspace's scope. Raises AlreadyAssigned, so that of two who take a chat one is told.
    """
    wanted = assignee.pk if assignee else None
    current = Chatroom.objects.select_for_update(of=("self",), no_key=True).get(pk=chatroom.pk)
    if current.assignee_id == wanted:
        return current
    if current.assignee_id != expected_id:
        raise AlreadyAssigned(current.assignee)
    current.assignee = assignee
    current.save(update_fields=["assignee"])
    event = "unassigned" if assignee is None else "taken" if assignee == actor else "assigned"
    _announce(current, actor, event, assignee=str(assignee or ""))
    return current


def close_chatroom(*, actor: Membership, chatroom: Chatroom) -> Chatroom:
    return _set_status(actor, chatroom, RoomStatus.CLOSED, "closed")


def reopen_chatroom(*, actor: Membership, chatroom: Chatroom) -> Chatroom:
    return _set_status(actor, chatroom, RoomStatus.OPEN, "reopened")


def system_message(chatroom: Chatroom, event: str, *, at: datetime, **names: str) -> Message:
    """Store a line that only agents see. It does not count as the room's last message: that stays a person's."""
    return Message.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        connection_id=chatroom.connection_id,
        direction=Direction.SYSTEM,
        details={"event": event, **names},
        sent_at=at,
    )


def post_system_message(*, chatroom: Chatroom, event: str, **names: str) -> Message:
    """Tell the agents in a chat what happened: one line, worded by `presenters.words.system_text`."""
    [message] = post_system_messages(workspace_id=chatroom.workspace_id, lines=[(chatroom, event, names)])
    return message


def post_system_messages(
    *, workspace_id: int, lines: Sequence[tuple[Chatroom, str, Mapping[str, str]]]
) -> list[Message]:
    """Post a line (event, names) in each of these chats. Make it one of the transaction's last steps."""
    now = clock.now()
    messages = Message.objects.bulk_create(
        Message(
            workspace_id=workspace_id,
            chatroom=chatroom,
            connection_id=chatroom.connection_id,
            direction=Direction.SYSTEM,
            details={"event": event, **names},
            sent_at=now,
        )
        for chatroom, event, names in lines
    )
    record_changes(workspace_id=workspace_id, messages=[(message.chatroom_id, message.pk) for message in messages])
    return messages


def _set_status(actor: Membership, chatroom: Chatroom, status: RoomStatus, event: str) -> Chatroom:
    current = Chatroom.objects.select_for_update(no_key=True).get(pk=chatroom.pk)
    if current.status != status:
        current.status = status
        current.save(update_fields=["status"])
        _announce(current, actor, event)
    return current


def _announce(chatroom: Chatroom, actor: Membership, event: str, **facts: Any) -> None:
    message = system_message(chatroom, event, at=clock.now(), actor=str(actor), **facts)
    audit.record(workspace_id=chatroom.workspace_id, actor=actor, verb=f"chat.{event}", subject=chatroom, **facts)
    record_changes(workspace_id=chatroom.workspace_id, messages=[(chatroom.pk, message.pk)])
