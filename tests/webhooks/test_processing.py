"""From stored webhooks to what agents see: routing, duplicates, poison, order, people, and strange content."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as database
from django.urls import reverse

from channels_adapters.types import IdentityKind
from inbox.chatrooms import actions, lists
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Chatroom, Direction, MessageState
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection, VendorApp
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.webhooks.actions import process_pending, replay
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import at_once
from tests.world import (
    World,
    messages_of,
    receive,
    reload,
    room_with,
    rooms_of,
    status,
    store,
    text_message,
    together,
    webhook,
    write,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def texts_of(room: Chatroom) -> list[str]:
    """What the room says, without the lines that only agents see."""
    return [message.text for message in messages_of(room) if message.direction != Direction.SYSTEM]


def last_text_of(room: Chatroom) -> str:
    with scope(room.workspace_id):
        return Chatroom.objects.select_related("last_message").get(pk=room.pk).last_message.text


def events_of(room: Chatroom) -> list[str]:
    return [message.details["event"] for message in messages_of(room) if message.direction == Direction.SYSTEM]


def identities_of(room: Chatroom) -> set[tuple[str, str]]:
    with scope(room.workspace_id):
        return set(room.customer.identities.values_list("kind", "value"))


def unread_of(member: Membership) -> list[int]:
    """The badges of the member's list, top row first."""
    with scope(member.workspace_id):
        rooms = lists.page_of(member, RoomFilter(), lists.facts_of(member))
    return [room.inbound_count - room.seen_count for room in rooms]


# --- routing ---------------------------------------------------------------------------------------------------------


def test_one_body_may_hold_many_entries_changes_messages_and_statuses(world: World) -> None:
    room = room_with(world, "Hello")
    answers = [write(world.amy, room, text) for text in ("One", "Two")]
    with scope(world.lotus.pk):
        for number, answer in enumerate(answers):
            answer.external_id = f"wamid.out{number}"
            answer.save()
    first = webhook(
        world.shop,
        messages=[text_message("A"), text_message("B", phone="85290000002", name="Ho Siu Ming")],
        statuses=[status("wamid.out0", "delivered")],
    )
    second = webhook(world.shop, statuses=[status("wamid.out1", "read")])
    second["entry"][0]["changes"] += webhook(world.shop, messages=[text_message("C")])["entry"][0]["changes"]
    receive(world.app, together(first, second))

    mine, theirs = rooms_of(world.shop)
    assert sorted(texts_of(mine)) == ["A", "C", "Hello", "One", "Two"]
    assert texts_of(theirs) == ["B"]
    assert str(theirs.customer) == "Ho Siu Ming"
    assert [reload(answer).state for answer in answers] == [MessageState.DELIVERED, MessageState.READ]


def test_a_customer_has_one_room_with_each_number_and_is_one_person(world: World) -> None:
    receive(
        world.app,
        together(
            webhook(world.shop, messages=[text_message("Roses?")]),
            webhook(world.events, messages=[text_message("A wedding")]),
        ),
    )
    (shop,), (events,) = rooms_of(world.shop), rooms_of(world.events)
    assert (texts_of(shop), texts_of(events)) == (["Roses?"], ["A wedding"])
    assert shop.customer == events.customer


def test_two_workspaces_behind_one_address_each_get_their_own_and_nothing_else(world: World) -> None:
    receive(
        world.app,
        together(
            webhook(world.oven, messages=[text_message("Bread?")]),
            webhook(world.shop, messages=[text_message("Roses?")]),
        ),
    )
    (bread,), (roses,) = rooms_of(world.oven), rooms_of(world.shop)
    assert (texts_of(bread), texts_of(roses)) == (["Bread?"], ["Roses?"])
    assert bread.customer_id != roses.customer_id
    with scope(world.bakery.pk):
        assert list(Chatroom.objects.values_list("pk", flat=True)) == [bread.pk]
        assert Customer.objects.count() == 1


def test_a_number_that_nobody_connected_waits_for_its_connection_and_delays_nobody(world: World) -> None:
    stray = Connection(app=world.app, account_id="100000000000009", address="+85221110009")
    event = store(
        world.app,
        together(
            webhook(world.shop, messages=[text_message("Known")]),
            webhook(stray, messages=[text_message("Stray")]),
            webhook(world.oven, messages=[text_message("Also known")]),
        ),
    )
    process_pending()
    assert reload(event).state == EventState.UNROUTED
    assert reload(event).error == "no connection for account 100000000000009"
    assert texts_of(rooms_of(world.shop)[0]) == ["Known"]
    assert texts_of(rooms_of(world.oven)[0]) == ["Also known"]

    connected = connect_account(
        actor=None,
        workspace=world.bakery,
        app=world.app,
        name="New",
        account_id=stray.account_id,
        address=stray.address,
        credentials={"phone_number_id": stray.account_id, "waba_id": "200000000000001", "access_token": "t"},
    )
    assert replay(event_ids=[event.pk]) == 1
    process_pending()
    assert reload(event).state == EventState.DONE
    assert texts_of(rooms_of(connected)[0]) == ["Stray"]
    assert texts_of(rooms_of(world.shop)[0]) == ["Known"]
    assert unread_of(world.amy) == [1]


# --- duplicates ------------------------------------------------------------------------------------------------------


def test_a_message_that_comes_in_several_bodies_or_twice_in_one_is_one_message(world: World) -> None:
    twin = text_message("Hello", wamid="wamid.twin")
    single = webhook(world.shop, messages=[twin])
    receive(world.app, single, webhook(world.shop, messages=[twin, text_message("More"), twin]))
    receive(world.app, together(single, webhook(world.shop, messages=[twin])))
    (room,) = rooms_of(world.shop)
    assert sorted(texts_of(room)) == ["Hello", "More"]
    assert unread_of(world.amy) == [2]


def test_a_message_id_is_only_unique_to_its_number(world: World) -> None:
    for connection in (world.shop, world.oven):
        receive(world.app, webhook(connection, messages=[text_message("Hello", wamid="wamid.same")]))
    assert texts_of(rooms_of(world.shop)[0]) == texts_of(rooms_of(world.oven)[0]) == ["Hello"]


def test_replaying_what_was_processed_changes_nothing_that_agents_see(world: World) -> None:
    room = room_with(world, "Hello", "Anybody there?")
    before = reload(room)
    with platform_scope("test"):
        ids = list(WebhookEvent.objects.values_list("pk", flat=True))
    assert replay(event_ids=ids) == 2
    process_pending()
    after = reload(room)
    assert texts_of(room) == ["Hello", "Anybody there?"]
    assert (after.inbound_count, after.last_message_id) == (before.inbound_count, before.last_message_id)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_meet_the_same_new_customers_and_messages_store_each_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bodies = []
    for number in range(100):
        message = text_message(
            str(number), phone=f"852900{number % 20:05}", wamid=f"wamid.{number}", at=seconds(NOON) + number
        )
        bodies.append(json.dumps(webhook((world.shop, world.events)[number % 2], messages=[message])).encode())
    # The numbers have just been busy, so that noting that does not queue the workers up.
    for connection in (world.shop, world.events):
        room_with(world, "-1", connection=connection, phone="85299999999")
    # A worker takes a hundred at a time: the second gets what the first is just storing, in other bodies.
    for body in (*bodies, *[body + b" " for body in reversed(bodies)]):
        store(world.app, body)
    at_once(process_pending, process_pending)

    assert "failed" not in caplog.text  # neither of them tripped over the other
    with platform_scope("test"):
        assert set(WebhookEvent.objects.values_list("state", "attempts")) == {(EventState.DONE, 0)}
    rooms = [*rooms_of(world.shop), *rooms_of(world.events)]
    said = {room.pk: [int(text) for text in texts_of(room)] for room in rooms}
    new = [room for room in rooms if said[room.pk] != [-1]]
    assert len({room.customer_id for room in new}) == len(new) == 20
    assert sorted(itertools.chain(*[said[room.pk] for room in new])) == list(range(100))
    assert all(texts == sorted(texts) for texts in said.values())
    assert [room.inbound_count for room in new] == [5] * 20


# --- poison ----------------------------------------------------------------------------------------------------------


@contextmanager
def a_database_that_refuses(text: str) -> Iterator[None]:
    with database.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE chatrooms_message ADD CONSTRAINT refused CHECK (text <> '{text}')")
        yield
        cursor.execute("ALTER TABLE chatrooms_message DROP CONSTRAINT refused")


def test_an_event_that_the_database_refuses_is_parked_alone_and_can_be_replayed(world: World) -> None:
    texts = ["before", "poison", "after"]
    events = [store(world.app, webhook(world.shop, messages=[text_message(text)])) for text in texts]
    other = store(world.app, webhook(world.oven, messages=[text_message("bread")]))
    with a_database_that_refuses("poison"):
        process_pending()
        (room,) = rooms_of(world.shop)
        assert sorted(texts_of(room)) == ["after", "before"]
        assert texts_of(rooms_of(world.oven)[0]) == ["bread"]
        assert [reload(event).state for event in (*events, other)] == ["done", "parked", "done", "done"]
        parked = reload(events[1])
        assert (parked.attempts, parked.error[:14]) == (5, "IntegrityError")
        assert 'violates check constraint "refused"' in parked.error
        replay(event_ids=[parked.pk])
        process_pending()
        assert reload(parked).state == EventState.PARKED

    replay(event_ids=[parked.pk])
    process_pending()
    mended = reload(parked)
    assert (mended.state, mended.error, mended.attempts) == (EventState.DONE, "", 0)
    assert sorted(texts_of(room)) == ["after", "before", "poison"]
    assert unread_of(world.amy) == [3]


def test_an_event_that_the_code_cannot_process_is_parked_at_once_with_the_reason(world: World, client_of) -> None:
    # As after a downgrade: the database knows a channel that this version has no adapter for.
    pigeons = register_app(channel="pigeon", name="Pigeons", credentials={"app_secret": "coo"})  # type: ignore[arg-type]
    with scope(world.bakery.pk):
        Connection.objects.filter(pk=world.oven.pk).update(app=pigeons)
    spoilt = store(pigeons, webhook(world.oven, messages=[text_message("bread")]))
    good = store(world.app, webhook(world.shop, messages=[text_message("roses")]))
    process_pending()
    assert texts_of(rooms_of(world.shop)[0]) == ["roses"]
    assert reload(good).state == EventState.DONE
    assert reload(spoilt).state == EventState.PARKED
    assert "pigeon" in reload(spoilt).error

    VendorApp.objects.filter(pk=pigeons.pk).update(channel=Channel.WHATSAPP)
    # The platform's staff presses the button.
    world.olivia.user.is_staff = world.olivia.user.is_superuser = True
    world.olivia.user.save()
    browser = client_of(world.olivia)
    page = reverse("admin:webhooks_webhookevent_changelist")
    assert "pigeon" in browser.get(page).content.decode()
    answer = browser.post(page, {"action": "replay", "_selected_action": [spoilt.pk]}, follow=True)
    assert "1 webhook waits to be processed again." in answer.content.decode()
    process_pending()
    assert reload(spoilt).state == EventState.DONE
    assert texts_of(rooms_of(world.oven)[0]) == ["bread"]


# --- order and time --------------------------------------------------------------------------------------------------


def test_a_room_is_in_the_order_of_the_vendors_clock_and_a_late_message_is_not_its_last(world: World) -> None:
    for text, minute in (("second", 2), ("third", 3), ("first", 1)):
        at = seconds(NOON) + 60 * minute
        receive(world.app, webhook(world.shop, messages=[text_message(text, at=at)]))
    (room,) = rooms_of(world.shop)
    assert texts_of(room) == ["first", "second", "third"]
    assert last_text_of(room) == "third"
    assert room.last_message_at == room.last_inbound_at == NOON + timedelta(minutes=3)
    assert room.inbound_count == 3


def test_what_was_written_in_one_second_stays_in_the_order_of_arrival(world: World) -> None:
    texts = [str(number) for number in range(12)]
    at = seconds(NOON)
    receive(world.app, webhook(world.shop, messages=[text_message(text, at=at) for text in texts[:6]]))
    receive(world.app, *[webhook(world.shop, messages=[text_message(text, at=at)]) for text in texts[6:]])
    (room,) = rooms_of(world.shop)
    assert texts_of(room) == texts
    assert last_text_of(room) == "11"


def test_a_closed_room_opens_again_when_its_customer_writes_and_says_so(world: World) -> None:
    room = room_with(world, "Hello")
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.amy, chatroom=room)
    assert unread_of(world.amy) == []
    # The first was on its way while the room was closed.
    early = text_message("One more thing", at=seconds(clock.now()) - 60)
    receive(world.app, webhook(world.shop, messages=[early, text_message("Or two")]))
    assert reload(room).status == "open"
    assert events_of(room) == ["closed", "reopened_by_customer"]
    assert unread_of(world.amy) == [3]


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", 0, -5, "1e400", {"seconds": 1}, True, 2**70])
def test_a_message_without_a_usable_time_has_the_time_of_its_arrival(world: World, timestamp: object) -> None:
    message = text_message("When?")
    message["timestamp"] = timestamp
    if timestamp is None:
        del message["timestamp"]
    before = clock.now()
    receive(world.app, webhook(world.shop, messages=[message]))
    (room,) = rooms_of(world.shop)
    (stored,) = messages_of(room)
    assert before <= stored.sent_at <= clock.now()
    assert room.last_message_at == stored.sent_at


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=4000)])
def test_a_time_in_the_future_does_not_pin_a_message_to_the_end(world: World, ahead: timedelta) -> None:
    receive(world.app, webhook(world.shop, messages=[text_message("Future", at=seconds(clock.now() + ahead))]))
    receive(world.app, webhook(world.shop, messages=[text_message("Now", at=seconds(clock.now()) + 1)]))
    (room,) = rooms_of(world.shop)
    assert texts_of(room) == ["Future", "Now"]
    assert room.last_message_at < clock.now() + timedelta(minutes=1)


# --- people ----------------------------------------------------------------------------------------------------------


def by(*, phone: str = "", bsuid: str = "", text: str = "Hello") -> dict[str, object]:
    """A message from whoever has this phone number and this user id."""
    message = text_message(text, phone=phone)
    contact: dict[str, object] = {"profile": {"name": "Mei"}}
    if not phone:
        del message["from"]
    else:
        contact["wa_id"] = phone
    if bsuid:
        message["from_user_id"] = contact["user_id"] = bsuid
    return message | {"_contact": contact}


def test_a_customer_may_have_no_phone_number(world: World) -> None:
    receive(world.app, webhook(world.shop, messages=[by(bsuid="HK.1234567890")]))
    (room,) = rooms_of(world.shop)
    assert str(room.customer) == "Mei"
    assert identities_of(room) == {(IdentityKind.BSUID, "HK.1234567890")}


PHONE, BSUID = {"phone": "85290000001"}, {"bsuid": "HK.1234567890"}


@pytest.mark.parametrize(
    "sightings",
    [
        [PHONE | BSUID, PHONE, BSUID],
        [PHONE, PHONE | BSUID, BSUID],
        [BSUID, PHONE | BSUID, PHONE],
    ],
    ids=["both first", "phone first", "user id first"],
)
@pytest.mark.parametrize("in_one_body", [True, False])
def test_a_phone_number_and_a_user_id_that_came_together_are_one_customer_from_then_on(
    world: World, sightings: list[dict[str, str]], in_one_body: bool
) -> None:
    messages = [by(**who) for who in sightings]
    if in_one_body:
        receive(world.app, webhook(world.shop, messages=messages))
    else:
        receive(world.app, *[webhook(world.shop, messages=[message]) for message in messages])
    (room,) = rooms_of(world.shop)
    assert len(texts_of(room)) == 3
    assert identities_of(room) == {(IdentityKind.PHONE, "85290000001"), (IdentityKind.BSUID, "HK.1234567890")}
    with scope(world.lotus.pk):
        assert Customer.objects.count() == 1


def test_a_username_that_passes_to_somebody_else_does_not_make_them_the_same_customer(world: World) -> None:
    for phone in ("85290000001", "85290000002"):
        message = text_message("Hello", phone=phone)
        message["_contact"]["profile"]["username"] = "@mei"
        receive(world.app, webhook(world.shop, messages=[message]))
    assert len({room.customer_id for room in rooms_of(world.shop)}) == 2


# --- content ---------------------------------------------------------------------------------------------------------

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("nul\0l", "null"),
        ("\0", ""),
        ("مرحبا \u202eabc\u202c שלום", "مرحبا \u202eabc\u202c שלום"),
        ("zero\u200bwidth\ufeff", "zero\u200bwidth\ufeff"),
        (f"{FAMILY} 🇭🇰 e\u0301", f"{FAMILY} 🇭🇰 e\u0301"),
        ("\ud83d", "\ufffd"),
        ("  two\nlines\r\n\ttab  ", "  two\nlines\r\n\ttab  "),
        ("<script>alert(1)</script> {{ 7|add:7 }}", "<script>alert(1)</script> {{ 7|add:7 }}"),
        ("龍" * 4096, "龍" * 4096),
    ],
    ids=["NUL", "only NUL", "right to left", "zero width", "emoji", "half an emoji", "white space", "markup", "4096"],
)
def test_whatever_a_customer_writes_is_stored_and_can_be_shown(world: World, client_of, said: str, shown: str) -> None:
    room = room_with(world, "plain", said)
    assert texts_of(room) == ["plain", shown]
    page = client_of(world.amy).get(reverse("chatrooms:room", args=[world.lotus.slug, room.pk]))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_a_very_long_name_is_cut_and_very_long_ids_are_kept_or_replaced(world: World) -> None:
    longest = "wamid." + "x" * 249
    receive(
        world.app,
        webhook(world.shop, messages=[text_message("long id", wamid=longest, name="龍" * 5000)]),
        webhook(world.shop, messages=[text_message("too long an id", wamid=longest + "x")]),
        webhook(world.shop, messages=[by(bsuid="HK." + "9" * 252, text="long user id")]),
        webhook(world.shop, messages=[by(bsuid="HK." + "9" * 253, text="too long a user id")]),
    )
    rooms = rooms_of(world.shop)
    assert [texts_of(room) for room in rooms] == [["long id", "too long an id"], ["long user id"]]
    assert str(rooms[0].customer) == "龍" * 200
    assert messages_of(rooms[0])[0].external_id == longest
    with platform_scope("test"):
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}


def test_messages_of_groups_are_left_aside(world: World) -> None:
    in_group = text_message("To all") | {"group_id": "Y2FwaV9ncm91cDox"}
    receive(world.app, webhook(world.shop, messages=[in_group, text_message("To you")]))
    (room,) = rooms_of(world.shop)
    assert texts_of(room) == ["To you"]
    assert unread_of(world.amy) == [1]


def test_what_the_business_writes_in_its_phone_app_is_shown_as_ours_and_counts_as_nobodys_unread(
    world: World, client_of
) -> None:
    room = room_with(world, "Hello", at=seconds(NOON))
    echo = {
        "from": world.shop.address.lstrip("+"),
        "to": "85290000001",
        "id": "wamid.echo",
        "timestamp": str(seconds(NOON) + 60),
        "type": "text",
        "text": {"body": "From my phone"},
    }
    body = webhook(world.shop)
    change = body["entry"][0]["changes"][0]
    change["field"], change["value"]["message_echoes"] = "smb_message_echoes", [echo]
    receive(world.app, body, webhook(world.shop, statuses=[status("wamid.echo", "read")]))

    inbound, ours = messages_of(room)
    assert (ours.direction, ours.text, ours.state) == (Direction.OUTBOUND, "From my phone", MessageState.READ)
    assert reload(room).last_message_id == ours.pk
    assert reload(room).last_inbound_at == inbound.sent_at
    assert unread_of(world.amy) == [1]
    page = client_of(world.amy).get(reverse("chatrooms:room", args=[world.lotus.slug, room.pk])).content.decode()
    assert 'data-author="WhatsApp Business app"' in page


# --- unread ----------------------------------------------------------------------------------------------------------


def test_each_member_has_unread_counts_of_their_own(world: World, client_of) -> None:
    room = room_with(world, "One", "Two", "Three")
    assert (unread_of(world.amy), unread_of(world.ben), unread_of(world.sam)) == ([3], [3], [])
    reading = reverse("chatrooms:reading", args=[world.lotus.slug, room.pk])
    browser = client_of(world.amy)
    browser.post(reading, {"seen": "2"})
    assert (unread_of(world.amy), unread_of(world.ben)) == ([1], [3])
    browser.post(reading, {"seen": "1"})  # an old tab
    browser.post(reading, {"seen": "999999999999"})
    assert (unread_of(world.amy), unread_of(world.ben)) == ([0], [3])
    receive(world.app, webhook(world.shop, messages=[text_message("Four")]))
    assert (unread_of(world.amy), unread_of(world.ben)) == ([1], [4])
    write(world.ben, room, "I am on it")  # whoever answers has read it
    assert (unread_of(world.amy), unread_of(world.ben)) == ([1], [0])
    assert client_of(world.sam).post(reading, {"seen": "1"}).status_code == 404


def test_an_answer_within_the_same_second_stands_below_what_it_answers(world: World) -> None:
    """The vendor's times are whole seconds: with the rest cut off, the answer would come first."""
    with time_machine.travel(NOON, tick=False) as traveller:
        room = room_with(world, "Which?", at=seconds(NOON))
        traveller.shift(timedelta(milliseconds=300))
        write(world.amy, room, "The red ones?")
        traveller.shift(timedelta(milliseconds=400))
        receive(world.app, webhook(world.shop, messages=[text_message("Yes", at=seconds(NOON))]))
    assert [message.text for message in messages_of(room)] == ["Which?", "The red ones?", "Yes"]
