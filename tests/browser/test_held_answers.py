"""An answer that is held in the browser leaves the composer, and the chat when the customer writes."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from inbox.chatrooms.models import Chatroom
from inbox.lib import clock
from inbox.message_templates.models import APPROVED, MessageTemplate
from inbox.workspaces.tenancy import scope
from tests.world import room_with

from .conftest import Stage
from .test_conversation import message, open_inbox


def test_a_held_answer_goes_out_when_the_customer_writes(stage: Stage) -> None:
    room = room_with(stage.world, "Do you deliver?")
    with scope(stage.world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
        MessageTemplate.objects.create(
            workspace=stage.world.lotus,
            business_id=room.connection.business_id,
            name="we_have_an_answer",
            language="en",
            status=APPROVED,
            category="UTILITY",
            components=[{"type": "BODY", "text": "Reply to read our answer."}],
            is_fallback=True,
        )
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    amy.fill("#composer-text", "Yes, on Sundays too")
    amy.get_by_role("button", name="Hold the answer").click()
    expect(message(amy, "Reply to read our answer.")).to_be_visible()
    expect(amy.locator(".held textarea")).to_have_value("Yes, on Sundays too")
    expect(amy.locator("#composer-text")).to_have_value("")
    assert stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "And?").delivered
    expect(message(amy, "Yes, on Sundays too")).to_be_visible()
    expect(amy.locator(".held")).to_have_count(0)
    expect(amy.locator("#composer")).to_have_attribute("data-mode", "free")
