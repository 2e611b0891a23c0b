"""An agent is told while she works elsewhere: the bell, the title, the screen and the list behind the bell."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inbox.notifications.actions import notify_changes
from tests.notifications.conftest import give
from tests.notifications.test_notifying import mention
from tests.world import room_with

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)

LISTEN = """
window.shown = []; window.sounded = 0;
window.Notification = class {
  static permission = "granted";
  constructor(title, { body }) { window.shown.push([title, body]); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.sounded += 1; start.apply(this, when); };
"""
LOOK_AWAY = 'Object.defineProperty(document, "visibilityState", { get: () => "hidden" })'


def test_the_bell_rings_for_what_concerns_an_agent(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Do you have roses?")
    other = room_with(world, "Tulips?", phone="85290000008", name="Wong Siu Ming")
    notify_changes()
    amy = stage.agent(world.amy)
    amy.add_init_script(LISTEN)
    amy.goto(f"/w/lotus-flowers/rooms/{other.pk}/")
    amy.wait_for_selector("html[data-socket=open]")
    expect(amy.locator(".bell-count")).to_contain_text("2")
    expect(amy).to_have_title(re.compile(r"^\(1\) Wong Siu Ming"))
    amy.locator("#thread").click()

    give(world.olivia, room, world.amy)
    mention(world.olivia, room, "@Amy: she wants peonies")
    notify_changes()
    expect(amy.locator(".bell-count")).to_contain_text("3")
    expect(amy).to_have_title(re.compile(r"^\(3\) Wong Siu Ming"))
    amy.wait_for_function("window.sounded === 2")
    assert amy.evaluate("window.shown") == [], "she looks at the page"

    amy.evaluate(LOOK_AWAY)
    room_with(world, "Are you there?")
    notify_changes()
    expect(amy.locator(".bell-count")).to_contain_text("4")
    amy.wait_for_function("window.shown.length === 1")
    assert amy.evaluate("window.shown[0]") == ["Chan Tai Man wrote", "2 new messages · Are you there?"]

    amy.locator("#bell").click()
    lines = amy.locator("#notification-centre .notification[data-unread]")
    expect(lines).to_have_count(4)
    expect(lines.filter(has_text="Olivia Owner mentioned you")).to_contain_text("@Amy: she wants peonies")
    amy.get_by_role("button", name="Mark all as read").click()
    expect(lines).to_have_count(0)
    expect(amy.locator(".bell-count")).to_have_count(0)
    expect(amy).to_have_title(re.compile(r"^\(2\) Wong Siu Ming"))
    amy.locator("#notification-centre a", has_text="Chan Tai Man wrote").click()
    amy.wait_for_url(f"**/rooms/{room.pk}/")
