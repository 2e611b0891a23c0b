"""The frame of the inbox: the panels' widths, from right to left, on a phone, in light and dark, and how it reads aloud."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from inbox.chatrooms import actions
from inbox.workspaces.tenancy import scope
from tests.world import receive, room_with, text_message, webhook

from .accessibility import problems
from .conftest import Stage
from .test_conversation import open_inbox, row

INBOX = "/w/lotus-flowers/"
PHONE = {"width": 360, "height": 740}
READ_ALOUD = """(within) => {
  const words = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) words.push(node.textContent);
    if (node.nodeType !== Node.ELEMENT_NODE || node.ariaHidden === "true" || node.hidden) return;
    const style = getComputedStyle(node);
    if (style.display === "none" || style.visibility === "hidden") return;
    const named = node.ariaLabel ?? (node.tagName === "TEXTAREA" ? node.placeholder : null);
    if (node.role === "img" || node.tagName === "TEXTAREA") words.push(named);
    else node.childNodes.forEach(walk);
    words.push(" ");
  };
  walk(document.querySelector(within));
  return words.join("").replace(/\\s+/g, " ").trim();
}"""


def width_of(page: Page, panel: str) -> int:
    box = page.locator(panel).bounding_box()
    assert box
    return round(box["width"])


def opened(stage: Stage, **options: object) -> Page:
    room = room_with(stage.world, "Roses?")
    page = stage.agent(stage.world.amy, **options)
    open_inbox(page, f"{INBOX}rooms/{room.pk}/")
    return page


def test_panels_are_as_wide_as_one_likes_on_this_device(stage: Stage) -> None:
    page = opened(stage, reduced_motion="reduce", color_scheme="light")
    list_edge, function_edge = (page.locator(f"[data-resizes={name}]") for name in ("rooms", "functions"))
    expect(list_edge).to_have_role("separator")
    expect(list_edge).to_have_attribute("aria-valuenow", "320")
    assert (width_of(page, "#rooms"), width_of(page, ".functions-panel")) == (320, 312)

    expect(page.locator("#function-customer .functions-wait")).to_have_count(0)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        list_edge.press(key)
    expect(list_edge).to_have_attribute("aria-valuenow", "336")
    list_edge.press("Home")
    assert width_of(page, "#rooms") == 260
    list_edge.press("End")
    assert width_of(page, "#rooms") == 480
    function_edge.press("ArrowLeft")  # away from the window's edge
    expect(function_edge).to_have_attribute("aria-valuenow", "328")
    assert width_of(page, ".functions-panel") == 328
    assert problems(page, "edges") == []

    box = function_edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(box["x"] - 96, 400, steps=3)
    page.mouse.up()
    expect(function_edge).to_have_attribute("aria-valuenow", "428")

    page.reload()
    assert (width_of(page, "#rooms"), width_of(page, ".functions-panel")) == (480, 428)
    page.set_viewport_size({"width": 1000, "height": 800})
    expect(list_edge).to_be_hidden()
    expect(function_edge).to_have_attribute("aria-valuenow", "333")  # a third: it has heard of the narrower window
    assert width_of(page, "#rooms") == 320
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(function_edge).to_have_attribute("aria-valuenow", "428")  # and stands where it is going to stay
    list_edge.dblclick()
    expect(list_edge).to_have_attribute("aria-valuenow", "320")
    function_edge.dblclick()
    expect(function_edge).to_have_attribute("aria-valuenow", "312")
    assert (width_of(page, "#rooms"), width_of(page, ".functions-panel")) == (320, 312)


@pytest.mark.parametrize("width", [1440, 360])
def test_from_right_to_left_everything_stands_the_other_way_round(stage: Stage, width: int) -> None:
    page = opened(stage, viewport={"width": width, "height": 800})
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 360:
        page.locator(".room-back").click()
        expect(page.locator("#rooms")).to_be_visible()
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#rooms").bounding_box()
    assert box
    assert box["x"] + box["width"] == pytest.approx(width, abs=1)
    row(page).click(button="right")
    expect(page.locator("#row-menu")).to_be_visible()
    menu = page.locator("#row-menu").bounding_box()
    assert menu
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= width
    page.keyboard.press("Escape")
    if width == 1440:
        edge = page.locator("[data-resizes=rooms]")
        edge.press("ArrowLeft")
        expect(edge).to_have_attribute("aria-valuenow", "336")


def test_on_a_phone_one_goes_to_the_functions_and_back(stage: Stage) -> None:
    page = opened(stage, viewport=PHONE)
    expect(page.locator("#composer-text")).to_be_visible()
    expect(page.locator(".functions-panel")).to_be_hidden()
    page.locator("[data-toggle=functions]").first.click()
    expect(page.locator(".functions-panel")).to_be_visible()
    expect(page.locator("#function-customer .functions-wait")).to_have_count(0)
    page.locator("[data-function=notes]").click()
    expect(page.locator("#function-notes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".functions-back").click()
    expect(page.locator(".functions-panel")).to_be_hidden()
    expect(page.locator("#composer-text")).to_be_visible()
    page.locator(".room-back").click()
    expect(row(page)).to_be_visible()
    expect(page.locator("#composer-text")).to_be_hidden()


def test_colours_are_chosen_and_kept(stage: Stage) -> None:
    page = stage.agent(stage.world.amy, color_scheme="light")
    canvas = "getComputedStyle(document.documentElement).backgroundColor"
    page.goto("/?choose=1")
    light = page.evaluate(canvas)
    page.locator("[data-theme-choice=dark]").click()
    expect(page.locator("[data-theme-choice=dark]")).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(canvas)
    assert dark != light
    other = page.context.new_page()
    other.goto("/?choose=1")
    assert other.evaluate(canvas) == dark
    other.locator("[data-theme-choice=light]").click()
    expect(page.locator("[data-theme-choice=light]")).to_have_attribute("aria-pressed", "true")  # of the other page
    assert page.evaluate(canvas) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(canvas) == light
    page.locator("[data-theme-choice=system]").click()
    assert page.evaluate(canvas) == dark


def test_a_row_a_message_and_the_composer_read_in_order(stage: Stage) -> None:
    room = room_with(stage.world, "Roses?")
    with scope(stage.world.lotus.pk):
        actions.assign_chatroom(actor=stage.world.amy, chatroom=room, assignee=stage.world.amy, expected_id=None)
    page = stage.agent(stage.world.amy)
    open_inbox(page, f"{INBOX}rooms/{room.pk}/")
    page.fill("#composer-text", "Yes, roses.")
    page.press("#composer-text", "Enter")
    expect(page.locator("#thread li.message", has_text="Yes, roses.")).to_have_attribute(
        "data-state", re.compile("sent|delivered|read|failed")
    )
    expect(row(page)).to_contain_text("Yes, roses.")  # it comes by the other socket

    def parts(within: str, *expected: str) -> None:
        said = page.evaluate(READ_ALOUD, within)
        places = [said.find(part) for part in expected]
        assert -1 not in places, said
        assert places == sorted(places), said

    parts(
        f"#room-{room.pk}-row",
        "Chan Tai Man",
        "Yes, roses.",
        "WhatsApp · Shop",
        "assigned to Amy Agent",
        "Select",
        "What can",
    )
    sent = page.locator("#thread li.message", has_text="Yes, roses.").get_attribute("id")
    parts(f"#{sent}", "Amy Agent", "Yes, roses.", ":")
    came = page.locator("#thread li.message", has_text="Roses?").get_attribute("id")
    parts(f"#{came}", "Customer", "Roses?", "React to this message", "Reply to this message", ":")
    parts("#composer", "Message", "Write a message…", "Send")

    receive(stage.world.app, webhook(stage.world.shop, messages=[text_message("And tulips?")]))
    expect(page.get_by_role("log", name="New messages")).to_have_text("Chan Tai Man: And tulips?")
