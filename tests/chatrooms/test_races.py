"""What happens when two things happen at once: the interleavings that once went wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from inbox.chatrooms import access, actions
from inbox.chatrooms.catch_up import changes_since, current_seq
from inbox.chatrooms.models import Chatroom, Message, MessageState, OutboxEntry, ParkedStatus
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import Customer
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import in_thread, until, who_waits_for_us
from tests.world import World, messages_of, receive, reload, room_with, status, store, text_message, webhook, write


@pytest.mark.django_db(transaction=True)
def test_a_late_old_message_never_replaces_the_answer_that_was_written_meanwhile(world: World) -> None:
    room = room_with(world, "Hello")
    hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp())
    store(world.app, webhook(world.shop, messages=[text_message("Written before", at=hour_ago)]))
    with scope(world.lotus.pk):
        answer = write(world.amy, room, "Good morning")
        worker = in_thread(process_pending)  # it waits for the room's lock
        until(who_waits_for_us)
    worker.join(20)
    assert reload(room).last_message_id == answer.pk
    assert [message.text for message in messages_of(room)] == ["Written before", "Hello", "Good morning"]


def test_an_answer_stands_below_a_question_from_a_clock_that_is_ahead(world: World) -> None:
    soon = int((datetime.now(UTC) + timedelta(minutes=3)).timestamp())
    receive(world.app, webhook(world.shop, messages=[text_message("Question", at=soon)]))
    with scope(world.lotus.pk):
        room = Chatroom.objects.select_related("connection").get(connection=world.shop)
    answer = write(world.amy, room, "Answer")
    assert [message.text for message in messages_of(room)] == ["Question", "Answer"]
    assert reload(room).last_message_id == answer.pk


def test_a_late_failure_of_the_first_attempt_says_nothing_about_the_second(world: World) -> None:
    room = room_with(world)
    message = write(world.amy, room, "Hello")
    with scope(world.lotus.pk):
        # Attempt 1 got no answer; the agent sent again, and attempt 2 is under way.
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING, attempt_count=2, external_id=None)
    late = status("wamid.first", "failed", correlation=f"{message.client_id}:1", error=131026)
    receive(world.app, webhook(world.shop, statuses=[late]))
    assert (reload(message).state, reload(message).external_id) == (MessageState.SENDING, None)
    proof = status("wamid.first", "delivered", correlation=f"{message.client_id}:1")
    receive(world.app, webhook(world.shop, statuses=[proof]))
    assert reload(message).state == MessageState.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_an_answer_to_an_attempt_that_was_replaced_changes_nothing_and_blocks_nothing(
    world: World, vendor: SimulatorClient
) -> None:
    room = room_with(world)
    vendor.inbound(world.shop.account_id, "85290000001", "Hello")
    message = write(world.amy, room, "First")
    vendor.faults(delay={"seconds": 1.5, "remaining": 1}, no_statuses=True)
    sender = in_thread(actions.dispatch_due)
    until(lambda: vendor.sent())
    # While the vendor holds its answer, a report fails the message and the agent sends it again.
    failed = status("wamid.x", "failed", correlation=f"{message.client_id}:1", error=131026)
    receive(world.app, webhook(world.shop, statuses=[failed]))
    with scope(world.lotus.pk):
        actions.retry_message(actor=world.amy, message=reload(message))
    second = write(world.amy, room, "Second")
    sender.join(20)
    actions.dispatch_due()
    assert (reload(message).state, reload(second).state) == (MessageState.SENT, MessageState.SENT)
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()
        assert [a.outcome for a in message.attempts.order_by("number")] == ["accepted", "accepted"]
    assert [sent.text for sent in vendor.sent()] == ["First", "First", "Second"]


def test_a_report_that_parked_too_late_is_applied_by_the_sweep_and_a_foreign_one_is_forgotten(world: World) -> None:
    room = room_with(world)
    message = write(world.amy, room, "Hello")
    receive(world.app, webhook(world.shop, statuses=[status("wamid.x", "read"), status("wamid.foreign", "read")]))
    with scope(world.lotus.pk):
        OutboxEntry.objects.filter(message=message).delete()
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, external_id="wamid.x")
        ParkedStatus.objects.update(created_at=clock.now() - timedelta(seconds=10))
    assert actions.settle_parked() == 1
    assert reload(message).state == MessageState.READ
    with scope(world.lotus.pk):
        assert list(ParkedStatus.objects.values_list("external_id", flat=True)) == ["wamid.foreign"]
        ParkedStatus.objects.update(created_at=clock.now() - timedelta(days=2))
    actions.settle_parked()
    with scope(world.lotus.pk):
        assert not ParkedStatus.objects.exists()


def test_a_catch_up_never_sends_an_old_state_under_a_new_number(world: World) -> None:
    room = room_with(world)
    with scope(world.lotus.pk):
        cursor = current_seq(world.lotus.pk)
        as_opened = access.get_chatroom(world.amy, room.pk)
        actions.assign_chatroom(actor=world.ben, chatroom=room, assignee=world.ben, expected_id=None)
        frames = changes_since(world.amy, cursor, as_opened)
    assert frames is not None
    assert f'data-assignee="{world.ben.pk}"' in frames
    assert 'data-assignee=""' not in frames


def test_credentials_that_no_key_decrypts_stop_their_own_connection_only(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    bread = write(world.sam, room_with(world, connection=world.oven, phone="85290000007"), "Bread is ready")
    roses = write(world.amy, room_with(world), "Roses are ready")
    keys = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *keys]
    with scope(world.bakery.pk):
        world.oven.save(update_fields=["credentials"])
    settings.CREDENTIAL_KEYS = keys  # as if somebody had lost the new key
    settings.VENDOR_API_URL = "http://127.0.0.1:9"  # nobody listens: what is tried is "not sent"
    actions.dispatch_due()
    with platform_scope("test"):
        oven = Connection.objects.defer("credentials").get(pk=world.oven.pk)
        assert oven.state == ConnectionState.NEEDS_ATTENTION
        assert OutboxEntry.objects.get(message=bread).refusals == 0
        assert OutboxEntry.objects.get(message=roses).refusals == 1  # it was tried


def test_two_names_of_one_person_that_arrive_together_make_one_customer(world: World) -> None:
    by_phone = text_message("By phone")
    by_id = text_message("By id") | {"from": "HK.1234567890", "_contact": {"user_id": "HK.1234567890"}}
    by_both = text_message("By both") | {
        "from_user_id": "HK.1234567890",
        "_contact": {"wa_id": "85290000001", "user_id": "HK.1234567890", "profile": {"name": "Chan Tai Man"}},
    }
    receive(world.app, webhook(world.shop, messages=[by_phone, by_id, by_both]))
    with scope(world.lotus.pk):
        assert Customer.objects.count() == 1
        assert Chatroom.objects.get().inbound_count == 3


def test_a_customer_who_came_without_a_name_gets_the_first_one_the_vendor_tells(world: World) -> None:
    nameless = text_message("Hello") | {"_contact": {"wa_id": "85290000001"}}
    receive(world.app, webhook(world.shop, messages=[nameless]))
    room = room_with(world, "It is me", name="Chan Tai Man")
    assert room.customer.name == "Chan Tai Man"
    assert room_with(world, "Still me", name="Another Name").customer.name == "Chan Tai Man"
