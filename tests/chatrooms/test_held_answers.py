"""The reply vault: answers written while the window is closed leave the moment the customer writes."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from inbox.chatrooms.actions import (
    UnableToSend,
    cancel_held_answer,
    edit_held_answer,
    hold_answer,
    release_held_answers,
    send_held_answer,
    sweep_held_answers,
)
from inbox.chatrooms.models import Chatroom, Direction, HeldAnswer, HeldState, OutboxEntry
from inbox.lib import clock
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.processes import at_once
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook

pytestmark = pytest.mark.django_db

ASK = FilledTemplate("may_we_write", "en", "UTILITY", (), "We have an answer for you. Reply to read it.")


def closed_room(world: World) -> Chatroom:
    room = room_with(world, "Do you deliver?")
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    return room


def hold(member: Membership, room: Chatroom, text: str = "Yes, on Sundays too", **more: object) -> HeldAnswer:
    with scope(member.workspace_id):
        client_id = more.pop("client_id", None) or uuid.uuid4()
        return hold_answer(actor=member, chatroom=room, text=text, client_id=client_id, **more)  # type: ignore[arg-type]


def customer_writes(world: World, text: str = "Hello?") -> None:
    receive(world.app, webhook(world.shop, messages=[text_message(text)]))


def release(room: Chatroom) -> int:
    return release_held_answers(workspace_id=room.workspace_id, chatroom_id=room.pk)


def texts_in(room: Chatroom) -> list[str]:
    return [message.text for message in messages_of(room) if message.direction != Direction.SYSTEM]


def test_the_template_goes_now_and_the_answer_when_the_customer_writes(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room, template=ASK)
    assert texts_in(room) == ["Do you deliver?", ASK.text]
    assert release(room) == 0
    customer_writes(world)
    assert release(room) == 1
    assert texts_in(room) == ["Do you deliver?", ASK.text, "Hello?", "Yes, on Sundays too"]
    answer = messages_of(room)[-1]
    assert (answer.author_id, answer.client_id) == (world.amy.pk, held.client_id)
    assert reload(held).state == HeldState.SENT
    assert release(room) == 0


def test_holding_twice_is_one_answer_and_one_template(world: World) -> None:
    room, client_id = closed_room(world), uuid.uuid4()
    first = hold(world.amy, room, template=ASK, client_id=client_id)
    assert hold(world.amy, room, template=ASK, client_id=client_id).pk == first.pk
    assert texts_in(room) == ["Do you deliver?", ASK.text]


@pytest.mark.django_db(transaction=True)
def test_many_workers_release_an_answer_once(world: World) -> None:
    room = closed_room(world)
    hold(world.amy, room)
    customer_writes(world)
    assert sum(at_once(*[partial(release, room)] * 4)) == 1
    assert texts_in(room).count("Yes, on Sundays too") == 1


def test_an_answer_may_be_offered_instead(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room, leaves_by_itself=False)
    customer_writes(world)
    release(room)
    assert reload(held).state == HeldState.OFFERED
    assert "Yes, on Sundays too" not in texts_in(room)
    with scope(world.lotus.pk):
        edit_held_answer(actor=world.ben, held=reload(held), text="Yes, and on Mondays")
        send_held_answer(actor=world.ben, held=reload(held))
    assert texts_in(room)[-1] == "Yes, and on Mondays"


def test_what_cannot_leave_after_all_is_offered_with_the_reason(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    customer_writes(world)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(window_refused_at=clock.now() + timedelta(minutes=1))
    release(room)
    held = reload(held)
    assert held.state == HeldState.OFFERED
    assert "only templates" in held.reason


def test_an_answer_may_be_given_up_and_then_never_leaves(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with scope(world.lotus.pk):
        cancel_held_answer(actor=world.ben, held=held)
        for late in (
            partial(edit_held_answer, actor=world.amy, held=held, text="Anew"),
            partial(send_held_answer, actor=world.amy, held=held),
            partial(cancel_held_answer, actor=world.amy, held=held),
        ):
            with pytest.raises(UnableToSend, match="held no longer"):
                late()
    customer_writes(world)
    assert release(room) == 0


def test_held_answers_expire(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        assert sweep_held_answers() == 0
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert sweep_held_answers() == 1
    assert reload(held).state == HeldState.EXPIRED
    customer_writes(world)
    assert release(room) == 0


def test_the_sweep_releases_what_a_lost_wake_up_left(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    customer_writes(world)
    assert sweep_held_answers() == 0
    assert reload(held).state == HeldState.SENT


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
def test_an_empty_answer_is_not_held(world: World, text: str) -> None:
    room = closed_room(world)
    with pytest.raises(UnableToSend, match="Write a message first"):
        hold(world.amy, room, text)


def test_a_template_that_may_not_leave_holds_nothing(world: World) -> None:
    room = closed_room(world)
    for _ in range(10):
        hold(world.amy, room)
    with pytest.raises(UnableToSend, match="Too many answers"):
        hold(world.amy, room, template=ASK)
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()
