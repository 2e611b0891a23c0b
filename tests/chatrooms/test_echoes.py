"""What the business wrote in the vendor's own app, and the echo of what it wrote here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from channels_adapters.types import ChannelKind, DeliveryStatus, SendResult, StatusChanged
from inbox.chatrooms.actions._outcomes import record_outcomes
from inbox.chatrooms.models import Direction, Message, MessageState, OutboxEntry
from inbox.connections.call_log import CallLog
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, reload, write

from .conversation import NOON, arrive, claimed, connect, echoed, message_with, reacted, receipt, room_of, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(world: World) -> Connection:
    connection = connect(world, ChannelKind.MESSENGER)
    arrive(connection, said(connection, "Are you open?"))
    return connection


def sending(world: World, page: Connection, text: str = "Yes, until eight") -> Message:
    """A message of ours whose request has left and whose answer has not come."""
    message = write(world.amy, room_of(page), text)
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENDING, attempt_count=1)
    return reload(message)


def test_what_is_typed_in_the_vendors_app_stands_in_the_chat(world: World, page: Connection) -> None:
    arrive(page, echoed(page, "We close at six", mid="m_2", after=60, reply_to="m_1"))
    question, answer = messages_of(room_of(page))
    assert (answer.direction, answer.state, answer.author_id) == (Direction.OUTBOUND, MessageState.SENT, None)
    assert answer.details["echo"] is True
    assert answer.reply_to_id == question.pk
    assert room_of(page).last_message_id == answer.pk


def test_the_echo_of_our_send_is_its_receipt_when_it_comes_before_the_answer(world: World, page: Connection) -> None:
    message = sending(world, page)
    arrive(page, echoed(page, message.text, mid="m_ours", after=5, correlation_id=f"{message.client_id}:1"))
    assert len(messages_of(room_of(page))) == 2
    message = reload(message)
    assert (message.state, message.external_id) == (MessageState.SENT, "m_ours")
    assert message.accepted_at is not None
    assert (message.accepted_at - NOON).total_seconds() == 5  # the vendor's clock decides about its receipts
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.filter(message=message).exists()


def test_and_when_it_comes_after_the_answer(world: World, page: Connection) -> None:
    message = sending(world, page)
    accepted = StatusChanged(page.account_id, "m_ours", DeliveryStatus.SENT, NOON, f"{message.client_id}:1")
    arrive(page, accepted)
    arrive(page, echoed(page, message.text, mid="m_ours", correlation_id=f"{message.client_id}:1"))
    arrive(page, echoed(page, message.text, mid="m_ours"))  # the vendor may leave the metadata out
    assert [m.external_id for m in messages_of(room_of(page))] == ["m_1", "m_ours"]


def test_an_echo_without_metadata_is_known_by_what_it_says(world: World, page: Connection) -> None:
    message, other = sending(world, page, "Yes"), sending(world, page, "Until eight")
    arrive(page, echoed(page, "Until eight", mid="m_8"), echoed(page, "Yes", mid="m_7"), echoed(page, "Yes", mid="m_9"))
    assert reload(message).external_id == "m_7"
    assert reload(other).external_id == "m_8"
    third = messages_of(room_of(page))
    assert sorted(m.external_id or "" for m in third) == ["m_1", "m_7", "m_8", "m_9"]  # said twice, by two ways


def test_an_echo_that_was_taken_for_a_message_gives_it_back_with_all_that_happened(
    world: World, page: Connection
) -> None:
    """The vendor has respelled the text and left the metadata out: only our own answer tells that the two are one."""
    message = write(world.amy, room_of(page), "Yes  it is")
    sending = claimed(world, message)
    now = clock.now()
    at = (now - NOON).total_seconds()
    arrive(page, echoed(page, "Yes it is", mid="m_ours", after=at))
    arrive(page, reacted(page, "m_ours", "👍", after=at + 1))
    arrive(page, receipt(page, DeliveryStatus.READ, up_to=now + timedelta(seconds=1)))
    arrive(page, said(page, "Thank you", mid="m_thanks", after=at + 2, reply_to="m_ours"))
    record_outcomes([(sending, SendResult("m_ours"))], CallLog())
    message = reload(message)
    assert (message.external_id, message.state, message.reactions) == ("m_ours", "read", {"customer": "👍"})
    assert [m.text for m in messages_of(room_of(page))] == ["Are you open?", "Yes  it is", "Thank you"]
    assert message_with(page, "m_thanks").reply_to_id == message.pk


def test_metadata_of_another_app_is_no_claim_on_our_messages(world: World, page: Connection) -> None:
    theirs = connect(world, ChannelKind.MESSENGER, workspace=world.bakery, number=2)
    arrive(theirs, said(theirs))
    message = sending(world, page)
    for foreign in ("crm-4711", "00000000-0000-4000-8000-000000000000:1", f"{message.client_id}:1"):
        arrive(theirs, echoed(theirs, "Hi there", mid=f"m_{foreign[:9]}", correlation_id=foreign))
    assert reload(message).state == MessageState.SENDING
    assert len([m for m in messages_of(room_of(theirs)) if m.direction == Direction.OUTBOUND]) == 3
