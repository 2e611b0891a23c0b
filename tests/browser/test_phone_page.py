"""The simulator's phone page: a person plays the customer on four channels, without the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess

MEI = "85255551234"
WHATSAPP, MESSENGER, INSTAGRAM, WECHAT = "105511110001", "305511110001", "405511110001", "gh_harbour"
ACCOUNTS = {"whatsapp": WHATSAPP, "messenger": MESSENGER, "instagram": INSTAGRAM, "wechat": WECHAT}
SHEETS = {
    "whatsapp": [
        "image",
        "video",
        "voice",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "order",
        "unsupported",
    ],
    "messenger": ["image", "video", "voice", "audio", "document", "sticker", "location", "link", "unsupported"],
    "instagram": [
        *("image", "video", "voice", "audio", "document", "sticker", "link", "story_mention", "text", "image"),
        "unsupported",
    ],
    "wechat": ["image", "video", "voice", "sticker", "location", "link", "unsupported"],
}

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def control(process: SimulatorProcess) -> Iterator[SimulatorClient]:
    """One business with an account on each channel, and its customer Mei."""
    meta = {"access_token": "token", "app_secret": "secret", "business": "Harbour Tailors"}
    with process.client() as client:
        client.reset()
        client.put_account(
            WHATSAPP, "whatsapp", name="Tailors", waba_id="9005", display_phone_number="+852 5550 1000", **meta
        )
        client.put_account(MESSENGER, "messenger", name="Tailors Page", **meta)
        client.put_account(INSTAGRAM, "instagram", name="Tailors Posts", username="harbour.tailors", **meta)
        client.put_account(WECHAT, "wechat", name="海港裁縫", app_id="wx5", secret="secret", token="token")
        client.put_person(MEI, "Mei Chan 陳美儀", username="mei.chan")
        yield client


@pytest.fixture
def open_page(chromium: Browser, control: SimulatorClient) -> Iterator[Open]:
    """Open the page with a query; at the end no page may have complained of anything but a refusal."""
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(query: str, width: int = 1280) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 860})
        pages.append(page)
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(f"{control.base_url}/phone/?{query}")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert [words for words in complaints if "400 (Bad Request)" not in words] == []


def kinds(control: SimulatorClient, account: str) -> list[str]:
    return [message["kind"] for message in control.inbound_log(account)]


def write(phone: Page | Locator, text: str) -> None:
    box = phone.get_by_label("Message", exact=True)
    box.fill(text)
    box.press("Enter")


def menu_of(row: Locator, name: str) -> None:
    row.hover()
    row.get_by_label("Message actions").click()
    row.get_by_role("button", name=name).click()


def answer(control: SimulatorClient, part: dict[str, object]) -> None:
    body = {"messaging_product": "whatsapp", "to": f"+{MEI}"} | part
    headers = {"authorization": "Bearer token"}
    url = f"{control.base_url}/v25.0/{WHATSAPP}/messages"
    httpx.post(url, json=body, headers=headers, trust_env=False).raise_for_status()


@pytest.mark.parametrize("channel", ACCOUNTS)
def test_every_kind_of_a_channel_is_one_tap_away(channel: str, open_page: Open, control: SimulatorClient) -> None:
    page = open_page(f"account={ACCOUNTS[channel]}&person={MEI}")
    expect(page.locator(".phone")).to_have_attribute("data-channel", channel)
    if channel == "wechat":
        page.get_by_label("Menu or keyboard").click()

    write(page, "Hello 👋")
    items = page.locator(".attach menu button")
    expect(items).to_have_count(len(SHEETS[channel]))
    for number in range(items.count()):
        page.get_by_label("Send something else").click()
        items.nth(number).click()
        expect(page.locator("[data-from=customer]")).to_have_count(number + 2)

    assert sorted(kinds(control, ACCOUNTS[channel])) == sorted(["text", *SHEETS[channel]])


def test_four_phones_lie_side_by_side_and_each_writes_for_itself(open_page: Open, control: SimulatorClient) -> None:
    page = open_page("view=four", width=1600)
    for channel, account in ACCOUNTS.items():
        phone = page.locator(f".phone[data-channel={channel}]")
        if channel == "wechat":
            phone.get_by_label("Menu or keyboard").click()
        write(phone, f"Hello on {channel}")
        expect(phone.locator("[data-from=customer] .text")).to_have_text([f"Hello on {channel}"])
        assert [message["text"] for message in control.inbound_log(account)] == [f"Hello on {channel}"]


def test_a_narrow_window_shows_one_of_the_four_at_a_time(open_page: Open) -> None:
    page = open_page("view=four", width=390)
    expect(page.locator(".phone:visible")).to_have_attribute("data-channel", "whatsapp")
    page.get_by_role("button", name="Instagram").click()
    expect(page.locator(".phone:visible")).to_have_attribute("data-channel", "instagram")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_messages_of_the_business_are_answered_where_they_stand(open_page: Open, control: SimulatorClient) -> None:
    control.inbound(WHATSAPP, MEI, "Hello", wait=0)
    page = open_page(f"account={WHATSAPP}&person={MEI}")
    replies = [{"type": "reply", "reply": {"id": "fit", "title": "A fitting"}}]
    action = {"type": "button", "body": {"text": "What for?"}, "action": {"buttons": replies}}
    answer(control, {"type": "interactive", "interactive": action})
    asked = page.locator("[data-from=business]")

    menu_of(asked, "React ❤️")
    asked.get_by_role("button", name="Take back ❤️").click()
    expect(asked.locator(".reactions")).to_have_count(0)
    menu_of(asked, "Reply")
    write(page, "It says why")
    expect(page.locator("[data-from=customer] blockquote")).to_contain_text("What for?")
    asked.get_by_role("button", name="A fitting").click()
    expect(page.locator("[data-from=customer] .text")).to_have_text(["Hello", "It says why", "A fitting"])

    own = page.locator("[data-from=customer]", has_text="It says why")
    menu_of(own, "Edit")
    write(page, "It says what for")
    edited = page.locator("[data-from=customer]", has_text="It says what for")
    expect(edited).to_contain_text("Edited")
    menu_of(edited, "Unsend")
    expect(page.locator("[data-from=customer] .gone")).to_have_count(1)
    choice = control.inbound_log(WHATSAPP)[-1]
    assert (choice["kind"], choice["text"], choice["details"]["option_id"]) == ("choice", "A fitting", "fit")


def test_a_refusal_stands_beside_the_text_which_stays(open_page: Open, control: SimulatorClient) -> None:
    message = control.inbound(MESSENGER, MEI, "Typo", wait=0)
    for number in range(5):
        control.inbound(MESSENGER, MEI, f"Typo {number}", kind="edit", target=message.id, wait=0)
    page = open_page(f"account={MESSENGER}&person={MEI}")

    menu_of(page.locator("[data-from=customer]"), "Edit")
    write(page, "No typo")
    expect(page.locator(".composer").get_by_role("alert")).to_have_text("A message can be edited 5 times.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("No typo")
    expect(page.locator(".about")).to_contain_text("Edit message")


def test_a_follower_sees_how_often_the_account_may_answer(open_page: Open, control: SimulatorClient) -> None:
    page = open_page(f"account={WECHAT}&person={MEI}")
    note = page.locator(".note")

    page.get_by_role("button", name="Opening hours").click()
    expect(note).to_contain_text("3 of 3 left")
    page.get_by_label("More to do here").click()
    page.get_by_role("button", name="Unfollow the account").click()
    expect(note).to_have_text("Not followed")
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(note).to_contain_text("3 of 3 left")
    page.get_by_label("Menu or keyboard").click()
    write(page, "你好")
    expect(note).to_contain_text("left · 47 h 59 min")
    assert kinds(control, WECHAT) == ["text"]


def test_the_business_can_write_in_its_own_app(open_page: Open, control: SimulatorClient) -> None:
    page = open_page(f"account={INSTAGRAM}&person={MEI}")
    page.get_by_label("More to do here").click()
    page.get_by_role("button", name="The business writes in its own app").click()
    page.get_by_label("Its message").fill("Open till nine today")
    page.keyboard.press("Enter")
    expect(page.locator("[data-from=business]")).to_contain_text("Open till nine todaySent in its own app")
