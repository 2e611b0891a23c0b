"""The inbox without a mouse, by ear, and without a connection."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from inbox.labels.actions import create_label
from inbox.workspaces.tenancy import scope
from tests.world import room_with

from .accessibility import outline
from .conftest import BROKEN_LINES, Stage
from .test_conversation import leaves_composing_alone, open_inbox, row

INBOX = "/w/lotus-flowers/"
OFFER_THE_LIST_ANEW = """() => {
  document.getElementById("room-list").dataset.old = "";
  const notice = document.getElementById("notice-list-changed").content.firstElementChild.cloneNode(true);
  notice.dataset.kind = "list-changed";
  document.getElementById("notices").append(notice);
}"""


def test_everything_has_a_key_and_a_place_in_the_palette(stage: Stage) -> None:
    world = stage.world
    room_with(world, "Peonies?", name="Cleo Third", phone="85290000013")
    first = room_with(world, "Roses?", name="Ann Other", phone="85290000011")
    second = room_with(world, "Tulips?", name="Béla Bartók", phone="85290000012")
    with scope(world.lotus.pk):
        create_label(actor=world.amy, name="VIP")
    page = stage.agent(world.amy)
    open_inbox(page, f"{INBOX}rooms/{first.pk}/")
    words = page.locator("#shortcut-sheet dd")

    page.keyboard.press("?")
    expect(words).to_have_count(25)
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
    assert leaves_composing_alone(page.locator("#palette-text"))
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(second.pk))
    expect(page.locator("#thread")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "closed")
    expect(row(page, "Bartók")).to_have_count(0)
    page.locator(".notice", has_text="The chat is closed.").get_by_role("button", name="Undo").click()
    expect(page.locator(".room-state")).to_have_attribute("data-status", "open")
    page.keyboard.press("t")
    expect(page.locator(".room-state")).to_have_attribute("data-mine", "")
    page.keyboard.press("y")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "archived")
    expect(page.locator("#notices")).to_contain_text("The chat is archived.")
    page.keyboard.press("o")
    expect(row(page, "Bartók")).to_be_visible()
    expect(page.locator(".room-state")).to_have_attribute("data-status", "open")  # it comes by the other socket
    page.keyboard.press("e")
    expect(row(page, "Bartók")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(first.pk))
    page.keyboard.press("Control+k")
    page.keyboard.type("Bartók")
    expect(page.locator(".palette-option").first).to_contain_text("Bartók")
    page.keyboard.press("Enter")
    expect(page.locator("#room")).to_have_attribute("data-room", str(second.pk))
    expect(page).to_have_url(re.compile(f"/rooms/{second.pk}/$"))

    def choose(typed: str) -> None:
        page.keyboard.press("Control+k")
        expect(page.locator("#palette-text")).to_be_focused()
        page.keyboard.type(typed)
        expect(page.locator(".palette-option[aria-selected=true]")).to_contain_text(
            re.compile(typed.split()[0], re.IGNORECASE)
        )
        page.keyboard.press("Enter")
        expect(page.locator("#palette")).to_be_hidden()

    choose("reopen")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "open")
    choose("assign ben")
    expect(page.locator(".room-assignee-name")).to_have_text("Ben Agent")
    labelling = (("label vip", 1, "1 customer labelled."), ("remove vip", 0, "The label was removed from 1 customer."))
    for typed, count, words in labelling:
        choose(typed)
        expect(page.locator(f"#room-{second.pk}-labels [data-label]")).to_have_count(count)
        expect(page.locator("#notices")).to_contain_text(words)  # until then the menu takes nothing else
    choose("colours dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    with page.expect_file_chooser():
        choose("attach")
        expect(page.locator(".composer-said")).to_be_hidden()  # it would say why not
    choose("block")
    expect(page.get_by_role("button", name="Block this customer")).to_be_focused()
    page.locator("#thread").focus()
    for key, words in (("u", "marked as unread."), ("i", "marked as read.")):
        page.keyboard.press(key)
        page.keyboard.press("r")
        expect(page.locator("#notices")).to_contain_text(words)
        expect(page.locator("#composer-text")).to_be_focused()  # the answer comes later, and leaves the focus alone
        page.keyboard.press("Escape")
    page.fill("#composer-text", "Good-bye")
    choose("send and close")
    expect(page.locator(".room-state")).to_have_attribute("data-status", "closed")
    expect(page.locator("#composer-text")).to_have_value("")

    page.goto(INBOX)
    for chosen in map(page.locator, ("#tab-unassigned", "#status-closed", "#status-open", "#tab-all")):
        chosen.press("Enter")
        expect(chosen).to_have_attribute("aria-current", re.compile("page|true"))
        expect(chosen).to_be_focused()
    page.locator("summary", has_text="Filter and order").press("Enter")
    page.get_by_role("button", name="Show", exact=True).press("Enter")
    expect(page.locator(".filter-form")).to_be_hidden()
    expect(page.get_by_role("group", name="Chats")).to_be_focused()
    page.evaluate(OFFER_THE_LIST_ANEW)
    page.get_by_role("button", name="Load it anew").press("Enter")
    expect(page.locator("#room-list[data-old]")).to_have_count(0)
    expect(page.get_by_role("group", name="Chats")).to_be_focused()
    rows = page.locator("#room-list > .row > .row-link")
    for key, place in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(place)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".bulk-count")).to_have_text("1 selected")


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
    stage.forgive(BROKEN_LINES)
