"""Writing an answer with the page's script: reactions, buttons, the meter, and the signal that somebody is typing."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Message, MessageVersion
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import put, room_on, room_url
from tests.processes import until
from tests.world import messages_of, rooms_of

from .conftest import Stage
from .test_conversation import LIVE, leaves_composing_alone, message, open_inbox


def meter(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".composer-count")


def option(page: Page, number: int):  # type: ignore[no-untyped-def]
    return page.locator(f"#composer-option-{number}")


def test_reacting_and_looking_at_earlier_versions(stage: Stage) -> None:
    now = datetime.now(UTC)
    assert stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "Forty roses").delivered
    until(lambda: rooms_of(stage.world.shop))
    (room,) = rooms_of(stage.world.shop)
    (edited,) = messages_of(room)
    with scope(room.workspace_id):
        Message.objects.filter(pk=edited.pk).update(edited_at=now)
        MessageVersion.objects.create(
            workspace_id=room.workspace_id, message=edited, text="Ten roses", edit_id="1", written_at=now
        )
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    asked: list[str] = []
    amy.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)

    amy.get_by_role("link", name="edited").click()
    expect(message(amy, "Forty roses").locator(".versions")).to_contain_text("Ten roses")
    amy.get_by_role("link", name="edited").click()
    expect(message(amy, "Forty roses").locator(".versions")).to_be_hidden()

    message(amy, "Forty roses").hover()
    menu = message(amy, "Forty roses").locator(".react")
    menu.get_by_role("link").click()
    menu.get_by_role("button", name="👍").click()
    expect(message(amy, "Forty roses").locator(".reactions")).to_contain_text("We reacted with 👍")
    expect(menu.locator(".react-sheet")).to_have_count(0)
    assert [url for url in asked if "/messages/" in url] == [
        f"{stage.web.url}{room_url(room, 'message_reaction', edited.pk)}"
    ]
    menu.get_by_role("link").click()
    menu.get_by_role("button", name="❤️").press("Escape")
    expect(menu.get_by_role("link")).to_be_focused()
    menu.get_by_role("link").click()
    menu.get_by_role("button", name="Take back 👍").click()
    expect(message(amy, "Forty roses").locator(".reactions")).to_have_count(0)
    amy.keyboard.press("Tab")  # the focus is still in the message
    assert amy.evaluate("document.activeElement.closest('.message') !== null")


def test_buttons_are_written_and_taken_out_with_the_keyboard(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WHATSAPP)
    put(room, text="Hello?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, room_url(room))
    amy.fill("#composer-text", "Well?")
    amy.locator(".composer-options summary").click()
    expect(option(amy, 1)).to_be_focused()
    expect(option(amy, 4)).to_be_hidden()
    for number, title in enumerate(("Yes", "No", "Perhaps", "Later"), start=1):
        option(amy, number).press_sequentially(title)
        assert leaves_composing_alone(option(amy, number))
        option(amy, number).press("Enter")
    expect(option(amy, 5)).to_be_focused()
    amy.get_by_role("button", name="Remove this button").nth(1).click()
    expect(option(amy, 2)).to_have_value("Perhaps")
    expect(option(amy, 2)).to_be_focused()

    amy.reload()
    amy.wait_for_selector(LIVE)
    for number, title in enumerate(("Yes", "Perhaps", "Later"), start=1):
        expect(option(amy, number)).to_have_value(title)
    amy.fill("#composer-text", "x" * 1030)
    expect(meter(amy)).to_have_text("With buttons 6 characters too long")
    amy.fill("#composer-text", "x" * 1000)
    expect(meter(amy)).to_have_text("24 characters left")
    amy.fill("#composer-text", "Well?")
    amy.press("#composer-text", "Enter")
    expect(message(amy, "Well?").locator(".options li")).to_have_text(["Yes", "Perhaps", "Later"])
    expect(amy.locator(".composer-options")).not_to_have_attribute("open", "")
    until(lambda: amy.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft'))") == [])
    amy.fill("#composer-text", "Roses are red. " * 600)
    expect(meter(amy)).to_have_text("Will be sent as 3 messages")


def test_several_messages_of_a_quota_are_agreed_to_first(stage: Stage) -> None:
    room = room_on(stage.world, ChannelKind.WECHAT)
    put(room, text="你好")
    amy = stage.agent(stage.world.amy)
    asked: list[str] = []
    amy.on("request", lambda request: asked.append(request.url))
    open_inbox(amy, room_url(room))
    consent = amy.locator(".composer-consent")
    amy.fill("#composer-text", "好" * 600)
    expect(meter(amy)).to_have_text("248 bytes left")
    expect(consent).to_be_hidden()
    amy.fill("#composer-text", "玫瑰很好。" * 300)
    expect(consent).to_have_text("Use 3 of the 5 messages WeChat allows until the customer writes again")
    amy.press("#composer-text", "Enter")
    assert [m.direction for m in messages_of(room)] == ["inbound"]
    consent.get_by_role("checkbox").check()
    amy.get_by_role("button", name="Send", exact=True).click()
    expect(amy.locator(".message-part")).to_have_text(["1 of 3", "2 of 3", "3 of 3"])
    expect(consent).to_be_hidden()
    assert [url for url in asked if url.endswith(("/typing/", "/messages/"))] == [
        f"{stage.web.url}{room_url(room, name)}" for name in ("typing", "messages")
    ]
