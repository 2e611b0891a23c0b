"""Members with a chat, and what they are told of it."""

from __future__ import annotations

import pytest

from inbox.chatrooms.actions import assign_chatroom
from inbox.chatrooms.models import Chatroom
from inbox.notifications.models import Notification
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World, room_with

URL = "/w/lotus-flowers/notifications/"


@pytest.fixture
def room(world: World) -> Chatroom:
    """A chat that Olivia has given to Amy."""
    room = room_with(world, "Do you have roses?")
    give(world.olivia, room, world.amy)
    return room


def give(actor: Membership, room: Chatroom, assignee: Membership | None) -> None:
    with scope(actor.workspace_id):
        current = Chatroom.objects.get(pk=room.pk)
        assign_chatroom(actor=actor, chatroom=current, assignee=assignee, expected_id=current.assignee_id)


def told(member: Membership) -> list[tuple[str, bool]]:
    """What a member was told, the oldest first: the kind, and whether it is unread."""
    with scope(member.workspace_id):
        rows = Notification.objects.filter(member=member).order_by("happened_at", "kind", "pk")
        return [(row.kind, row.read_at is None) for row in rows]
