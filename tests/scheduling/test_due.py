"""What becomes of a message when its time has come."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import close_chatroom, dispatch_due, retry_message
from inbox.chatrooms.models import Chatroom, Direction, OutboxEntry
from inbox.chatrooms.presenters.words import system_text
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import Customer
from inbox.scheduling.actions import UnableToSchedule, cancel, change, schedule, send_due, send_now
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import AuditEntry, Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.conftest import crowd, room_on
from tests.pages.reading import Page
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook

from .conftest import NOON, fresh, message_of, order, outcome, plan

Clock = time_machine.Traveller

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ONE_FORM = uuid.UUID("00000000-0000-0000-0000-000000000042")


def lines(room: Chatroom) -> list[tuple[str, str]]:
    return [
        (message.direction, system_text(message) if message.direction == Direction.SYSTEM else message.text)
        for message in messages_of(room)
    ]


def test_it_leaves_when_it_is_due_and_once(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room, minutes=60)
    assert send_due() == 0
    clock.move_to(NOON + HOUR - timedelta(seconds=1))
    assert send_due() == 0
    clock.move_to(NOON + HOUR)
    assert (send_due(), send_due()) == (1, 0)
    assert outcome(row) == ("sent", "")
    message = message_of(row)
    assert (message.text, message.author_id, message.state) == ("Your roses are ready", world.amy.pk, "queued")
    assert reload(room).last_message_id == message.pk
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.get().message_id == message.pk
        assert list(AuditEntry.objects.filter(verb__startswith="scheduled").values_list("verb", flat=True)) == [
            "scheduled.written",
            "scheduled.sent",
        ]


def test_messages_of_a_chat_leave_in_the_order_of_their_times(world: World, room: Chatroom, clock: Clock) -> None:
    for minutes, text in ((3, "Third"), (1, "First"), (2, "Second")):
        plan(world.amy, room, text, minutes=minutes)
    clock.shift(timedelta(minutes=5))
    assert send_due() == 3
    assert [text for direction, text in lines(room) if direction == "outbound"] == ["First", "Second", "Third"]


def test_a_closed_chat_gets_it_and_stays_closed(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room)
    with scope(world.lotus.pk):
        close_chatroom(actor=world.amy, chatroom=room)
    clock.shift(HOUR)
    send_due()
    assert (outcome(row)[0], reload(room).status) == ("sent", "closed")


def test_after_the_window_it_is_not_sent_and_the_chat_says_why(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room, minutes=25 * 60)
    clock.shift(timedelta(hours=25))
    assert send_due() == 1
    assert outcome(row) == ("not_sent", "template.window_over")
    assert lines(room)[-1] == (
        "system",
        "The message of Amy Agent for 2026-11-24 13:00 (UTC) was not sent. "
        "The time to answer is over: WhatsApp takes only templates until the customer writes again.",
    )
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize(
    ("wish", "age", "expected", "words"),
    [
        (
            "is_opted_out",
            HOUR,
            "free.opted_out",
            "The customer wants no more messages: what was scheduled is not sent.",
        ),
        (
            "is_opted_out",
            DAY,
            "closed.opted_out",
            "The customer wants no more messages: what was scheduled is not sent.",
        ),
        ("is_blocked", HOUR, "closed.blocked", "This customer is blocked: nothing can be sent."),
    ],
)
@pytest.mark.parametrize("is_template", [False, True], ids=["own words", "template"])
def test_what_is_not_wanted_is_not_sent_and_said_so(
    world: World, room: Chatroom, clock: Clock, wish: str, age: timedelta, expected: str, words: str, is_template: bool
) -> None:
    row = plan(world.amy, room, minutes=age.total_seconds() / 60)
    with scope(world.lotus.pk):
        ScheduledMessage.objects.filter(pk=row.pk).update(is_template=is_template)
        Customer.objects.filter(pk=room.customer_id).update(**{wish: True})
    clock.shift(age)
    assert send_due() == 1
    assert outcome(row) == ("not_sent", expected)
    assert words in lines(room)[-1][1]
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize(
    ("channel", "age", "expected"),
    [
        (ChannelKind.WHATSAPP, HOUR, ("sent", "")),
        (ChannelKind.WHATSAPP, DAY, ("not_sent", "template.window_over")),
        (ChannelKind.MESSENGER, HOUR, ("sent", "")),
        (ChannelKind.MESSENGER, 3 * DAY, ("sent", "")),
        (ChannelKind.MESSENGER, 7 * DAY, ("not_sent", "closed.window_over")),
        (ChannelKind.INSTAGRAM, HOUR, ("sent", "")),
        (ChannelKind.INSTAGRAM, 3 * DAY, ("not_sent", "closed.window_over")),
        (ChannelKind.WECHAT, HOUR, ("sent", "")),
        (ChannelKind.WECHAT, 3 * DAY, ("not_sent", "closed.window_over")),
        (ChannelKind.WECHAT, None, ("not_sent", "closed.never_wrote")),
    ],
)
def test_each_channel_has_its_own_time(
    world: World, clock: Clock, channel: ChannelKind, age: timedelta | None, expected: tuple[str, str]
) -> None:
    room = room_on(world, channel)
    row = plan(world.amy, room)
    clock.shift(HOUR)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=None if age is None else NOON + HOUR - age)
    assert send_due() == 1
    assert outcome(row) == expected


def test_the_quota_of_a_channel_that_counts_is_shared_by_what_is_due(world: World, clock: Clock) -> None:
    room = room_on(world, ChannelKind.WECHAT)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=NOON)
    rows = [plan(world.amy, room, f"Number {number}", minutes=number) for number in range(1, 7)]
    clock.shift(timedelta(minutes=7))
    assert send_due() == 6
    assert [outcome(row)[0] for row in rows] == ["sent"] * 5 + ["not_sent"]
    [told] = [text for direction, text in lines(room) if direction == "system"]
    assert told.endswith("WeChat allows fewer messages than it needs until the customer writes.")


def test_too_late_it_is_asked_about_and_never_blurted_out(world: World, room: Chatroom, clock: Clock) -> None:
    in_time, late = (
        plan(world.amy, room, minutes=61),
        plan(world.ben, room_with(world, phone="85290000002"), minutes=60),
    )
    clock.move_to(NOON + HOUR + timedelta(minutes=15, seconds=1))
    assert send_due() == 2
    assert (outcome(in_time)[0], outcome(late)[0]) == ("sent", "missed")
    assert "could not be sent in time" in lines(late.chatroom)[-1][1]
    clock.shift(HOUR)
    assert send_due() == 0
    with scope(world.lotus.pk):
        send_now(actor=world.amy, row=late)
    assert message_of(late).author_id == world.amy.pk


def test_how_late_is_too_late_can_be_set(world: World, room: Chatroom, clock: Clock, settings: Settings) -> None:
    settings.SCHEDULE_GRACE_SECONDS = 10
    row = plan(world.amy, room)
    clock.shift(HOUR + timedelta(seconds=11))
    send_due()
    assert outcome(row)[0] == "missed"


def test_an_account_that_cannot_send_is_waited_for_until_it_is_too_late(
    world: World, room: Chatroom, clock: Clock
) -> None:
    rows = [plan(world.amy, room, minutes=minutes) for minutes in (60, 90)]
    with scope(world.lotus.pk):
        accounts = Connection.objects.filter(pk=world.shop.pk)
        accounts.update(state=ConnectionState.NEEDS_ATTENTION)
        clock.shift(HOUR)
        assert send_due() == 0
        accounts.update(state=ConnectionState.ACTIVE)
        assert send_due() == 1
        accounts.update(state=ConnectionState.NEEDS_ATTENTION)
    clock.shift(HOUR)
    assert send_due() == 1
    assert [outcome(row)[0] for row in rows] == ["sent", "missed"]


def test_it_is_cancelled_if_the_customer_writes_first(world: World, room: Chatroom, clock: Clock) -> None:
    unwanted = plan(world.amy, room, "Are you still there?", cancel_if_customer_writes=True)
    wanted = plan(world.amy, room, "Closing soon", minutes=61)
    receive(world.app, webhook(world.shop, messages=[text_message("I am!")]))
    clock.shift(2 * HOUR - timedelta(minutes=50))
    assert send_due() == 2
    assert (outcome(unwanted), outcome(wanted)) == (("cancelled", "customer_wrote"), ("sent", ""))
    assert "because the customer wrote first" in lines(room)[-2][1] + lines(room)[-1][1]


def test_what_was_looked_over_since_the_customer_wrote_is_wanted_again(
    world: World, room: Chatroom, clock: Clock
) -> None:
    row = plan(world.amy, room, cancel_if_customer_writes=True)
    receive(world.app, webhook(world.shop, messages=[text_message("I am!")]))
    with scope(world.lotus.pk):
        change(actor=world.ben, row=row, order=order("Still", cancel_if_customer_writes=True))
    clock.shift(HOUR)
    send_due()
    assert outcome(row)[0] == "sent"
    assert message_of(row).text == "Still"


def test_a_cancelled_one_is_never_sent(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room)
    with scope(world.lotus.pk):
        cancel(actor=world.ben, row=row)
    clock.shift(HOUR)
    assert send_due() == 0
    assert outcome(row) == ("cancelled", "by_member")


def test_workspaces_take_turns_and_see_only_their_own(world: World, room: Chatroom, clock: Clock) -> None:
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000005")
    rows = [plan(world.amy, room), plan(world.sam, bread, "Bread is ready")]
    clock.shift(HOUR)
    assert send_due() == 2
    assert [outcome(row)[0] for row in rows] == ["sent", "sent"]
    assert lines(bread)[-1] == ("outbound", "Bread is ready")


def test_one_message_that_fails_keeps_no_others_waiting(world: World, room: Chatroom, clock: Clock) -> None:
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000005")
    tulips = room_with(world, "Tulips?", phone="85290000006")
    broken, later = plan(world.amy, room), plan(world.amy, room, "See you", minutes=61)
    sound = [plan(world.amy, tulips, "Tulips are ready"), plan(world.sam, bread, "Bread is ready"), later]
    with scope(world.lotus.pk):
        ScheduledMessage.objects.filter(pk=broken.pk).update(files=[{"name": "without an id"}])
    clock.shift(HOUR + timedelta(minutes=2))
    assert send_due() == 4
    assert [outcome(row)[0] for row in sound] == ["sent"] * 3
    assert outcome(broken) == ("not_sent", "own_words")
    assert "Something went wrong on our side." in lines(room)[1][1]


def test_what_left_the_schedule_in_time_does_not_leave_hours_later(
    world: World, room: Chatroom, clock: Clock, settings: Settings, client_of: Callable[[Membership], Client]
) -> None:
    """The account cannot send for a while, just after the message was queued."""
    settings.VENDOR_API_URL = "http://127.0.0.1:9"  # nobody listens: nothing may be tried
    row = plan(world.amy, room)
    clock.shift(HOUR + timedelta(seconds=1))
    with scope(world.lotus.pk):
        accounts = Connection.objects.filter(pk=world.shop.pk)
        assert send_due() == 1
        accounts.update(state=ConnectionState.NEEDS_ATTENTION)
    dispatch_due()
    clock.shift(8 * HOUR)
    panel = f"/w/lotus-flowers/rooms/{room.pk}/schedule/"
    amy = client_of(world.amy)
    assert "has not left yet" in Page(amy.get(panel)).one("li", id=f"scheduled-{row.pk}").text
    with scope(world.lotus.pk):
        accounts.update(state=ConnectionState.ACTIVE)
    dispatch_due()
    message = message_of(row)
    assert (message.state, message.failure_code) == ("failed", "too_late")
    line = Page(amy.get(panel)).one("li", id=f"scheduled-{row.pk}")
    assert (line["data-state"], "could not leave in time" in line.text) == ("not_sent", True)
    lists = {state: amy.get("/w/lotus-flowers/scheduled/", {"state": state}) for state in ("sent", "not_sent")}
    assert [state for state, page in lists.items() if Page(page).all("li", id=f"scheduled-{row.pk}")] == ["not_sent"]
    with scope(world.lotus.pk):
        retry_message(actor=world.ben, message=message)
        assert OutboxEntry.objects.get().not_after is None


def test_nothing_leaves_in_the_name_of_somebody_who_has_left(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world.amy, room)
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
    clock.shift(HOUR)
    assert send_due() == 1
    assert (outcome(row), reload(row).reason_text) == (("not_sent", "own_words"), "Its author is no longer a member.")
    with scope(world.lotus.pk):
        change(actor=world.ben, row=row, order=order())
    clock.shift(HOUR)
    assert send_due() == 1
    assert message_of(row).author_id == world.ben.pk


def test_a_batch_costs_the_same_for_few_and_for_many(world: World, clock: Clock) -> None:
    """Statements for 3 and for 60 messages are the same number: none is sent by itself."""
    clock.move_to(NOON - timedelta(days=500))  # the crowd writes long ago
    rooms = crowd(world, 63)
    clock.move_to(NOON)
    with scope(world.lotus.pk):
        Chatroom.objects.update(last_inbound_at=NOON)
    costs = []
    for some in (rooms[:3], rooms[3:]):
        for each in some:
            plan(world.amy, each)
        clock.shift(HOUR)
        with CaptureQueriesContext(connection) as captured:
            assert send_due() == len(some)
        costs.append([query["sql"][:60] for query in captured if "SAVEPOINT" not in query["sql"]])
    assert len(costs[0]) == len(costs[1]), costs
    assert len(costs[0]) <= 22, costs[0]


@pytest.mark.parametrize(
    "other",
    [{"text": "Tomorrow"}, {"minutes": 90}, {"options": ["Yes", "No"]}, {"cancel_if_customer_writes": True}],
    ids=["text", "time", "options", "cancelling"],
)
def test_a_form_sent_again_with_something_else_drops_nothing_silently(
    world: World, room: Chatroom, other: dict[str, object]
) -> None:
    with scope(world.lotus.pk):
        first = order(options=["Yes"])
        schedule(actor=world.amy, chatroom=fresh(room), order=first, client_id=ONE_FORM)
        again = order(**{"options": ["Yes"], **other})  # type: ignore[arg-type]
        with pytest.raises(UnableToSchedule, match="already used for another message"):
            schedule(actor=world.amy, chatroom=fresh(room), order=again, client_id=ONE_FORM)


def test_the_same_form_sent_twice_is_one_message(world: World, room: Chatroom) -> None:
    wanted = order(options=["Yes", " "])
    with scope(world.lotus.pk):
        first, second = (
            schedule(actor=world.amy, chatroom=fresh(room), order=wanted, client_id=ONE_FORM) for _time in range(2)
        )
    assert first.pk == second.pk
    with platform_scope("test"):
        assert ScheduledMessage.objects.count() == 1
