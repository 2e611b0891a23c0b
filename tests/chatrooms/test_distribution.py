"""The worker gives chats to whoever is here: never too many, never twice, the oldest first, as soon as it can be."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from pytest_django import Settings

from inbox.chatrooms import actions
from inbox.chatrooms.actions import assign_waiting_chats
from inbox.chatrooms.models import AgentTurn, Chatroom, Direction, RoomStatus
from inbox.lib import clock
from inbox.realtime import presence
from inbox.workspaces.actions import create_team, delete_team, set_away
from inbox.workspaces.models import AuditEntry, Membership, Team
from inbox.workspaces.tenancy import scope
from tests.processes import at_once
from tests.world import World, messages_of, receive, reload, room_with, rooms_of, text_message, webhook, write

from .conversation import asked_for
from .presence import offline, online, rule


def crowd(world: World, count: int, *, start: int = 0) -> list[Chatroom]:
    """So many customers write to the shop, one after the other."""
    for number in range(start, start + count):
        receive(world.app, webhook(world.shop, messages=[text_message(phone=f"852900{number:05}")]))
    return rooms_of(world.shop)


def assignees(world: World) -> list[int | None]:
    return [room.assignee_id for room in rooms_of(world.shop)]


def close(world: World, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.olivia, chatroom=room)


def team(world: World, name: str, *members: Membership) -> Team:
    with scope(world.lotus.pk):
        return create_team(
            actor=world.olivia, workspace_id=world.lotus.pk, name=name, members=[member.pk for member in members]
        )


def wakings() -> int:
    return len(asked_for("inbox.chatrooms.tasks.assign_chats"))


def lines_of(room: Chatroom) -> list[dict[str, str]]:
    return [message.details for message in messages_of(room) if message.direction == Direction.SYSTEM]


def test_new_chats_go_to_those_who_are_here_in_turn_and_say_so(world: World) -> None:
    rule(world)
    online(world.amy, world.ben)
    rooms = crowd(world, 4)
    stranger = room_with(world, connection=world.oven)
    assert assign_waiting_chats() == 4
    assert assignees(world) == [world.amy.pk, world.ben.pk, world.amy.pk, world.ben.pk]
    nobody = [None, None]
    assert lines_of(rooms[0]) == [{"event": "given", "assignee": "Amy Agent", "before": "", "had": nobody}]
    with scope(world.lotus.pk):
        entries = AuditEntry.objects.filter(verb="chat.given")
        assert next((entry.actor_id, entry.subject) for entry in entries.order_by("pk")) == (
            None,
            f"chatrooms.chatroom:{rooms[0].pk}",
        )
    assert assign_waiting_chats() == 0
    assert reload(stranger).assignee_id is None
    crowd(world, 1, start=10)
    assign_waiting_chats(workspace_id=world.lotus.pk)
    assert assignees(world)[-1] == world.amy.pk, "her turn comes again in the next run"


def test_nobody_gets_a_chat_where_no_rule_says_so_or_while_they_are_away(world: World) -> None:
    online(world.amy, world.sam)
    crowd(world, 1)
    rule(world, "off")
    assert assign_waiting_chats(workspace_id=world.lotus.pk) == 0
    rule(world)
    with scope(world.lotus.pk):
        set_away(member=world.amy, is_away=True)
    assert assign_waiting_chats() == 0
    with scope(world.lotus.pk):
        set_away(member=world.amy, is_away=False)
    assert assign_waiting_chats() == 1


def test_the_backlog_drains_oldest_first_as_room_becomes_free_or_somebody_comes(world: World) -> None:
    rule(world, "least_busy", capacity="2")
    rooms = crowd(world, 5)
    assert assign_waiting_chats() == 0, "nobody is here"
    online(world.amy)
    assert assign_waiting_chats() == 2
    assert assignees(world) == [world.amy.pk, world.amy.pk, None, None, None]
    close(world, rooms[0])
    assert assign_waiting_chats() == 1
    assert assignees(world)[2:] == [world.amy.pk, None, None]
    online(world.ben)
    assert assign_waiting_chats() == 2
    assert assignees(world)[3:] == [world.ben.pk, world.ben.pk]


def test_a_connection_has_its_own_rule_and_its_own_limit_beside_the_workspaces(world: World) -> None:
    rule(world, "turn", capacity="3")
    rule(world, "turn", connection=world.shop, capacity="1")
    online(world.amy)
    crowd(world, 2)
    for number in range(3):
        room_with(world, connection=world.events, phone=f"8529999000{number}")
    assert assign_waiting_chats() == 3
    assert Counter(assignees(world)) == {world.amy.pk: 1, None: 1}
    assert Counter(room.assignee_id for room in rooms_of(world.events)) == {world.amy.pk: 2, None: 1}
    rule(world, "off", connection=world.shop)
    with scope(world.lotus.pk):
        actions.drop_rule(actor=world.olivia, workspace_id=world.lotus.pk, connection=world.shop)
    rule(world, "turn")
    assert assign_waiting_chats() == 2


def test_a_chats_own_team_comes_before_the_rules_and_does_not_hold_up_the_others(world: World) -> None:
    sales, support = team(world, "Sales", world.ben), team(world, "Support", world.amy)
    rule(world, team=sales)
    rooms = crowd(world, 3)
    with scope(world.lotus.pk):
        actions.assign_to_team(actor=world.olivia, chatroom=rooms[0], team=support, expected_id=None)
        actions.assign_to_team(actor=world.olivia, chatroom=rooms[0], team=support, expected_id=None)
    online(world.ben)
    assert assign_waiting_chats() == 2
    assert assignees(world) == [None, world.ben.pk, world.ben.pk]
    online(world.amy)
    assert assign_waiting_chats() == 1
    assert reload(rooms[0]).assignee_id == world.amy.pk
    assert [line["event"] for line in lines_of(rooms[0])] == ["given_to_team", "given"]
    with scope(world.lotus.pk):
        delete_team(actor=world.olivia, team=support)
        delete_team(actor=world.olivia, team=sales)
    assert reload(rooms[0]).team_id is None
    crowd(world, 1, start=20)
    assert assign_waiting_chats() == 1, "the rule names no team any more"


def test_a_chat_that_is_given_to_the_team_it_is_in_goes_to_somebody_of_it(world: World) -> None:
    sales = team(world, "Sales", world.ben)
    rule(world)
    rooms = crowd(world, 2)
    with scope(world.lotus.pk):
        Chatroom.objects.update(assignee=world.amy, team=sales, unclaimed_since=None)
        actions.assign_to_team(actor=world.amy, chatroom=rooms[0], team=sales, expected_id=world.amy.pk)
        actions.give_all_to_team(actor=world.amy, room_ids=[rooms[1].pk], team=sales)
    online(world.ben)
    assert assign_waiting_chats() == 2
    assert assignees(world) == [world.ben.pk, world.ben.pk]
    assert [[line["event"] for line in lines_of(room)] for room in rooms] == [["given_to_team", "given"]] * 2


def test_a_chat_that_was_given_up_waits_for_people_until_its_customer_writes_again(world: World) -> None:
    rule(world)
    online(world.amy, world.ben)
    (room,) = crowd(world, 1)
    assign_waiting_chats()
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.amy, chatroom=room, assignee=None, expected_id=world.amy.pk)
    assert assign_waiting_chats() == 0
    crowd(world, 1)
    assert assign_waiting_chats() == 1
    assert reload(room).assignee_id == world.ben.pk


def test_a_chat_that_opens_again_is_given_to_somebody_unless_it_has_somebody(world: World) -> None:
    rooms = crowd(world, 2)
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.amy, chatroom=rooms[0], assignee=world.amy, expected_id=None)
        actions.set_status_of(actor=world.olivia, room_ids=[room.pk for room in rooms], status=RoomStatus.ARCHIVED)
    rule(world)
    online(world.ben)
    assert assign_waiting_chats() == 0
    crowd(world, 2)
    assert assign_waiting_chats() == 1
    assert assignees(world) == [world.amy.pk, world.ben.pk]


def test_chats_that_are_nobodys_again_by_many_at_once_are_given_away(world: World) -> None:
    rule(world)
    (room,) = crowd(world, 1)
    since = reload(room).unclaimed_since
    with scope(world.lotus.pk):
        given = actions.assign_all(actor=world.olivia, room_ids=[room.pk], assignee=world.amy)
        actions.take_back(actor=world.olivia, what=actions.What.OWNERS, changes=given.changed)
    assert reload(room).unclaimed_since == since
    with scope(world.lotus.pk):
        actions.assign_all(actor=world.olivia, room_ids=[room.pk], assignee=world.amy)
        actions.set_status_of(actor=world.olivia, room_ids=[room.pk], status=RoomStatus.CLOSED)
        actions.assign_all(actor=world.olivia, room_ids=[room.pk], assignee=None)
        assert reload(room).unclaimed_since is None
        actions.set_status_of(actor=world.olivia, room_ids=[room.pk], status=RoomStatus.OPEN)
    online(world.ben)
    assert assign_waiting_chats() == 1


def test_waiting_chats_of_somebody_who_went_offline_go_to_others_after_the_minutes_of_the_rule(world: World) -> None:
    rule(world, reroute_minutes="5")
    online(world.amy, tabs=2)
    rooms = crowd(world, 2)
    assert assign_waiting_chats() == 2
    write(world.amy, rooms[1], "Answered")
    offline(world.amy)
    online(world.ben)
    later = clock.now() + timedelta(minutes=10)
    with time_machine.travel(later, tick=True):
        online(world.amy, world.ben, tabs=2)
        offline(world.amy)
        assert assign_waiting_chats() == 0, "her other tab is still open"
        offline(world.amy, tab=1)
        assert assign_waiting_chats() == 0
    with time_machine.travel(later + timedelta(minutes=6), tick=True):
        online(world.ben)
        assert assign_waiting_chats() == 1
    assert assignees(world) == [world.ben.pk, world.amy.pk], "what she has answered stays hers"
    amys = [world.amy.pk, None]
    assert lines_of(rooms[0])[-1] == {"event": "rerouted", "assignee": "Ben Agent", "before": "Amy Agent", "had": amys}


def test_what_cannot_be_known_changes_nothing(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(world, reroute_minutes="2")
    (room,) = crowd(world, 1)
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.amy, chatroom=room, assignee=world.amy, expected_id=None)
    online(world.ben)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        monkeypatch.setattr(presence, "_redis", presence._redis.__wrapped__)
        settings.REDIS_URL = "redis://127.0.0.1:9/0"  # nobody answers there
        assert presence.present("anywhere") is None
        assert assign_waiting_chats() == 0
    assert reload(room).assignee_id == world.amy.pk


def test_somebody_who_is_no_longer_a_member_gets_nothing_and_keeps_nothing(world: World) -> None:
    rule(world, reroute_minutes="5")
    online(world.amy)
    (room,) = crowd(world, 1)
    assign_waiting_chats()
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
    online(world.ben)
    assert assign_waiting_chats() == 1
    assert reload(room).assignee_id == world.ben.pk


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_by_what_may_change_something_and_only_where_there_is_a_rule(world: World) -> None:
    (room,) = crowd(world, 1)
    close(world, room)
    actions.come_online(workspace_id=world.lotus.pk, member_id=world.amy.pk, token="tab")
    assert wakings() == 0
    rule(world)
    assert wakings() == 1
    crowd(world, 1)  # opens the chat again
    assert wakings() == 2
    actions.come_online(workspace_id=world.lotus.pk, member_id=world.ben.pk, token="tab")
    assert wakings() == 3
    with scope(world.lotus.pk):
        actions.assign_all(actor=world.olivia, room_ids=[room.pk], assignee=world.amy)
    assert wakings() == 4
    with scope(world.lotus.pk):
        actions.set_status_of(actor=world.olivia, room_ids=[room.pk], status=RoomStatus.CLOSED)
    assert wakings() == 5
    crowd(world, 1)  # hers: nobody is looked for
    assert wakings() == 5
    with scope(world.lotus.pk):
        set_away(member=world.amy, is_away=True)
    assert wakings() == 6


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_give_each_chat_once_and_nobody_too_many(world: World) -> None:
    rule(world, "least_busy", capacity="15")
    receive(
        world.app,
        webhook(world.shop, messages=[text_message(phone=f"852900{number:05}") for number in range(50)]),
    )
    online(world.amy, world.ben, world.olivia)
    given = at_once(*[partial(assign_waiting_chats, workspace_id=world.lotus.pk)] * 8)
    assert sum(given) == 45
    assert Counter(assignees(world)) == {world.amy.pk: 15, world.ben.pk: 15, world.olivia.pk: 15, None: 5}
    with scope(world.lotus.pk):
        lines = Counter(room.pk for room in rooms_of(world.shop) for line in lines_of(room) if line["event"] == "given")
        assert set(lines.values()) == {1}
        assert AgentTurn.objects.filter(assigned_at__isnull=False).count() == 3
