"""An undo on a bad line: its answer is lost or slow, its text is not, and whoever goes on elsewhere is not disturbed."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.processes import until
from tests.world import messages_of, room_with

from .conftest import BROKEN_LINES, Stage
from .test_conversation import answer, message, open_inbox
from .test_drafts_and_undo import OTHERS

TEXT = "#composer-text"


def test_a_text_whose_undo_is_answered_late_comes_back_beside_what_is_done_meanwhile(stage: Stage) -> None:
    stage.world.lotus.undo_seconds = 30
    stage.world.lotus.save()
    room = room_with(stage.world, "Do you have roses?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    answer(amy, "We do")
    lost: list[Route] = []
    held: list[Route] = []

    def deliver(route: Route) -> None:
        if lost:
            held.append(route)
            return
        lost.append(route)
        route.fetch()
        route.abort()

    others: list[Route] = []
    amy.route(OTHERS, lambda route: others.append(route))  # one that is answered takes the notice back
    amy.route("**/undo/", deliver)
    message(amy, "We do").get_by_role("button", name="Undo").click()
    expect(amy.locator("#notices")).to_contain_text("The server cannot be reached.")
    for route in others:
        route.continue_()
    amy.unroute(OTHERS)
    until(lambda: amy.wait_for_timeout(20) or held)  # it asks again by itself
    expect(message(amy, "We do")).to_be_hidden()
    answer(amy, "Only tulips")
    expect(message(amy, "Only tulips")).to_be_visible()
    expect(amy.locator(TEXT)).to_have_value("")
    amy.fill(TEXT, "Red ones")
    amy.click("#search-text")
    held[0].continue_()
    expect(amy.locator(TEXT)).to_have_value("We do\n\nRed ones")
    expect(amy.locator("#search-text")).to_be_focused()
    expect(amy.locator(".composer-newer")).to_be_hidden()
    expect(amy.locator("#notices")).not_to_contain_text("The server cannot be reached.")
    assert [each.text for each in messages_of(room)] == ["Do you have roses?", "", "Only tulips"]

    amy.unroute("**/undo/")
    amy.fill(TEXT, "")
    message(amy, "Only tulips").get_by_role("button", name="Undo").click()
    expect(amy.locator(TEXT)).to_have_value("Only tulips")
    expect(amy.locator(TEXT)).to_be_focused()
    stage.forgive(BROKEN_LINES)  # the browser mentions the lost answer
    stage.forgive("409")
