"""What an agent writes is never lost: on another device, after a change of mind, and without a connection."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Route, expect

from inbox.chatrooms.models import AnswerDraft, Message
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import messages_of, room_with, write

from .conftest import BROKEN_LINES, Stage
from .test_conversation import LIVE, answer, leaves_composing_alone, message, open_inbox, row

TEXT = "#composer-text"
OTHERS = re.compile("/(counts|held)/")  # what the page asks for by itself
QUEUED_HALF_AN_HOUR_AGO = """() => {
    const key = Object.keys(localStorage).find((each) => each.startsWith("unsent:"));
    const items = JSON.parse(localStorage[key]).map((item) => ({ ...item, at: item.at - 1_800_000 }));
    localStorage[key] = JSON.stringify(items);
}"""


def saved_text(stage: Stage) -> str | None:
    with scope(stage.world.lotus.pk):
        return AnswerDraft.objects.values_list("text", flat=True).first()


def sent_texts(stage: Stage) -> list[str]:
    return [each.text for each in stage.simulator.sent()]


def answering_with_a_page(status: int) -> Callable[[Route], None]:
    page = f"<!doctype html><title>A page</title><p>Status {status}</p>"
    return lambda route: route.fulfill(status=status, body=page)


def test_a_draft_goes_along_to_another_device_and_a_sent_text_comes_back(stage: Stage) -> None:
    stage.world.lotus.undo_seconds = 30
    stage.world.lotus.save()
    room = room_with(stage.world, "Do you have roses?")
    room_with(stage.world, "Open today?", phone="85290000002", name="Chen Mei")
    path = f"/w/lotus-flowers/rooms/{room.pk}/"
    desk, phone = stage.agent(stage.world.amy), stage.agent(stage.world.amy)
    open_inbox(desk, path)
    desk.fill(TEXT, "We do, red ")
    desk.press(TEXT, "ControlOrMeta+b")
    desk.keyboard.type("ones")
    desk.get_by_role("button", name="Emoji").click()
    desk.keyboard.type("玫瑰")
    assert leaves_composing_alone(desk.locator("#emoji-search"))
    desk.keyboard.press("Enter")
    written = "We do, red *ones🌹*"
    expect(desk.locator(TEXT)).to_have_value(written)
    expect(row(desk).locator(".row-draft")).to_be_visible()
    until(lambda: saved_text(stage) == written)

    open_inbox(phone, path)
    expect(phone.locator(TEXT)).to_have_value(written)
    expect(row(phone).locator(".row-draft")).to_be_visible()
    phone.fill(TEXT, "We do")
    until(lambda: saved_text(stage) == "We do")
    desk.fill(TEXT, "We do, and tulips")
    expect(desk.locator(".composer-newer")).to_contain_text("“We do”")
    desk.get_by_role("button", name="Keep mine").click()
    until(lambda: saved_text(stage) == "We do, and tulips")

    desk.press(TEXT, "Enter")
    waiting = message(desk, "We do, and tulips")
    expect(waiting.locator(".undo")).to_contain_text("Sending in")
    expect(row(desk).locator(".row-draft")).to_be_hidden()
    desk.fill(TEXT, "One more thing")
    undo = waiting.get_by_role("button", name="Undo")
    others: list[Route] = []
    desk.route(OTHERS, lambda route: others.append(route))  # one that is answered takes back that one is signed out
    for status, words in ((401, "You were signed out."), (500, "Something went wrong on our side.")):
        desk.route("**/undo/", answering_with_a_page(status))
        undo.click()
        expect(desk.locator(".notice", has_text=words)).to_have_count(1)
        expect(undo).to_be_enabled()
        desk.unroute("**/undo/")
    expect(desk.locator("#notices")).not_to_contain_text("Status")
    for route in others:
        route.continue_()
    desk.unroute(OTHERS)
    undo.click()
    expect(desk.locator(TEXT)).to_have_value("We do, and tulips\n\nOne more thing")
    expect(waiting).to_be_hidden()
    assert sent_texts(stage) == []

    desk.press(TEXT, "Enter")
    held: list[Route] = []
    desk.route("**/undo/", lambda route: held.append(route))
    with desk.expect_request("**/undo/"):
        message(desk, "We do, and tulips").get_by_role("button", name="Undo").click()
    row(desk, "Chen Mei").locator(".row-link").click()
    expect(desk.locator("#thread")).to_contain_text("Open today?")
    with desk.expect_response("**/undo/"):
        held[0].continue_()
    expect(row(desk).locator(".row-draft")).to_be_visible()
    expect(desk.locator(TEXT)).to_have_value("")
    stage.forgive("40[19]|500")  # the browser mentions what was refused


def test_what_is_sent_without_a_connection_waits_and_leaves_once(stage: Stage) -> None:
    room = room_with(stage.world, "Hello?")
    stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "Hello?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    amy.route("**/messages/", lambda route: route.abort())
    answer(amy, "First")
    queue = amy.locator(".composer-queue")
    expect(queue).to_contain_text("First")
    answer(amy, "Second")
    answer(amy, "Third")
    expect(queue.locator("li")).to_have_count(3)
    queue.locator("li", has_text="Second").get_by_role("button").click()
    expect(amy.locator(TEXT)).to_have_value("Second")
    until(lambda: saved_text(stage) == "Second")
    amy.fill(TEXT, "")
    until(lambda: saved_text(stage) == "")
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(queue.locator("li")).to_have_count(2)
    expect(amy.locator(TEXT)).to_have_value("")
    amy.unroute("**/messages/")
    expect(message(amy, "Third")).to_be_visible(timeout=20_000)
    expect(queue).to_be_hidden()
    expect(amy.locator('#thread li.message[data-direction="outbound"] .message-text')).to_have_text(["First", "Third"])
    assert [each.text for each in messages_of(room) if each.direction == "outbound"] == ["First", "Third"]

    amy.route("**/messages/", lambda route: route.abort())
    answer(amy, "Fourth")
    expect(queue).to_contain_text("Fourth")
    then = clock.now() - timedelta(minutes=20)
    bens = write(stage.world.ben, room, "We are closed today")
    with scope(room.workspace_id):
        Message.objects.filter(pk=bens.pk).update(sent_at=then, created_at=then)
    amy.evaluate(QUEUED_HALF_AN_HOUR_AGO)
    amy.focus("#search-text")
    amy.unroute("**/messages/")
    expect(amy.locator(".composer-returned")).to_contain_text("Ben Agent answered 20 min ago", timeout=20_000)
    expect(amy.locator(TEXT)).to_have_value("Fourth")
    expect(amy.locator("#search-text")).to_be_focused()
    amy.press(TEXT, "Enter")
    until(lambda: messages_of(room)[-1].text == "Fourth")
    stage.forgive("409")
    stage.forgive(BROKEN_LINES)  # the browser mentions each request that failed
