"""The main job, as people see it: a customer on a phone, agents in browsers, everything live."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, Route, expect

from inbox.chatrooms import actions
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import PASSWORD, receive, room_with, text_message, webhook

from .conftest import BROKEN_LINES, Stage

LIVE = "html[data-socket=open]"
CONFIRM_IN_SAFARI = """(box) => box.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))"""


def open_inbox(page: Page, path: str = "/w/lotus-flowers/") -> None:
    page.goto(path)
    page.wait_for_selector(LIVE)


def row(page: Page, name: str = "Chan Tai Man"):  # type: ignore[no-untyped-def]
    return page.locator("#room-list > li", has_text=name)


def message(page: Page, text: str):  # type: ignore[no-untyped-def]
    return page.locator("#thread li.message", has_text=text)


def answer(page: Page, text: str) -> None:
    page.fill("#composer-text", text)
    page.press("#composer-text", "Enter")


def leaves_composing_alone(box: Locator) -> bool:
    """Press the Enter that confirms a word in Safari, which has ended the composition by then."""
    return bool(box.evaluate(CONFIRM_IN_SAFARI))


def test_a_customer_and_two_agents_hold_a_conversation_live(stage: Stage) -> None:
    amy, ben = stage.agent(None), stage.agent(stage.world.ben)
    amy.goto("/")
    amy.fill("input[name=login]", "amy@example.com")
    amy.fill("input[name=password]", PASSWORD)
    amy.click("form[action*=login] button[type=submit]")
    amy.wait_for_selector(LIVE)
    open_inbox(ben)
    phone = stage.phone()

    phone.get_by_role("textbox", name="Message").fill("Do you have peonies?")
    phone.keyboard.press("Enter")
    expect(row(amy)).to_contain_text("Do you have peonies?")
    expect(row(ben).locator(".row-unread")).to_contain_text("1")

    row(amy).locator("a").hover()
    amy.mouse.down()
    phone.get_by_role("textbox", name="Message").fill("Or roses?")
    phone.keyboard.press("Enter")
    expect(row(amy)).to_contain_text("Or roses?")
    amy.mouse.up()  # on the row that came in the place of the one she pressed
    expect(message(amy, "Do you have peonies?")).to_be_visible()
    expect(row(amy).locator(".row-unread")).to_be_hidden()
    row(ben).locator("a").click()
    answer(amy, "Yes, three bunches.")
    expect(phone.get_by_text("Yes, three bunches.").first).to_be_visible()
    for page in (amy, ben):
        expect(message(page, "Yes, three bunches.")).to_have_attribute("data-state", "read")
        expect(message(page, "Yes, three bunches.")).to_have_count(1)
    expect(row(ben)).to_contain_text("Yes, three bunches.")

    amy.get_by_role("button", name="Take").click()
    for page in (amy, ben):
        expect(page.locator(".room-state")).to_contain_text("Amy Agent")
        expect(message(page, "Amy Agent took this chat")).to_be_visible()
    ben.locator(".room-state").get_by_role("button", name="Close").click()
    expect(amy.locator(".room-state")).to_have_attribute("data-status", "closed")
    expect(row(amy)).to_have_count(0)

    phone.get_by_role("textbox", name="Message").fill("One more thing")
    phone.keyboard.press("Enter")
    expect(message(amy, "One more thing")).to_be_visible()
    expect(row(amy)).to_contain_text("One more thing")
    expect(amy.locator(".room-state")).to_have_attribute("data-status", "open")


def test_a_stranger_sees_nothing_of_it(stage: Stage) -> None:
    sam = stage.agent(stage.world.sam)
    open_inbox(sam, "/w/other-bakery/")
    room = room_with(stage.world, "Do you have peonies?")
    receive(stage.world.app, webhook(stage.world.oven, messages=[text_message("Bread?", name="Bread Lover")]))
    expect(row(sam, "Bread Lover")).to_be_visible()
    expect(row(sam)).to_have_count(0)
    response = sam.goto(f"/w/other-bakery/rooms/{room.pk}/")
    assert response is not None
    assert response.status == 404
    stage.forgive("404")  # the browser mentions the 404


def test_a_page_that_lost_its_connection_catches_up_without_loss_or_double(stage: Stage) -> None:
    room = room_with(stage.world, "Before")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    stage.web.kill()
    expect(amy.locator("html")).not_to_have_attribute("data-socket", "open")
    for number in range(5):
        room_with(stage.world, f"While away {number}")
    receive(
        stage.world.app, webhook(stage.world.shop, messages=[text_message("New", phone="85290000009", name="Newcomer")])
    )
    with scope(stage.world.lotus.pk):
        actions.assign_chatroom(actor=stage.world.ben, chatroom=room, assignee=stage.world.ben, expected_id=None)
    stage.web.start()
    amy.wait_for_selector(LIVE, timeout=30_000)

    for number in range(5):
        expect(message(amy, f"While away {number}")).to_have_count(1)
    expect(row(amy, "Newcomer")).to_have_count(1)
    expect(amy.locator(".room-state")).to_contain_text("Ben Agent")
    expect(row(amy).locator(".row-unread")).to_be_hidden()
    anew = fresh(stage, amy)
    until(lambda: content(amy) == content(anew))
    stage.forgive(BROKEN_LINES)  # the browser mentions every connection that was refused


def content(page: Page) -> object:
    """What the page says, without what belongs to the moment (focus, positions)."""
    return page.evaluate(
        """() => ({
            rows: [...document.querySelectorAll('#room-list > li')].map(e => [e.id, e.innerText, e.dataset.lastAt]),
            messages: [...document.querySelectorAll('#thread li.message')].map(e => [e.id, e.innerText, e.dataset.state, e.dataset.sentAt]),
            state: document.querySelector('.room-state').innerText,
        })"""
    )


def fresh(stage: Stage, page: Page) -> Page:
    other = stage.agent(stage.world.amy)
    open_inbox(other, page.url)
    return other


def test_reading_and_answering_work_without_javascript(stage: Stage) -> None:
    room_with(stage.world, "Hello?")
    amy = stage.agent(stage.world.amy, java_script_enabled=False)
    amy.goto("/w/lotus-flowers/")
    row(amy).locator("a").click()
    expect(message(amy, "Hello?")).to_be_visible()
    expect(row(amy).locator(".row-unread")).to_contain_text("1")
    amy.get_by_role("button", name="Mark as read").click()
    expect(row(amy).locator(".row-unread")).to_be_hidden()
    expect(amy.get_by_role("button", name="Mark as read")).to_have_count(0)
    amy.fill("#composer-text", "Hello from plain HTML")
    amy.get_by_role("button", name="Send", exact=True).click()
    expect(message(amy, "Hello from plain HTML")).to_be_visible()
    amy.get_by_role("button", name="Take").click()
    expect(amy.locator(".room-state")).to_contain_text("Amy Agent")
    amy.get_by_role("button", name="Close", exact=True).click()
    expect(amy.locator(".room-state")).to_have_attribute("data-status", "closed")


def test_text_is_never_lost(stage: Stage) -> None:
    room = room_with(stage.world, "Hello?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    expect(amy.get_by_role("button", name="Mark as read")).to_be_hidden()
    long = "x" * 50_000
    with on_its_way(amy):
        amy.fill("#composer-text", long)
        amy.get_by_role("button", name="Send", exact=True).click()
        amy.fill("#composer-text", f"{long} more")
        amy.locator("#composer-text").blur()
    expect(amy.locator(".form-error")).to_contain_text("go out at once")
    expect(amy.locator("#composer-text")).to_have_value(f"{long} more")
    expect(amy.locator("#composer-text")).to_be_focused()

    amy.fill("#composer-text", "A draft")
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(amy.locator("#composer-text")).to_have_value("A draft")

    amy.context.clear_cookies(name="sessionid")
    amy.press("#composer-text", "Enter")
    expect(amy.locator("#notices")).to_contain_text("sign", ignore_case=True)
    expect(amy.locator("#composer-text")).to_have_value("A draft")
    amy.close()  # which would go on trying to save the draft
    stage.forgive("422|401")  # the browser mentions the 422 and the 401


def test_a_text_that_was_sent_does_not_come_back_as_a_draft(stage: Stage) -> None:
    here = room_with(stage.world, "Hello?")
    room_with(stage.world, "Me too", phone="85290000002", name="Wong Siu Ming")
    # The vendor too has to know that they wrote, else it refuses our answers.
    assert stage.simulator.inbound(stage.world.shop.account_id, "85290000001", "Anybody there?").delivered
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{here.pk}/")
    with on_its_way(amy):
        answer(amy, "Sent once")
        row(amy, "Wong Siu Ming").locator("a").click()
        expect(message(amy, "Me too")).to_be_visible()
    row(amy).locator("a").click()
    expect(message(amy, "Sent once")).to_have_count(1)
    expect(amy.locator("#composer-text")).to_have_value("")

    with lost_answer(amy):
        answer(amy, "Answer lost")
    amy.reload()
    amy.wait_for_selector(LIVE)
    expect(amy.locator(".composer-queue")).to_be_hidden()  # it went out again, as the same message
    expect(amy.locator("#composer-text")).to_have_value("")
    expect(message(amy, "Answer lost")).to_have_count(1)
    drafts = "Object.keys(sessionStorage).filter((key) => key.startsWith('draft'))"
    until(lambda: amy.evaluate(drafts) == [])
    amy.fill("#composer-text", "A draft")
    assert amy.evaluate(drafts) == [f"draft:{stage.world.amy.pk}:{here.pk}"]
    stage.forgive(BROKEN_LINES)  # the browser mentions the lost answer


SENDING = "**/rooms/*/messages/"


@contextmanager
def on_its_way(page: Page) -> Iterator[None]:
    """A message that is sent inside reaches the server only after it."""
    held: list[Route] = []
    page.route(SENDING, lambda route: held.append(route))
    yield
    until(lambda: page.wait_for_timeout(20) or held)  # only while the page is waited for, routes are heard
    with page.expect_response(SENDING):
        held[0].continue_()
    page.unroute(SENDING)


@contextmanager
def lost_answer(page: Page) -> Iterator[None]:
    """A message that is sent inside reaches the server, whose answer does not come back."""

    def deliver(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(SENDING, deliver)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/messages/")):
        yield
    page.unroute(SENDING)


def test_reading_is_reported_however_busy_the_inbox_is(stage: Stage) -> None:
    room = room_with(stage.world, "Hello?")
    amy = stage.agent(stage.world.amy)
    open_inbox(amy, f"/w/lotus-flowers/rooms/{room.pk}/")
    amy.evaluate("setInterval(() => document.dispatchEvent(new Event('htmx:wsAfterMessage')), 100)")
    with amy.expect_response(lambda answer: answer.request.post_data == "seen=2") as told:
        room_with(stage.world, "Still there?")
    assert told.value.ok


def test_a_phone_sized_page_shows_one_panel_at_a_time(stage: Stage) -> None:
    room_with(stage.world, "Hello? " * 40)
    amy = stage.agent(stage.world.amy, viewport={"width": 360, "height": 740})
    open_inbox(amy)
    expect(row(amy)).to_be_visible()
    row(amy).locator("a").click()
    expect(message(amy, "Hello?")).to_be_visible()
    expect(row(amy)).to_be_hidden()
    assert amy.evaluate("document.documentElement.scrollWidth") <= 360
    amy.get_by_role("link", name="Back to the list").click()
    expect(row(amy)).to_be_visible()
