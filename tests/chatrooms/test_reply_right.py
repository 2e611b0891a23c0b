"""Who may answer: the assignee alone where the rule says so, and nobody unasked over a colleague's answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from inbox.chatrooms import actions
from inbox.chatrooms.actions import AnsweredMeanwhile, MayNotTakeOver, UnableToSend
from inbox.chatrooms.models import Chatroom, HeldAnswer, Message
from inbox.lib import clock
from inbox.message_templates.filling import FilledTemplate
from inbox.scheduling.actions import Order, UnableToSchedule, change, schedule, send_now
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.processes import at_once
from tests.workspaces.conftest import plan_message
from tests.world import World, messages_of, reload, room_with, write

from .presence import rule

HTMX = {"HX-Request": "true"}


def give(actor: Membership, room: Chatroom, to: Membership | None) -> None:
    with scope(room.workspace_id):
        current = reload(room)
        actions.assign_chatroom(actor=actor, chatroom=room, assignee=to, expected_id=current.assignee_id)


def template() -> FilledTemplate:
    return FilledTemplate(name="hello", language="en", category="UTILITY", components=(), preview={}, text="Hello")


def test_where_only_the_assignee_may_reply_every_way_of_sending_asks(world: World) -> None:
    room = room_with(world)
    (question,) = messages_of(room)
    with scope(world.lotus.pk):
        held = HeldAnswer.objects.create(
            workspace=world.lotus,
            chatroom=room,
            author=world.ben,
            text="Held",
            inbound_before=0,
            expires_at=clock.now() + timedelta(days=1),
        )
        planned = plan_message(world.ben, room, "Planned")
    failed = write(world.ben, room, "Failed")
    with scope(world.lotus.pk):
        failed.state = "failed"
        failed.save()
        failed.outbox_entry.delete()
    rule(world, only_assignee_replies=True)
    give(world.amy, room, world.amy)
    order = Order("Later", (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "UTC")
    ways: list[Callable[[Membership], object]] = [
        lambda actor: actions.send_message(actor=actor, chatroom=room, text="Mine", client_id=uuid.uuid4()),
        lambda actor: actions.send_template(actor=actor, chatroom=room, template=template(), client_id=uuid.uuid4()),
        lambda actor: actions.edit_held_answer(actor=actor, held=held, text="Mine"),
        lambda actor: actions.send_held_answer(actor=actor, held=held),
        lambda actor: actions.retry_message(actor=actor, message=failed),
        lambda actor: schedule(actor=actor, chatroom=room, order=order, client_id=uuid.uuid4()),
        lambda actor: change(actor=actor, row=planned, order=order),
        lambda actor: send_now(actor=actor, row=planned),
        lambda actor: actions.react(actor=actor, message=question, emoji="👍"),
        lambda actor: actions.react(actor=actor, message=question, emoji=""),
    ]
    before = len(messages_of(room))
    for way in ways:
        for actor in (world.ben, world.olivia):
            with scope(world.lotus.pk), pytest.raises((UnableToSend, UnableToSchedule), match="Only Amy Agent may"):
                way(actor)
    assert len(messages_of(room)) == before
    for way in ways:
        with scope(world.lotus.pk):
            way(world.amy)


@pytest.mark.parametrize(("emoji", "before"), [("👍", ""), ("", "❤️")], ids=["set", "taken back"])
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_where_only_the_assignee_may_reply_nobody_else_reacts_to_the_customer(
    world: World, client_of: Callable[[Membership], Client], headers: dict[str, str], emoji: str, before: str
) -> None:
    room = room_with(world)
    (question,) = messages_of(room)
    if before:
        with scope(world.lotus.pk):
            actions.react(actor=world.amy, message=question, emoji=before)
    rule(world, only_assignee_replies=True)
    give(world.amy, room, world.amy)
    address = reverse("chatrooms:message_reaction", args=[world.lotus.slug, room.pk, question.pk])
    for actor, status in ((world.ben, 409), (world.olivia, 409), (world.amy, 204 if headers else 303)):
        answer = client_of(actor).post(address, {"emoji": emoji}, headers=headers)
        assert answer.status_code == status
        assert ("Only Amy Agent may reply in this chat" in answer.content.decode()) is (status == 409)
        assert reload(question).reactions.get("business", "") == (before if status == 409 else emoji)


def test_a_chat_of_nobody_is_taken_first_and_another_connection_may_have_another_rule(world: World) -> None:
    room, free = room_with(world), room_with(world, connection=world.events, phone="85290000002")
    rule(world, only_assignee_replies=True)
    rule(world, connection=world.events)
    with pytest.raises(UnableToSend, match="Take this one first"):
        write(world.amy, room)
    write(world.amy, free)
    give(world.amy, room, world.amy)
    write(world.amy, room)


def test_where_only_the_assignee_may_reply_agents_cannot_take_a_chat_away_and_admins_can(world: World) -> None:
    room = room_with(world)
    rule(world, only_assignee_replies=True)
    give(world.amy, room, world.amy)
    for to in (world.ben, None):
        with pytest.raises(MayNotTakeOver):
            give(world.ben, room, to)
    with scope(world.lotus.pk):
        outcome = actions.assign_all(actor=world.ben, room_ids=[room.pk], assignee=world.ben)
    assert (outcome.changed, outcome.left[0].why, reload(room).assignee_id) == ((), actions.Why.KEPT, world.amy.pk)
    give(world.olivia, room, world.olivia)
    assert messages_of(room)[-1].details == {
        "event": "taken_over",
        "actor": "Olivia Owner",
        "assignee": "Olivia Owner",
        "before": "Amy Agent",
        "had": [world.amy.pk, None],
    }
    give(world.olivia, room, world.ben)
    give(world.ben, room, world.amy)
    assert reload(room).assignee_id == world.amy.pk


def test_whoever_may_not_reply_reads_so_before_they_write(
    world: World, client_of: Callable[[Membership], Client]
) -> None:
    room = room_with(world)

    def told(member: Membership) -> str | None:
        page = client_of(member).get(reverse("chatrooms:room", args=[world.lotus.slug, room.pk])).content.decode()
        bar = re.search(r'id="reply-right"[^>]*?( hidden)?>([^<]*)<', page)
        assert bar is None or bool(bar[1]) == (bar[2] == ""), "hidden as long as there is nothing to say"
        return bar and bar[2]

    assert told(world.ben) is None
    rule(world, only_assignee_replies=True)
    assert told(world.ben) == "Only its assignee may reply in a chat here. Take this one first."
    give(world.amy, room, world.amy)
    assert told(world.amy) == ""
    assert told(world.ben) == "Only Amy Agent may reply in this chat. Ask them, or an admin, to hand it over."
    assert told(world.olivia) == "Only Amy Agent may reply in this chat. Take it over first."
    rule(world, connection=world.shop)
    assert told(world.ben) is None, "the connection has a rule of its own"


def test_somebody_is_asked_when_a_colleague_answered_a_moment_ago_and_their_page_did_not_show_it(
    world: World, client_of: Callable[[Membership], Client]
) -> None:
    room = room_with(world)
    address = reverse("chatrooms:messages", args=[world.lotus.slug, room.pk])
    amy = client_of(world.amy)
    seen = max(message.pk for message in messages_of(room))
    write(world.amy, room, "Mine")  # her own does not count
    bens = write(world.ben, room, "Bens")
    mine = {"text": "And <mine>", "seen": seen, "client_id": str(uuid.uuid4())}
    for headers in ({}, HTMX):
        asked = amy.post(address, mine, headers=headers)
        page = asked.content.decode()
        assert asked.status_code == 409
        assert re.search(r"Ben Agent answered \d s ago", page)
        assert "Send anyway" in page
        assert "And &lt;mine&gt;" in page
        assert f'name="seen" value="{bens.pk}"' in page
    assert [message.text for message in messages_of(room)] == ["Hello", "Mine", "Bens"]
    assert amy.post(address, mine | {"seen": bens.pk}, headers=HTMX).status_code == 200
    assert messages_of(room)[-1].text == "And <mine>"
    assert amy.post(address, mine | {"seen": "0"}, headers=HTMX).status_code == 200, "it is the same message"
    assert len(messages_of(room)) == 4


def test_nobody_is_asked_about_an_old_answer_or_by_a_form_that_says_nothing(world: World) -> None:
    room = room_with(world)
    write(world.ben, room, "Long ago")
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=True):
        write(world.amy, room, "Now", seen_id=0)
    write(world.ben, room, "Without a word")


HOUR, DAY = 3600, 24 * 3600


@pytest.mark.parametrize(
    ("ago", "waited", "asked"),
    [
        (25, "", "Ben Agent answered 25 s ago."),
        (20 * 60, "", ""),
        (20 * 60, "1800", "Ben Agent answered 20 min ago."),
        (20 * 60, "1180", "Ben Agent answered 20 min ago."),  # the half minute before it was written counts too
        (20 * 60, "1000", ""),
        (3 * HOUR + 59 * 60, str(4 * HOUR), "Ben Agent answered 3 h ago."),
        (DAY + 20, "9" * 9, "Ben Agent answered 24 h ago."),
        (DAY + 60, "9" * 9, ""),
        *[(20 * 60, odd, "") for odd in ("-1800", "1800.0", "x", "9" * 30, "²")],
    ],
)
def test_what_waited_for_a_connection_asks_about_all_answers_of_that_time(
    world: World, client_of: Callable[[Membership], Client], ago: int, waited: str, asked: str
) -> None:
    room = room_with(world)
    seen = messages_of(room)[-1].pk
    then = clock.now() - timedelta(seconds=ago)
    bens = write(world.ben, room, "Bens")
    with scope(world.lotus.pk):
        Message.objects.filter(pk=bens.pk).update(sent_at=then, created_at=then)
    form = {"text": "And <mine>", "seen": seen, "waited": waited, "client_id": str(uuid.uuid4())}
    address = reverse("chatrooms:messages", args=[world.lotus.slug, room.pk])
    answer = client_of(world.amy).post(address, form, headers=HTMX)
    assert answer.status_code == (409 if asked else 200)
    if asked:
        assert asked in answer.content.decode()
        assert "And &lt;mine&gt;" in answer.content.decode()
    assert len(messages_of(room)) == (2 if asked else 3)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_the_same_moment_one_is_asked(world: World) -> None:
    room = room_with(world)
    seen = messages_of(room)[-1].pk
    outcomes = at_once(
        *[partial(write, member, room, str(member), seen_id=seen) for member in (world.amy, world.ben)],
        expecting=AnsweredMeanwhile,
    )
    (sent,) = [outcome for outcome in outcomes if isinstance(outcome, Message)]
    (asked,) = [outcome for outcome in outcomes if isinstance(outcome, AnsweredMeanwhile)]
    assert asked.answer == sent
