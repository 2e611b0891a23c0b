"""The one gate: whatever is sent meets the reply window, when it is written and again when it leaves."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from channels_adapters.errors import SendError
from channels_adapters.types import Activity, ChannelKind, CustomerActed, HttpResponse
from inbox.chatrooms.actions import WindowClosed, dispatch_due, note_window_refusal, send_template
from inbox.chatrooms.actions._dispatch import _claim
from inbox.chatrooms.actions._outcomes import record_outcomes
from inbox.chatrooms.models import Chatroom, Message, MessageState
from inbox.chatrooms.throttle import Throttle
from inbox.chatrooms.window import Mode, Reason
from inbox.chatrooms.windows import window_for
from inbox.connections.call_log import CallLog
from inbox.connections.models import Connection
from inbox.devstack.flower_shop import PAGE, SHOP
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.message_templates.filling import fill
from inbox.message_templates.models import MessageTemplate, TemplateSync
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess
from tests.world import (
    World,
    connect_account_of_the_shop,
    put_on_its_network,
    receive,
    reload,
    room_with,
    status,
    together,
    webhook,
    write,
)

from .conversation import NOON, arrive, asked_for, claimed, connect, customer_of, edited, reacted, room_of, said, unsent

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
        with scope(world.lotus.pk):
            Connection.objects.filter(pk=account.pk).update(activity_minutes=2, activity_quota=5)
        assert window_in(room).remaining == 4


def test_a_connection_may_have_rules_of_its_own(world: World) -> None:
    insta = connect(world, ChannelKind.INSTAGRAM)
    arrive(insta, said(insta))
    room = last_wrote(room_of(insta), 30 * HOUR)
    assert window_in(room).mode is Mode.CLOSED
    for changed, mode in (({"window_hours": 48}, Mode.FREE), ({"window_hours": 1, "reminder_days": 7}, Mode.PERSON)):
        with scope(world.lotus.pk):
            Connection.objects.filter(pk=insta.pk).update(**changed)
        assert window_in(room).mode is mode


def automatic(message: Message) -> Message:
    """Make a message one that nobody has written."""
    with scope(message.workspace_id):
        Message.objects.filter(pk=message.pk).update(author=None)
    return message


@pytest.mark.parametrize(
    ("ago", "by_person", "leaves", "tagged"),
    [
        (1 * HOUR, True, True, False),
        (1 * HOUR, False, True, False),
        (30 * HOUR, True, True, True),
        (30 * HOUR, False, False, False),
    ],
)
def test_after_a_day_messenger_takes_what_a_person_writes_and_no_automatic_message(
    world: World, ago: timedelta, by_person: bool, leaves: bool, tagged: bool
) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page))
    room = last_wrote(room_of(page), ago)
    message = write(world.amy, room, "Still interested?")
    if not by_person:
        automatic(message)
    [sending] = _claim(Throttle(), 100, set()) or []
    if leaves:
        assert not isinstance(sending.account, SendError)
        assert sending.outbound.human_agent_tag is tagged
    else:
        assert isinstance(sending.account, SendError)
        assert sending.account.code == "window_closed"


def template_in(world: World, name: str = "ready") -> MessageTemplate:
    with scope(world.lotus.pk):
        return MessageTemplate.objects.create(
            workspace=world.lotus,
            business_id=world.shop.business_id,
            name=name,
            language="en",
            status="APPROVED",
            category="UTILITY",
            components=[{"type": "BODY", "text": "Your roses are ready."}],
        )


def send(world: World, room: Chatroom, template: MessageTemplate) -> Message:
    with scope(world.lotus.pk):
        filled = fill(template, {})
        return send_template(actor=world.amy, chatroom=room, template=filled, client_id=uuid.uuid4())


@pytest.mark.parametrize("became", [{"status": "PAUSED"}, {"status": "DISABLED"}, {"deleted_at": NOON}])
def test_a_template_that_was_withdrawn_while_it_waited_does_not_leave(
    world: World,
    settings,  # type: ignore[no-untyped-def]
    became: dict[str, Any],
) -> None:
    settings.VENDOR_API_URL = "http://127.0.0.1:9"  # nobody listens: nothing may be tried
    paused, usable = template_in(world), template_in(world, "thanks")
    waits = send(world, room_with(world), paused)
    leaves = send(world, room_with(world, phone="85290000002"), usable)
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=paused.pk).update(**became)
    dispatch_due()
    waits = reload(waits)
    assert (waits.state, waits.failure_code) == (MessageState.FAILED, "template_unusable")
    assert "“ready” can no longer be sent" in waits.failure_text
    assert reload(leaves).failure_code == ""


def test_templates_are_looked_up_together_and_only_where_there_are_any(world: World) -> None:
    template, looked_up = template_in(world), []
    for number in range(3):
        room = room_with(world, phone=f"8529000001{number}")
        for _ in range(number):
            send(world, room_with(world, phone=f"852900002{number}{_}"), template)
        write(world.amy, room, "Hello")
        with CaptureQueriesContext(database) as queries:
            assert len(_claim(Throttle(), 100, set()) or []) == number + 1
        looked_up.append(sum("message_templates_messagetemplate" in query["sql"] for query in queries))
    assert looked_up == [0, 1, 1]


# --- what the vendor refuses ----------------------------------------------------------------------------------------


def refused_by(connection: Connection, code: int, subcode: int = 0) -> SendError:
    """The vendor's refusal, as the adapter reads its answer."""
    error = {"message": "Refused", "code": code} | ({"error_subcode": subcode} if subcode else {})
    body = {"errcode": code, "errmsg": "Refused"} if connection.channel == ChannelKind.WECHAT else {"error": error}
    answer = HttpResponse(200 if connection.channel == ChannelKind.WECHAT else 400, {}, json.dumps(body).encode())
    with pytest.raises(SendError) as caught:
        connection.adapter.result_of(answer)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "code", "subcode", "closes"),
    [
        (ChannelKind.WHATSAPP, 131047, 0, True),
        (ChannelKind.WHATSAPP, 131026, 0, False),
        (ChannelKind.MESSENGER, 10, 2018278, True),
        (ChannelKind.INSTAGRAM, 10, 2534022, True),
        (ChannelKind.INSTAGRAM, 551, 0, False),
        (ChannelKind.WECHAT, 45015, 0, True),
        (ChannelKind.WECHAT, 45047, 0, True),
        (ChannelKind.WECHAT, 43004, 0, False),
    ],
)
def test_a_refusal_that_closes_the_window_is_remembered_in_the_room(  # type: ignore[no-untyped-def]
    world: World, kind: ChannelKind, code: int, subcode: int, closes: bool, django_capture_on_commit_callbacks
) -> None:
    connection = world.shop if kind is ChannelKind.WHATSAPP else connect(world, kind)
    arrive(connection, said(connection))
    room = room_of(connection)
    sending = claimed(world, write(world.amy, room, "By our clock there is time"))
    with django_capture_on_commit_callbacks(execute=True):
        record_outcomes([(sending, refused_by(connection, code, subcode))], CallLog())
    calls = asked_for("inbox.chatrooms.tasks.note_window_refusal")
    for call in calls:
        note_window_refusal(**call | {"at": datetime.fromisoformat(str(call["at"]))})  # type: ignore[arg-type]
    assert reload(room).window_refused_at == (sending.attempt.started_at if closes else None)
    assert window_in(room).mode is not Mode.FREE if closes else window_in(room).mode is Mode.FREE


def test_a_customer_who_writes_while_the_refusal_is_on_its_way_opens_the_window(  # type: ignore[no-untyped-def]
    world: World, django_capture_on_commit_callbacks
) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page))
    room = room_of(page)
    sending = claimed(world, write(world.amy, room, "A moment too early"))
    arrive(page, said(page, "Here I am", mid="m_2", after=(clock.now() - NOON).total_seconds()))
    with django_capture_on_commit_callbacks(execute=True):
        record_outcomes([(sending, refused_by(page, 10, 2018278))], CallLog())
    [call] = asked_for("inbox.chatrooms.tasks.note_window_refusal")
    note_window_refusal(workspace_id=world.lotus.pk, chatroom_id=room.pk, at=datetime.fromisoformat(str(call["at"])))
    assert window_in(room).mode is Mode.FREE


def paused(template: MessageTemplate) -> dict[str, Any]:
    """A webhook that says so."""
    told = {
        "event": "PAUSED",
        "message_template_id": 1,
        "message_template_name": template.name,
        "message_template_language": template.language,
    }
    change = {"field": "message_template_status_update", "value": told}
    return {"object": "whatsapp_business_account", "entry": [{"id": template.business_id, "changes": [change]}]}


@pytest.mark.parametrize("way", ["answer", "report", "report and news"])
def test_templates_are_read_again_once_however_many_were_refused_as_unusable(  # type: ignore[no-untyped-def]
    world: World, way: str, django_capture_on_commit_callbacks
) -> None:
    """Messages are locked before: whoever arrives with news of templates and reports waits in the same order."""
    template = template_in(world)
    sendings = [claimed(world, send(world, room_with(world, phone=f"8529000001{n}"), template)) for n in range(3)]
    refusal = refused_by(world.shop, 132001)
    reports = [
        status(f"wamid.{number}", "failed", correlation=sending.outbound.correlation_id, error=132001)
        for number, sending in enumerate(sendings)
    ]
    with CaptureQueriesContext(database) as queries, django_capture_on_commit_callbacks(execute=True):
        if way == "answer":
            record_outcomes([(sending, refusal) for sending in sendings], CallLog())
        else:
            news = [paused(template)] if way == "report and news" else []
            receive(world.app, together(*news, webhook(world.shop, statuses=reports)))
    statements = [query["sql"] for query in queries]
    asked = [number for number, sql in enumerate(statements) if "message_templates_templatesync" in sql]
    locked = [n for n, sql in enumerate(statements) if '"chatrooms_message"' in sql and "FOR NO KEY UPDATE" in sql]
    priced = [n for n, sql in enumerate(statements) if "pricing_monthlytotal" in sql]
    assert locked[0] < asked[0] < min(priced, default=len(statements))
    if way != "report and news":
        assert len(asked) == 1
        calls = asked_for("inbox.message_templates.tasks.sync_templates")
        assert [call["connection_id"] for call in calls] == [world.shop.pk]
    with scope(world.lotus.pk):
        assert TemplateSync.objects.get(workspace=world.lotus).asked_at is not None


# --- with the vendor ------------------------------------------------------------------------------------------------


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
