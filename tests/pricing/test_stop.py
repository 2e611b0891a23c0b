"""A budget that is used up stops what costs money at the gate, and nothing else."""

from __future__ import annotations

import uuid

import pytest

from inbox.chatrooms.actions import dispatch_due, send_template
from inbox.chatrooms.models import Chatroom, Message
from inbox.devstack.simulator.client import SimulatorClient
from inbox.message_templates.filling import FilledTemplate
from inbox.pricing.actions import set_budget
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.world import World, reload, rooms_of, write

pytestmark = pytest.mark.django_db(transaction=True)

OFFER = FilledTemplate("spring_offer", "en", "MARKETING", (), "Half price on roses this weekend.")


def send_offer(world: World, room: Chatroom) -> Message:
    with scope(world.lotus.pk):
        chatroom = Chatroom.objects.select_related("connection").get(pk=room.pk)
        message = send_template(actor=world.amy, chatroom=chatroom, template=OFFER, client_id=uuid.uuid4())
    dispatch_due()
    return reload(message)


def test_a_budget_of_zero_stops_templates_and_no_answers(world: World, vendor: SimulatorClient) -> None:
    assert vendor.inbound(world.shop.account_id, "85290000001", "Hello").delivered
    process_pending()
    [room] = rooms_of(world.shop)
    with scope(world.lotus.pk):
        set_budget(actor=world.olivia, connection=world.shop, typed="0")
    stopped = send_offer(world, room)
    assert (stopped.state, stopped.failure_code) == ("failed", "over_budget")
    assert "budget" in stopped.failure_text
    answer = write(world.amy, room, "Good morning")
    dispatch_due()
    assert reload(answer).state == "sent"
    assert [sent.text for sent in vendor.sent(world.shop.account_id)] == ["Good morning"]
    with scope(world.lotus.pk):
        set_budget(actor=world.olivia, connection=world.shop, typed="")
    assert send_offer(world, room).state == "sent"
