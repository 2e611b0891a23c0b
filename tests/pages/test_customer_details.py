"""Fields, blocking, opting out and the timeline, as agents and admins use them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.actions import close_chatroom, post_system_messages
from inbox.chatrooms.models import Chatroom
from inbox.customers.actions import FieldDraft, block_customer, define_field, merge_customers, unmerge_customer
from inbox.customers.models import Customer, CustomerField, CustomerValue
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, reload, room_with

from .conftest import HTMX, get, room_url
from .reading import Element, Page

FIELDS = "/w/lotus-flowers/customers/fields/"


@pytest.fixture
def size(world: World) -> CustomerField:
    draft = FieldDraft("Size", "choice", choices="small\nlarge", is_required=True)
    with scope(world.lotus.pk):
        return define_field(actor=world.olivia, workspace_id=world.lotus.pk, draft=draft)


def url(room: Chatroom, part: str = "", slug: str = "lotus-flowers") -> str:
    return f"/w/{slug}/customers/{room.customer_id}/{part}"


def part(page: Page, key: str) -> Element:
    return page.one("div", id=f"customer-field-{key}")


def save(browser: Client, room: Chatroom, key: str, value: str, *, seen: str = "", htmx: bool = True) -> Page:
    values = {"value": value, "seen": seen}
    return Page(browser.post(url(room, f"fields/{key}/"), values, headers=HTMX if htmx else {}, follow=True))


def lines(browser: Client, room: Chatroom, **query: str) -> list[str]:
    page = get(browser, f"/w/lotus-flowers/timelines/{room.customer_id}/", htmx=True, **query)
    return [item.text for item in page.all("li")]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_value_is_edited_in_place_with_its_history(
    world: World, amy: Client, room: Chatroom, size: CustomerField, htmx: bool
) -> None:
    assert "missing" in part(get(amy, url(room)), "size").text
    page = save(amy, room, "company", " Lotus  Ltd ", htmx=htmx)
    assert (page.status, page.is_whole) == (200, not htmx)
    assert "Lotus Ltd" in part(page, "company").text
    save(amy, room, "company", "Lotus", seen="Lotus Ltd")
    save(amy, room, "size", "large")
    save(amy, room, "company", "", seen="Lotus")
    with scope(world.lotus.pk):
        facts = AuditEntry.objects.filter(verb="customer.field_changed").order_by("pk").values_list("facts", flat=True)
        assert [(each["key"], each["before"], each["after"]) for each in facts] == [
            ("company", "", "Lotus Ltd"),
            ("company", "Lotus Ltd", "Lotus"),
            ("size", "", "large"),
            ("company", "Lotus", ""),
        ]
    told = lines(amy, room)
    assert told[0].startswith("Company: “Lotus” was removed")
    assert told[2].startswith("Company: “Lotus Ltd” → “Lotus”")
    assert all("Amy Agent" in line for line in told[:4])


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("key", "typed", "words"),
    [("email", "ann@", "e-mail address"), ("size", "huge", "one of the list"), ("size", "", "must not be empty")],
)
def test_a_refused_value_stays_in_its_field(
    amy: Client, room: Chatroom, size: CustomerField, htmx: bool, key: str, typed: str, words: str
) -> None:
    page = save(amy, room, key, typed, htmx=htmx)
    assert (page.status, page.is_whole) == (422, not htmx)
    assert words in page.one("p", "field-error").text
    if key == "email":
        assert page.one("input", id="customer-value-email")["value"] == typed


def test_of_two_who_edit_a_value_the_second_sees_both(world: World, amy: Client, room: Chatroom) -> None:
    save(amy, room, "company", "Theirs")
    page = save(amy, room, "company", "Mine", seen="")
    assert page.status == 409
    assert "It says now: Theirs" in part(page, "company").text
    assert page.one("input", id="customer-value-company")["value"] == "Mine"
    seen = page.one("input", type="hidden", name="seen")["value"]
    assert "Mine" in part(save(amy, room, "company", "Mine", seen=seen), "company").text


def test_merged_customers_show_their_values_together(world: World, amy: Client, room: Chatroom) -> None:
    other = room_with(world, "Hi", connection=world.events, phone="85290000777", name="Bob")
    save(amy, other, "company", "Bob & Co")
    with scope(world.lotus.pk):
        keep, merge = Customer.objects.get(pk=room.customer_id), Customer.objects.get(pk=other.customer_id)
        merged = merge_customers(actor=world.amy, keep=keep, merge=merge)
    assert "Bob & Co" in part(get(amy, url(room)), "company").text
    save(amy, room, "company", "Both", seen="Bob & Co")
    assert any(line.startswith("“Bob” was merged into this customer") for line in lines(amy, room))
    with scope(world.lotus.pk):
        unmerge_customer(actor=world.amy, merge=merged)
    assert "Both" in part(get(amy, url(room)), "company").text
    assert "Bob & Co" in part(get(amy, url(other)), "company").text


def test_nothing_of_another_workspace(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom, size: CustomerField
) -> None:
    for path in (f"{url(foreign_room)}fields/company/", f"{url(foreign_room, slug='other-bakery')}fields/company/"):
        assert amy.post(path, {"value": "Mine", "seen": ""}).status_code == 404
    for verb in ("blocking", "opt-out"):
        assert amy.post(url(foreign_room, f"{verb}/"), {"blocked": "yes", "opted_out": "yes"}).status_code == 404
    assert amy.get(f"/w/lotus-flowers/timelines/{foreign_room.customer_id}/").status_code == 404
    theirs = url(foreign_room, "fields/size/", "other-bakery")  # a field of ours
    assert stranger.post(theirs, {"value": "small", "seen": ""}).status_code == 404
    change = f"/w/other-bakery/customers/fields/{size.pk}/change/"
    assert stranger.post(change, {"label": "Mine", "type": "text"}).status_code == 404
    with scope(world.bakery.pk):
        assert not CustomerValue.objects.exists()
        assert not Customer.objects.filter(is_blocked=True).exists()
        assert not CustomerField.objects.exists()  # by the database itself
    assert reload(size).label == "Size"


def test_blocking_and_opting_out_are_shown_and_undone(world: World, amy: Client, room: Chatroom) -> None:
    page = Page(amy.post(url(room, "blocking/"), {"blocked": "yes"}, headers=HTMX))
    assert "Blocked: what they write is kept" in page.one("section", id="customer-contact").text
    chat = get(amy, room_url(room))
    assert "This customer is blocked" in chat.one("p", "window-words").text
    assert "disabled" in chat.one("button", "composer-send")
    page = Page(amy.post(url(room, "opt-out/"), {"opted_out": "yes"}, follow=True))
    assert "Wants no more messages: no templates" in page.one("section", id="customer-contact").text
    amy.post(url(room, "blocking/"), {"blocked": "no"})
    chat = get(amy, room_url(room))
    assert "wants no templates and no scheduled messages" in chat.one("p", "window-words").text
    assert "disabled" not in chat.one("button", "composer-send")
    amy.post(url(room, "opt-out/"), {"opted_out": "no"})
    assert get(amy, room_url(room)).one("p", "window-words").text == "You can write freely."
    assert [line.partition("20")[0] for line in lines(amy, room)][:4] == [
        "Takes messages again",
        "Unblocked",
        "Wants no more messages",
        "Blocked",
    ]


def test_the_timeline_goes_on_page_by_page(world: World, amy: Client, room: Chatroom) -> None:
    second = room_with(world, "Also here", connection=world.events, phone="85290000001")
    with scope(world.lotus.pk):
        for number in range(30):
            both = [(each, "labelled", {"actor": "Amy", "label": str(number)}) for each in (room, second)]
            post_system_messages(workspace_id=world.lotus.pk, lines=both[: 1 + number % 2])
        close_chatroom(actor=world.amy, chatroom=room)
    for number in range(15):
        save(amy, room, "company", f"Company {number}", seen=f"Company {number - 1}" if number else "")
    costs, seen = set(), []
    address = f"/w/lotus-flowers/timelines/{room.customer_id}/"
    while address:
        with CaptureQueriesContext(connection) as captured:
            page = get(amy, address, htmx=True)
        costs.add(len([query for query in captured if query["sql"].startswith("SELECT")]))
        seen += [item.text for item in page.all("li")]
        address = next((link["href"] for link in page.all("a") if link.text == "Older"), "")
    assert costs == {8}
    assert sum("The chat began" in line for line in seen) == 2
    assert sum("closed this chat" in line for line in seen) == 1
    assert sum(line.startswith("Company") for line in seen) == 15
    assert {line.split("“")[1].split("”")[0] for line in seen if "added the label" in line} == set(map(str, range(30)))
    assert len(seen) in range(48, 51)  # what two chats were told at once is one line, but where a page ends between


@pytest.mark.parametrize("before", ["x", "2026-01-01T00:00:00+00:00_99999999999999999999", "_", "\x00"])
def test_a_forged_place_starts_at_the_top(amy: Client, room: Chatroom, before: str) -> None:
    assert lines(amy, room, before=before) == lines(amy, room)


# --- what admins define ---------------------------------------------------------------------------------------------


def test_admins_define_fields_and_agents_do_not(world: World, amy: Client, olivia: Client, room: Chatroom) -> None:
    assert get(amy, FIELDS).all("input", id="field-new-label") == []
    assert amy.post(f"{FIELDS}creation/", {"label": "Mine", "type": "text"}).status_code == 403
    assert [link["href"] for link in get(olivia, url(room)).all("a") if link.text == "Manage fields"] == [FIELDS]
    values = {"label": "Member no.", "type": "text", "pattern": "\\d{4}\x00", "help_text": "Four digits"}
    assert olivia.post(f"{FIELDS}creation/", values).status_code == 303
    assert "Four digits" in save(amy, room, "member_no", "12a").one("p", "field-error").text
    assert save(amy, room, "member_no", "1234").status == 200
    with scope(world.lotus.pk):
        field = CustomerField.objects.get()
    change = f"{FIELDS}{field.pk}/change/"
    assert olivia.post(change, {**values, "label": "Number", "is_hidden": "yes"}).status_code == 303
    assert get(amy, url(room)).all("div", id="customer-field-member_no") == []
    assert save(amy, room, "member_no", "5678", seen="1234").status == 404
    assert olivia.post(change, {**values, "label": "Number"}).status_code == 303
    assert "1234" in part(get(amy, url(room)), "member_no").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": " "}, "Type the name"),
        ({"type": "colour"}, "one of the types"),
        ({"key": "Size!"}, "A key has small letters"),
        ({"key": "email"}, "with this key already"),
        ({"type": "choice", "choices": "one"}, "Write 2 to 50 choices"),
        ({"pattern": "(a+)+", "help_text": "x"}, "not understood"),
        ({"pattern": "a"}, "Say what a value has to look like"),
    ],
)
def test_a_refused_field_comes_back_as_it_was_typed(
    world: World, olivia: Client, values: dict[str, str], words: str
) -> None:
    typed = {"label": "Colour <b>", "type": "text", **values}
    page = Page(olivia.post(f"{FIELDS}creation/", typed))
    assert page.status == 422
    assert words in page.one("p", "field-error").text
    assert page.one("input", id="field-new-label")["value"] == typed["label"]
    with scope(world.lotus.pk):
        assert not CustomerField.objects.exists()


def test_the_words_to_opt_out_are_the_workspaces_own(world: World, olivia: Client, stranger: Client) -> None:
    page = Page(olivia.post(f"{FIELDS}words/", {"stop_words": "Basta\nstop", "start_words": "STOP"}))
    assert page.status == 422
    assert "cannot mean both" in page.one("p", "form-error").text
    assert "Basta" in page.one("textarea", id="stop-words").raw_text
    assert olivia.post(f"{FIELDS}words/", {"stop_words": "Basta", "start_words": "Ancora"}).status_code == 303
    assert get(olivia, FIELDS).one("textarea", id="stop-words").text == "Basta"
    assert "STOP" in get(stranger, "/w/other-bakery/customers/fields/").one("textarea", id="stop-words").text


def test_the_list_knows_blocked_customers_at_no_cost(world: World, amy: Client, room: Chatroom) -> None:
    with CaptureQueriesContext(connection) as before:
        get(amy, "/w/lotus-flowers/")
    with scope(world.lotus.pk):
        block_customer(actor=world.amy, customer=Customer.objects.get(pk=room.customer_id), is_blocked=True)
    with CaptureQueriesContext(connection) as after:
        page = get(amy, "/w/lotus-flowers/")
    assert "This customer is blocked" in page.html
    assert len(after) == len(before)
