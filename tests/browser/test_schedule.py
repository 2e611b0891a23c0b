"""An agent schedules a message beside the chat, and sees what becomes of it without reloading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from inbox.lib import clock
from inbox.scheduling.actions import send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import rooms_of

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_is_scheduled_by_keyboard_and_its_line_follows_what_happens(stage: Stage) -> None:
    world = stage.world
    assert stage.simulator.inbound(world.shop.account_id, "85290000001", "Do you have roses?").delivered
    until(lambda: rooms_of(world.shop))
    (room,) = rooms_of(world.shop)
    page = stage.agent(world.amy, timezone_id="Asia/Hong_Kong")
    page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
    expect(page.locator("#thread")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator("#schedule-form")).to_be_visible()
    page.fill("#schedule-text", "Your roses are ready")
    expect(page.locator("#schedule-zone")).to_have_value("Asia/Hong_Kong")
    page.get_by_role("button", name="In 1 hour").click()
    expect(page.locator("#schedule-outlook")).to_have_text("It will be sent as you wrote it.")
    expect(page.locator("#schedule-text")).to_have_value("Your roses are ready")
    page.get_by_role("button", name="Schedule", exact=True).click()
    line = page.locator(".schedule-line")
    expect(line).to_have_attribute("data-state", "waiting")
    expect(page.locator("#schedule-text")).to_have_value("")
    page.fill("#schedule-text", "Another one, half written")
    with scope(world.lotus.pk):
        ScheduledMessage.objects.update(due_at=clock.now() - timedelta(seconds=1))
    assert send_due() == 1
    expect(line).to_have_attribute("data-state", "sent")
    expect(page.locator("#schedule-text")).to_have_value("Another one, half written")
