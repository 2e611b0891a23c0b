"""An agent finds an old message, reads on from it to the newest, and goes back to what was found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inbox.workspaces.tenancy import scope
from tests.search.conftest import note, say
from tests.world import receive, room_with, text_message, webhook

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)

MARKED = """[...(CSS.highlights.get("found") ?? [])].map((part) => {
    const range = document.createRange();
    range.setStart(part.startContainer, part.startOffset);
    range.setEnd(part.endContainer, part.endOffset);
    return range.toString();
})"""


def test_a_search_opens_at_the_hit_reads_on_to_the_newest_and_comes_back(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Good morning")
    said = say(
        room,
        *(f"Line {number}" for number in range(60)),
        "Peonies like on Friday",
        *(f"Line {n}" for n in range(61, 140)),
    )
    hit = said[60]
    page = stage.agent(world.amy)
    page.goto("/w/lotus-flowers/")
    expect(page.locator("html[data-socket=open]")).to_be_visible()
    page.keyboard.press("f")
    page.keyboard.type("PEONIES fri")
    found = page.locator(f"#message-hit-{hit.pk}")
    expect(found.locator("mark")).to_have_text(["Peonies", "Fri"])
    expect(page.locator("#search-said")).to_have_text("Messages 1")
    expect(page.locator("#room-list")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/w/lotus-flowers/\?search=q%3DPEONIES%2Bfri$"))
    found.locator("a").click()
    expect(page.locator(f"#message-{hit.pk}[data-hit]")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(rf"/rooms/{room.pk}/\?at={hit.pk}&search="))
    expect(page.locator(f"#message-{said[-1].pk}")).to_have_count(0)
    assert page.evaluate(MARKED) == ["Peonies", "Fri"]

    # What arrives meanwhile stays out of the hole.
    receive(world.app, webhook(world.shop, messages=[text_message("Are you there?")]))
    expect(page.locator("#new-messages")).to_be_visible()
    expect(page.locator(".message-text", has_text="Are you there?")).to_have_count(0)

    # Reading on loads what follows, and then the thread is live again.
    page.locator("#thread").evaluate("thread => { thread.scrollTop = 0; }")
    expect(page.locator(".newer-messages")).to_have_count(0)
    expect(page.locator("#to-newest")).to_have_count(0)
    expect(page.locator(".message .message-text").last).to_have_text("Are you there?")
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    expect(page.locator(".message .message-text").last).to_have_text("Hello?")

    with page.expect_event("load"):  # a step back loads the page anew
        page.evaluate("history.back()")
    expect(page.locator("#search-text")).to_have_value("PEONIES fri")
    expect(page.locator(f"#message-hit-{hit.pk}")).to_be_visible()
    page.locator("#search-text").fill("Daffodils")
    expect(page.locator("#search-said")).to_have_text("Nothing was found")
    page.locator("#search-text").press("Escape")
    expect(page.locator("#search-said")).to_have_text("")
    expect(page.locator(f"#room-{room.pk}-row")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/w/lotus-flowers/$"))


def test_a_note_that_was_found_opens_beside_the_chat(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Good morning")
    written = [note(world.ben, room, f"Note {number}") for number in range(32)]
    written[0].text = "Allergic: ＣＡＦÉ au lait dahlias"
    with scope(world.lotus.pk):
        written[0].save()
    page = stage.agent(world.amy)
    page.goto("/w/lotus-flowers/")
    page.locator("#search-text").fill("lait cafe")
    page.locator(f"#note-hit-{written[0].pk} a").click()
    hit = page.locator(f"#note-{written[0].pk}[data-hit=words]")
    expect(hit).to_be_in_viewport()
    assert page.evaluate(MARKED) == ["lait", "ＣＡＦÉ"]
    page.reload()
    expect(hit).to_be_in_viewport()
