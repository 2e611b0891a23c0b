"""The inbox without a mouse, by ear, and without a connection."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.world import room_with

from .accessibility import outline
from .conftest import Stage
from .test_conversation import open_inbox, row

INBOX = "/w/lotus-flowers/"


def test_everything_has_a_key_and_a_place_in_the_palette(stage: Stage) -> None:
    world = stage.world
    first = room_with(world, "Roses?", name="Ann Other", phone="85290000011")
    second = room_with(world, "Tulips?", name="Béla Bartók", phone="85290000012")
    page = stage.agent(world.amy)
    open_inbox(page, f"{INBOX}rooms/{first.pk}/")
    words = page.locator("#shortcut-sheet dd")

    page.keyboard.press("?")
    expect(words).to_have_count(18)
    assert all(words.all_inner_texts())
    page.get_by_label("Use keys of a single letter").uncheck()
    page.keyboard.press("Escape")
    page.locator("#thread").focus()
    page.keyboard.press("r")
    expect(page.locator("#thread")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("show keys")
    page.keyboard.press("Enter")
    page.get_by_label("Use keys of a single letter").check()
    page.keyboard.press("Escape")

    page.locator("#thread").focus()
    page.keyboard.press("r")
    expect(page.locator("#composer-text")).to_be_focused()
    page.keyboard.type("jkae? ")
    expect(page.locator("#composer-text")).to_have_value("jkae? ")  # while one types they are letters
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#composer-text")).to_have_value("jkae? /")
    page.fill("#composer-text", "")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#assign-member")).to_be_focused()
    page.locator("#thread").focus()
    page.keyboard.press("f")
    expect(page.locator("#search-text")).to_be_focused()
    page.locator("#thread").focus()
    page.keyboard.press("u")
    expect(row(page, "Ann Other").locator(".row-unread")).to_contain_text("1")

    # The palette: a chat by a mistyped name, which the list shows; and one that only the server knows.
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find a chat, an action or a page")).to_be_focused()
    page.keyboard.type("bla bart")
    expect(page.locator(".palette-option[aria-selected=true]")).to_contain_text("Béla Bartók")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(second.pk))
    expect(page.locator("#thread")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "closed")
    expect(row(page, "Bartók")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(first.pk))
    page.keyboard.press("Control+k")
    page.keyboard.type("Bartók")
    expect(page.locator(".palette-option").first).to_contain_text("Bartók")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(second.pk))
    assert page.url.endswith(f"/rooms/{second.pk}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("reopen")
    page.keyboard.press("Enter")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "open")


def test_the_inbox_reads_in_order_and_says_so_without_a_connection(stage: Stage) -> None:
    room = room_with(stage.world, "Roses?")
    page = stage.agent(stage.world.amy)
    open_inbox(page, f"{INBOX}rooms/{room.pk}/")
    expect(page.locator("#function-customer .functions-wait")).to_have_count(0)
    assert outline(page) == [
        "main",
        "section Chats",
        "h1 Chats",
        "search",
        "nav Which chats to list",
        "section Chat with Chan Tai Man",
        "h2 Chan Tai Man",
        "region Messages",
        "form Message",
        "aside Functions",
        "nav Functions",
        "h2 Customer",
        "h3 Details",
        "h3 Contact",
        "h3 Labels",
        "h3 Chats",
        "h3 Timeline",
        "log New messages",
    ]

    page.evaluate("navigator.serviceWorker.ready")
    page.context.set_offline(True)
    page.goto(INBOX)
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).display") == "grid"  # with its style sheet
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(row(page)).to_be_visible()
    stage.complaints[:] = [line for line in stage.complaints if "ERR_INTERNET_DISCONNECTED" not in line]
