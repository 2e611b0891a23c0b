"""Two agents with one customer's panel open: what one changes reaches the other, and what is being typed stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.world import room_with

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_colleagues_panel_follows_and_keeps_what_is_typed(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Do you have roses?")
    amy = stage.agent(world.amy, timezone_id="Asia/Hong_Kong")
    ben = stage.agent(world.ben, timezone_id="Pacific/Honolulu")
    for page in (amy, ben):
        page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
        page.wait_for_selector("html[data-socket=open]")
        expect(page.locator(".customer-timeline")).to_contain_text("The chat began")
    there = re.compile(r"Time there\s*[A-Z][a-z]{2},? \d\d:\d\d · Asia/Hong_Kong")
    expect(ben.locator("#customer-facts")).to_contain_text(there)
    expect(amy.locator("#customer-facts")).not_to_contain_text("Time there", use_inner_text=True)

    ben.locator("#customer-field-email summary").click()
    ben.locator("#customer-value-email").fill("half@writ")
    ben.locator("#customer-value-email").focus()
    amy.locator("#customer-field-company summary").click()
    amy.locator("#customer-value-company").fill("Lotus Ltd")
    amy.keyboard.press("Enter")
    for page in (amy, ben):
        expect(page.locator("#customer-field-company .customer-field-value")).to_have_text("Lotus Ltd")
        expect(page.locator(".customer-timeline")).to_contain_text("Company: “Lotus Ltd”")
    expect(amy.locator("#customer-field-company summary")).to_be_focused()
    expect(ben.locator("#customer-value-email")).to_have_value("half@writ")
    expect(ben.locator("#customer-value-email")).to_be_focused()

    amy.locator("#customer-field-email summary").click()
    amy.locator("#customer-value-email").fill("ann@example.com")
    amy.keyboard.press("Enter")
    expect(amy.locator("#customer-field-email .customer-field-value")).to_have_text("ann@example.com")
    expect(ben.locator(".customer-timeline")).to_contain_text("ann@example.com")
    expect(ben.locator("#customer-value-email")).to_have_value("half@writ")
    ben.locator("#customer-value-email").fill("bob@example.com")
    ben.keyboard.press("Enter")
    expect(ben.locator("#customer-field-email")).to_contain_text("It says now: ann@example.com")
    expect(ben.locator("#customer-value-email")).to_have_value("bob@example.com")

    stage.forgive("409")  # the browser mentions the 409

    amy.get_by_text("Block…").click()
    amy.get_by_role("button", name="Block this customer").click()
    for page in (amy, ben):
        expect(page.locator("#customer-contact")).to_contain_text("Blocked: what they write is kept")
        expect(page.locator(".window-words")).to_contain_text("This customer is blocked")
        expect(page.locator(".composer-send")).to_be_disabled()
        expect(page.locator("#thread")).to_contain_text("Amy Agent blocked this customer")
    expect(amy.locator("#customer-contact")).to_be_focused()
    amy.keyboard.press("Tab")
    amy.keyboard.press("Tab")
    expect(amy.get_by_role("button", name="Unblock")).to_be_focused()
    amy.keyboard.press("Enter")
    for page in (amy, ben):
        expect(page.locator(".composer-send")).to_be_enabled()
