"""What members are told, by a worker that reads the log of changes: once each, and nobody else."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.actions import mark_room_read, post_system_message, sweep_held_answers
from inbox.chatrooms.models import Chatroom, HeldAnswer, HeldState, Message, MessageState
from inbox.customers.access import get_group
from inbox.lib import clock
from inbox.notes.actions import add_note, edit_note
from inbox.notes.models import CustomerNote
from inbox.notifications import selectors
from inbox.notifications.actions import (
    Wishes,
    mark_all_read,
    notify_changes,
    purge_notifications,
    save_preferences,
)
from inbox.notifications.models import ChangeReader, Habits, Kind, Notification
from inbox.notifications.policy import DEFAULTS, OPEN_END, Ways
from inbox.realtime.publish import member_group
from inbox.realtime.wire import channel_of, decode
from inbox.scheduling.models import ScheduledMessage, ScheduleState
from inbox.workspaces.models import Membership, Visibility
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import at_once
from tests.workspaces.conftest import plan_message
from tests.world import World, receive, room_with, text_message, webhook, write

from .conftest import give, told

pytestmark = pytest.mark.django_db


def changed(room: Chatroom) -> None:
    """Let the log name the chat and all its messages again."""
    from inbox.chatrooms.actions import record_changes

    with scope(room.workspace_id):
        messages = Message.objects.filter(chatroom=room).values_list("chatroom_id", "pk")
        record_changes(workspace_id=room.workspace_id, rooms=[room.pk], messages=messages)


def test_a_chat_that_nobody_has_is_told_to_all_until_somebody_takes_it(world: World) -> None:
    room = room_with(world, "Do you have roses?")
    assert notify_changes() == 3
    assert notify_changes() == 0
    team = (world.olivia, world.amy, world.ben)
    assert [told(member) for member in team] == [[("unassigned", True)]] * 3
    assert told(world.sam) == []
    room_with(world, "Hello?")
    assert notify_changes() == 0, "it waits still"
    give(world.amy, room, world.amy)
    notify_changes()
    assert [told(member) for member in team] == [[("unassigned", False)]] * 3, "taken by herself, so nothing is given"


def test_what_a_customer_writes_is_told_once_to_who_has_the_chat_until_they_see_it(
    world: World, room: Chatroom
) -> None:
    notify_changes()
    assert told(world.amy) == [("assigned", True), ("message", True)]
    assert told(world.ben) == []
    for _ in range(2):
        room_with(world, "Are you there?")
    assert notify_changes() == 1
    with scope(world.lotus.pk):
        row = Notification.objects.get(member=world.amy, kind=Kind.MESSAGE)
        assert (row.count, row.mark) == (3, "3")
        assert selectors.count_of(world.amy) == selectors.Count(2, 1)
        mark_room_read(member=world.amy, chatroom=Chatroom.objects.get(pk=room.pk), seen_count=3)
        assert selectors.count_of(world.amy) == selectors.Count(1, 1)
    changed(room)
    assert notify_changes() == 0, "what was seen is not told"
    room_with(world, "And tulips?")
    assert notify_changes() == 1
    with scope(world.lotus.pk):
        assert Notification.objects.get(member=world.amy, kind=Kind.MESSAGE).count == 1


def test_what_failed_was_held_or_was_scheduled_is_told_to_who_wrote_it(world: World, room: Chatroom) -> None:
    message = write(world.ben, room, "We have")
    own = {"workspace_id": world.lotus.pk, "chatroom": room, "author": world.ben}
    with scope(world.lotus.pk):
        late = HeldAnswer.objects.create(**own, text="Late", inbound_before=9, expires_at=clock.now())
        ready = HeldAnswer.objects.create(**own, text="Ready", inbound_before=9, expires_at=clock.now())
        HeldAnswer.objects.filter(pk=ready.pk).update(
            state=HeldState.OFFERED, expires_at=clock.now() + timedelta(days=1)
        )
        planned = plan_message(world.ben, room, "Reminder")
        ScheduledMessage.objects.filter(pk=planned.pk).update(state=ScheduleState.MISSED, settled_at=clock.now())
        Message.objects.filter(pk=message.pk).update(state=MessageState.FAILED, attempt_count=1)
        for event in ("scheduled_missed", "answer_offered"):
            post_system_message(chatroom=room, event=event, author="Ben Agent")
    assert sweep_held_answers() == 1
    changed(room)
    notify_changes()
    assert {kind for kind, is_unread in told(world.ben) if is_unread} == {
        "send_failed",
        "held_expired",
        "held_offered",
        "scheduled_missed",
    }
    with scope(world.lotus.pk):
        keys = set(Notification.objects.filter(member=world.ben).values_list("key", flat=True))
        assert keys == {f"failed:{message.pk}", f"held:{late.pk}", f"held:{ready.pk}", f"scheduled:{planned.pk}"}
        mark_all_read(member=world.ben)
    changed(room)
    assert notify_changes() == 0
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(attempt_count=2)
    changed(room)
    assert notify_changes() == 1, "it failed again"


def mention(actor: Membership, room: Chatroom, text: str) -> CustomerNote:
    with scope(actor.workspace_id):
        group = get_group(actor, room.customer_id)
        return add_note(actor=actor, group=group, text=text, client_id=uuid.uuid4()).note


def test_a_mention_is_told_to_who_is_named_but_not_to_who_wrote_it(world: World, room: Chatroom) -> None:
    notify_changes()
    mention(world.amy, room, "@Ben and @Amy: she wants peonies")
    assert notify_changes() == 1
    assert told(world.ben) == [("mention", True)]
    assert "mention" not in dict(told(world.amy))
    note = mention(world.amy, room, "Nothing more")
    assert notify_changes() == 0
    with scope(world.lotus.pk):
        group = get_group(world.amy, room.customer_id)
        edit_note(actor=world.amy, group=group, note=note, text="@Ben after all", seen=1)
    assert notify_changes() == 1


def test_only_what_somebody_wants_is_kept_for_them(world: World, room: Chatroom) -> None:
    nothing = Ways(in_page=False)
    save_all(world.amy, ASSIGNED=nothing, MESSAGE=Ways(in_page=False, sound=True))
    notify_changes()
    assert told(world.amy) == [("message", True)]
    with scope(world.lotus.pk):
        assert selectors.count_of(world.amy).unread == 0, "it sounds, but is not listed"


def save_all(member: Membership, **changes: Ways) -> None:
    ways = {**DEFAULTS, **{Kind[name].value: each for name, each in changes.items()}}
    with scope(member.workspace_id):
        save_preferences(member=member, ways=ways, wishes=Wishes(language="en", zone="UTC"))


def test_who_is_no_member_any_more_is_told_nothing(world: World) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(is_active=False)
    room_with(world, "Hello")
    assert notify_changes() == 2
    assert told(world.ben) == []


def test_old_notifications_are_dropped(world: World, room: Chatroom) -> None:
    notify_changes()
    with scope(world.lotus.pk):
        Notification.objects.filter(kind=Kind.MESSAGE).update(happened_at=clock.now() - timedelta(days=31))
    assert purge_notifications() == 1


def test_a_hundred_chats_cost_as_many_statements_as_one(world: World) -> None:
    costs = []
    for first, count in ((0, 1), (1, 40)):
        phones = [f"8529000{number:04}" for number in range(first, first + count)]
        receive(world.app, *(webhook(world.shop, messages=[text_message(phone=phone)]) for phone in phones))
        with CaptureQueriesContext(connection) as captured:
            assert notify_changes() == 3 * count
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 40
    with platform_scope("test"):
        assert ChangeReader.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_everything_once(world: World) -> None:
    room_with(world, "Hello")
    assert sum(at_once(notify_changes, notify_changes)) == 3


@pytest.fixture
def pages(world: World) -> Iterator[Callable[[], dict[int, dict[str, Any]]]]:
    """Listen as open pages of the team do; return what each is told next, by member."""
    team = {channel_of(member_group(member.pk)): member.pk for member in (world.olivia, world.amy, world.ben)}
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as lines:
        lines.subscribe(*team)
        for _ in team:
            lines.get_message(timeout=5)

        def heard() -> dict[int, dict[str, Any]]:
            said = [message for _ in team if (message := lines.get_message(timeout=1))]
            return {team[each["channel"]]: json.loads(decode(each["data"])[1]) for each in said}

        yield heard


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_the_number_and_ask_only_for_the_words_of_what_the_screen_shows(
    world: World, pages: Callable[[], dict[int, dict[str, Any]]]
) -> None:
    with scope(world.lotus.pk):
        Habits.objects.create(workspace=world.lotus, member=world.olivia, paused_until=OPEN_END)
        Membership.objects.filter(pk=world.ben.pk).update(visibility=Visibility.OWN_AND_UNASSIGNED)
    room = room_with(world, "Do you have roses?")
    notify_changes()
    with scope(world.lotus.pk):
        position = str(selectors.newest_position(world.amy))
    news = {"type": "notifications", "unread": 1, "others": 0}
    heard = pages()
    assert heard[world.amy.pk] == news | {"position": position, "quiet": False, "sounds": True}
    assert heard[world.olivia.pk].items() >= {"unread": 1, "quiet": True, "sounds": False}.items()
    assert heard[world.ben.pk] == {"type": "notifications"}, "what he sees is counted for him alone"

    give(world.olivia, room, world.amy)
    notify_changes()
    heard = pages()
    assert heard[world.olivia.pk] == news | {"unread": 0}, "nobody's news any more"
    assert heard[world.amy.pk] == {"type": "notifications"}, "her screen shows it"


def test_of_all_members_at_once_no_more_and_no_less_is_counted_than_of_each(world: World) -> None:
    room = room_with(world, "Do you have roses?")
    unread = {world.amy: [Kind.ASSIGNED] * 101, world.olivia: [Kind.MESSAGE, Kind.ASSIGNED], world.ben: []}
    with scope(world.lotus.pk):
        Notification.objects.bulk_create(
            Notification(workspace=world.lotus, member=member, kind=kind, key=f"{number}", mark="", chatroom=room)
            for member, kinds in unread.items()
            for number, kind in enumerate(kinds)
        )
        counts = selectors.counts_of(world.lotus.pk, [member.pk for member in unread])
        assert counts == {member.pk: selectors.count_of(member) for member in unread}
    assert [counts[member.pk] for member in unread] == [selectors.Count(*each) for each in ((100, 100), (2, 1), (0, 0))]
