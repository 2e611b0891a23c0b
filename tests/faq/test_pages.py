"""Answers beside the chat and on their own pages: with htmx, as plain forms, and for whom they are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inbox.chatrooms.models import Attachment, Chatroom, Message
from inbox.customers.actions import merge_customers
from inbox.customers.models import CustomerField, CustomerValue
from inbox.faq.actions import EntryDraft, create_category, delete_entry, edit_entry
from inbox.faq.models import FaqCategory, FaqEntry
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.pages.conftest import HTMX, room_url
from tests.pages.reading import Page
from tests.world import World, room_with

from .conftest import entry, now, picture

pytestmark = pytest.mark.django_db
both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
ALL = "/w/lotus-flowers/faq/"


def get(browser: Client, address: str, headers: dict[str, str] | None = None, **query: str | int) -> Page:
    return Page(browser.get(address, query, headers=headers or {}))


def post(browser: Client, address: str, headers: dict[str, str] | None = None, **fields: object) -> Page:
    return Page(browser.post(address, fields, headers=headers or {}, follow=True))


def titles(page: Page) -> list[str]:
    return [each.text for each in page.all("strong") if each.inside("faq-answers") or "faq-answer" in _around(each)]


def _around(element: object) -> set[str]:
    return {name for each in element.ancestors for name in each.attributes.get("class", "").split()}  # type: ignore[attr-defined]


def sent(room: Chatroom) -> list[str]:
    with scope(room.workspace_id):
        return list(Message.objects.filter(chatroom=room, direction="outbound").values_list("text", flat=True))


@both_ways
def test_the_panel_shows_answers_as_they_would_be_sent(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    with scope(world.lotus.pk):
        money = create_category(actor=world.olivia, name="Money")
    entry(world.olivia, "Refund", "Dear {name}, <b>14</b> days. {agent}", shared=True, category=money)
    entry(world.amy, "Hours", de=("Zeiten", "Ab neun."))
    entry(world.ben, "Ben's own")
    url = room_url(room, "faq")
    page = get(amy, url, headers)
    assert (page.status, page.is_whole) == (200, not headers)
    assert titles(page) == ["Hours", "Refund"]
    assert [each.raw_text for each in page.all("p", "faq-text")] == [
        "We open at nine.",
        "Dear Chan Tai Man, <b>14</b> days. Amy Agent",
    ]
    assert titles(get(amy, url, headers, search="refnd")) == titles(get(amy, url, category=money.pk)) == ["Refund"]
    assert titles(get(amy, url, headers, search="Ben's")) == []
    assert get(amy, url, language="de").all("p", "faq-text")[0].raw_text == "Ab neun."
    for forged in ({"category": "x"}, {"language": "'><b>"}, {"search": "%\x00" * 5_000}, {"category": "9" * 40}):
        assert get(amy, url, headers, **forged).status == 200


def test_an_answer_is_put_into_the_composer_without_a_script(world: World, amy: Client, room: Chatroom) -> None:
    row = entry(world.amy, "Where", "Dear {name}, & see:", files=(picture(world.amy),), de=("Wo", "Hier"))
    (form,) = [form for form in get(amy, room_url(room, "faq")).all("form") if "insertion" in form["action"]]
    page = post(amy, form["action"])
    assert page.one("textarea", id="composer-text").raw_text.strip() == "Dear Chan Tai Man, & see:"
    assert page.one("li", data_value=row.files[0]["id"])["data-kind"] == "image"
    assert (now(world.amy, row).uses, sent(room)) == (1, [])
    assert amy.post(form["action"], headers=HTMX).status_code == 204
    assert now(world.amy, row).uses == 2


@both_ways
def test_an_answer_is_sent_at_once_and_only_once(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    row = entry(world.amy, "Where", "Dear {first_name}, here:", files=(picture(world.amy),))
    page = get(amy, room_url(room, "faq"))
    (form,) = [form for form in page.all("form") if "sending" in form["action"]]
    fields = {each["name"]: each["value"] for each in page.all("input", type="hidden") if form in each.ancestors}
    for _ in range(2):
        answer = post(amy, form["action"], headers, **fields)
        assert (answer.status, answer.is_whole) == (200, not headers)
    assert "Dear Chan, here:" in sent(room)
    assert now(world.amy, row).uses == 1
    with scope(world.lotus.pk):
        assert Attachment.objects.filter(message__chatroom=room, file=row.files[0]["id"]).count() == 1
        edit_entry(
            actor=world.amy, entry=row, draft=EntryDraft({"en": ("Where", "Elsewhere")}, is_shared=False), seen=1
        )
    refused = post(amy, form["action"], headers, **{**fields, "client_id": ""})
    assert refused.status == 422
    assert "changed a moment ago" in refused.one("p", "field-error").text
    assert "Elsewhere" not in sent(room)


def test_what_is_unknown_or_too_late_is_not_sent(world: World, amy: Client, room: Chatroom) -> None:
    row = entry(world.amy, "Call", "We call {phone}")
    with scope(world.lotus.pk):
        room.customer.identities.all().delete()
    url = room_url(room, "faq_sending", row.pk)
    refused = post(amy, url, HTMX)
    assert refused.status == 422
    assert "{phone}" in refused.one("p", "field-error").text
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(days=3))
    other = entry(world.amy, "Hours")
    refused = post(amy, room_url(room, "faq_sending", other.pk), HTMX)
    assert (refused.status, refused.one("p", "field-error").text != "") == (422, True)
    page = get(amy, room_url(room, "faq"), HTMX)
    assert all("disabled" in button for button in page.all("button") if "Send now" in button.text)
    assert (sent(room), now(world.amy, other).uses) == ([], 0)
    choices = get(amy, room_url(room, "faq_choices"), HTMX, search="hours")
    assert [each.text for each in choices.all("strong")] == ["Hours", "Choose a template"]


def test_answers_hold_what_is_known_of_the_customer(world: World, amy: Client, room: Chatroom) -> None:
    merged = room_with(world, "Hello", connection=world.events, phone="85290000008", name="Chan")
    with scope(world.lotus.pk):
        for key, label, kind, hidden in (
            ("order", "Order", "text", False),
            ("gone", "Gone", "text", True),
            ("vip", "VIP", "boolean", False),
            ("name", "Name", "text", False),
        ):
            CustomerField.objects.create(workspace=world.lotus, key=key, label=label, type=kind, is_hidden=hidden)
        merge_customers(actor=world.amy, keep=room.customer, merge=merged.customer)
        for customer, key, value in (
            (room.customer, "order", "{agent}-17"),
            (merged.customer, "order", "A-9"),
            (merged.customer, "company", "Lotus Ltd"),
            (room.customer, "gone", "secret"),
            (room.customer, "vip", "yes"),
            (room.customer, "name", "Somebody"),
        ):
            CustomerValue.objects.create(workspace=world.lotus, customer=customer, key=key, value=value)
    row = entry(world.amy, "Order", "{name}: {order} for {company}, VIP {vip}, {email} {gone} {other}")
    with CaptureQueriesContext(connection) as captured:
        page = get(amy, room_url(room, "faq"), HTMX)
    cost = len(captured)
    assert page.one("p", "faq-text").text == "Chan Tai Man: {agent}-17 for Lotus Ltd, VIP Yes, {email} {gone} {other}"
    assert page.one("p", "faq-detail").text == "Not known of this customer: {email}, {gone}"
    assert page.one("li", id=f"faq-{row.pk}")["data-gap"] == "{email}"
    assert post(amy, room_url(room, "faq_sending", row.pk), HTMX).status == 422
    entry(world.amy, "Order", "{name}, {phone}")
    with scope(world.lotus.pk):
        delete_entry(actor=world.amy, entry=row)
    with CaptureQueriesContext(connection) as captured:
        get(amy, room_url(room, "faq"), HTMX)
    assert len(captured) == cost - 2
    form = get(amy, f"{ALL}new/")
    assert "{order}" in form.one("p", id="faq-variables").text


def test_an_answer_is_written_shown_and_changed(world: World, olivia: Client) -> None:
    typed = {"language": ["en"], "title-en": "Map", "body-en": "Dear {name}", "shown": "en", "owner": "everybody"}
    page = post(olivia, f"{ALL}creation/", **typed, preview="yes")
    assert page.one("p", "faq-preview").text == "Dear Alex Chan"
    page = post(olivia, f"{ALL}creation/", **typed, add="yes", more="zh_HK")
    assert page.one("input", id="faq-tab-zh_HK")["checked"] is not None
    assert page.one("input", id="faq-title-en")["value"] == "Map"
    upload = SimpleUploadedFile("map.png", samples.picture("PNG"), "image/png")
    both = typed | {"language": ["en", "zh_HK"], "title-zh_HK": "", "body-zh_HK": "地圖"}
    refused = post(olivia, f"{ALL}creation/", **both, upload=upload)
    assert (refused.status, "Type a title" in refused.text) == (422, True)
    (box,) = refused.all("input", name="file")
    page = post(olivia, f"{ALL}creation/", **both | {"title-zh_HK": "地圖"}, file=box["value"])
    assert titles(page) == ["Map"]
    with scope(world.lotus.pk):
        row = FaqEntry.objects.get()
    assert (row.owner_id, [each["name"] for each in row.files]) == (None, ["map.png"])
    change = both | {"title-en": "", "body-en": "", "title-zh_HK": "地圖", "version": 1}
    page = post(olivia, f"{ALL}{row.pk}/change/", **change)
    assert (page.status, titles(page)) == (200, ["地圖"])
    again = post(olivia, f"{ALL}{row.pk}/change/", **change)
    assert again.status == 409
    assert again.one("section", "faq-theirs").text == "What it says now 地圖 繁體中文（香港）地圖"
    assert "Replace it with mine" in again.text
    assert again.one("input", id="faq-title-zh_HK")["value"] == "地圖"
    assert again.one("input", name="version")["value"] == "2"
    assert post(olivia, f"{ALL}{row.pk}/deletion/").status == 200
    gone = post(olivia, f"{ALL}{row.pk}/change/", **change)
    assert (gone.status, gone.one("input", id="faq-title-zh_HK")["value"]) == (404, "地圖")


def test_agents_write_their_own_and_admins_the_rest(world: World, amy: Client, olivia: Client) -> None:
    shared, private = entry(world.olivia, "Shared", shared=True), entry(world.ben, "Private")
    typed = {"language": "en", "title-en": "Mine", "body-en": "Hello", "owner": "everybody"}
    assert titles(post(amy, f"{ALL}creation/", **typed)) == ["Mine", "Shared"]
    with scope(world.lotus.pk):
        assert FaqEntry.objects.filter(owner=world.amy).count() == 1, "whatever the form says"
    assert amy.get(f"{ALL}{shared.pk}/").status_code == 403
    assert amy.post(f"{ALL}{shared.pk}/change/", typed).status_code == 403
    assert amy.post(f"{ALL}{shared.pk}/deletion/").status_code == 403
    assert olivia.get(f"{ALL}{private.pk}/").status_code == 404
    assert amy.post(f"{ALL}categories/creation/", {"name": "Money"}).status_code == 403
    assert "categories/creation" not in get(amy, ALL).html
    page = post(olivia, f"{ALL}categories/creation/", name="<b>Money</b>")
    (link,) = [each for each in page.all("a") if each.text == "<b>Money</b>"]
    assert post(olivia, f"{ALL}categories/creation/", name="<B>money</b>").status == 422
    with scope(world.lotus.pk):
        money = FaqCategory.objects.get()
    post(olivia, f"{ALL}{shared.pk}/change/", **typed, category=money.pk, version=1)
    assert titles(get(olivia, link["href"])) == ["Mine"]
    here = f"{ALL}categories/{money.pk}/"
    assert post(olivia, f"{here}change/", name="").status == 422
    assert "Prices" in post(olivia, f"{here}change/", name="Prices").html
    assert post(olivia, f"{here}move/", to="later").status == 200
    assert "Prices" not in post(olivia, f"{here}deletion/").html


def test_strangers_find_nothing(world: World, stranger: Client, room: Chatroom) -> None:
    row = entry(world.olivia, "Secret answer", shared=True)
    with scope(world.lotus.pk):
        money = create_category(actor=world.olivia, name="Secret money")
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000009")
    theirs, slug = "/w/other-bakery/faq/", "other-bakery"
    typed = {"language": "en", "title-en": "Mine", "body-en": "Hello", "version": 1}
    answers = [
        stranger.get(ALL),
        stranger.get(room_url(room, "faq")),
        stranger.get(room_url(room, "faq", slug=slug)),
        stranger.post(room_url(bread, "faq_sending", row.pk, slug=slug)),
        stranger.post(room_url(bread, "faq_insertion", row.pk, slug=slug)),
        stranger.get(room_url(bread, slug=slug), {"faq": row.pk}),
        stranger.get(f"{theirs}{row.pk}/"),
        stranger.post(f"{theirs}{row.pk}/deletion/"),
        stranger.post(f"{theirs}categories/{money.pk}/deletion/"),
        stranger.post(f"{theirs}categories/{money.pk}/change/", {"name": "Mine"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    foreign = stranger.post(f"{theirs}creation/", typed | {"category": money.pk, "file": picture(world.amy).pk})
    assert (foreign.status_code, "no longer there" in foreign.content.decode()) == (422, True)
    assert stranger.post(f"{theirs}{row.pk}/change/", typed).status_code == 404
    for address in (theirs, room_url(bread, "faq", slug=slug), room_url(bread, "faq_choices", slug=slug)):
        assert "Secret" not in stranger.get(address, {"search": "secret"}).content.decode()
    assert now(world.olivia, row).uses == 0


def test_the_panel_costs_the_same_for_few_and_for_many(world: World, amy: Client, room: Chatroom) -> None:
    costs = []
    file = picture(world.olivia)
    for count in (1, 20):
        for number in range(count):
            entry(world.olivia, f"Refund {number}", shared=True, files=(file,), de=("R", "s"))
        with CaptureQueriesContext(connection) as captured:
            assert amy.get(room_url(room, "faq"), {"search": "refund"}, headers=HTMX).status_code == 200
        ignored = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        costs.append(len([each for each in captured if not each["sql"].startswith(ignored)]))
    assert costs[0] == costs[1] <= 13, (
        "who asks (3), the chat, hints, languages, what fits (3), files, phone, categories"
    )


def test_the_admin_names_categories_and_deletes_answers(world: World, olivia: Client) -> None:
    shared, private = entry(world.olivia, "Shared", shared=True), entry(world.ben, "Private")
    foreign = entry(world.sam, "Bakers", shared=True)
    olivia.get(reverse("enter_admin", args=["lotus-flowers"]))
    listed = reverse("admin:faq_faqentry_changelist")
    page = olivia.get(listed, {"q": "shar"}).content.decode()
    assert ("Shared" in page, "Private" in page, "Bakers" in page) == (True, False, False)
    add = reverse("admin:faq_faqcategory_add")
    assert olivia.post(add, {"name": "Money"}, follow=True).status_code == 200
    assert "already" in olivia.post(add, {"name": "MONEY"}, follow=True).content.decode()
    chosen = {"action": "delete_entries", "_selected_action": [shared.pk, private.pk, foreign.pk]}
    assert "1 answer was deleted" in olivia.post(listed, chosen, follow=True).content.decode()
    assert now(world.ben, private) == private
    assert now(world.sam, foreign) == foreign
    with scope(world.lotus.pk):
        money = FaqCategory.objects.get()
        change = reverse("admin:faq_faqcategory_change", args=[money.pk])
    assert olivia.post(change, {"name": "Prices"}, follow=True).status_code == 200
    chosen = {"action": "delete_categories", "_selected_action": [money.pk]}
    assert olivia.post(reverse("admin:faq_faqcategory_changelist"), chosen, follow=True).status_code == 200
    with scope(world.lotus.pk):
        assert not FaqCategory.objects.exists()
