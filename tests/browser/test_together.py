"""Two agents in one chat: each sees the other come and write, and is asked before answering over the other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from inbox.chatrooms.actions import record_changes
from inbox.chatrooms.models import Direction, Message, MessageState
from inbox.workspaces.tenancy import scope
from tests.faq.conftest import entry
from tests.pages.conftest import put
from tests.processes import until
from tests.world import rooms_of

from .conftest import Stage
from .test_conversation import message

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_agents_see_each_other_and_do_not_answer_over_each_other(stage: Stage) -> None:
    world = stage.world
    stage.simulator.inbound(world.shop.account_id, "85290000001", "Do you have roses?")
    until(lambda: rooms_of(world.shop))
    (room,) = rooms_of(world.shop)
    entry(world.olivia, "Opening hours", shared=True)
    amy, ben = stage.agent(world.amy), stage.agent(world.ben)
    for page in (amy, ben):
        page.goto(f"/w/lotus-flowers/rooms/{room.pk}/")
        page.wait_for_selector("html[data-socket=open]")
    expect(amy.locator(".viewer")).to_have_attribute("title", "Ben Agent looks at this chat")
    expect(ben.locator(".viewer")).to_have_attribute("title", "Amy Agent looks at this chat")

    # Each at once: it is said for some seconds only.
    amy.locator("#composer-text").type("Yes, the red ones")
    expect(ben.locator("#writing")).to_have_text("Amy Agent is writing…")
    ben.locator("#composer-text").type("No, sold out")
    expect(amy.locator("#writing")).to_have_text("Ben Agent is writing…")
    amy.keyboard.press("Enter")
    expect(ben.locator("#thread")).to_contain_text("Yes, the red ones")
    ben.keyboard.press("Enter")  # he has not typed since her answer came
    expect(ben.locator("#composer-error")).to_contain_text("Amy Agent answered")
    until(lambda: ben.evaluate("1") and stage.complaints)
    assert [each.endswith("409 (Conflict)") for each in stage.complaints] == [True]  # the browser notes the refusal
    stage.forgive("409")
    expect(ben.locator("#composer-text")).to_have_value("No, sold out")
    with scope(world.lotus.pk):
        assert not Message.objects.filter(author=world.ben).exists()
    ben.get_by_role("button", name="Send anyway").click()
    expect(ben.locator("#composer-text")).to_have_value("")
    expect(amy.locator("#thread")).to_contain_text("No, sold out")
    expect(amy.locator("#writing")).to_be_empty()

    # A kept answer, and one that failed, goes by one press: that one has not seen a colleague's answer says the page. No time
    # passes in it.
    failed = put(
        room, text="We close at six", direction=Direction.OUTBOUND, author=world.ben, state=MessageState.FAILED
    )
    with scope(world.lotus.pk):
        record_changes(workspace_id=world.lotus.pk, messages=[(room.pk, failed.pk)])
    again = message(ben, "We close at six").get_by_role("button", name="Send again")
    expect(again).to_be_enabled()
    ben.locator("[data-function=faq]").click()
    send_now = ben.get_by_role("button", name="Send now Opening hours")
    expect(send_now).to_be_enabled()
    ben.evaluate("const now = performance.now(); performance.now = () => now")
    amy.locator("#composer-text").fill("Tomorrow again")
    amy.locator("#composer-text").press("Enter")
    expect(ben.locator("#thread")).to_contain_text("Tomorrow again")
    send_now.click()
    expect(ben.locator(".faq-answer .field-error")).to_contain_text("Amy Agent answered")
    until(lambda: ben.evaluate("1") and stage.complaints)
    assert [each.endswith("409 (Conflict)") for each in stage.complaints] == [True]
    stage.forgive("409")
    ben.locator(".faq-answer").get_by_role("button", name="Send anyway").click()
    expect(amy.locator("#thread")).to_contain_text("We open at nine.")
    again.click()
    question = ben.locator(".notice", has_text="Amy Agent answered")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    ben.keyboard.press("Enter")
    expect(question).to_have_count(0)
    expect(again).to_be_focused()
    ben.keyboard.press("Enter")
    expect(question).to_contain_text("Send your message anyway?")
    stage.forgive("409")
    question.get_by_role("button", name="Send anyway").click()
    expect(question).to_have_count(0)
    expect(again).to_have_count(0)

    ben.goto("/w/lotus-flowers/")
    expect(amy.locator(".viewer")).to_have_count(0)
