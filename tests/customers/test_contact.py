"""Blocking and opting out: what customers' messages do then, what leaves, and what is told."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from inbox.chatrooms import actions as chat
from inbox.chatrooms.actions import UnableToSend, send_message
from inbox.chatrooms.actions._gate import refusals, windows_for
from inbox.chatrooms.models import Chatroom, Message, OutboxEntry, RoomStatus
from inbox.chatrooms.windows import window_for
from inbox.customers.actions import (
    block_customer,
    merge_customers,
    opt_out_customer,
    set_contact_rules,
    unmerge_customer,
)
from inbox.customers.models import Customer, CustomerEvent, person_of
from inbox.lib import clock
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook, write

from .conftest import customer_of, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(world: World) -> Chatroom:
    return room_with(world, "Do you have roses?")


def block(world: World, customer: Customer, *, is_blocked: bool = True) -> bool:
    with scope(world.lotus.pk):
        return block_customer(actor=world.amy, customer=customer, is_blocked=is_blocked)


def opt_out(world: World, customer: Customer, *, is_opted_out: bool = True) -> bool:
    with scope(world.lotus.pk):
        return opt_out_customer(actor=world.amy, customer=customer, is_opted_out=is_opted_out)


def says(world: World, text: str, *, at: int | None = None, wamid: str = "") -> None:
    receive(world.app, webhook(world.shop, messages=[text_message(text, at=at, wamid=wamid)]))


def verbs(world: World) -> list[str]:
    with scope(world.lotus.pk):
        told = list(CustomerEvent.objects.order_by("pk").values_list("event", flat=True))
        audited = AuditEntry.objects.filter(verb__startswith="customer.").order_by("pk").values_list("verb", flat=True)
        assert [f"customer.{event}" for event in told] == list(audited)
    return told


def test_what_a_blocked_customer_writes_is_kept_and_makes_no_noise(world: World, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        chat.close_chatroom(actor=world.amy, chatroom=room)
    assert block(world, room.customer)
    assert not block(world, room.customer)
    before = reload(room)
    says(world, "Answer me!")
    after = reload(room)
    for name in ("status", "inbound_count", "waiting_since", "last_message_id", "last_message_at", "unclaimed_since"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.last_inbound_at > before.last_inbound_at
    assert [message.text for message in messages_of(room) if message.direction == "inbound"][-1] == "Answer me!"
    assert "reopened_by_customer" not in [message.details.get("event") for message in messages_of(room)]
    new = room_with(world, "And here?", connection=world.events)
    assert (new.customer_id, new.status, new.inbound_count) == (room.customer_id, RoomStatus.CLOSED, 0)

    assert block(world, room.customer, is_blocked=False)
    says(world, "Thank you")
    assert reload(room).status == RoomStatus.OPEN
    assert reload(room).inbound_count == before.inbound_count + 1
    assert verbs(world) == ["blocked", "unblocked"]


def test_nothing_is_sent_to_a_blocked_customer(world: World, room: Chatroom) -> None:
    message = write(world.amy, room, "On its way")
    block(world, room.customer)
    with scope(world.lotus.pk), pytest.raises(UnableToSend, match="blocked"):
        send_message(actor=world.amy, chatroom=room, text="Hello", client_id=uuid.uuid4())
    assert codes(world) == {message.pk: "blocked"}
    block(world, room.customer, is_blocked=False)
    assert codes(world) == {}


def test_opting_out_stops_what_was_not_asked_for(world: World, room: Chatroom) -> None:
    answer, template, planned = (write(world.amy, room, text) for text in ("Answer", "Template", "Scheduled"))
    with scope(world.lotus.pk):
        Message.objects.filter(pk=template.pk).update(
            kind="template", details={"template": {"name": "news", "language": "en"}}
        )
        OutboxEntry.objects.filter(message=planned).update(not_after=clock.now() + timedelta(hours=1))
    assert codes(world) == {}
    opt_out(world, room.customer)
    assert codes(world) == {template.pk: "opted_out", planned.pk: "opted_out"}
    with scope(world.lotus.pk):
        Chatroom.objects.update(last_inbound_at=clock.now() - timedelta(days=2))
        window = window_for(Chatroom.objects.select_related("connection").get(pk=room.pk))
    assert (window.mode, window.reason) == ("closed", "opted_out")
    assert codes(world) == {answer.pk: "opted_out", template.pk: "opted_out", planned.pk: "opted_out"}
    opt_out(world, room.customer, is_opted_out=False)
    assert codes(world)[answer.pk] == "window_closed"
    assert template.pk not in codes(world)
    assert verbs(world) == ["stop_noted", "stop_lifted"]


def codes(world: World) -> dict[int, str]:
    """What the gate says of everything in the outbox."""
    with scope(world.lotus.pk):
        entries = list(OutboxEntry.objects.select_related("message__connection", "chatroom__customer").order_by("pk"))
        people = {entry.pk: person_of(entry.chatroom.customer, entry.message.connection) for entry in entries}
        found = refusals(entries, people, windows_for(entries), clock.now())
    return {pk: error.code for pk, error in found.items()}


def test_customers_opt_out_and_in_by_their_words(world: World, room: Chatroom) -> None:
    now = int(clock.now().timestamp())
    says(world, "Stop!", at=now - 30, wamid="wamid.stop")
    assert reload(room.customer).is_opted_out
    assert [m.details["words"] for m in messages_of(room) if m.details.get("event") == "stop_said"] == ["Stop!"]
    says(world, "START", at=now - 20)
    assert not reload(room.customer).is_opted_out
    again = [text_message("Stop!", at=now - 30, wamid="wamid.stop"), text_message("And hello")]
    receive(world.app, webhook(world.shop, messages=again))
    says(world, "stop", at=now - 25)  # late
    assert not reload(room.customer).is_opted_out
    assert verbs(world) == ["stop_said", "start_said"]
    with scope(world.lotus.pk):
        set_contact_rules(actor=world.olivia, stop_words="No more\n", start_words="")
    says(world, "STOP", at=now - 10)
    assert not reload(room.customer).is_opted_out
    says(world, "no more", at=now - 9)
    assert reload(room.customer).is_opted_out


def test_a_group_shares_it_and_separating_is_exact(world: World, room: Chatroom) -> None:
    other = customer_of(world.lotus, world.shop, person("Bob", phone="85290000009"))
    block(world, other)
    opt_out(world, other)
    with scope(world.lotus.pk):
        merge = merge_customers(actor=world.amy, keep=room.customer, merge=reload(other))
    assert [(each.is_blocked, each.is_opted_out) for each in map(reload, (room.customer, other))] == [(True, True)] * 2
    with scope(world.lotus.pk):
        unmerge_customer(actor=world.amy, merge=merge)
    assert [(each.is_blocked, each.is_opted_out) for each in map(reload, (room.customer, other))] == [
        (False, False),
        (True, True),
    ]
