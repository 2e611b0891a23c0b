"""Sending a kept answer."""

from __future__ import annotations

import uuid

from inbox.faq.actions import note_use
from inbox.workspaces.models import Membership

from ..answers import Answer
from ..models import Chatroom, Message
from ._composition import OutgoingFile
from ._outgoing import locked_room
from ._send import send_message


def send_answer(
    *, actor: Membership, chatroom: Chatroom, answer: Answer, client_id: uuid.UUID, seen_id: int | None
) -> Message:
    """Send an answer as it is shown, and count its use; the same client_id once more does neither.

    Call it inside the workspace's scope. Raises UnableToSend.
    """
    locked_room(chatroom.pk)  # of two presses the second one finds what the first one sent
    sent = Message.objects.filter(workspace_id=actor.workspace_id, client_id=client_id)
    is_new = not sent.exists()
    message = send_message(
        actor=actor,
        chatroom=chatroom,
        text=answer.filled.text,
        client_id=client_id,
        files=[OutgoingFile(file) for file in answer.files],
        seen_id=seen_id,
    )
    if is_new:
        note_use(entry=answer.entry)
    return message
