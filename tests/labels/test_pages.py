"""Labels beside the chat and on their own page: with htmx, as plain forms, and for whom they are not."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inbox.chatrooms.models import Chatroom
from inbox.labels.models import Label
from inbox.labels.selectors import labels_of
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import HTMX
from tests.pages.reading import Page
from tests.world import World, reload, room_with

from .conftest import label, names_of, put

pytestmark = pytest.mark.django_db
both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
ALL = "/w/lotus-flowers/labels/"


def url(room: Chatroom, *more: str, slug: str = "lotus-flowers") -> str:
    return "/".join([f"/w/{slug}/labels/customers/{room.customer_id}", *more, ""])


def post(browser: Client, address: str, headers: dict[str, str] | None = None, **fields: str | int) -> Page:
    return Page(browser.post(address, fields, headers=headers or {}, follow=True))


@both_ways
def test_a_label_is_created_put_on_and_taken_off(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    page = post(amy, url(room, "choice"), headers, name=" VIP 🌷 ")
    assert (page.status, page.is_whole) == (200, not headers)
    assert [chip.text for chip in page.all("span", data_label_name="")] == ["VIP 🌷"]
    assert names_of(room.customer) == ["VIP 🌷"]
    (button,) = page.all("button", "label-off")
    page = post(amy, button["formaction"], headers, remove=button["value"], name="half a wo")
    assert page.all("li", "label-chip") == []
    assert page.one("input", id="label-name")["value"] == "half a wo"
    assert [option["value"] for option in page.all("option")] == ["VIP 🌷"]


@both_ways
def test_a_refused_name_comes_back(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    page = post(amy, url(room, "choice"), headers, name="<script>" * 9)
    assert (page.status, page.is_whole) == (422, not headers)
    assert page.one("input", id="label-name")["value"] == "<script>" * 9
    assert "too long" in page.one("p", id="label-name-error").text
    assert page.all("script") == [] or page.is_whole


@pytest.mark.parametrize("forged", ["", "x", "-1", "9" * 40, "0"])
def test_a_forged_id_is_not_found(amy: Client, room: Chatroom, forged: str) -> None:
    assert post(amy, url(room, "choice"), remove=forged).status == 404


def test_the_chat_and_its_row_show_labels(world: World, amy: Client, room: Chatroom) -> None:
    put(world.amy, [room.customer], add=tuple(label(world.amy, f"<b>{number}</b>") for number in range(40)))
    with CaptureQueriesContext(connection) as captured:
        page = Page(amy.get(reverse("chatrooms:room", args=["lotus-flowers", room.pk])))
    assert len([each for each in captured if "labels_customerlabel" in each["sql"]]) == 2, "with the room and its row"
    header = page.one("ul", id=f"room-{room.pk}-labels")
    assert len([chip for chip in page.all("li", "label-chip") if chip.inside(header["id"])]) == 40
    assert [more.text for more in page.all("", "label-more")] == ["+37", "+37"], "of the row and the header"
    row = [dot for dot in page.all("span", "label-dot") if dot.inside(f"room-{room.pk}-row")]
    assert (len(row), row[0]["title"]) == (40, "<b>0</b>")
    assert len(Page(amy.get(url(room), headers=HTMX)).all("li", "label-chip")) == 40


def test_admins_rename_recolour_and_delete(world: World, olivia: Client, room: Chatroom) -> None:
    vip, other = label(world.amy, "VIP"), label(world.amy, "Other")
    put(world.amy, [room.customer], add=(vip,))
    page = Page(olivia.get(ALL))
    (form,) = [form for form in page.all("form") if form["action"] == f"{ALL}{vip.pk}/change/"]
    refused = post(olivia, form["action"], name="OTHER", colour="red")
    assert refused.status == 422
    assert refused.one("input", id=f"label-{vip.pk}-name")["value"] == "OTHER"
    assert post(olivia, form["action"], name="Very important", colour="red").status == 200
    assert (reload(vip).name, reload(vip).colour, reload(vip).key) == ("Very important", "red", "very important")
    assert post(olivia, form["action"], name="VERY IMPORTANT", colour="red").status == 200
    assert names_of(room.customer) == ["VERY IMPORTANT"]
    page = Page(olivia.get(ALL))
    assert "1 customer has this label and will lose it." in page.html
    page = post(olivia, f"{ALL}{vip.pk}/deletion/")
    assert "VERY IMPORTANT" not in page.html
    assert names_of(room.customer) == []
    assert olivia.post(f"{ALL}{vip.pk}/deletion/").status_code == 404
    assert post(olivia, f"{ALL}creation/", name="other").status == 422
    assert other.name in Page(olivia.get(ALL)).html


def test_agents_create_and_may_not_do_the_rest(world: World, amy: Client) -> None:
    vip = label(world.olivia, "VIP")
    assert post(amy, f"{ALL}creation/", name="New", colour="pink").status == 200
    page = Page(amy.get(ALL))
    assert [form["action"] for form in page.all("form") if "/labels/" in form["action"]] == [f"{ALL}creation/"]
    for address in (f"{ALL}{vip.pk}/change/", f"{ALL}{vip.pk}/deletion/"):
        assert post(amy, address, name="Mine", colour="red").status == 403
    with scope(world.lotus.pk):
        assert [(each.name, each.colour) for each in labels_of(world.lotus.pk)] == [("VIP", "teal"), ("New", "pink")]


def test_strangers_find_nothing(world: World, stranger: Client, room: Chatroom) -> None:
    vip = label(world.amy, "Secret VIP")
    put(world.amy, [room.customer], add=(vip,))
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000009")
    theirs = "other-bakery"
    answers = [
        stranger.get(url(room)),
        stranger.get(url(room, slug=theirs)),
        stranger.post(url(room, "choice", slug=theirs), {"name": "Mine"}),
        stranger.post(url(bread, "choice", slug=theirs), {"remove": vip.pk}),
        stranger.post(f"/w/{theirs}/labels/{vip.pk}/change/", {"name": "Mine", "colour": "red"}),
        stranger.post(f"/w/{theirs}/labels/{vip.pk}/deletion/"),
        stranger.get(ALL),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    for address in (f"/w/{theirs}/labels/", f"/w/{theirs}/labels/news/", url(bread, slug=theirs)):
        assert "Secret" not in stranger.get(address).content.decode()
    assert names_of(room.customer) == ["Secret VIP"]


def test_the_panel_costs_the_same_for_few_and_for_many(world: World, amy: Client, room: Chatroom) -> None:
    costs = []
    for count in (1, 40):
        put(world.amy, [room.customer], add=tuple(label(world.amy, f"{number}") for number in range(count)))
        with CaptureQueriesContext(connection) as captured:
            assert amy.get(url(room), headers=HTMX).status_code == 200
        ignored = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        costs.append(len([each for each in captured if not each["sql"].startswith(ignored)]))
    assert costs == [7, 7], "the person, the workspace, its members; the customer, their ids, their labels, all labels"


def test_the_admin_names_and_deletes_labels(world: World, olivia: Client, room: Chatroom) -> None:
    vip = label(world.amy, "VIP")
    label(world.amy, "Other")
    foreign = label(world.sam, "Bakers")
    put(world.amy, [room.customer], add=(vip,))
    olivia.get(reverse("enter_admin", args=["lotus-flowers"]))
    listed = reverse("admin:labels_label_changelist")
    page = olivia.get(listed).content.decode()
    assert "VIP" in page
    assert "Bakers" not in page
    change = reverse("admin:labels_label_change", args=[vip.pk])
    fields = {"name": "Best", "colour": "pink", "position": "5"}
    assert olivia.post(change, fields | {"position": "2147483647"}, follow=True).status_code == 200
    assert (reload(vip).position, label(world.amy, "Last").position) == (10_000, 10_000)
    assert olivia.post(change, fields, follow=True).status_code == 200
    assert (reload(vip).name, reload(vip).colour, reload(vip).position) == ("Best", "pink", 5)
    assert "already" in olivia.post(change, fields | {"name": "other"}, follow=True).content.decode()
    assert olivia.post(reverse("admin:labels_label_add"), fields | {"name": "Fresh"}, follow=True).status_code == 200
    assert olivia.post(reverse("admin:labels_label_change", args=[foreign.pk]), fields).status_code in (302, 404)
    chosen = {"action": "delete_labels", "_selected_action": [vip.pk, foreign.pk]}
    assert "taken from 1 customer" in olivia.post(listed, chosen, follow=True).content.decode()
    with scope(world.lotus.pk):
        standing = Label.objects.filter(deleted_at__isnull=True).order_by("pk")
        assert [each.name for each in standing] == ["Other", "Last", "Fresh"]
    assert (reload(foreign).name, reload(foreign).deleted_at) == ("Bakers", None)
