"""The only door from an untrusted id to a chatroom or message: missing and forbidden are both 404."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from inbox.workspaces.models import Membership, Team

from . import selectors
from .assignment import team_of
from .models import Chatroom, Message


def get_chatroom(membership: Membership, room_id: int, more: Mapping[str, Any] | None = None) -> Chatroom:
    """Return the room with what its presenters need, `seen_count`, `seq` and `more` annotations. Raises Http404."""
    room = selectors.room_for(membership, room_id, more)
    if room is None:
        raise Http404("no such chatroom")
    return room


def get_plain_chatroom(membership: Membership, room_id: int) -> Chatroom:
    """Return the room alone, for what needs no more of it. Raises Http404."""
    room = Chatroom.objects.filter(workspace_id=membership.workspace_id, pk=room_id).first()
    if room is None:
        raise Http404("no such chatroom")
    return room


def get_team(membership: Membership, team_id: int) -> Team:
    """Raises Http404."""
    team = team_of(membership.workspace_id, team_id)
    if team is None:
        raise Http404("no such team")
    return team


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
