"""The customer panel of the function menu: a fragment in the chat's page, a page of its own without a script."""

from __future__ import annotations

import pytest
from django.test import Client

from inbox.chatrooms.models import Chatroom
from inbox.customers.models import Customer, CustomerIdentity
from inbox.workspaces.tenancy import scope
from tests.world import World, room_with, rooms_of

from .conftest import conversation, get, room_url
from .reading import Page


def panel_url(customer_id: int, slug: str = "lotus-flowers") -> str:
    return f"/w/{slug}/customers/{customer_id}/"


def facts(page) -> dict[str, str]:  # type: ignore[no-untyped-def]
    names = [element.text for element in page.all("dt")]
    return dict(zip(names, [element.text for element in page.all("dd")], strict=True))


def test_the_chat_names_the_panels_address(world: World, amy: Client, room: Chatroom) -> None:
    panel = get(amy, room_url(room)).one("section", id="function-panel")
    assert panel["hx-get"] == panel_url(room.customer_id)


def test_the_panel_says_who_the_customer_is(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        CustomerIdentity.objects.create(
            workspace=world.lotus, customer_id=room.customer_id, channel="whatsapp", kind="username", value="taiman"
        )
        since = Customer.objects.get(pk=room.customer_id).created_at
    page = get(amy, panel_url(room.customer_id), htmx=True)
    assert (page.status, page.is_whole) == (200, False)
    assert page.one("p", "customer-name").text == "Chan Tai Man"
    shown = facts(page)
    assert shown["Phone"] == "+85290000001"
    assert shown["Username"] == "taiman"
    assert shown["Channel"] == "WhatsApp"
    assert page.one("time")["datetime"] == since.isoformat()


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
    [("", "Unnamed customer"), ("陳大文", "陳大文"), ("שרה כהן", "שרה כהן"), ("<i>x</i>", "<i>x</i>")],
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
    for url in (panel_url(foreign_room.customer_id), panel_url(foreign_room.customer_id, "other-bakery")):
        page = get(amy, url, htmx=htmx)
        assert page.status == 404
        assert "Bread Eater" not in page.html
        assert "85290000002" not in page.html


def test_the_same_phone_in_two_workspaces_are_two_customers(world: World, amy: Client, stranger: Client) -> None:
    ours = conversation(world, 1)
    theirs = room_with(world, "Hi", connection=world.oven, phone="85290000001", name="Known To The Bakery")
    assert ours.customer_id != theirs.customer_id
    assert "Bakery" not in get(amy, panel_url(ours.customer_id)).html
    assert "Known To The Bakery" in get(stranger, panel_url(theirs.customer_id, "other-bakery")).html
