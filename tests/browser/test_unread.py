"""How much of a chat is unread, where the page does not know it by itself."""

from __future__ import annotations

import re
import time
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Request, Route, expect

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom, ReadMarker
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import EARLIER, crowd
from tests.processes import until
from tests.world import World, receive, rooms_of, text_message, webhook

from .conftest import BROKEN_LINES, Stage
from .test_conversation import open_inbox

ROWS = re.compile(r"/rows?/")
OUTAGE = "for (const each of ['line-lost', 'caught-up']) document.dispatchEvent(new Event(each))"


def unread(page: Page, room: Chatroom) -> Locator:
    return page.locator(f"#room-{room.pk}-row [data-unread-number]")


def write(world: World, *numbers: int, at: int | None = None) -> None:
    """Some of a crowd write again, or for the first time, all at once."""
    messages = [
        text_message("Me", phone=f"852700{each:05}", name=f"Customer {each}", at=at or int(time.time()))
        for each in numbers
    ]
    receive(world.app, webhook(world.shop, messages=messages))


def asked_about(request: Request) -> list[int]:
    return [int(room) for room in parse_qs(urlsplit(request.url).query).get("room", [])]


def test_older_chats_are_asked_about_together_and_what_just_came_counts_meanwhile(stage: Stage) -> None:
    world, amy = stage.world, stage.agent(stage.world.amy)
    rooms = crowd(world, 55)
    write(world, 0, at=EARLIER)
    with scope(world.lotus.pk):
        actions.mark_all(
            member=world.amy, room_ids=[room.pk for room in rooms if room not in (rooms[0], rooms[2])], is_read=True
        )
    open_inbox(amy)
    held: list[Route] = []
    amy.route(ROWS, lambda route: held.append(route))
    with amy.expect_request(ROWS):
        write(world, 0, 1, 2, 1000)
    newborn = rooms_of(world.shop)[-1]
    for room in (*rooms[:3], newborn):
        expect(unread(amy, room)).to_have_text("1")
    expect(amy).to_have_title(re.compile(r"^\(4\)"))
    [question] = held
    assert sorted(asked_about(question.request)) == [room.pk for room in rooms[:3]]

    question.continue_()
    for room, count in zip((*rooms[:3], newborn), ("3", "1", "2", "1"), strict=True):
        expect(unread(amy, room)).to_have_text(count)
    expect(amy).to_have_title(re.compile(r"^\(7\)"))
    write(world, 0)
    expect(unread(amy, rooms[0])).to_have_text("4")
    assert held == [question], "what is known is not asked about"


def test_what_was_read_elsewhere_during_an_outage_is_asked_about_until_it_is_known(stage: Stage) -> None:
    world, amy = stage.world, stage.agent(stage.world.amy)
    rooms = crowd(world, 120)
    amy.clock.install()
    open_inbox(amy)
    for shown in (50, 100):
        expect(amy.locator("#room-list > .row")).to_have_count(shown)
        amy.locator(".older-rows a").click()
    expect(amy.locator("#room-list > .row")).to_have_count(120)
    amy.mouse.move(900, 400)  # rows stay where they are under the pointer
    write(world, 1000)
    away = rooms_of(world.shop)[-1]
    expect(unread(amy, away)).to_have_text("1")
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.ben, chatroom=away)
    expect(unread(amy, away)).to_have_count(0)

    # The news of what she reads on her phone are lost.
    with scope(world.lotus.pk):
        for room in (away, rooms[0], rooms[-1]):
            ReadMarker.objects.create(workspace=world.lotus, chatroom=room, member=world.amy, seen_count=1)
    asked: list[list[int]] = []

    def refuse_the_first(route: Route) -> None:
        asked.append(asked_about(route.request))
        if len(asked) == 1:
            route.fulfill(status=503)
        else:
            route.continue_()

    amy.route(ROWS, refuse_the_first)
    with amy.expect_response(ROWS):
        amy.evaluate(OUTAGE)
        amy.clock.fast_forward(5000)
    for room in (rooms[0], rooms[-1]):
        expect(unread(amy, room)).to_have_text("1")
    until(lambda: amy.clock.fast_forward(5000) or len(asked) >= 3, every=0.5)
    for room in (rooms[0], rooms[-1]):
        expect(unread(amy, room)).to_have_text("0")
    assert sorted(asked[1] + asked[2]) == [room.pk for room in rooms], "each once, at most a hundred at a time"

    # Chats that came and went meanwhile are asked about once they come back.
    write(world, 1000, 1000)
    until(lambda: amy.clock.fast_forward(5000) or asked[-1] == [away.pk], every=0.5)
    expect(unread(amy, away)).to_have_text("2")
    stage.forgive(BROKEN_LINES)  # the browser mentions the refused answer
