"""The one gate: whatever is sent meets the reply window, when it is written and again when it leaves."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
import redis
import time_machine
from django.conf import settings as django_settings

from channels_adapters.types import Activity, ChannelKind, CustomerActed
from inbox.chatrooms.actions import WindowClosed, dispatch_due, note_window_refusal
from inbox.chatrooms.models import Chatroom, Message, MessageState
from inbox.chatrooms.window import Mode, Reason
from inbox.chatrooms.windows import window_for
from inbox.connections.models import Connection
from inbox.devstack.flower_shop import PAGE, SHOP
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess
from tests.world import World, connect_account_of_the_shop, put_on_its_network, reload, room_with, write

from .conversation import NOON, arrive, connect, customer_of, edited, reacted, room_of, said, unsent

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def window_in(room: Chatroom):  # type: ignore[no-untyped-def]
    with scope(room.workspace_id):
        return window_for(Chatroom.objects.select_related("connection").get(pk=room.pk))


def last_wrote(room: Chatroom, ago: timedelta) -> Chatroom:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - ago)
    return room


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ChannelKind.WHATSAPP, "WhatsApp takes only templates until the customer writes again"),
        (ChannelKind.INSTAGRAM, "The time to answer is over on Instagram"),
        (ChannelKind.WECHAT, "The time to answer is over on WeChat"),
    ],
)
def test_what_may_not_leave_is_refused_while_it_is_written(world: World, kind: ChannelKind, words: str) -> None:
    connection = world.shop if kind is ChannelKind.WHATSAPP else connect(world, kind)
    arrive(connection, said(connection))
    room = last_wrote(room_of(connection), 24 * HOUR)
    with pytest.raises(WindowClosed, match=words):
        write(world.amy, room, "Too late")
    last_wrote(room, 24 * HOUR - timedelta(minutes=1))
    assert write(world.amy, room, "Just in time").state == MessageState.QUEUED


def test_what_waited_until_the_window_closed_does_not_leave(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = "http://127.0.0.1:9"  # nobody listens: nothing may be tried
    room = room_with(world)
    message = write(world.amy, room, "On its way")
    last_wrote(room, 25 * HOUR)
    dispatch_due()
    message = reload(message)
    assert (message.state, message.failure_code) == (MessageState.FAILED, "window_closed")
    assert "only templates" in message.failure_text


def test_an_older_message_that_comes_late_does_not_shorten_the_window(world: World) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page, "New", mid="m_2", after=1800))
    closes_at = window_in(room_of(page)).closes_at
    arrive(page, said(page, "Old", mid="m_1", after=-3600))
    assert window_in(room_of(page)).closes_at == closes_at == NOON + timedelta(seconds=1800) + 24 * HOUR


def test_edits_and_removals_do_not_open_it_and_reactions_only_where_they_count(world: World) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    for connection in (page, world.shop):
        arrive(connection, said(connection))
        before = window_in(room_of(connection)).closes_at
        arrive(connection, edited(connection, "m_1", "Anew", after=600))
        assert window_in(room_of(connection)).closes_at == before
        arrive(connection, reacted(connection, "m_1", "👍", after=900))
        opened = window_in(room_of(connection)).closes_at != before
        assert opened is connection.reply_policy.opened_by_reactions
        arrive(connection, unsent(connection, "m_1", after=1200))
        assert window_in(room_of(connection)).closes_at < NOON + timedelta(seconds=1200) + 24 * HOUR
    assert page.reply_policy.opened_by_reactions


def leave(world: World, room: Chatroom, text: str) -> None:
    """Write a message, and let the vendor take it."""
    message = write(world.amy, room, text)
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, accepted_at=clock.now())


def test_wechat_counts_answers(world: World) -> None:
    account = connect(world, ChannelKind.WECHAT)
    arrive(account, said(account))
    room = room_of(account)
    for left in (5, 4, 3, 2, 1):
        assert window_in(room).remaining == left
        leave(world, room, f"{left} left")
    assert (window_in(room).mode, window_in(room).reason) == (Mode.CLOSED, Reason.QUOTA_USED)
    with pytest.raises(WindowClosed, match="used up until the customer writes again"):
        write(world.amy, room, "A sixth")
    arrive(account, said(account, "Go on", mid="m_2", after=(clock.now() - NOON).total_seconds() + 1))
    assert window_in(room).remaining == 5


def test_wechat_lets_one_greet_a_follower_for_a_minute(world: World) -> None:
    account = connect(world, ChannelKind.WECHAT)
    now = clock.now()
    arrive(
        account,
        CustomerActed(account.account_id, "a_1", customer_of(account), now, Activity.FOLLOWED, opens_window=True),
    )
    room = room_of(account)
    assert window_in(room).remaining == 3
    leave(world, room, "Welcome")
    assert window_in(room).remaining == 2
    with time_machine.travel(now + timedelta(seconds=61)):
        assert window_in(room).mode is Mode.CLOSED


def test_a_connection_may_have_rules_of_its_own(world: World) -> None:
    insta = connect(world, ChannelKind.INSTAGRAM)
    arrive(insta, said(insta))
    room = last_wrote(room_of(insta), 30 * HOUR)
    assert window_in(room).mode is Mode.CLOSED
    for changed, mode in (({"window_hours": 48}, Mode.FREE), ({"window_hours": 1, "reminder_days": 7}, Mode.PERSON)):
        with scope(world.lotus.pk):
            Connection.objects.filter(pk=insta.pk).update(**changed)
        assert window_in(room).mode is mode


# --- with the vendor ------------------------------------------------------------------------------------------------


def asked_for(task: str) -> list[dict[str, object]]:
    """The arguments of the waiting calls of a task."""
    queue = redis.Redis.from_url(django_settings.REDIS_URL)
    entries = [json.loads(entry) for name in ("slow", "outbound", "inbound") for entry in queue.lrange(name, 0, -1)]
    bodies = [json.loads(base64.b64decode(entry["body"])) for entry in entries if entry["headers"]["task"] == task]
    return [body[1] for body in bodies]


@pytest.mark.django_db(transaction=True)
def test_the_vendors_refusal_corrects_our_clock(world: World, vendor: SimulatorClient, web: WebProcess) -> None:
    connection = connect_account_of_the_shop(world, SHOP)
    put_on_its_network(vendor, SHOP, webhook_url=web.webhook_url(connection.app))
    assert vendor.inbound(SHOP.account_id, "85290000001", "Hello").delivered
    process_pending()
    room = room_of(connection)
    vendor.settings(clock_offset=25 * 3600)
    message = write(world.amy, room, "By our clock there is time")
    dispatch_due()
    vendor.settle()
    process_pending()
    assert reload(message).failure_code == "131047"
    [call] = asked_for("inbox.chatrooms.tasks.note_window_refusal")
    assert call["chatroom_id"] == room.pk
    with scope(world.lotus.pk):
        assert window_for(Chatroom.objects.select_related("connection").get(pk=room.pk)).mode is Mode.FREE
    assert note_window_refusal(workspace_id=world.lotus.pk, chatroom_id=room.pk, at=clock.now())
    assert not note_window_refusal(workspace_id=world.lotus.pk, chatroom_id=room.pk, at=clock.now() - HOUR)
    assert (window_in(room).mode, window_in(room).reason) == (Mode.TEMPLATE, Reason.VENDOR_REFUSED)
    with pytest.raises(WindowClosed):
        write(world.amy, room, "Once more")


@pytest.mark.django_db(transaction=True)
def test_a_person_may_remind_for_a_week_on_messenger(world: World, vendor: SimulatorClient, web: WebProcess) -> None:
    connection = connect_account_of_the_shop(world, PAGE)
    put_on_its_network(vendor, PAGE, webhook_url=web.webhook_url(connection.app))
    assert vendor.inbound(PAGE.account_id, "85290000001", "Hello").delivered
    process_pending()
    room = last_wrote(room_of(connection), 30 * HOUR)
    vendor.settings(clock_offset=30 * 3600)
    message = write(world.amy, room, "Still interested?")
    dispatch_due()
    assert reload(message).state in ("sent", "delivered"), reload(message).failure_text
