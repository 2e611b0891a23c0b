"""Writing to customers: what an agent may send, and what becomes of it when the vendor behaves and when it does not."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import httpx
import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.urls import reverse

from inbox.chatrooms import actions
from inbox.chatrooms.actions import UnableToSend, dispatch_due, settle_lost_sends
from inbox.chatrooms.actions._dispatch import _claim
from inbox.chatrooms.models import (
    AttemptOutcome,
    Chatroom,
    DeliveryAttempt,
    Direction,
    Message,
    MessageState,
    OutboxEntry,
    ParkedStatus,
    ReadMarker,
)
from inbox.chatrooms.throttle import Throttle
from inbox.connections.actions import renew_credentials, set_paused
from inbox.connections.models import Connection, ConnectionState
from inbox.devstack.processes import free_port
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import WebProcess, at_once, until
from tests.world import (
    World,
    messages_of,
    news_from,
    put_on_the_phone_network,
    receive,
    reload,
    room_with,
    rooms_of,
    status,
    text_message,
    webhook,
    write,
)

committed = pytest.mark.django_db(transaction=True)


def customer_writes(
    vendor: SimulatorClient, connection: Connection, *, phone: str = "85290000001", text: str = "Hello"
) -> Chatroom:
    """Let somebody write to a number with their phone; returns the room that this opened."""
    assert vendor.inbound(connection.account_id, phone, text).delivered
    process_pending()
    with scope(connection.workspace_id):
        return Chatroom.objects.select_related("connection", "customer", "workspace").get(
            connection=connection, customer__identities__value=phone
        )


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """Our clock is ahead; the vendor's is not."""
    with time_machine.travel(clock.now() + timedelta(seconds=seconds)):
        yield


def states_of(*messages: Message) -> list[str]:
    return [reload(message).state for message in messages]


def attempts_of(message: Message) -> list[str]:
    with platform_scope("test"):
        return list(
            DeliveryAttempt.objects.filter(message=message).order_by("number").values_list("outcome", flat=True)
        )


def outbox_size() -> int:
    with platform_scope("test"):
        return OutboxEntry.objects.count()


def page_of(browser: Client, room: Chatroom) -> str:
    with scope(room.workspace_id):
        slug = room.workspace.slug
    return browser.get(reverse("chatrooms:room", args=[slug, room.pk])).content.decode()


def press(browser: Client, button: str, message: Message) -> int:
    """Press a message's button on the page; returns the HTTP status."""
    slug = "lotus-flowers"
    return browser.post(reverse(f"chatrooms:{button}", args=[slug, message.chatroom_id, message.pk])).status_code


@contextmanager
def dispatching() -> Iterator[None]:
    """A dispatcher is at work in another thread; it has finished when the block ends."""

    def work() -> None:
        try:
            dispatch_due()
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


# --- what may be sent ------------------------------------------------------------------------------------------------


def test_a_message_is_stored_and_waits_to_be_sent(world: World) -> None:
    room = room_with(world, "Hello", "Anybody there?")
    message = write(world.amy, room, "  Good morning!\r\nHow are you?  ")
    assert (message.text, message.state) == ("Good morning!\nHow are you?", MessageState.QUEUED)
    assert outbox_size() == 1
    assert reload(room).last_message_id == message.pk
    with scope(world.lotus.pk):
        assert ReadMarker.objects.get(chatroom=room, member=world.amy).seen_count == 2  # whoever answers has read it
        assert not ReadMarker.objects.filter(member=world.ben).exists()
        entry = AuditEntry.objects.get(verb="message.written")
    assert (entry.actor_id, entry.subject) == (world.amy.pk, f"chatrooms.message:{message.pk}")


def test_a_double_click_is_one_message(world: World) -> None:
    room, client_id = room_with(world), uuid.uuid4()
    first = write(world.amy, room, "Hello", client_id=client_id)
    again = write(world.amy, room, "Hello", client_id=client_id)
    assert first.pk == again.pk
    with pytest.raises(UnableToSend, match="first version was already sent"):
        write(world.amy, room, "Hello again", client_id=client_id)  # new words must not vanish into the old message
    assert [message.text for message in messages_of(room) if message.direction == Direction.OUTBOUND] == ["Hello"]
    assert outbox_size() == 1


@committed
def test_simultaneous_clicks_are_one_message(world: World) -> None:
    room, client_id = room_with(world), uuid.uuid4()
    sent = at_once(*[partial(write, world.amy, room, "Hello", client_id=client_id)] * 6)
    assert len({message.pk for message in sent}) == 1
    assert outbox_size() == 1


def test_a_client_id_belongs_to_one_chat_but_not_to_one_business(world: World) -> None:
    mine, other, client_id = room_with(world), room_with(world, phone="85290000002"), uuid.uuid4()
    write(world.amy, mine, client_id=client_id)
    with pytest.raises(UnableToSend, match="already sent in another chat"):
        write(world.amy, other, client_id=client_id)
    theirs = room_with(world, connection=world.oven)
    assert write(world.sam, theirs, client_id=client_id).chatroom_id == theirs.pk
    assert outbox_size() == 2


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t\r\n", "\u200b\u200d\ufeff", "\x00", "\x00 \u2060\x00", "\u3000\u00a0\u202f", "\u202e"]
)
def test_a_message_without_anything_to_see_is_refused(world: World, text: str) -> None:
    room = room_with(world)
    with pytest.raises(UnableToSend, match="Write a message first"):
        write(world.amy, room, text)
    assert outbox_size() == 0


@pytest.mark.parametrize("text", ["x" * 4096, "龍" * 4096, "🌷" * 4096, " " + "x" * 4096 + "\x00\n"])
def test_a_message_may_be_as_long_as_the_channel_takes(world: World, text: str) -> None:
    assert len(write(world.amy, room_with(world), text).text) == 4096


def test_a_message_that_is_too_long_is_refused_with_the_limit_in_words_and_given_back(
    world: World, client_of: Callable[..., Client]
) -> None:
    room = room_with(world)
    address = reverse("chatrooms:messages", args=[world.lotus.slug, room.pk])
    novel = "x" * (4096 * 10 + 1)
    answer = client_of(world.amy).post(address, {"text": novel}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This text is far too long: at most 40960 characters go out at once" in page
    assert novel in page
    assert outbox_size() == 0


def test_writing_in_a_closed_room_opens_it_and_says_so(world: World) -> None:
    room = room_with(world)
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.ben, chatroom=room)
    write(world.amy, room, "One more thing")
    assert reload(room).status == "open"
    lines = [message.details for message in messages_of(room) if message.direction == Direction.SYSTEM]
    assert [(line["event"], line["actor"]) for line in lines] == [("closed", "Ben Agent"), ("reopened", "Amy Agent")]


# --- a vendor that behaves -------------------------------------------------------------------------------------------


@committed
def test_a_message_goes_out_and_its_ticks_follow(
    world: World, vendor: SimulatorClient, client_of: Callable[..., Client]
) -> None:
    room = customer_writes(vendor, world.shop, text="Do you have tulips?")
    (question,) = messages_of(room)
    answer = write(world.amy, room, "Yes 🌷", reply_to=question)
    browser = client_of(world.ben)
    assert 'data-state="queued"' in page_of(browser, room)
    assert dispatch_due() == 1
    (sent,) = vendor.sent()
    assert (sent.phone_number_id, sent.to, sent.text) == (world.shop.account_id, "85290000001", "Yes 🌷")
    assert sent.context_id == question.external_id
    assert reload(answer).external_id == sent.wamid
    assert states_of(answer) == [MessageState.SENT]

    news_from(vendor)
    assert 'data-state="delivered"' in page_of(browser, room)
    assert reload(answer).delivered_at is not None
    receive(world.app, webhook(world.shop, statuses=[status(sent.wamid, "read")]))
    page = page_of(browser, room)
    assert 'data-state="read"' in page
    assert 'data-state="delivered"' not in page
    assert reload(answer).read_at is not None
    assert attempts_of(answer) == [AttemptOutcome.ACCEPTED]
    assert outbox_size() == 0

    # The customer answers our answer.
    vendor.inbound(world.shop.account_id, "85290000001", "Great", context_id=sent.wamid)
    news_from(vendor)
    assert next(message for message in messages_of(room) if message.text == "Great").reply_to_id == answer.pk


@committed
def test_receipts_that_come_in_the_wrong_order_and_twice_leave_the_same_ticks(
    world: World, vendor: SimulatorClient
) -> None:
    vendor.settings(auto_read=True)
    vendor.faults(reorder_webhooks=True, duplicate_webhooks=2)
    room = customer_writes(vendor, world.shop)
    message = write(world.amy, room)
    dispatch_due()
    news_from(vendor)
    stored = reload(message)
    assert stored.state == MessageState.READ
    assert stored.delivered_at is not None
    assert stored.read_at is not None


@committed
def test_a_receipt_may_be_faster_than_the_answer_to_our_request(world: World, vendor: SimulatorClient) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(status_before_response=True, delay=1)
    message = write(world.amy, room)
    with dispatching():
        until(lambda: vendor.health()["webhooks"]["delivered"] == 3)  # the customer's message, sent, delivered
        process_pending()
        # It names our own id, so we know whose it is before we know the vendor's.
        assert states_of(message) == [MessageState.DELIVERED]
        assert outbox_size() == 0
    stored = reload(message)
    assert (stored.state, stored.external_id) == (MessageState.DELIVERED, vendor.sent()[0].wamid)
    assert attempts_of(message) == [AttemptOutcome.ACCEPTED]
    assert dispatch_due() == 0
    assert len(vendor.sent()) == 1


@committed
def test_a_fast_receipt_that_does_not_name_our_id_waits_for_the_answer(world: World, vendor: SimulatorClient) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(no_statuses=True, delay=1)
    message = write(world.amy, room)
    with dispatching():
        until(vendor.sent)
        (sent,) = vendor.sent()
        early = [status(sent.wamid, "delivered"), status(sent.wamid, "sent")]
        receive(world.app, webhook(world.shop, statuses=early))
        assert states_of(message) == [MessageState.SENDING]
    assert states_of(message) == [MessageState.DELIVERED]
    with platform_scope("test"):
        assert ParkedStatus.objects.count() == 0


# --- no answer -------------------------------------------------------------------------------------------------------


@committed
def test_a_send_without_an_answer_is_never_repeated_and_its_receipt_settles_it(
    world: World, vendor: SimulatorClient, client_of: Callable[..., Client]
) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(drop_after_accept={"remaining": 1})
    lost, behind = write(world.amy, room, "lost"), write(world.amy, room, "behind")
    dispatch_due()
    assert states_of(lost) == [MessageState.UNKNOWN]
    page = page_of(client_of(world.amy), room)
    assert "Waiting a minute for a receipt" in page
    assert "Send again" not in page  # yet
    # It does not hold up the messages behind it.
    assert states_of(behind) == [MessageState.SENT]

    with later(30):
        dispatch_due()
        assert settle_lost_sends() == 0
    news_from(vendor)
    assert states_of(lost, behind) == [MessageState.DELIVERED, MessageState.DELIVERED]
    assert [sent.text for sent in vendor.sent()] == ["lost", "behind"]
    assert reload(lost).external_id == vendor.sent()[0].wamid
    assert attempts_of(lost) == [AttemptOutcome.UNKNOWN]
    assert outbox_size() == 0


@committed
def test_when_no_receipt_comes_either_the_agent_is_asked_and_decides(
    world: World, vendor: SimulatorClient, client_of: Callable[..., Client], settings
) -> None:
    settings.VENDOR_TIMEOUT_SECONDS = 0.3
    settings.UNKNOWN_SEND_GRACE_SECONDS = 20
    room = customer_writes(vendor, world.shop)
    vendor.faults(
        no_statuses=True, drop_after_accept={"match_text": "arrived"}, hang_before_accept={"match_text": "not"}
    )
    arrived, not_there = write(world.amy, room, "arrived"), write(world.amy, room, "not there")
    dispatch_due()
    assert states_of(arrived, not_there) == [MessageState.UNKNOWN, MessageState.UNKNOWN]
    browser = client_of(world.amy)
    assert press(browser, "message_retry", arrived) == 409  # too early to decide
    with later(15):
        assert settle_lost_sends() == 0
    with later(25):
        assert settle_lost_sends() == 2
        assert settle_lost_sends() == 0
        assert dispatch_due() == 0
    assert [sent.text for sent in vendor.sent()] == ["arrived"]
    page = page_of(browser, room)
    assert page.count("we cannot tell whether the customer got this") == 2
    assert page.count("Send again") == page.count("It arrived") == 2

    vendor.faults()
    assert press(browser, "message_confirm", arrived) == 303
    assert press(browser, "message_retry", not_there) == 303
    assert press(browser, "message_confirm", arrived) == 409
    assert press(browser, "message_retry", not_there) == 409
    dispatch_due()
    news_from(vendor)
    assert states_of(arrived, not_there) == [MessageState.SENT, MessageState.DELIVERED]
    assert [sent.text for sent in vendor.sent()] == ["arrived", "not there"]
    assert attempts_of(not_there) == [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED]
    with scope(world.lotus.pk):
        verbs = set(AuditEntry.objects.filter(verb__startswith="message.").values_list("verb", flat=True))
    assert verbs == {"message.written", "message.confirmed", "message.retried"}


@committed
def test_a_late_receipt_answers_the_question_for_the_agent(world: World, vendor: SimulatorClient, settings) -> None:
    settings.UNKNOWN_SEND_GRACE_SECONDS = 20
    room = customer_writes(vendor, world.shop)
    vendor.faults(no_statuses=True, drop_after_accept=True)
    message = write(world.amy, room)
    dispatch_due()
    with later(25):
        assert settle_lost_sends() == 1
    (sent,) = vendor.sent()
    told = status(sent.wamid, "delivered", correlation=sent.biz_opaque_callback_data)
    receive(world.app, webhook(world.shop, statuses=[told]))
    assert states_of(message) == [MessageState.DELIVERED]
    assert reload(message).external_id == sent.wamid


# --- refusals --------------------------------------------------------------------------------------------------------


@committed
@pytest.mark.parametrize(
    ("http_status", "code"),
    [(429, 130429), (429, 131056), (429, 80007), (500, 131000), (400, 131016), (503, 99999)],
)
def test_what_the_vendor_refuses_for_now_is_tried_again_in_order_and_delivered_once(
    world: World, vendor: SimulatorClient, http_status: int, code: int
) -> None:
    room = customer_writes(vendor, world.shop)
    refusal = {"http_status": http_status, "code": code, "remaining": 2, "match_text": "first"}
    vendor.faults(fail=refusal)
    first, second = write(world.amy, room, "first"), write(world.amy, room, "second")
    for wait in (0, 500, 1000):
        assert vendor.sent() == []
        with later(wait):
            dispatch_due()
    news_from(vendor)
    assert [sent.text for sent in vendor.sent()] == ["first", "second"]
    assert states_of(first, second) == [MessageState.DELIVERED, MessageState.DELIVERED]
    assert attempts_of(first) == [AttemptOutcome.REFUSED, AttemptOutcome.REFUSED, AttemptOutcome.ACCEPTED]
    assert reload(first).failure_text == ""


@committed
def test_a_refused_message_is_not_tried_again_before_its_time(world: World, vendor: SimulatorClient) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(fail={"http_status": 429, "code": 130429, "retry_after": 30, "remaining": 1})
    message = write(world.amy, room)
    for wait in (0, 1, 29):
        with later(wait):
            dispatch_due()
    assert vendor.sent() == []
    assert attempts_of(message) == [AttemptOutcome.REFUSED]
    with later(45):
        dispatch_due()
    assert len(vendor.sent()) == 1


@committed
def test_what_the_vendor_refuses_for_good_fails_with_the_reason_in_words(
    world: World, vendor: SimulatorClient, client_of: Callable[..., Client]
) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(fail={"http_status": 400, "code": 131051, "match_text": "bad"})
    bad, good = write(world.amy, room, "bad"), write(world.amy, room, "good")
    dispatch_due()
    news_from(vendor)
    assert states_of(bad, good) == [MessageState.FAILED, MessageState.DELIVERED]
    assert reload(bad).failure_code == "131051"
    browser = client_of(world.amy)
    assert "WhatsApp does not support this type of message." in page_of(browser, room)
    assert attempts_of(bad) == [AttemptOutcome.REFUSED]
    with later(5000):
        assert dispatch_due() == 0

    vendor.faults()
    assert press(browser, "message_retry", bad) == 303
    dispatch_due()
    news_from(vendor)
    assert states_of(bad) == [MessageState.DELIVERED]
    assert attempts_of(bad) == [AttemptOutcome.REFUSED, AttemptOutcome.ACCEPTED]
    assert "does not support" not in page_of(browser, room)


@committed
def test_a_message_that_fails_after_it_was_sent_shows_the_reason_and_can_be_sent_again(
    world: World, vendor: SimulatorClient, client_of: Callable[..., Client]
) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.put_person("85290000001", on_whatsapp=False)
    message = write(world.amy, room)
    dispatch_due()
    assert states_of(message) == [MessageState.SENT]
    news_from(vendor)
    assert states_of(message) == [MessageState.FAILED]
    browser = client_of(world.amy)
    page = page_of(browser, room)
    assert "This person cannot receive it on WhatsApp." in page
    assert "Send again" in page
    (first,) = vendor.sent()

    vendor.put_person("85290000001", on_whatsapp=True)
    vendor.faults(no_statuses=True)
    old = status(first.wamid, "failed", correlation=first.biz_opaque_callback_data, error=131026)
    assert press(browser, "message_retry", message) == 303
    receive(world.app, webhook(world.shop, statuses=[old]))  # the vendor tells the old story once more
    assert states_of(message) == [MessageState.QUEUED]
    dispatch_due()
    receive(world.app, webhook(world.shop, statuses=[old, old]))
    assert states_of(message) == [MessageState.SENT]
    second = vendor.sent()[1]
    assert reload(message).external_id == second.wamid
    receive(world.app, webhook(world.shop, statuses=[status(second.wamid, "delivered")]))
    assert states_of(message) == [MessageState.DELIVERED]


@committed
def test_two_agents_who_press_send_again_at_once_send_once(world: World, vendor: SimulatorClient) -> None:
    room = customer_writes(vendor, world.shop)
    vendor.faults(fail={"http_status": 400, "code": 131009, "remaining": 1})
    message = write(world.amy, room)
    dispatch_due()

    def retry(member: object) -> Message:
        with scope(world.lotus.pk):
            return actions.retry_message(actor=member, message=message)

    outcomes = at_once(partial(retry, world.amy), partial(retry, world.ben), expecting=UnableToSend)
    assert sorted(isinstance(outcome, UnableToSend) for outcome in outcomes) == [False, True]
    dispatch_due()
    assert len(vendor.sent()) == 1


@committed
def test_an_expired_token_stops_its_number_until_an_admin_renews_it_and_nothing_is_lost(
    world: World, vendor: SimulatorClient, web: WebProcess, client_of: Callable[..., Client]
) -> None:
    rooms = [customer_writes(vendor, world.shop, phone=f"8529000000{number}") for number in (1, 2)]
    unharmed = customer_writes(vendor, world.events)
    vendor.faults(numbers={world.shop.account_id: {"expired_token": True}})
    waiting = [write(world.amy, room, str(room.pk)) for room in rooms]
    fine = write(world.amy, unharmed)
    dispatch_due()
    assert states_of(*waiting, fine) == [MessageState.QUEUED, MessageState.QUEUED, MessageState.SENT]
    shop = reload(world.shop)
    assert shop.state == ConnectionState.NEEDS_ATTENTION
    browser = client_of(world.amy)
    assert "The WhatsApp connection has expired" in page_of(browser, rooms[0])
    more = write(world.amy, rooms[0], "more")
    with later(5000):
        assert dispatch_due() == 0

    customer_writes(vendor, world.shop, text="Are you still there?")
    assert "Are you still there?" in page_of(browser, rooms[0])

    vendor.faults()
    world.shop.credentials["access_token"] = "a-new-token"
    put_on_the_phone_network(vendor, world, webhook_url=web.webhook_url(world.app))
    with scope(world.lotus.pk):
        renew_credentials(actor=world.olivia, connection=shop, credentials={"access_token": "a-new-token"})
        assert AuditEntry.objects.filter(verb="connection.needs_attention").count() == 1
    dispatch_due()
    news_from(vendor)
    assert states_of(*waiting, more) == [MessageState.DELIVERED] * 3
    assert sorted(sent.text for sent in vendor.sent(world.shop.account_id)) == sorted(
        [str(rooms[0].pk), str(rooms[1].pk), "more"]
    )
    assert "has expired" not in page_of(browser, rooms[0])


@committed
def test_a_vendor_that_cannot_be_reached_is_tried_again_and_an_hour_later_the_agent_is_told(
    world: World, vendor: SimulatorClient, settings
) -> None:
    room, other = customer_writes(vendor, world.shop), customer_writes(vendor, world.events)
    there, settings.VENDOR_API_URL = settings.VENDOR_API_URL, f"http://127.0.0.1:{free_port()}"
    message, hopeless = write(world.amy, room), write(world.amy, other)
    dispatch_due()
    assert states_of(message) == [MessageState.QUEUED]
    assert attempts_of(message) == [AttemptOutcome.NOT_SENT]
    assert dispatch_due() == 0  # not at once

    with scope(world.lotus.pk):
        set_paused(actor=world.olivia, connection=world.shop, paused=True)
    for attempt in range(1, 30):
        with later(500 * attempt):
            dispatch_due()
    assert states_of(hopeless) == [MessageState.FAILED]
    assert reload(hopeless).failure_text == "The channel could not be reached. Try again later."
    assert len(attempts_of(hopeless)) == 20

    settings.VENDOR_API_URL = there
    with scope(world.lotus.pk):
        set_paused(actor=world.olivia, connection=world.shop, paused=False)
    with later(10):
        dispatch_due()
    news_from(vendor)
    assert states_of(message) == [MessageState.DELIVERED]
    assert len(vendor.sent()) == 1


def test_a_paused_number_keeps_its_messages_until_it_resumes(world: World, settings) -> None:
    settings.VENDOR_API_URL = f"http://127.0.0.1:{free_port()}"
    room = room_with(world)
    with scope(world.lotus.pk):
        set_paused(actor=world.olivia, connection=world.shop, paused=True)
    message = write(world.amy, room)
    assert dispatch_due() == 0
    assert attempts_of(message) == []
    with scope(world.lotus.pk):
        set_paused(actor=world.olivia, connection=world.shop, paused=False)
    assert dispatch_due() == 1


# --- order and pace --------------------------------------------------------------------------------------------------


@committed
def test_a_rooms_messages_leave_in_order_however_slow_some_are_and_however_many_dispatchers_there_are(
    world: World, vendor: SimulatorClient
) -> None:
    room, other = customer_writes(vendor, world.shop), customer_writes(vendor, world.shop, phone="85290000002")
    vendor.faults(delay={"seconds": 0.3, "match_text": "slow"})
    for number in range(6):
        write(world.amy, room, f"{number} slow" if number in (0, 3) else f"{number}")
        write(world.ben, other, f"{number}")

    def dispatch() -> None:
        until(lambda: dispatch_due() == 0 and outbox_size() == 0)

    at_once(dispatch, dispatch, dispatch)
    sent = {phone: [m.text for m in vendor.sent() if m.to == phone] for phone in ("85290000001", "85290000002")}
    assert sent["85290000001"] == ["0 slow", "1", "2", "3 slow", "4", "5"]
    assert sent["85290000002"] == ["0", "1", "2", "3", "4", "5"]


@committed
def test_a_slow_answer_holds_up_nobody_who_writes_meanwhile(world: World, vendor: SimulatorClient) -> None:
    room, other = customer_writes(vendor, world.shop), customer_writes(vendor, world.shop, phone="85290000002")
    vendor.faults(delay={"seconds": 6, "match_text": "slow"})
    slow = write(world.amy, room, "slow")
    with dispatching():
        until(lambda: vendor.sent())
        quick = write(world.amy, other, "quick")  # nobody else looks after the outbox
        until(lambda: states_of(quick) == [MessageState.SENT], within=5)
        assert states_of(slow) == [MessageState.SENDING]
    assert states_of(slow) == [MessageState.SENT]


@committed
def test_a_room_that_waits_holds_up_nobody_else(world: World, vendor: SimulatorClient) -> None:
    stuck, free = customer_writes(vendor, world.shop), customer_writes(vendor, world.shop, phone="85290000002")
    vendor.faults(fail={"http_status": 500, "code": 131000, "match_text": "stuck"})
    waiting = [write(world.amy, stuck, text) for text in ("stuck", "behind it")]
    going = [write(world.amy, free, str(number)) for number in range(3)]
    dispatch_due()
    assert states_of(*waiting) == [MessageState.QUEUED, MessageState.QUEUED]
    assert states_of(*going) == [MessageState.SENT] * 3


@committed
def test_a_busy_number_waits_for_its_limit_and_nothing_fails(world: World, vendor: SimulatorClient) -> None:
    vendor.faults(no_statuses=True)
    vendor.settings(number_limit=0)
    receive(world.app, webhook(world.shop, messages=[text_message(phone=f"852900{n:05}") for n in range(100)]))
    busy = [write(world.amy, room, "News") for room in rooms_of(world.shop)]
    started = time.monotonic()

    def all_sent() -> bool:
        dispatch_due()
        return outbox_size() == 0

    until(all_sent, within=30, every=0.1)
    assert time.monotonic() - started > 0.9  # 80 at once, the others when a second has passed
    assert states_of(*busy) == [MessageState.SENT] * 100
    assert len({sent.to for sent in vendor.sent()}) == 100
    with platform_scope("test"):
        assert set(DeliveryAttempt.objects.values_list("outcome", "number")) == {(AttemptOutcome.ACCEPTED, 1)}


def test_a_busy_number_does_not_hold_up_another_business(world: World, settings) -> None:
    settings.VENDOR_API_URL = f"http://127.0.0.1:{free_port()}"  # what is tried is over at once
    receive(world.app, webhook(world.shop, messages=[text_message(phone=f"852900{n:05}") for n in range(201)]))
    for room in rooms_of(world.shop):
        write(world.amy, room, "News")
    neighbour = write(world.sam, room_with(world, connection=world.oven), "Fresh bread")
    dispatch_due()
    assert attempts_of(neighbour)


@committed
def test_many_messages_to_one_person_wait_for_the_limit_of_the_pair(world: World, vendor: SimulatorClient) -> None:
    vendor.faults(no_statuses=True)
    room, other = customer_writes(vendor, world.shop), customer_writes(vendor, world.shop, phone="85290000002")
    flood = [write(world.amy, room, str(number)) for number in range(47)]
    single = write(world.amy, other)
    dispatch_due()
    assert states_of(*flood) == [MessageState.SENT] * 45 + [MessageState.QUEUED] * 2
    assert states_of(single) == [MessageState.SENT]
    assert attempts_of(flood[45]) == []
    vendor.settings(pair_limit=0)
    with later(280):
        dispatch_due()
    assert [sent.text for sent in vendor.sent() if sent.to == "85290000001"] == [str(number) for number in range(47)]


# --- a Redis that is down --------------------------------------------------------------------------------------------


@committed
def test_an_agent_can_read_and_write_while_redis_is_down_without_waiting_for_it(
    world: World, client_of: Callable[..., Client]
) -> None:
    room = room_with(world, "Hello?")
    session = client_of(world.amy).cookies["sessionid"].value
    with (
        WebProcess(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0") as web,
        httpx.Client(base_url=web.url, trust_env=False, timeout=20, cookies={"sessionid": session}) as browser,
    ):
        page = browser.get(reverse("chatrooms:room", args=[world.lotus.slug, room.pk]))
        assert "Hello?" in page.text
        token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        started = time.monotonic()
        address = reverse("chatrooms:messages", args=[world.lotus.slug, room.pk])
        assert browser.post(address, data=token | {"text": "Here I am"}).status_code == 303
        assert time.monotonic() - started < 4
    assert sorted(message.text for message in messages_of(room)) == ["Hello?", "Here I am"]
    assert outbox_size() == 1


@committed
def test_accounts_take_turns_however_much_is_due_for_one(world: World, vendor: SimulatorClient) -> None:
    for number in range(3):
        vendor.put_person(f"8529000010{number}")
        write(world.amy, customer_writes(vendor, world.shop, phone=f"8529000010{number}"))
    alone = write(world.amy, customer_writes(vendor, world.events))
    throttle, served = Throttle(), set[int]()
    turns = [_claim(throttle, 2, served) for _ in range(4)]
    assert [[s.connection.pk for s in turn or ()] for turn in turns] == [
        [world.shop.pk] * 2,
        [world.events.pk],
        [world.shop.pk],
        [],
    ]
    assert turns[1] is not None
    assert [sending.message.pk for sending in turns[1]] == [alone.pk]
