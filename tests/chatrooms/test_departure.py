"""The open chats of somebody who leaves are nobody's, and are given to others by the rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inbox.chatrooms import actions, tasks
from inbox.chatrooms.models import Chatroom, RoomStatus
from inbox.workspaces.actions import change_member, create_team, set_user_active
from inbox.workspaces.models import AuditEntry, Role
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, messages_of, receive, reload, room_with, rooms_of, text_message, webhook

from .conversation import asked_for
from .presence import online, rule


def crowd(world: World, count: int) -> list[Chatroom]:
    receive(
        world.app,
        webhook(world.shop, messages=[text_message(phone=f"852900{number:05}") for number in range(count)]),
    )
    return rooms_of(world.shop)


def leave(world: World) -> None:
    change_member(actor=world.olivia, member=world.amy, role=Role.AGENT, is_active=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [leave, lambda world: set_user_active(user=world.amy.user, is_active=False)])
def test_open_chats_of_somebody_who_leaves_are_freed_in_batches_and_given_anew(
    world: World, way: Callable[[World], object]
) -> None:
    rooms = crowd(world, 103)
    other = room_with(world, connection=world.oven)
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales", members=[world.ben.pk])
        Chatroom.objects.update(assignee=world.amy, team=team, unclaimed_since=None)
        Chatroom.objects.filter(pk=rooms[0].pk).update(assignee=world.ben)
        actions.close_chatroom(actor=world.ben, chatroom=rooms[1])
    way(world)
    assert asked_for("inbox.chatrooms.tasks.free_chats") == [{"workspace_id": world.lotus.pk}]
    assert tasks.free_chats(workspace_id=world.lotus.pk) == 101
    assert tasks.free_chats(workspace_id=world.lotus.pk) == 0
    assert [reload(room).assignee_id for room in rooms[:3]] == [world.ben.pk, world.amy.pk, None]
    freed = reload(rooms[2])
    assert (freed.team_id, freed.unclaimed_since) == (team.pk, freed.waiting_since)
    facts = {"before": "Amy Agent", "had": [world.amy.pk, team.pk]}
    assert messages_of(freed)[-1].details == {"event": "assignee_left", **facts}
    with scope(world.lotus.pk):
        assert AuditEntry.objects.filter(verb="chat.assignee_left", actor=None).count() == 101
    assert reload(other).assignee_id is None

    rule(world)
    online(world.ben)
    assert actions.assign_waiting_chats() == 101
    assert reload(freed).assignee_id == world.ben.pk


def test_what_a_lost_wake_up_left_and_what_a_customer_opens_again_is_found(world: World) -> None:
    room, kept = room_with(world), room_with(world, phone="85290000002")
    with platform_scope("test"):
        Chatroom.objects.filter(pk=room.pk).update(assignee=world.amy, status=RoomStatus.CLOSED)
        Chatroom.objects.filter(pk=kept.pk).update(assignee=world.ben)
    leave(world)
    tasks.assign_chats()
    assert reload(room).assignee_id == world.amy.pk
    room_with(world, "Hello again")
    assert (reload(room).status, reload(room).assignee_id) == ("open", world.amy.pk)
    tasks.assign_chats()
    assert (reload(room).assignee_id, reload(kept).assignee_id) == (None, world.ben.pk)
    change_member(actor=world.olivia, member=world.ben, role=Role.ADMIN, is_active=True)
    tasks.assign_chats()
    assert reload(kept).assignee_id == world.ben.pk
