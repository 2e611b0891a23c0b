"""The customer panel of the function menu: a fragment in the chat's page, a page of its own without a script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.models import Chatroom
from inbox.customers.actions import merge_customers, rename_customer, unmerge_customer
from inbox.customers.models import Customer, CustomerIdentity, CustomerMerge
from inbox.lib import clock
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.customers.conftest import account, customer_of, person
from tests.world import World, reload, room_with, rooms_of

from .conftest import HTMX, conversation, get, room_url
from .reading import Element, Page

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


def panel_url(customer_id: int, slug: str = "lotus-flowers") -> str:
    return f"/w/{slug}/customers/{customer_id}/"


def facts(page: Page) -> dict[str, str]:
    names = [element.text for element in page.all("dt")]
    return dict(zip(names, [element.text for element in page.all("dd")], strict=True))


def press(browser: Client, form: Element, *, htmx: bool = False, **values: str) -> Page:
    """Send a form, and go where the answer leads."""
    address = form["action"] if form.tag == "form" else form["formaction"]
    response = browser.post(address, values, headers=HTMX if htmx else {})
    if response.status_code == 303:
        response = browser.get(response["Location"])
    return Page(response)


def form_to(page: Page, part: str) -> Element:
    (form,) = [form for form in page.all("form") if part in form["action"]]
    return form


@pytest.fixture
def other_room(world: World, room: Chatroom) -> Chatroom:
    """A chat of another customer of Lotus Flowers, on the second number."""
    return room_with(world, "Hello", connection=world.events, phone="85290000777", name="Chan Siu Ming")


def test_the_chat_names_the_panels_address(world: World, amy: Client, room: Chatroom) -> None:
    panel = get(amy, room_url(room)).one("section", id="function-customer")
    assert panel["hx-get"] == panel_url(room.customer_id)


def test_the_panel_says_who_the_customer_is(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        CustomerIdentity.objects.create(
            workspace=world.lotus,
            customer_id=room.customer_id,
            channel="whatsapp",
            kind="username",
            key="taiman",
            value="taiman",
        )
        since = Customer.objects.get(pk=room.customer_id).created_at
    page = get(amy, panel_url(room.customer_id), htmx=True)
    assert (page.status, page.is_whole) == (200, False)
    assert page.one("p", "customer-name").text == "Chan Tai Man"
    shown = facts(page)
    assert shown["Phone · WhatsApp"] == "+85290000001"
    assert shown["Username · WhatsApp"] == "taiman"
    assert shown["Channel"] == "WhatsApp"
    assert page.one("time", data_format="date")["datetime"] == since.isoformat()


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ("447911123456", "03:12 · Europe/London"),
        ("85290000001", "10:12 · Asia/Hong_Kong"),
        ("18005550100", None),  # from anywhere in America
    ],
)
def test_the_panel_says_what_time_it_is_where_the_customers_number_is_at_home(
    world: World, amy: Client, phone: str, told: str | None
) -> None:
    room = room_with(world, phone=phone)
    with time_machine.travel(datetime(2027, 7, 1, 2, 12, tzinfo=UTC)):
        assert facts(get(amy, panel_url(room.customer_id), htmx=True)).get("Time there") == told
    with scope(world.lotus.pk):
        CustomerIdentity.objects.filter(customer=room.customer_id).update(retired_at=clock.now())
    assert "Time there" not in facts(get(amy, panel_url(room.customer_id), htmx=True)), "it is their number no more"


def test_without_a_script_it_is_a_page(world: World, amy: Client, room: Chatroom) -> None:
    page = get(amy, panel_url(room.customer_id))
    assert page.is_whole
    assert facts(page) == facts(get(amy, panel_url(room.customer_id), htmx=True))


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/w/lotus-flowers/rooms/7/", "http://testserver/w/lotus-flowers/rooms/7/"),
        ("", "/w/lotus-flowers/"),
        ("https://evil.example/", "/w/lotus-flowers/"),
        ("its own", "/w/lotus-flowers/"),
    ],
)
def test_the_page_leads_back_to_where_the_person_came_from(
    amy: Client, room: Chatroom, referer: str, back: str
) -> None:
    url = panel_url(room.customer_id)
    referer = f"http://testserver{url}" if referer == "its own" else referer
    page = Page(amy.get(url, headers={"Referer": referer}))
    assert [link["href"] for link in page.all("a", "button") if link.text == "Back to the chat"] == [back]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "+85290000001"), ("陳大文", "陳大文"), ("שרה כהן", "שרה כהן"), ("<i>x</i>", "<i>x</i>")],
)
def test_any_name_is_shown(world: World, amy: Client, name: str, shown: str) -> None:
    room = room_with(world, "Hi", name=name)
    page = get(amy, panel_url(room.customer_id), htmx=True)
    assert page.one("p", "customer-name").text == shown
    assert page.one("p", "customer-name")["dir"] == "auto"
    assert page.all("i") == []


def test_two_chats_of_one_customer_share_the_panel(world: World, amy: Client, room: Chatroom) -> None:
    room_with(world, "Also here", connection=world.events, phone="85290000001", name="Chan Tai Man")
    (other,) = rooms_of(world.events)
    assert other.pk != room.pk
    assert other.customer_id == room.customer_id


@pytest.mark.parametrize("htmx", [False, True])
def test_a_foreign_customer_does_not_exist(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom, htmx: bool
) -> None:
    with scope(world.bakery.pk):
        assert Customer.objects.filter(pk=foreign_room.customer_id).exists()
    assert get(stranger, panel_url(foreign_room.customer_id, "other-bakery"), htmx=htmx).status == 200
    theirs = foreign_room.customer_id
    for url in (
        panel_url(theirs),
        panel_url(theirs, "other-bakery"),
        f"{panel_url(theirs)}merging/",
        f"{panel_url(room.customer_id)}merging/{theirs}/",
        f"{panel_url(theirs)}merging/{room.customer_id}/",
        f"{panel_url(theirs)}picture/",
    ):
        page = get(amy, url, htmx=htmx)
        assert page.status == 404
        assert "Bread Eater" not in page.html
        assert "85290000002" not in page.html


def test_nothing_is_done_to_a_foreign_customer(
    world: World, amy: Client, room: Chatroom, foreign_room: Chatroom, other_room: Chatroom
) -> None:
    ours, theirs = room.customer_id, foreign_room.customer_id
    with scope(world.bakery.pk):
        assert Customer.objects.filter(pk=theirs).exists()
        before = list(Customer.objects.values())
    with scope(world.lotus.pk):
        merge = merge_customers(
            actor=world.amy, keep=Customer.objects.get(pk=ours), merge=Customer.objects.get(pk=other_room.customer_id)
        )
    somebody = room_with(world, "Hi", phone="85290000888").customer_id
    for url in (
        f"{panel_url(theirs)}name/",
        f"{panel_url(theirs, 'other-bakery')}name/",
        f"{panel_url(ours)}merging/{theirs}/confirmation/",
        f"{panel_url(theirs)}merging/{ours}/confirmation/",
        f"{panel_url(theirs)}merges/{merge.pk}/separation/",
        f"{panel_url(ours, 'other-bakery')}merges/{merge.pk}/separation/",
        f"{panel_url(somebody)}merges/{merge.pk}/separation/",  # ours, and not of this customer
        f"{panel_url(ours)}merges/{merge.pk + 1000}/separation/",
    ):
        assert amy.post(url, {"name": "Mine now"}).status_code == 404
    with scope(world.bakery.pk):
        assert list(Customer.objects.values()) == before
    assert reload(merge).undone_at is None


def test_a_search_finds_nobody_of_another_workspace(
    world: World, amy: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    for words in ("Bread", "85290000002"):
        page = get(amy, f"{panel_url(room.customer_id)}merging/", q=words)
        assert "Nobody else was found" in page.text
        assert "Bread Eater" not in page.html


def test_the_same_phone_in_two_workspaces_are_two_customers(world: World, amy: Client, stranger: Client) -> None:
    ours = conversation(world, 1)
    theirs = room_with(world, "Hi", connection=world.oven, phone="85290000001", name="Known To The Bakery")
    assert ours.customer_id != theirs.customer_id
    assert "Bakery" not in get(amy, panel_url(ours.customer_id)).html
    assert "Known To The Bakery" in get(stranger, panel_url(theirs.customer_id, "other-bakery")).html


# --- the name -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_the_name_is_changed_in_the_panel(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    page = get(amy, panel_url(room.customer_id))
    assert page.one("input", id="customer-name")["value"] == "Chan Tai Man"
    page = press(amy, form_to(page, "name"), htmx=htmx, name="Mr Chan, wholesale")
    assert (page.status, page.is_whole) == (200, not htmx)
    assert page.one("p", "customer-name").text == "Mr Chan, wholesale"
    assert "Their own profile says Chan Tai Man" in page.text
    assert get(amy, room_url(room)).one("h2", dir="auto").text == "Mr Chan, wholesale"
    with scope(world.lotus.pk):
        assert AuditEntry.objects.get(verb="customer.renamed").actor == world.amy
    page = press(amy, form_to(page, "name"), htmx=htmx, name="")
    assert page.one("p", "customer-name").text == "Chan Tai Man"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_refused_name_stays_in_the_field(world: World, amy: Client, room: Chatroom, htmx: bool) -> None:
    typed = "long " * 60
    page = press(amy, form_to(get(amy, panel_url(room.customer_id)), "name"), htmx=htmx, name=typed)
    assert (page.status, page.is_whole) == (422, not htmx)
    assert page.one("input", id="customer-name")["value"] == typed
    assert "at most 200 characters" in page.one("p", "field-error").text
    assert "open" in page.one("details", "customer-edit")
    assert page.one("p", "customer-name").text == "Chan Tai Man"


def test_who_has_no_name_is_called_the_same_everywhere(world: World, amy: Client) -> None:
    room = room_with(world, "Hi", name="")
    assert get(amy, room_url(room)).one("h2", dir="auto").text == "+85290000001"
    assert get(amy, "/w/lotus-flowers/").one("span", "row-name").text == "+85290000001"
    assert get(amy, panel_url(room.customer_id)).one("input", id="customer-name")["value"] == ""


# --- identities, chats and the picture ------------------------------------------------------------------------------


def test_an_identity_that_was_replaced_is_marked(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        CustomerIdentity.objects.update(retired_at=clock.now())
        CustomerIdentity.objects.create(
            workspace=world.lotus,
            customer_id=room.customer_id,
            channel="whatsapp",
            kind="phone",
            key="85290000009",
            value="85290000009",
        )
    page = get(amy, panel_url(room.customer_id))
    assert [element.text for element in page.all("dd")][:2] == ["+85290000009", "+85290000001 not in use any more"]
    assert page.one("div", "customer-retired").text.startswith("Phone")


def test_the_chats_of_all_channels_are_linked(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_message_at=clock.now() - timedelta(days=2))
    second = room_with(world, "Also here", connection=world.events, phone="85290000001", name="Chan Tai Man")
    page = get(amy, panel_url(room.customer_id))
    links = page.all("a", "customer-chat-link")
    assert [link["href"] for link in links] == [room_url(second), room_url(room)]
    assert [where.text for where in page.all("span", "customer-chat-where")] == ["WhatsApp · Events", "WhatsApp · Shop"]


def test_the_chat_one_is_in_is_marked(amy: Client, room: Chatroom) -> None:
    here = {**HTMX, "HX-Current-URL": f"http://testserver{room_url(room)}?reply_to=7"}
    page = Page(amy.get(panel_url(room.customer_id), headers=here))
    assert page.one("span", "customer-chat-link")["aria-current"] == "true"
    assert page.all("a", "customer-chat-link") == []


def test_the_picture_is_shown_where_there_is_one(world: World, amy: Client, room: Chatroom) -> None:
    assert get(amy, panel_url(room.customer_id)).all("img") == []
    with scope(world.lotus.pk):
        Customer.objects.update(picture_version="abc")
    shown = get(amy, panel_url(room.customer_id)).one("img")
    assert shown["src"] == f"{panel_url(room.customer_id)}picture/?v=abc"


# --- merging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["siu ming", "0000777", "+852 9000 0777", "@siuming", "SIUM"])
def test_candidates_are_found_by_name_number_and_username(
    world: World, amy: Client, room: Chatroom, other_room: Chatroom, words: str
) -> None:
    with scope(world.lotus.pk):
        CustomerIdentity.objects.create(
            workspace=world.lotus,
            customer_id=other_room.customer_id,
            channel="whatsapp",
            kind="username",
            key="siuming",
            value="siuming",
        )
    page = get(amy, f"{panel_url(room.customer_id)}merging/", q=words)
    assert [name.text for name in page.all("p", "customer-card-name")] == ["Chan Siu Ming"]
    assert page.one("input", type="search")["value"] == words
    (link,) = [link for link in page.all("a", "button") if "Compare" in link.text]
    assert link["href"] == f"{panel_url(room.customer_id)}merging/{other_room.customer_id}/"


@pytest.mark.parametrize("words", ["", "   ", "77", "nobody", "%", "'; --", "x" * 5000])
def test_a_search_that_finds_nobody(amy: Client, room: Chatroom, other_room: Chatroom, words: str) -> None:
    page = get(amy, f"{panel_url(room.customer_id)}merging/", q=words)
    assert page.status == 200
    assert page.all("p", "customer-card-name") == []
    assert ("Nobody else was found" in page.text) is bool(words.strip())


def test_the_preview_says_what_will_happen(world: World, amy: Client, room: Chatroom, other_room: Chatroom) -> None:
    url = f"{panel_url(room.customer_id)}merging/{other_room.customer_id}/"
    page = get(amy, url)
    assert "Both will be shown as one customer, called Chan Tai Man." in page.text
    for fact in ("+85290000001", "+85290000777", "Chan Siu Ming", "WhatsApp · Shop", "WhatsApp · Events"):
        assert fact in page.text
    assert {room_url(room), room_url(other_room)} <= {link["href"] for link in page.all("a")}
    swap = next(link for link in page.all("a", "button") if "instead" in link.text)
    assert "called Chan Siu Ming" in get(amy, swap["href"]).text
    with scope(world.lotus.pk):
        assert not CustomerMerge.objects.exists()


@pytest.mark.parametrize("htmx", [False, True])
def test_merging_and_separating_again(
    world: World, amy: Client, room: Chatroom, other_room: Chatroom, htmx: bool
) -> None:
    url = f"{panel_url(room.customer_id)}merging/{other_room.customer_id}/"
    page = press(amy, form_to(get(amy, url, htmx=htmx), "confirmation"), htmx=htmx)
    assert (page.status, page.is_whole) == (200, not htmx)
    assert page.one("p", "customer-name").text == "Chan Tai Man"
    assert page.one("p", "customer-card-name").text == "Chan Siu Ming"
    assert "merged by Amy Agent" in page.text
    assert len(page.all("a", "customer-chat-link")) == 2
    assert page.html.count("+85290000777") == 2  # among the identities, and at who was merged
    assert get(amy, room_url(other_room)).one("h2", dir="auto").text == "Chan Tai Man"
    assert get(amy, panel_url(other_room.customer_id)).one("p", "customer-name").text == "Chan Tai Man"

    page = press(amy, form_to(page, "separation"), htmx=htmx)
    assert page.all("p", "customer-card-name") == []
    assert len(page.all("a", "customer-chat-link")) == 1
    assert get(amy, room_url(other_room)).one("h2", dir="auto").text == "Chan Siu Ming"


@both_ways
def test_what_was_done_meanwhile_is_refused_in_words(
    world: World, amy: Client, room: Chatroom, other_room: Chatroom, headers: dict[str, str]
) -> None:
    ours, theirs = reload(room).customer_id, other_room.customer_id
    merging = f"{panel_url(ours)}merging/{theirs}/"
    with scope(world.lotus.pk):
        merge = merge_customers(
            actor=world.ben, keep=Customer.objects.get(pk=ours), merge=Customer.objects.get(pk=theirs)
        )
    response = amy.post(f"{merging}confirmation/", headers=headers)
    assert response.status_code == 409
    assert "These two are one customer already." in Page(response).text
    if headers:
        assert response["HX-Retarget"] == "#customer-merge"
    with scope(world.lotus.pk):
        unmerge_customer(actor=world.ben, merge=merge)
    response = amy.post(f"{panel_url(ours)}merges/{merge.pk}/separation/", headers=headers)
    assert response.status_code == 409
    assert "These two were separated already." in Page(response).text
    assert amy.get(merging, headers=headers).status_code == 200


def test_merging_a_customer_with_themselves_is_refused(amy: Client, room: Chatroom) -> None:
    response = amy.post(f"{panel_url(room.customer_id)}merging/{room.customer_id}/confirmation/")
    assert response.status_code == 409
    assert "one customer already" in Page(response).text


def test_reading_changes_nothing(world: World, amy: Client, room: Chatroom, other_room: Chatroom) -> None:
    for part, method in (("name/", amy.get), ("merges/1/separation/", amy.get), ("", amy.post), ("merging/", amy.post)):
        assert method(f"{panel_url(room.customer_id)}{part}").status_code == 405


@pytest.mark.parametrize("size", [1, 12])
def test_a_page_costs_the_same_however_many_were_merged(
    world: World, amy: Client, room: Chatroom, other_room: Chatroom, size: int
) -> None:
    wechat = account(world.lotus, "wechat", "gh_1")
    people = [
        customer_of(world.lotus, wechat, person(f"Chan {n}", openid=f"o{n}", unionid=f"u{n}")) for n in range(2 * size)
    ]
    with scope(world.lotus.pk):
        for one in people[:size]:
            merge_customers(actor=world.amy, keep=Customer.objects.get(pk=room.customer_id), merge=one)
        for number, row in enumerate(CustomerIdentity.objects.filter(customer__in=people[size:], kind="unionid")):
            CustomerIdentity.objects.filter(pk=row.pk).update(key=f"u{number}")
    url = panel_url(room.customer_id)
    costs = {}
    for part in ("", "merging/?q=Chan", f"merging/{other_room.customer_id}/"):
        with CaptureQueriesContext(connection) as captured:
            page = get(amy, f"{url}{part}")
        costs[part.partition("/")[0] + str(part.count("/"))] = len(
            [q for q in captured if q["sql"].startswith("SELECT")]
        )
        assert page.status == 200
    # Who asks costs three; then the group with its identities, and of each further list the same and its chats.
    assert costs == {"0": 13, "merging1": 10, "merging2": 9}


EVIL = """<script>alert("evil")</script>"'><img src=x onerror=alert(1)>{{ 7|add:"7" }}"""


@both_ways
def test_everything_is_escaped(world: World, amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    wechat = account(world.lotus, "wechat", "gh_evil")
    other = customer_of(world.lotus, wechat, person(EVIL, openid=EVIL, unionid=EVIL, username=EVIL))
    with scope(world.lotus.pk):
        ann = Customer.objects.get(pk=room.customer_id)
        rename_customer(actor=world.amy, customer=ann, name=EVIL)
        CustomerIdentity.objects.create(
            workspace=world.lotus, customer=ann, channel="wechat", kind="unionid", key=EVIL, value=EVIL
        )
    pages = [panel_url(ann.pk), f"{panel_url(ann.pk)}merging/?q=script", f"{panel_url(ann.pk)}merging/{other.pk}/"]
    shown = [Page(amy.get(url, headers=headers)) for url in pages]
    with scope(world.lotus.pk):
        merge_customers(actor=world.amy, keep=reload(ann), merge=other)
    shown.append(Page(amy.get(pages[0], headers=headers)))
    for page in shown:
        assert page.status == 200
        assert "&lt;script&gt;" in page.html
        assert "<script>alert" not in page.html
        assert page.all("img") == []
