"""One agent at a desk and a customer with four phones: a whole conversation on every channel, everything live."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from inbox.devstack.flower_shop import INSTA, OFFICIAL, PAGE
from tests.world import connect_account_of_the_shop, put_on_its_network

from .conftest import Stage
from .test_conversation import answer, message, open_inbox

CUSTOMER = "85290000001"
CHANNELS = ("whatsapp", "messenger", "instagram", "wechat")
# What the agent sees while the phone lies on the table, and once the customer has looked.
RECEIPTS = {
    "whatsapp": ("delivered", "read"),
    "messenger": ("delivered", "read"),
    "instagram": ("sent", "read"),
    "wechat": ("sent", "sent"),
}
WITH_ANSWERS = ("whatsapp", "messenger")


@pytest.fixture
def phones(stage: Stage) -> Page:
    """The customer's four phones, side by side. The shop's number is connected; the other accounts come to it."""
    for account in (PAGE, INSTA, OFFICIAL):
        connection = connect_account_of_the_shop(stage.world, account)
        put_on_its_network(stage.simulator, account, webhook_url=stage.web.webhook_url(connection.app))
    page = stage.agent(None, viewport={"width": 1680, "height": 900})
    chat = {"view": "four", "account": stage.world.shop.account_id, "person": CUSTOMER}
    page.goto(f"{stage.simulator.base_url}/phone/?{urlencode(chat)}")
    return page


@pytest.fixture
def amy(stage: Stage) -> Page:
    page = stage.agent(stage.world.amy)
    open_inbox(page)
    return page


# --- the customer -----------------------------------------------------------------------------------------------------


def phone(phones: Page, channel: str) -> Locator:
    return phones.locator(f".phone[data-channel={channel}]")


def take_in_hand(phones: Page, channel: str) -> None:
    phone(phones, channel).locator(".thread").click(position={"x": 5, "y": 5})
    expect(phones.locator(".device[data-hand] .phone")).to_have_attribute("data-channel", channel)


def say(phone: Locator, text: str) -> None:
    box = phone.get_by_label("Message", exact=True)
    box.fill(text)
    box.press("Enter")


def bubble(phone: Locator, text: str) -> Locator:
    return phone.locator("[data-from]", has_text=text)


def open_menu(bubble: Locator) -> None:
    bubble.hover()
    bubble.get_by_label("Message actions").click()


def do(bubble: Locator, act: str) -> None:
    open_menu(bubble)
    bubble.get_by_role("button", name=act).click()


# --- the agent --------------------------------------------------------------------------------------------------------


def row(amy: Page, channel: str) -> Locator:
    return amy.locator("#room-list > li").filter(has=amy.locator(f".avatar[data-channel={channel}]"))


def open_chat(amy: Page, channel: str) -> None:
    row(amy, channel).locator("a").click()
    expect(row(amy, channel).locator("a")).to_have_attribute("aria-current", "true")
    expect(amy.locator(f"#room .room-header [data-channel={channel}]")).to_be_visible()


def receipt(amy: Page, channel: str) -> Locator:
    return message(amy, f"Welcome to {channel}").locator(".tick")


def offer(amy: Page, *titles: str) -> None:
    """Put answers to tap under the text that is written next."""
    amy.locator(".composer-options summary").click()
    for number, title in enumerate(titles, start=1):
        amy.fill(f"#composer-option-{number}", title)


def open_reactions(message: Locator) -> None:
    message.hover()
    message.locator(".react").get_by_role("link").click()


def react(message: Locator, emoji: str) -> None:
    open_reactions(message)
    message.locator(".react").get_by_role("button", name=emoji).click()


# --- the journey ------------------------------------------------------------------------------------------------------


def test_one_agent_and_four_phones(phones: Page, amy: Page) -> None:
    phone(phones, "wechat").get_by_label("Menu or keyboard").click()
    for number, channel in enumerate(CHANNELS, start=1):
        say(phone(phones, channel), f"Hello on {channel}")
        expect(row(amy, channel)).to_contain_text(f"Hello on {channel}")
        expect(row(amy, channel).locator(".row-unread")).to_contain_text("1")
        expect(amy.locator("#room-list > li")).to_have_count(number)

    for channel in CHANNELS:
        open_chat(amy, channel)
        expect(message(amy, f"Hello on {channel}")).to_be_visible()
        expect(row(amy, channel).locator(".row-unread")).to_be_hidden()
        if channel in WITH_ANSWERS:
            offer(amy, "Roses", "Tulips")
        answer(amy, f"Welcome to {channel}")
        expect(bubble(phone(phones, channel), f"Welcome to {channel}")).to_be_visible()
        lying, _seen = RECEIPTS[channel]
        expect(receipt(amy, channel)).to_have_attribute("data-state", lying)
    # The phone in hand, on which the customer wrote last, has nothing new.
    expect(phones.locator(".owner", has_text="· 1 new")).to_have_count(3)
    expect(phones.locator(".device[data-hand] .owner")).to_have_text("Chan Tai Man on WeChat")

    for channel in CHANNELS:
        open_chat(amy, channel)
        take_in_hand(phones, channel)
        _lying, seen = RECEIPTS[channel]
        expect(receipt(amy, channel)).to_have_attribute("data-state", seen)
        expect(message(amy, f"Welcome to {channel}")).to_have_count(1)
        if channel in WITH_ANSWERS:
            bubble(phone(phones, channel), f"Welcome to {channel}").get_by_role("button", name="Tulips").click()
            expect(amy.locator("#thread [data-direction=inbound][data-kind=choice]")).to_contain_text("Tulips")
        else:
            say(phone(phones, channel), "Thank you")
            expect(message(amy, "Thank you")).to_be_visible()
        expect(amy.locator("#thread li.message")).to_have_count(3)


def test_what_becomes_of_a_message_is_seen_on_the_other_side(phones: Page, amy: Page) -> None:
    whatsapp, messenger, instagram = (phone(phones, channel) for channel in CHANNELS[:3])
    say(whatsapp, "Ten white roses")
    open_chat(amy, "whatsapp")
    answer(amy, "With pleasure")
    do(bubble(whatsapp, "With pleasure"), "React ❤️")
    expect(message(amy, "With pleasure").locator(".reactions")).to_contain_text("❤️")
    react(message(amy, "Ten white roses"), "👍")
    expect(bubble(whatsapp, "Ten white roses").locator(".reactions")).to_have_text("👍")
    bubble(whatsapp, "With pleasure").get_by_role("button", name="Take back ❤️").click()
    expect(message(amy, "With pleasure").locator(".reactions")).to_have_count(0)

    say(messenger, "Ten red roses")
    open_menu(bubble(messenger, "Ten red roses"))
    open_chat(amy, "messenger")
    expect(message(amy, "Ten red roses")).to_be_visible()
    expect(messenger.get_by_label("Seen")).to_be_visible()  # the bubble has changed under its open menu
    expect(bubble(messenger, "Ten red roses").get_by_label("Message actions")).to_be_focused()
    bubble(messenger, "Ten red roses").get_by_role("button", name="Edit").click()
    open_reactions(message(amy, "Ten red roses"))
    amy.keyboard.press("Tab")
    say(messenger, "Forty red roses")
    expect(message(amy, "Forty red roses")).to_be_visible()
    expect(message(amy, "Ten red roses")).to_have_count(0)
    emoji = message(amy, "Forty red roses").locator(".react").get_by_role("button").nth(1)
    expect(emoji).to_be_focused()  # the message was brought anew under its open picker
    emoji.click()
    expect(bubble(messenger, "Forty red roses").locator(".reactions")).to_be_visible()
    expect(row(amy, "messenger")).to_contain_text("Forty red roses")
    amy.get_by_role("link", name="edited").click()
    expect(message(amy, "Forty red roses").locator(".versions")).to_contain_text("Ten red roses")

    say(instagram, "Wrong number")
    say(instagram, "Ten pink roses")
    open_chat(amy, "instagram")
    react(message(amy, "Ten pink roses"), "❤️")
    expect(bubble(instagram, "Ten pink roses").locator(".reactions")).to_have_text("❤️")
    do(bubble(instagram, "Wrong number"), "Unsend")
    expect(amy.locator("#thread [data-removed] .message-removed")).to_be_visible()
    expect(message(amy, "Wrong number")).to_have_count(0)
    expect(amy.locator("#thread li.message")).to_have_count(2)
