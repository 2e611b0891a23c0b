"""The admins' pages of templates, without any JavaScript; and that nobody else gets there."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from inbox.connections.models import Connection
from inbox.message_templates.models import (
    DRAFT,
    FallbackTemplate,
    MessageTemplate,
    OrderState,
    TemplateChange,
    TemplateSync,
)
from inbox.message_templates.selectors import values_for
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.reading import Page
from tests.world import World, reload, room_with

from .conftest import store

ClientOf = Callable[[Membership], Client]

TYPED = {
    "name": "order_late",
    "language": "en",
    "category": "UTILITY",
    "header_format": "",
    "body": "Dear {{1}}, your order is late.",
    "example.body.1": "Ada",
    "button-0-type": "QUICK_REPLY",
    "button-0-text": "All right",
}


def url(name: str, world: World, *args: Any) -> str:
    return reverse(f"message_templates:{name}", args=[world.lotus.slug, *args])


def test_the_list_shows_status_reason_quality_and_the_last_reading(
    world: World, template: MessageTemplate, theirs: MessageTemplate, client_of: ClientOf
) -> None:
    store(world.shop, "bad_one", status="REJECTED", rejection_reason="SCAM", quality="RED", category="MARKETING")
    store(world.shop, "odd_one", status="NEW_CODE")
    with scope(world.lotus.pk):
        TemplateSync.objects.create(
            workspace=world.lotus, business_id=world.shop.business_id, problem="It did not answer."
        )

    page = client_of(world.olivia).get(url("list", world)).content.decode()

    for words in (
        "order_ready",
        ">Approved<",
        "bad_one",
        ">Rejected<",
        "It looks like a scam",
        ">Low<",
        ">Marketing<",
        ">NEW_CODE<",
        "Not yet read",
        "It did not answer.",
    ):
        assert words in page
    assert theirs.name not in page
    assert "<script" not in page.split("<main")[1].split("</main>")[0]


def names_in(page: Page) -> list[str]:
    return [heading.text for heading in page.all("th", scope="row")]


def test_the_list_is_read_a_page_at_a_time_whatever_there_is(
    world: World, theirs: MessageTemplate, client_of: ClientOf
) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.events.pk).update(business_id="another account")
        rows = [(world.shop, f"shop_{number:03}", code) for number in range(60) for code in ("en", "zh_HK")]
        rows += [(reload(world.events), f"events_{number:03}", "en") for number in range(3)]
        for number, name, language in rows:
            store(number, name, language)
    client, address = client_of(world.olivia), url("list", world)

    with CaptureQueriesContext(database) as many:
        first = Page(client.get(address))
    shown = names_in(first)
    assert shown[:3] == ["events_000", "events_001", "events_002"]
    assert shown[3:] == [f"shop_{number:03}" for number in range(25) for _language in range(2)]
    pages = [first]
    while more := [link for link in pages[-1].all("a") if "after=" in link.attributes.get("href", "")]:
        assert len(more) == 1
        pages.append(Page(client.get(address + more[0]["href"].replace("&amp;", "&"))))
    rest = [name for page in pages[1:] for name in names_in(page)]
    assert rest == [f"shop_{number:03}" for number in range(25, 60) for _language in range(2)]
    found = Page(client.get(address, {"search": "Shop_05 HK"}))
    assert names_in(found) == [f"shop_05{number}" for number in range(10)]
    assert found.one("input", name="search")["value"] == "Shop_05 HK"
    assert "No template says this." in found.text, "of the other account none does"
    with scope(world.bakery.pk):
        foreign = theirs.pk
    for after, status in (("x", 200), ("9" * 30, 200), (foreign, 404)):
        assert client.get(address, {"after": after}).status_code == status
    with scope(world.lotus.pk):
        MessageTemplate.objects.exclude(name__in=["shop_000", "events_000"]).delete()
    with CaptureQueriesContext(database) as few:
        client.get(address)
    assert len(many) == len(few)
    [listing] = [query["sql"] for query in many if "ROW_NUMBER" in query["sql"]]
    assert "components" not in listing


def test_the_button_has_the_list_read(world: World, client_of: ClientOf) -> None:
    response = client_of(world.olivia).post(url("sync", world, world.shop.pk))

    assert response.status_code == 303
    with scope(world.lotus.pk):
        assert TemplateSync.objects.get().asked_at is not None


def test_a_new_template_is_submitted_by_the_form(world: World, client_of: ClientOf) -> None:
    response = client_of(world.olivia).post(url("new", world, world.shop.pk), TYPED | {"do": "submit"})

    assert response.status_code == 303
    with scope(world.lotus.pk):
        row = MessageTemplate.objects.get()
    assert (row.name, row.status, row.order_state) == ("order_late", DRAFT, OrderState.WAITING)
    assert row.components == [
        {"type": "BODY", "text": "Dear {{1}}, your order is late.", "example": {"body_text": [["Ada"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "All right"}]},
    ]


def test_a_refused_form_says_why_and_keeps_what_was_typed(world: World, client_of: ClientOf) -> None:
    typed = TYPED | {"body": "{{1}} is late", "footer": "Sorry <b>", "button-0-text": "x" * 30}

    response = client_of(world.olivia).post(url("new", world, world.shop.pk), typed)

    page = response.content.decode()
    assert response.status_code == 422
    assert "The message cannot begin or end with a variable." in page
    assert "30 characters are too long" in page
    for kept in ("order_late", "{{1}} is late", "Sorry &lt;b&gt;", "x" * 30, 'value="Ada"'):
        assert kept in page
    with scope(world.lotus.pk):
        assert not MessageTemplate.objects.exists()


def test_a_sample_for_the_header_is_chosen_once_and_goes_along(world: World, client_of: ClientOf) -> None:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    sample = SimpleUploadedFile("roses.png", made.getvalue(), "image/png")
    typed = TYPED | {"header_format": "IMAGE"}
    client, address = client_of(world.olivia), url("new", world, world.shop.pk)
    assert "wants to see one" in client.post(address, typed).content.decode()

    page = client.post(address, typed | {"do": "check", "sample": sample}).content.decode()

    assert "It can be submitted." in page
    assert "roses.png" in page
    [kept] = re.findall(r'name="sample_id" value="(\d+)"', page)
    wrong = client.post(address, typed | {"header_format": "VIDEO", "sample_id": kept})
    assert wrong.status_code == 422
    assert "takes as a sample" in wrong.content.decode()
    broken = client.post(address, typed | {"sample": SimpleUploadedFile("empty.png", b"")})
    assert broken.status_code == 422
    assert "empty.png" in broken.content.decode()
    assert client.post(address, typed | {"do": "submit", "sample_id": kept}).status_code == 303
    with scope(world.lotus.pk):
        row = MessageTemplate.objects.get()
    assert row.order["sample"] == int(kept)
    stranger = client_of(world.sam)
    theirs = reverse("message_templates:new", args=[world.bakery.slug, world.oven.pk])
    assert "Choose it again" in stranger.post(theirs, typed | {"sample_id": kept}).content.decode()


def test_checking_shows_the_preview_and_submits_nothing(world: World, client_of: ClientOf) -> None:
    response = client_of(world.olivia).post(url("new", world, world.shop.pk), TYPED | {"do": "check"})

    assert response.status_code == 200
    assert "Dear Ada, your order is late." in response.content.decode()
    with scope(world.lotus.pk):
        assert not MessageTemplate.objects.exists()


def test_the_form_of_a_refused_template_holds_what_was_refused(
    world: World, template: MessageTemplate, client_of: ClientOf
) -> None:
    order = {"verb": "edit", "category": "UTILITY", "components": [{"type": "BODY", "text": "Other words."}]}
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=template.pk).update(
            order=order, order_state=OrderState.REFUSED, order_problem="Too many edits."
        )

    page = client_of(world.olivia).get(url("edit", world, template.pk)).content.decode()

    assert "Other words." in page
    assert "Too many edits." in page


def test_name_and_language_of_a_template_stay(world: World, template: MessageTemplate, client_of: ClientOf) -> None:
    typed = TYPED | {"name": "stolen", "language": "de", "body": "Your order is ready."}

    assert client_of(world.olivia).post(url("edit", world, template.pk), typed).status_code == 303

    row = reload(template)
    assert (row.name, row.language, row.order["verb"]) == ("order_ready", "en", "edit")


def test_defaults_fill_in_what_is_known_of_the_customer(
    world: World, template: MessageTemplate, client_of: ClientOf
) -> None:
    typed = {"body.1": "{first_name}", "body.2": "bouquet", "body.9": "of no use", "csrfmiddlewaretoken": "x"}

    assert client_of(world.olivia).post(url("defaults", world, template.pk), typed).status_code == 303

    row = reload(template)
    assert row.defaults == {"body.1": "{first_name}", "body.2": "bouquet"}
    room = room_with(world, name="Chan Tai Man", phone="85290000001")
    with scope(world.lotus.pk):
        assert values_for(row, room.customer) == {"body.1": "Chan", "body.2": "bouquet"}


def sent_by_itself(world: World) -> dict[str, str]:
    """What each number sends by itself."""
    with scope(world.lotus.pk):
        rows = FallbackTemplate.objects.select_related("connection", "template")
        return {row.connection.name: row.template.name for row in rows}


def test_the_numbers_that_send_it_by_themselves_are_chosen(
    world: World, template: MessageTemplate, client_of: ClientOf
) -> None:
    client, other, both = client_of(world.olivia), store(world.shop, "other"), [world.shop.pk, world.events.pk]

    assert client.post(url("fallback", world, template.pk), {"number": both}).status_code == 303
    assert sent_by_itself(world) == {"Shop": "order_ready", "Events": "order_ready"}
    page = Page(client.get(url("detail", world, other.pk)))
    assert page.text.count("(instead of order_ready (en))") == 2
    client.post(url("fallback", world, other.pk), {"number": [world.events.pk]})
    assert sent_by_itself(world) == {"Shop": "order_ready", "Events": "other"}
    page = Page(client.get(url("detail", world, template.pk)))
    assert {each["value"]: "checked" in each for each in page.all("input", name="number")} == {
        str(world.shop.pk): True,
        str(world.events.pk): False,
    }
    client.post(url("fallback", world, template.pk))
    assert sent_by_itself(world) == {"Events": "other"}


def test_nobody_elses_number_is_chosen(
    world: World, template: MessageTemplate, theirs: MessageTemplate, client_of: ClientOf
) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.events.pk).update(business_id="another account")
    client = client_of(world.olivia)

    for forged in (world.oven.pk, world.events.pk, "x", 2**70):
        address = url("fallback", world, template.pk)
        assert client.post(address, {"number": [world.shop.pk, forged]}).status_code == 404
    assert client.post(url("fallback", world, theirs.pk), {"number": [world.shop.pk]}).status_code == 404
    assert sent_by_itself(world) == {}


@pytest.mark.parametrize(
    ("became", "words"),
    [
        ({"status": "PENDING"}, "WhatsApp lists it as PENDING."),
        ({"deleted_at": datetime(2026, 11, 22, tzinfo=UTC)}, "WhatsApp does not have it any more."),
        ({"business_id": "another account"}, "It is of another business account."),
        ({"is_fillable": False, "components": [{"type": "BODY", "text": "x"}, {"type": "X"}]}, "because it has: X."),
    ],
)
def test_a_fallback_that_cannot_be_sent_is_named_wherever_numbers_are(
    world: World, template: MessageTemplate, client_of: ClientOf, became: dict[str, Any], words: str
) -> None:
    client = client_of(world.olivia)
    client.get(reverse("enter_admin", args=[world.lotus.slug]))
    number = reverse("admin:connections_connection_change", args=[world.shop.pk])
    doctor = reverse("connection_doctor", args=[world.shop.pk])
    none_yet = {
        url("list", world): "sends nothing by itself",
        number: ">nothing</strong>",
        doctor: "This number has none of its own yet",
    }

    for address, said in none_yet.items():
        assert said in client.get(address).content.decode()
    client.post(url("fallback", world, template.pk), {"number": [world.shop.pk, world.events.pk]})
    for address, said in none_yet.items():
        page = client.get(address).content.decode()
        assert "order_ready (en)" in page
        assert words not in page
        assert said not in page
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=template.pk).update(**became)
    for address in none_yet:
        assert words in client.get(address).content.decode()


def test_a_template_shows_its_history(world: World, template: MessageTemplate, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        TemplateChange.objects.create(
            workspace=world.lotus, template=template, field="status", before="PENDING", after="REJECTED", reason="SCAM"
        )

    page = client_of(world.olivia).get(url("detail", world, template.pk)).content.decode()

    assert "In review → Rejected (It looks like a scam)" in page


def test_deleting_waits_for_the_vendor(world: World, template: MessageTemplate, client_of: ClientOf) -> None:
    client = client_of(world.olivia)

    assert client.post(url("deletion", world, template.pk)).status_code == 303
    assert reload(template).order == {"verb": "delete"}
    assert client.post(url("deletion", world, template.pk)).status_code == 409


# --- who gets there -------------------------------------------------------------------------------

PLACES = [
    ("get", "detail", "template"),
    ("get", "edit", "template"),
    ("post", "edit", "template"),
    ("post", "defaults", "template"),
    ("post", "fallback", "template"),
    ("post", "deletion", "template"),
    ("post", "sync", "connection"),
    ("get", "new", "connection"),
    ("post", "new", "connection"),
]


@pytest.mark.parametrize(("method", "name", "what"), PLACES)
def test_strangers_reach_nothing_through_their_own_workspace(
    world: World, template: MessageTemplate, client_of: ClientOf, method: str, name: str, what: str
) -> None:
    target = template.pk if what == "template" else world.shop.pk
    before = reload(template).__dict__ | {"_state": None}
    assert client_of(world.olivia).get(url("detail", world, template.pk)).status_code == 200
    stranger = client_of(world.sam)

    for slug in (world.bakery.slug, world.lotus.slug):
        address = reverse(f"message_templates:{name}", args=[slug, target])
        assert getattr(stranger, method)(address, TYPED).status_code == 404
    assert reload(template).__dict__ | {"_state": None} == before


@pytest.mark.parametrize(("method", "name", "what"), PLACES)
def test_agents_look_after_no_templates(
    world: World, template: MessageTemplate, client_of: ClientOf, method: str, name: str, what: str
) -> None:
    target = template.pk if what == "template" else world.shop.pk

    assert getattr(client_of(world.amy), method)(url(name, world, target), TYPED).status_code == 403
    assert client_of(world.amy).get(url("list", world)).status_code == 403


def test_a_connection_without_templates_has_no_form(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        world.shop.channel = "messenger"
        world.shop.save(update_fields=["channel"])

    assert client_of(world.olivia).get(url("new", world, world.shop.pk)).status_code == 404


@pytest.mark.parametrize(
    "table", [MessageTemplate._meta.db_table, TemplateChange._meta.db_table, TemplateSync._meta.db_table]
)
def test_sql_sees_the_own_rows_alone(world: World, table: str) -> None:
    for number in (world.shop, world.oven):
        row = store(number)
        with scope(number.workspace_id):
            TemplateChange.objects.create(workspace_id=number.workspace_id, template=row, field="status")
            TemplateSync.objects.create(workspace_id=number.workspace_id, business_id=number.business_id)

    with scope(world.lotus.pk), database.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT workspace_id FROM {table}")
        assert cursor.fetchall() == [(world.lotus.pk,)]
