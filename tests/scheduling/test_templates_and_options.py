"""What a scheduled message may be besides a text: a template, or a text with answers to tap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import close_chatroom
from inbox.chatrooms.models import Chatroom, Message, MessageState, ReadMarker
from inbox.message_templates.models import MessageTemplate
from inbox.pricing.actions import set_budget
from inbox.scheduling.actions import Order, UnableToSchedule, send_due, send_now
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.pages.conftest import HTMX, room_on
from tests.pages.reading import Page
from tests.world import World, reload

from .conftest import fresh, message_of, order, outcome
from .test_fallback import READY, make_template, order_with, plan

Clock = time_machine.Traveller

VALUES = {"value.body.1": "Tai Man"}
HELLO = "Hello Tai Man, your order is ready."

both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


@pytest.fixture
def template(world: World) -> MessageTemplate:
    with scope(world.lotus.pk):
        return make_template(world.shop)


@pytest.fixture
def amy(clock: Clock, world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


def template_alone(template: MessageTemplate | None, **more: object) -> Order:
    return replace(order_with(template), is_template=True, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [1, 25], ids=["while one may write freely", "after the window"])
def test_a_template_that_is_the_message_is_sent_in_any_window(
    world: World, room: Chatroom, template: MessageTemplate, clock: Clock, hours: int
) -> None:
    row = plan(world, room, template_alone(template, wall_time=order(minutes=60 * hours).wall_time))
    assert row.text == HELLO
    clock.shift(timedelta(hours=hours))
    assert send_due() == 1
    assert outcome(row) == ("sent", "")
    message = message_of(row)
    assert (message.kind, message.text, message.details["template"]["name"]) == ("template", HELLO, "order_ready")


def test_a_template_neither_opens_a_closed_chat_nor_reads_it_for_its_author(
    world: World, room: Chatroom, template: MessageTemplate, clock: Clock
) -> None:
    plan(world, room, order_with(template))
    with scope(world.lotus.pk):
        close_chatroom(actor=world.ben, chatroom=room)
    clock.shift(timedelta(hours=25))
    assert send_due() == 1
    assert reload(room).status == "closed"
    with scope(world.lotus.pk):
        assert not ReadMarker.objects.filter(chatroom=room, member=world.amy).exists()


def test_a_template_is_sent_at_once_too_and_refused_once_it_is_gone(
    world: World, room: Chatroom, template: MessageTemplate
) -> None:
    sent, refused = (plan(world, room, template_alone(template)) for _row in range(2))
    with scope(world.lotus.pk):
        send_now(actor=world.ben, row=sent)
        MessageTemplate.objects.update(status="PAUSED")
        with pytest.raises(UnableToSchedule, match="can no longer be sent"):
            send_now(actor=world.ben, row=refused)
    assert (message_of(sent).kind, message_of(sent).author_id) == ("template", world.ben.pk)
    assert outcome(refused)[0] == "waiting"


def test_answers_to_tap_stand_under_the_text(world: World, room: Chatroom, clock: Clock) -> None:
    row = plan(world, room, replace(order("Shall we deliver?"), options=["Yes", " ", "No"]))
    clock.shift(timedelta(hours=1))
    send_due()
    message = message_of(row)
    assert [option["title"] for option in message.details["options"]] == ["Yes", "No"]
    assert len({option["id"] for option in message.details["options"]}) == 2


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("Deliver?", ["Yes", "yes"], "options"),
        ("Deliver?", ["x" * 21], "options"),
        ("Deliver?", [f"Answer {number}" for number in range(11)], "options"),
        ("x" * 2000, ["Yes"], "text"),
        ("", ["Yes"], "text"),
    ],
)
def test_buttons_that_do_not_fit_the_channel_are_refused_now(
    world: World, room: Chatroom, text: str, options: list[str], field: str
) -> None:
    with pytest.raises(UnableToSchedule) as refusal:
        plan(world, room, replace(order(text), options=options))
    assert refusal.value.field == field


@both_ways
def test_a_template_is_scheduled_in_the_form_and_comes_back_to_be_changed(
    amy: Client, room: Chatroom, template: MessageTemplate, headers: dict[str, str]
) -> None:
    address = f"/w/lotus-flowers/rooms/{room.pk}/schedule/"
    fields = {"what": "template", "text": "kept while one looks", "time": "2026-11-25T09:00", "zone": "UTC"}
    refused = Page(amy.post(f"{address}messages/", fields | {"template": ""}, headers=headers))
    assert (refused.status, refused.one("p", id="schedule-template-error").text) == (422, "Choose a template.")
    assert refused.one("textarea", name="text").raw_text == "kept while one looks"
    assert "checked" in refused.one("input", name="what", value="template")

    fields |= {"template": str(template.pk), "value.body.1": "Tai Man"}
    asked = Page(amy.post(f"{address}outlook/", fields, headers=headers))
    told = asked.one("div", id="schedule-outlook").text
    assert "The template “order_ready” will be sent." in told
    assert "Utility template to HK" in told, "what it costs"
    assert HELLO in asked.one("div", "template-preview").text
    assert amy.post(f"{address}messages/", fields, headers=headers).status_code == (200 if headers else 303)
    with platform_scope("test"):
        row = ScheduledMessage.objects.get()
    assert (row.is_template, row.template["values"]) == (True, READY)

    page = Page(amy.get(address, {"change": row.pk}, headers=headers))
    assert "checked" in page.one("input", name="what", value="template")
    assert page.one("input", name="value.body.1")["value"] == "Tai Man"
    assert "template order_ready" in page.one("li", id=f"scheduled-{row.pk}").text


def test_a_budget_that_is_used_up_is_said_before(
    world: World, amy: Client, room: Chatroom, template: MessageTemplate
) -> None:
    """Also where nobody knows what the template would cost."""
    with scope(world.lotus.pk):
        set_budget(actor=world.olivia, connection=world.shop, typed="0")
    fields = {"what": "template", "template": str(template.pk), "time": "2026-11-25T09:00", "zone": "UTC", **VALUES}
    told = Page(amy.post(f"/w/lotus-flowers/rooms/{room.pk}/schedule/outlook/", fields, headers=HTMX))
    assert "budget" in told.one("p", "schedule-why").text


@both_ways
def test_buttons_are_kept_in_the_form_that_is_refused(amy: Client, room: Chatroom, headers: dict[str, str]) -> None:
    fields = {"text": "Deliver?", "answer": ["Yes", "yes", ""], "time": "2026-11-25T09:00", "zone": "UTC"}
    page = Page(amy.post(f"/w/lotus-flowers/rooms/{room.pk}/schedule/messages/", fields, headers=headers))
    assert page.status == 422
    assert "Two buttons say the same." in page.text
    assert [each["value"] for each in page.all("input", name="answer")][:3] == ["Yes", "yes", ""]


def test_values_of_one_template_are_not_taken_for_those_of_another(
    world: World, amy: Client, room: Chatroom, template: MessageTemplate
) -> None:
    with scope(world.lotus.pk):
        other = make_template(world.shop, name="another", defaults={"body.1": "{name}"})
    fields = {"template": str(other.pk), "filled": str(template.pk), "value.body.1": "order 77", "show": "yes"}
    page = Page(amy.post(f"/w/lotus-flowers/rooms/{room.pk}/schedule/outlook/", fields, headers=HTMX))
    assert page.one("input", name="value.body.1")["value"] == "Chan Tai Man"
    assert page.one("input", name="filled")["value"] == str(other.pk)


def test_a_template_that_is_gone_is_named_when_its_message_is_changed(
    world: World, amy: Client, room: Chatroom, template: MessageTemplate
) -> None:
    row = plan(world, room, order_with(template))
    with scope(world.lotus.pk):
        make_template(world.shop, name="another")
        MessageTemplate.objects.filter(pk=template.pk).update(status="PAUSED")
    page = Page(amy.get(f"/w/lotus-flowers/rooms/{room.pk}/schedule/", {"change": row.pk}, headers=HTMX))
    assert page.one("p", id="schedule-template-error").text == "The template “order_ready” can no longer be sent."


def test_what_failed_on_its_way_is_listed_as_not_sent_with_the_reason(
    world: World, amy: Client, room: Chatroom, template: MessageTemplate, clock: Clock
) -> None:
    """The dispatcher refuses what the budget of the month does not cover."""
    row = plan(world, room, template_alone(template))
    clock.shift(timedelta(hours=25))
    send_due()
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message_of(row).pk).update(
            state=MessageState.FAILED, failure_text="The budget of this connection is used up."
        )
    line = Page(amy.get(f"/w/lotus-flowers/rooms/{room.pk}/schedule/", headers=HTMX)).one(id=f"scheduled-{row.pk}")
    assert line["data-state"] == "not_sent"
    assert "The budget of this connection is used up." in line.text


def test_where_a_channel_has_no_templates_and_no_buttons_none_are_offered(world: World, amy: Client) -> None:
    room = room_on(world, ChannelKind.WECHAT)
    page = Page(amy.get(f"/w/lotus-flowers/rooms/{room.pk}/schedule/"))
    assert page.all("input", name="what") == page.all("select", name="template") == []
    fields = {"what": "template", "text": "Hello", "time": "2026-11-23T13:00", "zone": "UTC", "answer": "Yes"}
    forged = Page(amy.post(f"/w/lotus-flowers/rooms/{room.pk}/schedule/messages/", fields, headers=HTMX))
    assert forged.status == 422
    with scope(world.lotus.pk):
        assert fresh(room).scheduled.count() == 0  # type: ignore[attr-defined]
