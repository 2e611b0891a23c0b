"""An agent finds an old message, reads on from it to the newest, and goes back to what was found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.search.conftest import say
from tests.world import receive, room_with, text_message, webhook

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)


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
    expect(page.locator("#room-list")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/w/lotus-flowers/\?search=q%3DPEONIES%2Bfri$"))
    found.locator("a").click()
    expect(page.locator(f"#message-{hit.pk}[data-hit]")).to_be_in_viewport()
    expect(page).to_have_url(re.compile(rf"/rooms/{room.pk}/\?at={hit.pk}&search="))
    expect(page.locator(f"#message-{said[-1].pk}")).to_have_count(0)

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

    page.go_back()
    expect(page.locator("#search-text")).to_have_value("PEONIES fri")
    expect(page.locator(f"#message-hit-{hit.pk}")).to_be_visible()
    page.locator("#search-text").press("Escape")
    expect(page.locator(f"#room-{room.pk}-row")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/w/lotus-flowers/$"))
