"""Choosing a message template in an open chat, filling it in and sending it. Without any script."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom, Message
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of

from .conftest import HTMX, get, room_on, room_url
from .reading import Page

BUSINESS = "200000000000001"
PICK_UP = [
    {"type": "HEADER", "format": "TEXT", "text": "Your order {{1}}"},
    {"type": "BODY", "text": "Dear {{1}}, your {{2}} are ready."},
    {"type": "FOOTER", "text": "Lotus Flowers"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Map", "url": "https://lotus.example/{{1}}"}]},
]
FILLED = {"value.header.1": "77", "value.body.1": "Tai Man", "value.body.2": "roses", "value.button.0": "shop"}


def template(world: World, name: str = "pick_up", **changes: Any) -> MessageTemplate:
    """A template of the shop's business account."""
    with scope(world.lotus.pk):
        world.shop.business_id = BUSINESS
        world.shop.save(update_fields=["business_id"])
        row = {"language": "en", "status": "APPROVED", "category": "UTILITY", "components": PICK_UP, **changes}
        return MessageTemplate.objects.create(workspace=world.lotus, business_id=BUSINESS, name=name, **row)


@pytest.fixture
def late(world: World) -> Chatroom:
    """A chat whose customer wrote yesterday morning."""
    room = room_on(world, ChannelKind.WHATSAPP)
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    return room


def send(browser: Client, room: Chatroom, chosen: MessageTemplate, htmx: bool = False, **values: str) -> Page:
    form = {"template": str(chosen.pk), "client_id": str(uuid.uuid4()), **values}
    return Page(browser.post(room_url(room, "template_messages"), form, headers=HTMX if htmx else {}))


def names(page: Page) -> list[str]:
    return [choice.text for choice in page.all("strong")]


def preview(page: Page) -> str:
    return page.one("div", id="template-preview").text


def test_the_form_offers_templates_where_the_account_has_them(world: World, amy: Client, late: Chatroom) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(business_id="")
    assert get(amy, room_url(late)).all("a", "composer-choose") == []
    template(world)
    (link,) = get(amy, room_url(late)).all("a", "composer-choose")
    assert link["href"] == link["hx-get"] == room_url(late, "templates")
    assert get(amy, room_url(room_on(world, ChannelKind.MESSENGER))).all("a", "composer-choose") == []


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
