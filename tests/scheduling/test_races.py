"""Several workers, and people who decide while a worker does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database

from inbox.chatrooms.models import Chatroom, Direction, Message
from inbox.lib import clock
from inbox.scheduling.actions import UnableToSchedule, cancel, send_due, send_now
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import crowd
from tests.processes import at_once, in_thread, until, who_waits_for_us
from tests.world import World, messages_of, room_with

from .conftest import outcome, plan

pytestmark = pytest.mark.django_db(transaction=True)


def due_now(world: World) -> None:
    """Put everything that waits a little into the past, as if its time had come."""
    with scope(world.lotus.pk):
        ScheduledMessage.objects.update(due_at=clock.now() - timedelta(seconds=1))


def test_many_workers_send_each_message_once(world: World) -> None:
    """1,000 messages of one second, several in each chat, and two workers who both want all of them."""
    rooms, due_at = crowd(world, 250), clock.now() - timedelta(seconds=1)
    with scope(world.lotus.pk):
        Chatroom.objects.update(last_inbound_at=clock.now())
        ScheduledMessage.objects.bulk_create(
            ScheduledMessage(
                workspace=world.lotus,
                chatroom=room,
                author=world.amy,
                text=f"Part {number}",
                due_at=due_at,
                zone="UTC",
                wall_time="2026-11-23T09:00",
                seen_inbound=1,
            )
            for number in range(4)
            for room in rooms
        )
    settled = at_once(send_due, send_due)
    assert sum(settled) + send_due() == 1000, "the last of them may have left what the other held"
    with scope(world.lotus.pk):
        assert ScheduledMessage.objects.filter(state="sent").values("message").distinct().count() == 1000
        sent = Message.objects.filter(direction=Direction.OUTBOUND).order_by("chatroom", "sent_at", "pk")
        assert [message.text for message in sent] == [f"Part {number}" for number in range(4)] * 250


def test_what_another_worker_holds_is_left_to_it(world: World) -> None:
    held, free = plan(world.amy, room_with(world)), plan(world.amy, room_with(world, phone="85290000002"))
    due_now(world)
    with transaction.atomic(), scope(world.lotus.pk):
        ScheduledMessage.objects.select_for_update().get(pk=held.pk)
        worker = in_thread(send_due)
        worker.join(20)
        assert not worker.is_alive()
    assert (outcome(held)[0], outcome(free)[0]) == ("waiting", "sent")
    assert send_due() == 1
    assert outcome(held)[0] == "sent"


def test_a_later_message_does_not_overtake_one_that_another_worker_holds(world: World) -> None:
    room = room_with(world)
    first, second = plan(world.amy, room, "First", minutes=1), plan(world.amy, room, "Second", minutes=2)
    with scope(world.lotus.pk):
        ScheduledMessage.objects.filter(pk=first.pk).update(due_at=clock.now() - timedelta(seconds=2))
        ScheduledMessage.objects.filter(pk=second.pk).update(due_at=clock.now() - timedelta(seconds=1))
    with transaction.atomic(), scope(world.lotus.pk):
        ScheduledMessage.objects.select_for_update().get(pk=first.pk)
        in_thread(send_due).join(20)
    assert outcome(second)[0] == "waiting"
    send_due()
    assert [message.text for message in messages_of(room)][1:] == ["First", "Second"]


def test_a_worker_that_dies_midway_has_done_nothing(world: World) -> None:
    room = room_with(world)
    row = plan(world.amy, room)
    due_now(world)
    with scope(world.lotus.pk):  # the chat is busy, so the worker waits in the middle of its batch
        Chatroom.objects.select_for_update().get(pk=room.pk)
        worker = in_thread(_killed)
        until(who_waits_for_us)
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [who_waits_for_us()[0]])
    worker.join(20)
    assert outcome(row)[0] == "waiting"
    assert send_due() == 1
    assert len(messages_of(room)) == 2


def _killed() -> None:
    with pytest.raises(OperationalError):
        send_due()


def test_of_two_who_press_send_now_one_is_told(world: World) -> None:
    room = room_with(world)
    row = plan(world.amy, room)
    told: list[str] = []

    def press() -> None:
        try:
            with scope(world.lotus.pk):
                send_now(actor=world.ben, row=row)
        except UnableToSchedule as refusal:
            told.append(str(refusal))

    for thread in [in_thread(press) for _person in range(2)]:
        thread.join(20)
    assert told == ["This message was sent already."]
    assert [message.direction for message in messages_of(room)] == ["inbound", "outbound"]


def test_it_cannot_be_cancelled_once_it_was_sent(world: World) -> None:
    row = plan(world.amy, room_with(world))
    due_now(world)
    send_due()
    with scope(world.lotus.pk), pytest.raises(UnableToSchedule, match="sent already"):
        cancel(actor=world.amy, row=row)
    assert outcome(row)[0] == "sent"
