"""Who looks after a chat: taking, handing over, closing, and what happens when two do it at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from inbox.chatrooms import actions
from inbox.chatrooms.actions import AlreadyAssigned, Outcome
from inbox.chatrooms.models import Chatroom, Direction
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import AuditEntry, Membership
from inbox.workspaces.tenancy import scope
from tests.processes import at_once
from tests.world import World, messages_of, reload, room_with

HTMX = {"HX-Request": "true"}


def assign(
    actor: Membership, room: Chatroom, assignee: Membership | None, *, seen: Membership | None = None
) -> Outcome:
    with scope(room.workspace_id):
        return actions.assign_chatroom(
            actor=actor, chatroom=room, assignee=assignee, expected_id=seen.pk if seen else None
        )


def lines_of(room: Chatroom) -> list[dict[str, str]]:
    return [message.details for message in messages_of(room) if message.direction == Direction.SYSTEM]


def audit_of(room: Chatroom) -> list[tuple[str, int]]:
    with scope(room.workspace_id):
        entries = AuditEntry.objects.filter(verb__startswith="chat.", subject=f"chatrooms.chatroom:{room.pk}")
        return list(entries.order_by("pk").values_list("verb", "actor_id"))


def test_a_chat_is_taken_handed_over_and_given_up_and_says_so(world: World) -> None:
    room = room_with(world)
    assign(world.amy, room, world.amy)
    assert reload(room).assignee_id == world.amy.pk
    assign(world.olivia, room, world.ben, seen=world.amy)
    assert reload(room).assignee_id == world.ben.pk
    assign(world.ben, room, None, seen=world.ben)
    assert reload(room).assignee_id is None
    assert [(line["event"], line["actor"], line["assignee"]) for line in lines_of(room)] == [
        ("taken", "Amy Agent", "Amy Agent"),
        ("assigned", "Olivia Owner", "Ben Agent"),
        ("unassigned", "Ben Agent", ""),
    ]
    assert audit_of(room) == [
        ("chat.taken", world.amy.pk),
        ("chat.assigned", world.olivia.pk),
        ("chat.unassigned", world.ben.pk),
    ]


def test_a_system_line_is_not_the_rooms_last_message_and_nobodys_unread(world: World) -> None:
    room = room_with(world, "Hello")
    before = reload(room)
    assign(world.amy, room, world.amy)
    after = reload(room)
    assert (after.last_message_id, after.last_message_at) == (before.last_message_id, before.last_message_at)
    assert after.inbound_count == 1


def test_doing_it_twice_is_doing_it_once(world: World) -> None:
    room = room_with(world)
    for _ in range(2):
        assign(world.amy, room, world.amy)
    with scope(world.lotus.pk):
        for _ in range(2):
            actions.close_chatroom(actor=world.amy, chatroom=room)
        for _ in range(2):
            actions.reopen_chatroom(actor=world.ben, chatroom=room)
    assert [(line["event"], line["actor"]) for line in lines_of(room)] == [
        ("taken", "Amy Agent"),
        ("closed", "Amy Agent"),
        ("reopened", "Ben Agent"),
    ]
    assert [verb for verb, _actor in audit_of(room)] == ["chat.taken", "chat.closed", "chat.reopened"]
    assert reload(room).status == "open"


def test_whoever_comes_second_is_told_who_was_first_and_changes_nothing(
    world: World, client_of: Callable[..., Client]
) -> None:
    room = room_with(world)
    address = reverse("chatrooms:assignment", args=[world.lotus.slug, room.pk])
    amy, ben = client_of(world.amy), client_of(world.ben)
    assert amy.post(address, {"take": ""}, headers=HTMX).status_code == 200

    late = ben.post(address, {"take": ""}, headers=HTMX)  # his page still shows nobody
    assert late.status_code == 409
    assert "Amy Agent has already taken this chat." in late.content.decode()
    handed = ben.post(address, {"member": world.olivia.pk, "expected": ""}, headers=HTMX)
    assert handed.status_code == 409
    assert reload(room).assignee_id == world.amy.pk

    assert ben.post(address, {"take": world.amy.pk}, headers=HTMX).status_code == 200  # now he sees it, and insists
    assert reload(room).assignee_id == world.ben.pk
    gone = amy.post(address, {"unassign": world.amy.pk}, headers=HTMX)
    assert "Ben Agent has already taken this chat." in gone.content.decode()
    ben.post(address, {"unassign": world.ben.pk})
    nobody = amy.post(address, {"member": world.olivia.pk, "expected": world.ben.pk}, headers=HTMX)
    assert "Nobody has this chat any more." in nobody.content.decode()
    assert [line["event"] for line in lines_of(room)] == ["taken", "taken_over", "unassigned"]


def test_what_was_given_to_another_team_meanwhile_is_left_with_it(
    world: World, client_of: Callable[..., Client]
) -> None:
    room = room_with(world)
    address = reverse("chatrooms:assignment", args=[world.lotus.slug, room.pk])
    amy, ben = client_of(world.amy), client_of(world.ben)
    with scope(world.lotus.pk):
        sales, support = (
            create_team(actor=None, workspace_id=world.lotus.pk, name=name) for name in ("Sales", "Support")
        )
    assert ben.post(address, {"member": f"team-{sales.pk}", "expected": ":"}, headers=HTMX).status_code == 200
    for wish in (
        {"take": ":"},
        {"member": f"team-{support.pk}", "expected": ":"},
        {"member": "no-team", "expected": f":{support.pk}"},
    ):
        late = amy.post(address, wish, headers=HTMX)  # her page shows no team yet, or another
        assert late.status_code == 409
        assert "This chat is with the team “Sales” by now." in late.content.decode()
    assert (reload(room).assignee_id, reload(room).team_id) == (None, sales.pk)
    assert amy.post(address, {"take": f":{sales.pk}"}, headers=HTMX).status_code == 200
    ben.post(address, {"member": "no-team", "expected": f"{world.amy.pk}:{sales.pk}"})
    none = amy.post(address, {"unassign": f"{world.amy.pk}:{sales.pk}"}, headers=HTMX)
    assert "This chat is with no team any more." in none.content.decode()
    assert reload(room).assignee_id == world.amy.pk
    assert amy.post(address, {"unassign": world.amy.pk}, headers=HTMX).status_code == 200  # of a page that says no team


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_chat_at_the_same_moment_one_has_it_and_the_other_is_told(world: World) -> None:
    for number in range(5):
        room = room_with(world, phone=f"8529000000{number}")
        outcomes = at_once(
            *[partial(assign, member, room, member) for member in (world.amy, world.ben, world.olivia)],
            expecting=AlreadyAssigned,
        )
        losers = [outcome for outcome in outcomes if isinstance(outcome, AlreadyAssigned)]
        ((change,),) = [outcome.changed for outcome in outcomes if isinstance(outcome, Outcome)]
        (winner,) = [each for each in (world.amy, world.ben, world.olivia) if each.pk == reload(room).assignee_id]
        assert (change.before, change.after) == ((None, None), (winner.pk, None))
        assert [loser.winner for loser in losers] == [winner, winner]
        assert [(line["event"], line["actor"]) for line in lines_of(room)] == [("taken", str(winner))]


def test_a_chat_is_only_given_to_members_of_its_workspace_and_only_by_them(
    world: World, client_of: Callable[..., Client]
) -> None:
    room = room_with(world)
    address = reverse("chatrooms:assignment", args=[world.lotus.slug, room.pk])
    for nobody in (world.sam.pk, 999_999, "", "x"):
        answer = client_of(world.amy).post(address, {"member": nobody, "expected": ""}, headers=HTMX)
        assert answer.status_code == 409
    assert reload(room).assignee_id is None

    stranger = client_of(world.sam)
    for name in ("assignment", "closure", "reopening"):
        for slug in (world.lotus.slug, world.bakery.slug):
            path = reverse(f"chatrooms:{name}", args=[slug, room.pk])
            assert stranger.post(path, {"take": ""}).status_code == 404
    assert (reload(room).assignee_id, reload(room).status, lines_of(room)) == (None, "open", [])
