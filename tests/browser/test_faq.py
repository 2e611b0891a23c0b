"""An agent writes one message out of kept answers by keyboard, and sends another with one press."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inbox.faq.actions import note_use
from inbox.faq.models import FaqEntry
from inbox.workspaces.tenancy import scope
from tests.faq.conftest import entry, picture
from tests.processes import until
from tests.world import rooms_of

from .conftest import Stage
from .test_conversation import leaves_composing_alone

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_slash_puts_answers_into_the_message(stage: Stage) -> None:
    world = stage.world
    assert stage.simulator.inbound(world.shop.account_id, "85290000001", "Do you have roses?").delivered
    until(lambda: rooms_of(world.shop))
    (room,) = rooms_of(world.shop)
    hours = entry(world.olivia, "Opening hours", "Dear {name}, we open at nine.", shared=True)
    entry(world.olivia, "Our map", "Here is how you find us.", shared=True, files=(picture(world.olivia),))
    with scope(world.lotus.pk):
        note_use(entry=hours)
    page = stage.agent(world.amy)
    page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
    page.wait_for_selector("html[data-socket=open]")
    box, options = page.locator("#composer-text"), page.locator(".faq-popup [role=option]")

    box.press_sequentially("多謝/")  # which may mean "or": nothing is chosen yet
    expect(options).to_have_count(2)
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Our map")
    box.fill("")
    expect(options).to_have_count(0)
    box.press_sequentially("Hello and/or /")
    expect(options).to_have_count(2)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("Hello and/or /")
    page.keyboard.press("Backspace")
    page.keyboard.type("/hurs")  # with a typo
    page.keyboard.press("Enter")  # faster than the answer
    expect(box).to_have_value("Hello and/or Dear Chan Tai Man, we open at nine.")
    page.keyboard.type(" /")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Our map")
    assert leaves_composing_alone(box)
    page.keyboard.press("Enter")
    expect(box).to_have_value("Hello and/or Dear Chan Tai Man, we open at nine. Here is how you find us.")
    expect(page.locator(".composer-file[data-value]")).to_contain_text("map.png")
    page.keyboard.press("Enter")
    expect(box).to_have_value("")
    expect(page.locator("#thread .message[data-direction=outbound]")).to_contain_text("Here is how you find us.")

    page.locator("[data-function=faq]").click()
    page.locator("#faq-search").fill("map")
    expect(page.locator(".faq-answer")).to_have_count(1)
    expect(page.locator("#faq-said")).to_have_text("1 found")
    page.locator("#faq-search").fill("opening")
    expect(page.locator(".faq-answer")).to_contain_text("Opening hours")
    page.get_by_role("button", name="Insert Opening hours").click()
    expect(box).to_have_value("Dear Chan Tai Man, we open at nine.")
    expect(box).to_be_focused()
    page.get_by_role("button", name="Send now Opening hours").click()
    expect(page.locator("#faq-panel > .faq-detail")).to_have_text("Sent: Opening hours")
    expect(page.locator("#thread .message[data-direction=outbound]").last).to_contain_text("Dear Chan Tai Man")
    expect(box).to_have_value("Dear Chan Tai Man, we open at nine.")  # what is being written stays
    with scope(world.lotus.pk):
        uses = FaqEntry.objects.order_by("pk").values_list("uses", flat=True)
        until(lambda: list(uses.all()) == [4, 1])

    page.goto("/w/lotus-flowers/faq/new/")
    page.locator("#faq-title-en").fill("Mine")
    page.locator("#faq-more").select_option("de")
    page.get_by_role("button", name="Add this language").click()
    page.locator("#faq-title-de").fill("Meins")
    expect(page.locator("#faq-title-en")).to_be_hidden()
    page.get_by_text("English", exact=True).first.click()
    expect(page.locator("#faq-title-en")).to_have_value("Mine")
