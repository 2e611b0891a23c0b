"""An open chat is closed over nothing that its customer has written and nobody has read; and who writes keeps the focus."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from inbox.chatrooms.models import RoomStatus
from tests.pages.conftest import room_url
from tests.processes import until
from tests.world import receive, reload, room_with, text_message, webhook

from .conftest import Stage
from .test_conversation import message, open_inbox

pytestmark = pytest.mark.django_db(transaction=True)

READ_AFTER = 1100  # milliseconds, see room-state.js


def says(stage: Stage, text: str) -> None:
    receive(stage.world.app, webhook(stage.world.shop, messages=[text_message(text)]))


def losing(page: Page, words: str) -> None:
    """Keep every frame with these words from the page."""

    def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if words in str(frame) else socket.send(frame))

    page.route_web_socket(re.compile("/ws/"), pass_on)


def test_a_chat_whose_customer_writes_while_it_is_closed_stays_open_until_somebody_has_read_it(stage: Stage) -> None:
    room = room_with(stage.world, "Hello?")
    amy = stage.agent(stage.world.amy)
    held: list[Route] = []
    losing(amy, "Second thoughts")
    open_inbox(amy, room_url(room))
    amy.route("**/since/**", lambda route: held.append(route))
    state, notices = amy.locator(".room-state"), amy.locator("#notices")
    left = "Nothing was changed. 1 was left: its customer has written meanwhile (Chan Tai Man)."

    # The frame of one message is lost and the catch-up takes long; the next one has come, and stands there to be read.
    says(stage, "Second thoughts")
    says(stage, "Third thoughts")
    expect(message(amy, "Third thoughts")).to_be_visible()
    amy.wait_for_timeout(READ_AFTER)
    expect(message(amy, "Second thoughts")).to_have_count(0)
    amy.keyboard.press("e")
    expect(notices).to_contain_text(left)
    expect(state).to_have_attribute("data-status", "open")
    assert reload(room).status == RoomStatus.OPEN
    amy.get_by_role("button", name="Dismiss").last.click()
    until(lambda: amy.wait_for_timeout(20) or held)
    held[0].continue_()
    expect(message(amy, "Second thoughts")).to_be_visible()

    # What has just come is unread, however fast its frame was.
    amy.wait_for_timeout(READ_AFTER)
    says(stage, "One more thing")
    expect(message(amy, "One more thing")).to_be_visible()
    amy.keyboard.press("y")
    expect(notices).to_contain_text(left)
    amy.get_by_role("button", name="Do it anyway").click()
    expect(notices).to_contain_text("1 chat archived.")
    expect(state).to_have_attribute("data-status", "archived")

    says(stage, "I am back")
    expect(state).to_have_attribute("data-status", "open")
    expect(message(amy, "I am back")).to_be_visible()
    amy.wait_for_timeout(READ_AFTER)
    amy.keyboard.press("e")
    expect(notices).to_contain_text("The chat is closed.")
    expect(state).to_have_attribute("data-status", "closed")
