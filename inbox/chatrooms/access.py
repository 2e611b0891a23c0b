"""The only door from an untrusted id to a chatroom or message: missing and forbidden are both 404."""

from __future__ import annotations

from django.http import Http404

from inbox.workspaces.models import Membership

from . import selectors
from .models import Chatroom, Message


def get_chatroom(membership: Membership, room_id: int) -> Chatroom:
    """Return the room with what its presenters need, `seen_count` and `seq`. Raises Http404."""
    room = selectors.room_for(membership, room_id)
    if room is None:
        raise Http404("no such chatroom")
    return room


def get_message(membership: Membership, room_id: int, message_id: int) -> Message:
    """Raises Http404, also when the message is in another room."""
    message = (
        Message.objects.filter(workspace_id=membership.workspace_id, chatroom_id=room_id, pk=message_id)
        .select_related("chatroom__customer", "connection", "author__user")
        .defer("connection__credentials")
        .first()
    )
    if message is None:
        raise Http404("no such message")
    return message
