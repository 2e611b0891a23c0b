"""A filtered list that stays true while chats change, and many of them changed and taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from inbox.chatrooms import actions
from inbox.workspaces.tenancy import scope
from tests.world import receive, room_with, text_message, webhook

from .conftest import Stage
from .test_conversation import open_inbox, row

PEOPLE = {"Ann": "85290000011", "Bob": "85290000012", "Cat": "85290000013", "Dan": "85290000014"}


def test_a_filtered_list_stays_true_and_what_was_done_to_many_is_taken_back(stage: Stage) -> None:
    world = stage.world
    rooms = {name: room_with(world, f"I am {name}", name=name, phone=phone) for name, phone in PEOPLE.items()}
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=[rooms["Cat"].pk, rooms["Dan"].pk], is_read=True)
    amy = stage.agent(world.amy)
    open_inbox(amy, "/w/lotus-flowers/?unread=1")
    rows = amy.locator("#room-list > li.row:visible")
    expect(rows).to_have_count(2)
    expect(amy.locator("#count-tab-all")).to_have_text("2")

    # Dan's chat changes and is read still, Cat writes: only the server can tell.
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.ben, chatroom=rooms["Dan"], assignee=world.ben, expected_id=None)
    receive(world.app, webhook(world.shop, messages=[text_message("Me again", phone=PEOPLE["Cat"])]))
    expect(row(amy, "Cat")).to_be_visible()
    expect(row(amy, "Dan")).to_have_count(0)
    expect(rows).to_have_count(3)
    expect(amy.locator("#count-tab-all")).to_have_text("3", timeout=15_000)

    for name in ("Ann", "Bob"):
        row(amy, name).hover()
        row(amy, name).get_by_role("checkbox").check()
    expect(amy.locator(".bulk-count")).to_have_text("2 chosen")
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?", phone=PEOPLE["Ann"])]))
    expect(row(amy, "Ann")).to_contain_text("Hello?")
    expect(row(amy, "Ann").get_by_role("checkbox")).to_be_checked()
    amy.locator("#bulk").get_by_role("button", name="Close", exact=True).click()
    expect(amy.locator("#notices")).to_contain_text("2 chats closed.")
    expect(rows).to_have_count(1)
    amy.get_by_role("button", name="Undo").click()
    expect(amy.locator("#notices")).to_contain_text("2 chats are as before.")
    expect(rows).to_have_count(3)
    expect(amy.locator("#bulk")).to_be_hidden()

    row(amy, "Cat").click(button="right")
    expect(amy.get_by_role("menuitem", name="Assign to me")).to_be_focused()
    amy.keyboard.press("ArrowUp")
    amy.keyboard.press("ArrowUp")
    expect(amy.get_by_role("menuitem", name="Archive")).to_be_focused()
    amy.keyboard.press("Enter")
    expect(row(amy, "Cat")).to_have_count(0)
    expect(amy.locator("#row-menu")).to_be_hidden()

    # Read, then marked as unread again while it is open: it stays so.
    with amy.expect_response("**/reading/"):
        row(amy, "Ann").locator("a").click()
    expect(row(amy, "Ann").locator(".row-unread")).to_be_hidden()
    row(amy, "Ann").click(button="right")
    amy.get_by_role("menuitem", name="Mark as unread").click()
    expect(row(amy, "Ann").locator(".row-unread")).to_contain_text("1")

    amy.locator(".filter-button").first.click()
    amy.get_by_label("Unread").uncheck()
    amy.locator("select[name=sort]").select_option("waiting")
    amy.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(3)
    expect(amy.locator(".filter-chip")).to_contain_text("Longest waiting first")
    assert "sort=waiting" in amy.url
    assert "assignee=" not in amy.url
