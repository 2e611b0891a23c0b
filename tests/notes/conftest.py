"""Notes on the customer of a chat."""

from __future__ import annotations

import uuid

from inbox.chatrooms.models import Chatroom, Message
from inbox.customers.access import get_group
from inbox.notes import actions
from inbox.notes.actions import Written
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope


def add(member: Membership, room: Chatroom, text: str = "Likes peonies", client_id: uuid.UUID | None = None) -> Written:
    with scope(member.workspace_id):
        group = get_group(member, room.customer_id)
        return actions.add_note(actor=member, group=group, text=text, client_id=client_id or uuid.uuid4())


def lines_of(room: Chatroom) -> list[tuple[str, str]]:
    """The system messages of a chat: what and who."""
    with scope(room.workspace_id):
        found = Message.objects.filter(chatroom=room, direction="system").order_by("pk")
        return [(each.details["event"], each.details["actor"]) for each in found]
