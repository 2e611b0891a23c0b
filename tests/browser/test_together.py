"""Two agents in one chat: each sees the other come and write, and is asked before answering over the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inbox.chatrooms.models import Message
from inbox.workspaces.tenancy import scope
from tests.processes import until
from tests.world import rooms_of

from .conftest import Stage

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_agents_see_each_other_and_do_not_answer_over_each_other(stage: Stage) -> None:
    world = stage.world
    stage.simulator.inbound(world.shop.account_id, "85290000001", "Do you have roses?")
    until(lambda: rooms_of(world.shop))
    (room,) = rooms_of(world.shop)
    amy, ben = stage.agent(world.amy), stage.agent(world.ben)
    for page in (amy, ben):
        page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
        page.wait_for_selector("html[data-socket=open]")
    expect(amy.locator(".viewer")).to_have_attribute("title", "Ben Agent looks at this chat")
    expect(ben.locator(".viewer")).to_have_attribute("title", "Amy Agent looks at this chat")

    amy.locator("#composer-text").type("Yes, the red ones")
    ben.locator("#composer-text").type("No, sold out")
    expect(ben.locator("#writing")).to_have_text("Amy Agent is writing…")
    expect(amy.locator("#writing")).to_have_text("Ben Agent is writing…")
    amy.keyboard.press("Enter")
    expect(ben.locator("#thread")).to_contain_text("Yes, the red ones")
    ben.keyboard.press("Enter")  # he has not typed since her answer came
    expect(ben.locator("#composer-error")).to_contain_text("Amy Agent answered")
    assert [each.endswith("409 (Conflict)") for each in stage.complaints] == [True]  # the browser notes the refusal
    stage.complaints.clear()
    expect(ben.locator("#composer-text")).to_have_value("No, sold out")
    with scope(world.lotus.pk):
        assert not Message.objects.filter(author=world.ben).exists()
    ben.get_by_role("button", name="Send anyway").click()
    expect(ben.locator("#composer-text")).to_have_value("")
    expect(amy.locator("#thread")).to_contain_text("No, sold out")
    expect(amy.locator("#writing")).to_be_empty()

    ben.goto("/w/lotus-flowers/")
    expect(amy.locator(".viewer")).to_have_count(0)
