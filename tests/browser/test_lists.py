"""A filtered list that stays true while chats change, and many of them changed and taken back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from inbox.chatrooms import actions
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import RoomStatus
from inbox.labels.actions import create_label, delete_label, set_customer_labels
from inbox.workspaces.actions import create_team
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import crowd
from tests.world import receive, reload, room_with, text_message, webhook

from .accessibility import problems
from .conftest import Stage
from .test_conversation import LIVE, open_inbox, row

PEOPLE = {"Ann": "85290000011", "Bob": "85290000012", "Cat": "85290000013", "Dan": "85290000014"}
COUNTED = 70_000  # milliseconds: the longer the counts took, the longer the page waits before it asks again


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
    expect(amy.locator("#count-tab-all")).to_have_text("3", timeout=COUNTED)

    for name in ("Ann", "Bob"):
        row(amy, name).hover()
        row(amy, name).get_by_role("checkbox").check()
    expect(amy.locator(".bulk-count")).to_have_text("2 selected")
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?", phone=PEOPLE["Ann"])]))
    expect(row(amy, "Ann")).to_contain_text("Hello?")
    expect(row(amy, "Ann").get_by_role("checkbox")).to_be_checked()
    amy.locator("#bulk").get_by_role("button", name="Close", exact=True).click()
    words = "1 chat closed. 1 was left: its customer has written meanwhile (Ann)."
    expect(amy.locator("#notices")).to_contain_text(words)
    expect(rows).to_have_count(2)
    amy.get_by_role("button", name="Undo").click()
    expect(amy.locator("#notices")).to_contain_text("1 chat is as before.")
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
    expect(amy).to_have_url(re.compile("sort=waiting"))
    assert "assignee=" not in amy.url


def test_what_is_read_or_deleted_elsewhere_reaches_the_lists_that_stand_open(stage: Stage) -> None:
    world = stage.world
    rooms = {name: room_with(world, f"I am {name}", name=name, phone=phone) for name, phone in PEOPLE.items()}
    with scope(world.lotus.pk):
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[rooms["Ann"].customer], add=[label])
        counted = actions.save_view(actor=world.amy, name="New", wanted=RoomFilter(unread=True), is_shared=False)
        view = actions.save_view(actor=world.amy, name="VIP", wanted=RoomFilter(labels=(label.pk,)), is_shared=False)
    amy = stage.agent(world.amy)
    unread, labelled = amy.context.new_page(), amy.context.new_page()
    open_inbox(unread, "/w/lotus-flowers/?unread=1")
    open_inbox(labelled, f"/w/lotus-flowers/?view={view.pk}")
    open_inbox(amy, "/w/lotus-flowers/?unread=1")
    for page in (amy, unread):
        expect(page.locator("#count-tab-all")).to_have_text("4")

    row(amy, "Ann").locator("a").click()
    expect(amy.locator("#count-tab-all")).to_have_text("3", timeout=COUNTED)
    expect(amy.locator(f"#count-view-{counted.pk}")).to_have_text("3")
    expect(row(amy, "Ann")).to_be_visible()
    expect(row(unread, "Ann")).to_have_count(0)
    expect(unread.locator("#count-tab-all")).to_have_text("3", timeout=COUNTED)
    expect(row(labelled, "Ann").locator(".row-unread")).to_be_hidden()
    row(amy, "Bob").locator("a").click()
    expect(row(amy, "Ann")).to_have_count(0)
    expect(row(amy, "Bob")).to_be_visible()
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=[rooms["Ann"].pk], is_read=False)
    expect(row(unread, "Ann").locator(".row-unread")).to_contain_text("1")
    expect(row(labelled, "Ann").locator(".row-unread")).to_contain_text("1")

    labelled.locator("#search-text").focus()
    with scope(world.lotus.pk):
        delete_label(actor=world.amy, workspace_id=world.lotus.pk, label=label)
    expect(labelled.locator("#notices")).to_contain_text(
        "This list has changed."
    )  # and is not replaced under one's hands
    expect(labelled.locator("#search-text")).to_be_focused()
    labelled.get_by_role("button", name="Load it anew").click()
    expect(labelled.locator(".filter-gone")).to_contain_text("The label of this list was deleted")
    expect(row(labelled, "Ann")).to_have_count(0)
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?", phone=PEOPLE["Ann"])]))
    expect(row(unread, "Ann")).to_contain_text("Hello?")
    expect(labelled.locator("#count-tab-all")).to_have_text("0", timeout=COUNTED)
    expect(labelled.locator("#room-list > li.row:visible")).to_have_count(0)
    found = problems(labelled, "a list that is gone", within="#rooms")
    labelled.get_by_role("link", name="Change or delete the list").click()
    expect(labelled.locator(f"#view-{view.pk}")).to_contain_text("Change what it shows, or delete it.")
    found += problems(labelled, "saved lists")
    assert not found, "\n".join(found)
    labelled.locator(f"#view-{view.pk}").get_by_role("button", name="Move VIP up").press("Enter")
    expect(labelled.locator(".view-line a").first).to_have_text("VIP")
    expect(labelled.get_by_role("button", name="Move VIP up")).to_be_focused()

    # Every status together, the oldest first: what is closed stays and says so, and who writes goes to the end.
    open_inbox(amy, "/w/lotus-flowers/?status=all&sort=activity-reversed")
    expect(row(amy, "Bob").locator(".row-status")).to_have_count(0)
    with scope(world.lotus.pk):
        actions.set_status_of(actor=world.ben, room_ids=[rooms["Bob"].pk], status=RoomStatus.CLOSED)
    expect(row(amy, "Bob").locator(".row-status")).to_be_visible()
    receive(world.app, webhook(world.shop, messages=[text_message("And me", phone=PEOPLE["Dan"])]))
    expect(amy.locator("#room-list > li.row").last).to_contain_text("And me")


def test_chats_are_chosen_handed_over_and_labelled_and_those_that_changed_meanwhile_are_left(stage: Stage) -> None:
    world = stage.world
    rooms = {name: room_with(world, f"I am {name}", name=name, phone=phone) for name, phone in PEOPLE.items()}
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales", members=[world.ben.pk])
        create_label(actor=world.amy, name="VIP")
    amy = stage.agent(world.amy)
    open_inbox(amy, "/w/lotus-flowers/?sort=created")
    notices = amy.locator("#notices")

    # The menu was opened while nobody had the chat; Ben is faster.
    row(amy, "Ann").hover()
    row(amy, "Ann").locator(".row-more").click()
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.ben, chatroom=rooms["Ann"], assignee=world.ben, expected_id=None)
    expect(row(amy, "Ann").locator(".row-assignee")).to_be_attached()
    amy.get_by_role("menuitem", name="Assign to me").click()
    expect(notices).to_contain_text("Nothing was changed. 1 was taken by Ben Agent meanwhile.")
    assert reload(rooms["Ann"]).assignee_id == world.ben.pk
    amy.get_by_role("button", name="Do it anyway").click()
    expect(notices).to_contain_text("1 chat assigned to Amy Agent.")
    expect(row(amy, "Ann")).to_have_attribute("data-mine", "")

    # By keys alone: the menu key, a group, a name by its first letter; a label; read and unread.
    row(amy, "Bob").locator(".row-link").focus()
    amy.keyboard.press("ContextMenu")
    expect(amy.get_by_role("menuitem", name="Assign to me")).to_be_focused()
    expect(amy.get_by_role("menuitem", name="Mark as unread")).to_be_hidden()
    amy.keyboard.press("ArrowDown")
    amy.keyboard.press("ArrowRight")
    amy.keyboard.press("s")
    expect(amy.get_by_role("menuitem", name="Team Sales")).to_be_focused()
    amy.keyboard.press("Enter")
    expect(notices).to_contain_text("1 chat given to the team Sales.")
    expect(row(amy, "Bob").locator(".row-link")).to_be_focused()
    for words in ("1 customer labelled.", "The label was removed from 1 customer."):
        row(amy, "Bob").click(button="right")
        amy.get_by_role("menuitem", name="Labels").click()
        amy.get_by_role("menuitemcheckbox", name="VIP").click()
        expect(notices).to_contain_text(words)
        expect(row(amy, "Bob").locator(".label-dot")).to_have_count(1 if "labelled" in words else 0)
    assert reload(rooms["Bob"]).team_id == team.pk

    # Ranges, by pointer and by keys; a choice keeps what was shown then.
    box = {name: row(amy, name).get_by_role("checkbox") for name in PEOPLE}
    row(amy, "Dan").hover()
    box["Dan"].check()
    row(amy, "Bob").hover()
    box["Bob"].click(modifiers=["Shift"])
    expect(amy.locator(".bulk-count")).to_have_text("3 selected")
    amy.keyboard.press("Escape")
    row(amy, "Dan").locator(".row-link").focus()
    for key in ("Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp"):
        amy.keyboard.press(key)
    expect(amy.locator(".bulk-count")).to_have_text("2 selected")
    expect(row(amy, "Cat").locator(".row-link")).to_be_focused()
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.ben, chatroom=rooms["Cat"], assignee=world.ben, expected_id=None)
    expect(row(amy, "Cat").locator(".row-assignee")).to_be_attached()
    expect(box["Cat"]).to_be_checked()
    amy.locator("#bulk-member").select_option(label="Olivia Owner")
    expect(notices).to_contain_text("1 chat assigned to Olivia Owner. 1 was taken by Ben Agent meanwhile.")
    expect(amy.locator("#bulk")).to_be_hidden()

    # What is new further down is pointed to: this list goes by when its chats began.
    everybody = [each.pk for each in crowd(world, 51)]
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=everybody, is_read=True)
    amy.reload()
    amy.wait_for_selector(LIVE)
    amy.mouse.move(720, 450)
    receive(world.app, webhook(world.shop, messages=[text_message("I am new", phone="85270000010")]))
    pill = amy.get_by_role("button", name="1 new")
    expect(pill).to_have_attribute("data-below", "")
    pill.click()
    expect(row(amy, "I am new")).to_be_in_viewport(ratio=0.9)
    expect(pill).to_be_hidden()

    # All of the list, also what is not loaded: asked about, and a hasty Enter changes nothing. The open chat stays unread.
    row(amy, "Customer 49").locator(".row-link").press("Enter")
    expect(amy.locator("#room")).to_have_attribute("data-title", "Customer 49")

    def do_with_all(button: str, answer: str, done: str) -> None:
        row(amy, "Customer 50").locator(".row-link").focus()
        amy.keyboard.press("x")
        amy.get_by_label("All chats of this list").check()
        expect(amy.locator(".bulk-count")).to_have_text("All chats of this list selected")
        amy.locator("#bulk").get_by_role("button", name=button, exact=True).click()
        expect(notices.get_by_role("button", name="Cancel")).to_be_focused()
        amy.keyboard.press("Shift+Tab")
        expect(amy.get_by_role("button", name=answer)).to_be_focused()
        amy.keyboard.press("Enter")
        expect(notices).to_contain_text(done)

    do_with_all("Mark as unread", "Mark 55 chats as unread", "54 chats marked as unread. 1 already was.")
    for name in ("Customer 50", "Customer 49"):
        expect(row(amy, name).locator(".row-unread")).to_contain_text("1")
    do_with_all("Close", "Close 55 chats", "55 chats closed.")
    expect(amy.locator("#room-list > li.row")).to_have_count(0)
    expect(amy.locator("#bulk")).to_be_hidden()


def test_the_menu_of_a_chat_is_reached_by_a_finger(stage: Stage) -> None:
    room_with(stage.world, "I am Ann", name="Ann")
    phone = stage.agent(stage.world.amy, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    open_inbox(phone, "/w/lotus-flowers/")
    more = row(phone, "Ann").locator(".row-more")
    size = more.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    more.tap()
    phone.get_by_role("menuitem", name="Archive").tap()
    expect(row(phone, "Ann")).to_have_count(0)
    phone.get_by_role("button", name="Undo").tap()
    expect(row(phone, "Ann")).to_be_visible()
