"""Receipts for a stretch of a thread: watermarks, and reads up to a message."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from channels_adapters.errors import Remedy, SendError
from channels_adapters.types import ChannelKind, DeliveryStatus, StatusChanged
from inbox.chatrooms.actions import confirm_arrival, retry_message, settle_parked
from inbox.chatrooms.actions._outcomes import record_outcomes
from inbox.chatrooms.models import Message, MessageState, ParkedStatus
from inbox.connections.call_log import CallLog
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, reload, write

from .conversation import NOON, arrive, claimed, connect, echoed, message_with, receipt, room_of, said

pytestmark = pytest.mark.django_db

DELIVERED, READ = DeliveryStatus.DELIVERED, DeliveryStatus.READ


@pytest.fixture
def page(world: World) -> Connection:
    connection = connect(world, ChannelKind.MESSENGER)
    arrive(connection, said(connection, "Are you open?"))
    return connection


def accepted(world: World, page: Connection, mid: str, at: datetime) -> Message:
    """A message of ours that the vendor took at that time."""
    message = write(world.amy, room_of(page), mid)
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING, attempt_count=1)
    arrive(page, StatusChanged(page.account_id, mid, DeliveryStatus.SENT, at, f"{message.client_id}:1"))
    return message


def states(*messages: Message) -> list[str]:
    return [reload(message).state for message in messages]


def test_a_watermark_covers_what_the_vendor_took_until_then(world: World, page: Connection) -> None:
    now = clock.now()
    early, middle, late = (accepted(world, page, f"m_{s}", now + timedelta(seconds=s)) for s in (10, 20, 30))
    arrive(page, receipt(page, DELIVERED, up_to=now + timedelta(seconds=20)))
    assert states(early, middle, late) == ["delivered", "delivered", "sent"]
    received = arrive(page, receipt(page, READ, up_to=now + timedelta(seconds=10)))
    assert states(early, middle, late) == ["read", "delivered", "sent"]
    assert received.changed == [(early.chatroom_id, early.pk)]
    assert reload(early).read_at == now + timedelta(seconds=10)


def test_a_watermark_never_goes_backwards(world: World, page: Connection) -> None:
    now = clock.now()
    message = accepted(world, page, "m_10", now)
    arrive(page, receipt(page, READ, up_to=now + timedelta(seconds=9)))
    arrive(page, receipt(page, DELIVERED, up_to=now + timedelta(seconds=9)))
    arrive(page, receipt(page, READ, up_to=now - timedelta(seconds=9)))
    assert states(message) == ["read"]
    assert reload(room_of(page)).read_up_to == now + timedelta(seconds=9)


def test_what_is_still_on_its_way_is_not_read_yet(world: World, page: Connection) -> None:
    waiting = write(world.amy, room_of(page), "Written before they looked, sent after")
    arrive(page, receipt(page, READ, up_to=clock.now() + timedelta(seconds=5)))
    assert states(waiting) == ["queued"]


def test_messages_named_in_a_receipt_are_covered_whatever_their_time(world: World, page: Connection) -> None:
    now = clock.now()
    late = accepted(world, page, "m_late", now + timedelta(seconds=60))
    arrive(page, receipt(page, DELIVERED, up_to=now, message_ids=("m_late", "m_unknown")))
    assert states(late) == ["delivered"]
    with platform_scope("test"):
        assert list(ParkedStatus.objects.values_list("external_id", flat=True)) == ["m_unknown"]


def test_a_read_of_a_message_covers_all_before_it(world: World, page: Connection) -> None:
    now = clock.now()
    first, second, third = (accepted(world, page, f"m_{s}", now + timedelta(seconds=s)) for s in (10, 20, 30))
    arrive(page, receipt(page, READ, up_to_id="m_20"))
    assert states(first, second, third) == ["read", "read", "sent"]


def test_a_receipt_that_comes_before_our_answer_is_applied_with_it(world: World, page: Connection) -> None:
    message = write(world.amy, room_of(page), "Quick")
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING, attempt_count=1)
    arrive(page, receipt(page, READ, up_to_id="m_quick"))
    assert states(message) == ["sending"]
    arrive(page, StatusChanged(page.account_id, "m_quick", DeliveryStatus.SENT, clock.now(), f"{message.client_id}:1"))
    with platform_scope("test"):
        ParkedStatus.objects.update(created_at=clock.now() - timedelta(seconds=6))
    settle_parked()
    assert states(message) == ["read"]


def test_the_echo_may_say_that_the_vendor_took_it_earlier_than_we_thought(world: World, page: Connection) -> None:
    now = clock.now()
    message = accepted(world, page, "m_ours", now)
    arrive(page, receipt(page, READ, up_to=now - timedelta(seconds=1)))
    assert states(message) == ["sent"]
    echo = echoed(page, "m_ours", mid="m_ours", correlation_id=f"{message.client_id}:1")
    arrive(page, type(echo)(**{**vars(echo), "sent_at": now - timedelta(seconds=2)}))
    assert states(message) == ["read"]


def test_what_was_typed_in_the_vendors_app_may_come_after_its_receipt(world: World, page: Connection) -> None:
    arrive(page, receipt(page, READ, up_to=NOON + timedelta(seconds=50)))
    arrive(page, echoed(page, "Typed", mid="m_typed", after=20))
    assert message_with(page, "m_typed").state == "read"


def test_what_an_agent_has_confirmed_is_read_like_any_other(world: World, page: Connection) -> None:
    message = write(world.amy, room_of(page), "Did it arrive?")
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
        confirm_arrival(actor=world.amy, message=reload(message))
    arrive(page, receipt(page, READ, up_to=clock.now() + timedelta(seconds=60)))
    assert states(message) == ["read"]


def test_a_receipt_from_the_future_reaches_no_further_than_now(world: World, page: Connection) -> None:
    arrive(page, receipt(page, READ, up_to=clock.now() + timedelta(days=4000)))
    assert reload(room_of(page)).read_up_to < clock.now() + timedelta(minutes=1)
    message = accepted(world, page, "m_later", clock.now() + timedelta(seconds=30))
    assert states(message) == ["sent"]


def test_a_message_that_is_sent_again_begins_anew(world: World, page: Connection) -> None:
    message = accepted(world, page, "m_1st", clock.now())
    failed = StatusChanged(page.account_id, "m_1st", DeliveryStatus.FAILED, clock.now(), f"{message.client_id}:1")
    arrive(page, failed)
    arrive(page, receipt(page, READ, up_to=clock.now() + timedelta(seconds=5)))
    with scope(world.lotus.pk):
        retry_message(actor=world.amy, message=reload(message))
    fresh = reload(message)
    assert (fresh.state, fresh.accepted_at, fresh.external_id) == ("queued", None, None)
    sending = claimed(world, message, attempt=2)
    record_outcomes([(sending, SendError("4", remedy=Remedy.RETRY, public_text="Later."))], CallLog())
    assert states(message) == ["queued"]


def test_a_receipt_of_a_stranger_changes_nothing(world: World, page: Connection) -> None:
    now = clock.now()
    message = accepted(world, page, "m_10", now)
    other = connect(world, ChannelKind.MESSENGER, number=2)
    stranger = connect(world, ChannelKind.MESSENGER, workspace=world.bakery, number=3)
    for connection in (other, stranger):
        arrive(connection, receipt(connection, READ, up_to=now + timedelta(seconds=5)))
        arrive(connection, receipt(connection, READ, up_to_id="m_10"))
    assert states(message) == ["sent"]
