"""The page of an agent who does not see all chats: what they lose leaves it while they look."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import WebSocket, expect

from inbox.chatrooms import actions
from inbox.customers.selectors import group_of
from inbox.notes.actions import add_note, delete_note
from inbox.realtime import publish
from inbox.workspaces.models import Membership, Visibility
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import room_with

from .conftest import BROKEN_LINES, Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_chat_that_goes_to_somebody_else_leaves_the_page(stage: Stage) -> None:
    world = stage.world
    lost, kept = (
        room_with(world, f"I am {name}", phone=f"8529111000{len(name)}", name=name) for name in ("Anna", "Berta")
    )
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN)
        actions.assign_all(actor=world.olivia, room_ids=[lost.pk, kept.pk], assignee=world.amy)
    page = stage.agent(world.amy)
    page.goto(f"/w/lotus-flowers/rooms/{lost.pk}/")
    page.wait_for_selector("html[data-socket=open]")
    expect(page.locator("#room-list .row")).to_have_count(2)

    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.olivia, chatroom=lost, assignee=world.ben, expected_id=world.amy.pk)
    expect(page.locator("#room")).to_contain_text("Choose a chat")
    expect(page).to_have_url(re.compile(r"/w/lotus-flowers/$"))
    expect(page.locator("#room-list .row")).to_have_count(1)
    expect(page.locator("#notices")).to_contain_text("you may not see it")
    expect(page.locator("body")).not_to_contain_text("I am Anna")

    # Its sockets are asked, and no word to load anew has come.
    page.locator("#room-list .row a").click()
    page.locator("#composer-text").fill("Half a sen")
    page.locator("[data-function=schedule]").click()
    page.locator("#schedule-text").fill("To")
    page.locator("[data-function=notes]").click()
    expect(page.locator("#schedule-text")).to_be_hidden()
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.ALL)
    heard: list[object] = []

    def listen(socket: WebSocket) -> None:
        if "/rooms/" in socket.url:
            socket.on("framereceived", lambda frame: heard.append(frame))

    page.on("websocket", listen)
    publish.recheck([publish.member_group(world.amy.pk)])
    until(lambda: page.evaluate("1") and heard)
    expect(page.locator("#notices")).to_contain_text("out of date")
    expect(page.locator(".live")).to_have_text("Catching up", use_inner_text=True)
    page.locator("#notices [data-dismiss]").last.click()
    room_with(world, "Are you there?", phone="85291110005", name="Berta")
    expect(page.locator("#room .messages")).to_contain_text("Are you there?")  # it listens on, in the meantime
    expect(page.locator("#notices")).not_to_contain_text("out of date")
    page.locator(".composer-mode", has_text="Note to the team").click()
    page.evaluate("const now = performance.now(); performance.now = () => now")  # she types without a pause
    page.keyboard.type("T")
    page.evaluate("document.getElementById('schedule-text').value = ''")  # nothing is lost any more
    page.keyboard.type("ell Bye", delay=200)  # it waits: these letters are no keys of the page
    page.keyboard.press("ArrowLeft")
    with page.expect_navigation():
        page.evaluate("const now = performance.now(); performance.now = () => now + 3000")
    expect(page.locator("#room-list .row")).to_have_count(2)
    page.wait_for_selector("html[data-socket=open]")
    expect(page.locator("#composer-text")).to_have_value("Half a sen")
    expect(page.locator("#composer-note-text")).to_be_focused()
    page.keyboard.type("t")
    expect(page.locator("#composer-note-text")).to_have_value("Tell Byte")
    expect(page.locator("#notices")).not_to_contain_text("signed out")
    # What the page asked of the chat at that very moment is refused, which the console notes.
    stage.forgive("404")


# The open chat's socket does not find its way back, so that only the catch-up can tell.
KEEP_AWAY = """() => {
  const open = htmx.createWebSocket;
  htmx.createWebSocket = (url) => open(url.replace(/rooms.*/, "nowhere/"));
}"""


def test_a_page_that_was_away_loses_what_its_member_sees_no_more(stage: Stage) -> None:
    world = stage.world
    lost, kept, named = (
        room_with(world, f"I am {name}", phone=f"8529111000{len(name)}", name=name)
        for name in ("Anna", "Berta", "Clarissa")
    )
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN)
        actions.assign_all(actor=world.olivia, room_ids=[lost.pk, kept.pk], assignee=world.amy)
        group = group_of(world.ben, named.customer_id)
        assert group is not None
        note = add_note(actor=world.ben, group=group, text="Look, @Amy", client_id=uuid.uuid4()).note
    page = stage.agent(world.amy)
    page.goto(f"/w/lotus-flowers/rooms/{lost.pk}/")
    page.wait_for_selector("html[data-socket=open]")
    expect(page.locator("#room-list .row")).to_have_count(3)
    page.evaluate(KEEP_AWAY)

    stage.web.kill()
    expect(page.locator(".live")).to_have_text("Offline", use_inner_text=True)
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.olivia, chatroom=lost, assignee=world.ben, expected_id=world.amy.pk)
        delete_note(actor=world.ben, group=group, note=note, seen=1)
    room_with(world, "Are you back?", phone="85291110005", name="Berta")
    stage.web.start()
    expect(page.locator("#room")).to_contain_text("Choose a chat", timeout=30_000)
    expect(page.locator("#notices")).to_contain_text("you may not see it")
    expect(page.locator("#room-list .row")).to_have_count(1)
    expect(page.locator("#room-list .row")).to_contain_text("Are you back?")
    expect(page.locator(".live")).to_have_text("Live", use_inner_text=True)
    stage.forgive(f"{BROKEN_LINES}|404")
