"""Choosing a message template in an open chat, filling it in and sending it. Without any script."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.signals import post_init
from django.test import Client
from PIL import Image

from channels_adapters.types import ChannelKind, MessageKind
from inbox.chatrooms.models import Attachment, Chatroom, Direction, HeldAnswer, Message
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.message_templates.models import FallbackTemplate, MessageTemplate
from inbox.message_templates.searching import searched_text
from inbox.pricing.models import Budget, MonthlyTotal
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of

from .conftest import HTMX, get, put, room_on, room_url
from .reading import Page

BUSINESS = "200000000000001"
PICK_UP = [
    {"type": "HEADER", "format": "TEXT", "text": "Your order {{1}}"},
    {"type": "BODY", "text": "Dear {{1}}, your {{2}} are ready."},
    {"type": "FOOTER", "text": "Lotus Flowers"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Map", "url": "https://lotus.example/{{1}}"}]},
]
FILLED = {"value.header.1": "77", "value.body.1": "Tai Man", "value.body.2": "roses", "value.button.0": "shop"}


def template(world: World, name: str = "pick_up", *, is_fallback: bool = False, **changes: Any) -> MessageTemplate:
    """A template of the shop's business account, which the shop may send by itself."""
    with scope(world.lotus.pk):
        world.shop.business_id = BUSINESS
        world.shop.save(update_fields=["business_id"])
        row = {"language": "en", "status": "APPROVED", "category": "UTILITY", "components": PICK_UP, **changes}
        made = MessageTemplate.objects.create(workspace=world.lotus, business_id=BUSINESS, name=name, **row)
        if is_fallback:
            FallbackTemplate.objects.create(workspace=world.lotus, connection=world.shop, template=made)
        return made


@pytest.fixture
def late(world: World) -> Chatroom:
    """A chat whose customer wrote yesterday morning."""
    room = room_on(world, ChannelKind.WHATSAPP)
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    return room


def send(browser: Client, room: Chatroom, chosen: MessageTemplate, htmx: bool = False, **values: Any) -> Page:
    form = {"template": str(chosen.pk), "client_id": str(uuid.uuid4()), **values}
    return Page(browser.post(room_url(room, "template_messages"), form, headers=HTMX if htmx else {}))


def names(page: Page) -> list[str]:
    return [choice.text for choice in page.all("strong")]


def preview(page: Page) -> str:
    return page.one("div", id="template-preview").text


def test_the_form_offers_templates_where_the_account_has_them(world: World, amy: Client, late: Chatroom) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(business_id="")
    assert get(amy, room_url(late)).all("button", "composer-choose") == []
    template(world)
    (button,) = get(amy, room_url(late)).all("button", "composer-choose")
    assert button["hx-get"] == room_url(late, "templates")
    assert get(amy, room_url(room_on(world, ChannelKind.MESSENGER))).all("button", "composer-choose") == []


def test_templates_can_be_chosen_while_one_may_write_freely(world: World, amy: Client) -> None:
    room = room_on(world, ChannelKind.WHATSAPP)
    chosen = template(world)
    page = get(amy, room_url(room))
    assert page.one("form", id="composer")["data-mode"] == "free"
    (button,) = page.all("button", "composer-choose")
    assert names(get(amy, button["hx-get"])) == ["pick_up"]
    assert send(amy, room, chosen, **FILLED).status == 303
    assert [message.kind for message in messages_of(room)] == ["template"]


@pytest.mark.parametrize("htmx", [False, True])
def test_only_what_may_be_sent_is_listed(world: World, amy: Client, late: Chatroom, htmx: bool) -> None:
    template(world)
    template(world, "pick_up", language="zh_HK")
    for number, status in enumerate(("PAUSED", "REJECTED", "PENDING", "DISABLED")):
        template(world, f"not_this_{number}", status=status)
    template(world, "gone", deleted_at=clock.now())
    page = get(amy, room_url(late, "templates"), htmx=htmx)
    assert names(page) == ["pick_up", "pick_up"]
    assert [chip.text for chip in page.all("span", "chip")] == ["en", "zh_HK"]
    assert page.is_whole is not htmx


def test_the_list_is_searched_by_name_language_and_words(world: World, amy: Client, late: Chatroom) -> None:
    template(world)
    template(world, "thanks", language="zh_HK", components=[{"type": "BODY", "text": "多謝"}])
    url = room_url(late, "templates")
    assert names(get(amy, url, search="PICK")) == names(get(amy, url, search="ready")) == ["pick_up"]
    assert names(get(amy, url, search="zh_hk")) == names(get(amy, url, search="多謝")) == ["thanks"]
    assert "No template says this." in get(amy, url, search="tulips").text


def test_the_likeliest_language_comes_first_and_one_may_be_chosen(world: World, amy: Client, late: Chatroom) -> None:
    template(world, "a_thanks")
    template(world, "b_thanks", language="zh_HK")
    url = room_url(late, "templates")

    def languages() -> list[str]:
        return [option["value"] for option in get(amy, url).all("option")]

    assert languages() == ["", "en", "zh_HK"]  # the agent's own
    put(late, text="有冇玫瑰？")
    assert languages() == ["", "zh_HK", "en"]
    assert names(get(amy, url)) == ["b_thanks", "a_thanks"]
    put(late, MessageKind.TEMPLATE, direction=Direction.OUTBOUND, details={"template": {"language": "en"}})
    assert languages() == ["", "en", "zh_HK"]

    page = get(amy, url, language="zh_HK")
    assert names(page) == ["b_thanks"]
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["zh_HK"]
    assert names(get(amy, url, language="zh_HK", search="a_thanks")) == []
    assert names(get(amy, url, language="de")) == ["a_thanks", "b_thanks"]


def test_what_cannot_be_sent_is_named_with_its_reason(world: World, amy: Client, late: Chatroom) -> None:
    flow = {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Book"}]}
    template(world, "booking", components=[{"type": "BODY", "text": "Book a table"}, flow])
    page = get(amy, room_url(late, "templates"))
    assert "1 approved template is not offered" in page.one("details", "template-withheld").text
    assert "a form" in page.one("details", "template-withheld").text
    assert page.all("a", "template-choice") == []


@pytest.fixture
def read() -> Iterator[list[str]]:
    """The names of the templates that were read from the database meanwhile."""
    names: list[str] = []

    def note(instance: MessageTemplate, **_: object) -> None:
        names.append(instance.name)

    post_init.connect(note, sender=MessageTemplate)
    yield names
    post_init.disconnect(note, sender=MessageTemplate)


def options(page: Page, select: str) -> list[str]:
    """The values of a list to choose from."""
    inside = page.html.partition(f'id="{select}"')[2].partition("</select>")[0]
    return re.findall(r'<option value="(\d*)"', inside)


def test_of_two_thousand_templates_few_are_read_whatever_is_searched(
    world: World,
    amy: Client,
    late: Chatroom,
    read: list[str],
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    needle = template(world, "z_needle", components=[{"type": "BODY", "text": "Ninety TULIPS"}])
    flow = [{"type": "BODY", "text": "Book"}, {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Book"}]}]
    own = {"workspace": world.lotus, "business_id": BUSINESS, "status": "APPROVED", "category": "UTILITY"}
    with scope(world.lotus.pk):
        MessageTemplate.objects.bulk_create(
            MessageTemplate(
                **own,
                name=f"offer_{number:04}",
                language=("en", "zh_HK")[number % 2],
                components=flow if number % 4 == 0 else PICK_UP,
                is_fillable=number % 4 != 0,
                search_text=searched_text(f"offer_{number:04}", "en", PICK_UP),
            )
            for number in range(2000)
        )
    url = room_url(late, "templates")
    for search, found, cut in ((None, 50, True), ("ready", 50, True), ("tulips", 1, False), ("offer_0007", 1, False)):
        read.clear()
        with django_assert_num_queries(11):
            page = get(amy, url, **({"search": search} if search else {}))
        assert len(page.all("a", "template-choice")) == found
        assert ("There are more" in page.text) is cut
        assert "500 approved templates are not offered" in page.one("details", "template-withheld").text
        assert len(read) <= 102, "a list, and what is withheld, each with one more that tells there are more"

    for address, search, select in (
        (room_url(late, "hold"), "hold-search", "hold-template"),
        (f"/w/lotus-flowers/rooms/{late.pk}/schedule/outlook/", "schedule-search", "schedule-template"),
    ):
        read.clear()
        form = {"text": "Yes", "show": "yes", "what": "template", "template": ""}
        page = Page(amy.post(address, form, headers=HTMX))
        assert len(options(page, select)) == 51
        assert page.one("input", id=search)["value"] == ""
        # Enter in the search looks for a template, and does nothing else.
        page = Page(amy.post(address, {**form, "hold": "yes", "template_search": "tulips"}, headers=HTMX))
        assert options(page, select) == ["", str(needle.pk)]
        assert page.one("input", id=search)["value"] == "tulips"
        assert len(read) <= 60
    form = {"text": "Yes", "hold": "yes", "template_search": "tulips"}
    assert amy.post(room_url(late, "hold"), form, headers=HTMX)["HX-Retarget"] == "#hold"
    form = {"text": "Yes", "time": "2027-01-01T09:00", "zone": "UTC", "template_search": "tulips"}
    page = Page(amy.post(f"/w/lotus-flowers/rooms/{late.pk}/schedule/messages/", form, headers=HTMX))
    assert (page.status, page.one("textarea", name="text").raw_text) == (200, "Yes")
    assert messages_of(late) == []
    with scope(world.lotus.pk):
        assert not HeldAnswer.objects.exists()
        assert not ScheduledMessage.objects.exists()


def test_the_form_says_what_it_costs_and_that_the_budget_is_nearly_used_up(
    world: World, amy: Client, late: Chatroom
) -> None:
    chosen = template(world)
    with scope(world.lotus.pk):
        Budget.objects.create(workspace=world.lotus, connection=world.shop, amount=Decimal(10))
        month = {
            "month": clock.now().date().replace(day=1),
            "category": "utility",
            "currency": "USD",
            "amount": Decimal(9),
        }
        MonthlyTotal.objects.create(workspace=world.lotus, connection=world.shop, **month)
    page = get(amy, room_url(late, "templates"), template=str(chosen.pk))
    assert "Utility template" in page.one("p", "template-cost").text
    assert "nearly used up" in page.one("p", "template-warning").text


def test_what_is_sent_is_what_was_seen(world: World, amy: Client, late: Chatroom) -> None:
    chosen = template(world)
    seen = get(amy, room_url(late, "templates"), template=str(chosen.pk)).one("input", name="version")["value"]
    other = [{"type": "BODY", "text": "Dear {{1}}, your {{2}} are lost."}]
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=chosen.pk).update(components=other)
    page = send(amy, late, chosen, **FILLED, version=seen)
    assert page.status == 422
    assert "changed a moment ago" in page.one("p", "form-error").text
    assert "your roses are lost" in preview(page)
    assert messages_of(late) == []
    again = page.one("input", name="version")["value"]
    assert send(amy, late, chosen, **FILLED, version=again).status == 303


def picture() -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    return SimpleUploadedFile("roses.png", made.getvalue(), "image/png")


PICTURED = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Dear {{1}}, look."}]


def test_a_file_for_the_header_is_kept_until_the_rest_is_right(world: World, amy: Client, late: Chatroom) -> None:
    chosen = template(world, components=PICTURED)
    form = get(amy, room_url(late, "templates"), template=str(chosen.pk))
    assert form.one("input", name="header_file")["accept"] == "image/*"
    assert form.one("form", "template-form")["enctype"] == "multipart/form-data"

    page = send(amy, late, chosen, header_file=picture())
    assert page.status == 422
    assert [each["name"] for each in page.all("input") if "aria-invalid" in each] == ["value.body.1"]
    kept = page.one("input", name="header_file_id")["value"]
    assert page.one("p", "template-chosen-file").text == "roses.png"
    assert "roses.png" in page.one("img", "template-picture")["src"]
    assert send(amy, late, chosen, **{"value.body.1": "Bo", "header_file_id": kept}).status == 303
    (message,) = messages_of(late)
    with scope(late.workspace_id):
        [attachment] = Attachment.objects.filter(message=message)
    assert str(attachment.file_id) == kept
    assert message.details["template"]["preview"]["header"]["filename"] == "roses.png"


def test_a_file_that_the_header_cannot_take_is_refused(world: World, amy: Client, late: Chatroom) -> None:
    chosen, named = template(world, components=PICTURED), {"value.body.1": "Bo"}
    for upload, words in (
        (SimpleUploadedFile("empty.png", b""), "empty.png"),
        (SimpleUploadedFile("notes.txt", b"Roses are red"), "notes.txt"),
    ):
        page = send(amy, late, chosen, **named, header_file=upload)
        assert page.status == 422
        assert words in page.html
    for missing in ("999999999", "1e5", "9" * 30):
        assert send(amy, late, chosen, **named, header_file_id=missing).status == 422
    assert messages_of(late) == []


@pytest.mark.parametrize("format_", ["", "TEXT", "LOCATION"])
def test_a_file_for_a_header_that_takes_none_is_refused(
    world: World, amy: Client, late: Chatroom, format_: str
) -> None:
    header = {"type": "HEADER", "format": format_, "text": "Roses"}
    chosen = template(world, components=[*([header] if format_ else []), {"type": "BODY", "text": "Thank you"}])
    page = send(
        amy, late, chosen, header_file=picture(), **{"value.header.latitude": "22.3", "value.header.longitude": "114.2"}
    )
    assert page.status == 422
    assert "no place for a file" in page.one("p", "form-error").text
    assert messages_of(late) == []


def test_the_form_is_filled_in_as_far_as_it_is_known(world: World, amy: Client, late: Chatroom) -> None:
    chosen = template(world, defaults={"body.1": "{name}"})
    url = room_url(late, "templates")
    page = get(amy, url, template=str(chosen.pk))
    values = {each["name"]: each["value"] for each in page.all("input") if each["name"].startswith("value.")}
    assert values == {"value.header.1": "", "value.body.1": "Chan Tai Man", "value.body.2": "", "value.button.0": ""}
    labels = {each["for"]: each.text for each in page.all("label") if each["for"].startswith("template-value")}
    assert list(labels.values()) == ["Header: 1", "Text 1", "Text 2", "End of the address of “Map”"]
    assert "Dear Chan Tai Man, your {{2}} are ready." in preview(page)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_preview_follows_what_is_filled_in_and_sends_nothing(
    world: World, amy: Client, late: Chatroom, htmx: bool
) -> None:
    page = send(amy, late, template(world), htmx, **{**FILLED, "value.body.1": ""}, preview="yes")
    assert page.status == 200
    assert "Dear {{1}}, your roses are ready." in preview(page)
    assert page.one("input", name="value.body.2")["value"] == "roses"
    assert page.all("p", "field-error") == []
    assert messages_of(late) == []


@pytest.mark.parametrize("htmx", [False, True])
def test_a_filled_template_is_sent_when_the_time_to_answer_is_over(
    world: World, amy: Client, late: Chatroom, htmx: bool
) -> None:
    chosen = template(world)
    page = send(amy, late, chosen, htmx, **FILLED)
    assert (page.status, page.html) == ((200, "") if htmx else (303, ""))
    (message,) = messages_of(late)
    assert (message.kind, message.text) == ("template", "Dear Tai Man, your roses are ready.")
    assert message.details["template"]["name"] == "pick_up"


@pytest.mark.parametrize("htmx", [False, True])
def test_what_is_missing_comes_back_with_the_rest(world: World, amy: Client, late: Chatroom, htmx: bool) -> None:
    page = send(amy, late, template(world), htmx, **{**FILLED, "value.body.2": " "})
    assert page.status == 422
    (wrong,) = [each for each in page.all("input") if "aria-invalid" in each]
    assert wrong["name"] == "value.body.2"
    assert page.one("p", "field-error", id=wrong["aria-describedby"]).text == "Fill this in."
    assert page.one("input", name="value.body.1")["value"] == "Tai Man"
    assert messages_of(late) == []


def test_a_template_that_was_paused_meanwhile_is_not_sent(world: World, amy: Client, late: Chatroom) -> None:
    chosen = template(world)
    other = template(world, "thanks")
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=chosen.pk).update(status="PAUSED")
    for page in (
        send(amy, late, chosen, **FILLED),
        get(amy, room_url(late, "templates"), template=str(chosen.pk)),
    ):
        assert "can no longer be sent" in page.one("p", "form-error").text
        assert names(page) == [other.name]
    assert messages_of(late) == []


def test_a_double_submit_is_one_message(world: World, amy: Client, late: Chatroom) -> None:
    chosen, same = template(world), str(uuid.uuid4())
    for _attempt in range(2):
        assert send(amy, late, chosen, **FILLED, client_id=same).status == 303
    assert len(messages_of(late)) == 1


@pytest.mark.parametrize("what", ["value", "template", "chat"])
def test_a_repeated_form_that_says_something_else_is_refused(
    world: World, amy: Client, late: Chatroom, what: str
) -> None:
    first, same = template(world), str(uuid.uuid4())
    assert send(amy, late, first, **FILLED, client_id=same).status == 303
    values, chosen, room = dict(FILLED), first, late
    if what == "value":
        values["value.button.0"] = "stall"
    elif what == "template":
        chosen = template(world, "pick_up_soon")
    else:
        room = room_on(world, ChannelKind.WHATSAPP, name="Ada Lee")
    page = send(amy, room, chosen, **values, client_id=same)
    assert page.status == 422
    assert "already sent" in page.one("p", "form-error").text
    assert page.one("input", name="client_id")["value"] != same, "or it could never be sent"
    assert len(messages_of(late)) == 1


def test_a_channel_without_templates_refuses_a_forged_form(world: World, amy: Client) -> None:
    chosen = template(world)
    room = room_on(world, ChannelKind.INSTAGRAM)
    assert send(amy, room, chosen, **FILLED).status == 422
    assert names(get(amy, room_url(room, "templates"))) == []
    assert messages_of(room) == []


def test_strangers_see_and_send_nothing(world: World, late: Chatroom, stranger: Client) -> None:
    chosen = template(world)
    assert stranger.get(room_url(late, "templates")).status_code == 404
    assert send(stranger, late, chosen, **FILLED).status == 404
    with scope(world.lotus.pk):
        assert not Message.objects.exists()


def test_values_are_shown_as_what_they_are(world: World, amy: Client, late: Chatroom) -> None:
    evil = '"><script>alert("evil")</script>'
    page = send(amy, late, template(world), **{"value.body.1": evil})
    assert page.one("input", name="value.body.1")["value"] == evil
    assert '<script>alert("evil")' not in page.html
