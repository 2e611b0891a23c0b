"""The page of an agent who does not see all chats: what they lose leaves it while they look."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from inbox.chatrooms import actions
from inbox.workspaces.actions import change_member
from inbox.workspaces.models import Membership, Role, Visibility
from inbox.workspaces.tenancy import scope
from tests.world import room_with

from .conftest import Stage

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

    with scope(world.lotus.pk):
        member = Membership.objects.get(pk=world.amy.pk)
    with page.expect_navigation():
        change_member(actor=world.olivia, member=member, role=Role.AGENT, is_active=True, visibility=Visibility.ALL)
    expect(page.locator("#room-list .row")).to_have_count(2)  # the page has loaded anew
    page.wait_for_selector("html[data-socket=open]")
    # What the page asked of the chat at that very moment is refused, which the console notes.
    stage.complaints[:] = [each for each in stage.complaints if "404" not in each]
