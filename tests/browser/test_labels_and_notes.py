"""An agent labels a customer and writes a note by keyboard; a colleague's open page shows both, and loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inbox.labels import actions
from inbox.labels.models import Label
from inbox.workspaces.tenancy import scope
from tests.world import room_with

from .conftest import Stage
from .test_conversation import leaves_composing_alone

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_label_and_a_note_with_a_mention_reach_a_colleague_at_once(stage: Stage) -> None:
    world = stage.world
    room = room_with(world, "Do you have roses?")
    amy, ben = stage.agent(world.amy), stage.agent(world.ben)
    for page in (amy, ben):
        page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
        page.wait_for_selector("html[data-socket=open]")

    amy.keyboard.press("l")
    expect(amy.locator("#label-name")).to_be_focused()
    amy.keyboard.type("Very impor")
    expect(amy.get_by_role("option", name="Create “Very impor”")).to_be_visible()
    amy.keyboard.type("tant")
    assert leaves_composing_alone(amy.locator("#label-name"))
    amy.keyboard.press("Enter")
    expect(amy.locator("#customer-labels [data-label-name]")).to_have_text("Very important")
    expect(ben.locator("#bulk-label option[value]:not([value=''])")).to_have_text(["Very important"] * 2)
    expect(amy.locator("#label-name")).to_be_focused()
    for shown in (f"#room-{room.pk}-labels .label-chip", "#customer-labels .label-chip"):
        expect(ben.locator(shown)).to_contain_text("Very important")
    expect(ben.locator(".row .label-dot")).to_have_attribute("title", "Very important")
    expect(ben.locator("#thread")).to_contain_text("Amy Agent added the label “Very important”")
    with scope(world.lotus.pk):
        label = Label.objects.get()
        actions.change_label(actor=world.olivia, workspace_id=world.lotus.pk, label=label, name="VIP", colour="red")
    for page in (amy, ben):
        expect(page.locator("#customer-labels [data-label-name]")).to_have_text("VIP")
        expect(page.locator(".row .label-dot")).to_have_attribute("data-colour", "red")
    ben.locator(".row .row-link").click(button="right")
    ben.get_by_role("menuitem", name="Labels").click()
    expect(ben.get_by_role("menuitemcheckbox", name="VIP")).to_be_checked()
    ben.keyboard.press("Escape")

    ben.keyboard.press("n")
    expect(ben.locator("#note-text")).to_be_focused()
    ben.keyboard.type("Half written")
    amy.locator("#thread").focus()
    amy.keyboard.press("n")
    expect(amy.locator("#note-text")).to_be_focused()
    amy.keyboard.type("請問@be")  # no space before the sign
    expect(amy.locator(".note-option")).to_have_text("Ben Agent")
    amy.keyboard.press("Enter")
    amy.keyboard.type("for the price")
    amy.keyboard.press("Control+Enter")
    for page in (amy, ben):
        expect(page.locator(".note .note-text")).to_have_text("請問@Ben Agent for the price")
        expect(page.locator(f"#room-{room.pk}-notes")).to_contain_text("1")
    expect(ben.locator(".note-mention")).to_have_text("@Ben Agent")
    expect(amy.locator("#note-text")).to_have_value("")
    expect(ben.locator("#note-text")).to_have_value("Half written")
    ben.reload()
    expect(ben.locator("#note-text")).to_have_value("Half written")
