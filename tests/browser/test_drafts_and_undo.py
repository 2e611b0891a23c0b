"""What an agent writes is never lost: on another device, after a change of mind, and without a connection."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from inbox.chatrooms.models import AnswerDraft
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import messages_of, room_with

from .conftest import Stage
from .test_conversation import LIVE, answer, message, open_inbox, row

TEXT = "#composer-text"


def saved_text(stage: Stage) -> str | None:
    with scope(stage.world.lotus.pk):
        return AnswerDraft.objects.values_list("text", flat=True).first()


def sent_texts(stage: Stage) -> list[str]:
    return [each.text for each in stage.simulator.sent()]


def texts(page: Page) -> list[str]:
    return page.locator('#thread li.message[data-direction="outbound"] .message-text').all_inner_texts()


def test_a_draft_goes_along_to_another_device_and_a_sent_text_comes_back(stage: Stage) -> None:
    stage.world.lotus.undo_seconds = 30
    stage.world.lotus.save()
    room = room_with(stage.world, "Do you have roses?")
    path = f"/w/lotus-flowers/rooms/{room.pk}/"
    desk, phone = stage.agent(stage.world.amy), stage.agent(stage.world.amy)
    open_inbox(desk, path)
    desk.fill(TEXT, "We do, red ")
    desk.press(TEXT, "ControlOrMeta+b")
    desk.keyboard.type("ones")
    desk.get_by_role("button", name="Emoji").click()
    desk.keyboard.type("玫瑰")
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
    waiting.get_by_role("button", name="Undo").click()
    expect(desk.locator(TEXT)).to_have_value("We do, and tulips\n\nOne more thing")
    expect(waiting).to_be_hidden()
    assert sent_texts(stage) == []
    stage.complaints.clear()  # the browser mentions the 409


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
    amy.fill(TEXT, "")
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(queue.locator("li")).to_have_count(2)
    expect(amy.locator(TEXT)).to_have_value("")
    amy.unroute("**/messages/")
    expect(message(amy, "Third")).to_be_visible(timeout=20_000)
    expect(queue).to_be_hidden()
    assert texts(amy) == ["First", "Third"]
    assert [each.text for each in messages_of(room) if each.direction == "outbound"] == ["First", "Third"]
    stage.complaints.clear()  # the browser mentions each request that failed
