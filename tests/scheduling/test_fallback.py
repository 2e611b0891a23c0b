"""When only templates may be sent: the one that was chosen goes out, filled as it was, or it is said why not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Chatroom
from inbox.connections.models import Connection
from inbox.message_templates.models import APPROVED, MessageTemplate
from inbox.scheduling.actions import Order, UnableToSchedule, schedule, send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import HTMX, room_on
from tests.pages.reading import Page
from tests.world import World, messages_of, reload

from .conftest import NOON, fresh, message_of, order, outcome

LATE = timedelta(hours=25)
READY = {"body.1": "Tai Man"}


@pytest.fixture
def template(world: World) -> MessageTemplate:
    with scope(world.lotus.pk):
        return make_template(world.shop)


def make_template(connection: Connection, **more: object) -> MessageTemplate:
    values: dict[str, object] = {
        "name": "order_ready",
        "language": "en",
        "status": APPROVED,
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Hello {{1}}, your order is ready."}],
    }
    return MessageTemplate.objects.create(
        workspace_id=connection.workspace_id, business_id=connection.business_id, **values | more
    )


def plan(world: World, room: Chatroom, wanted: Order) -> ScheduledMessage:
    with scope(world.lotus.pk):
        return schedule(actor=world.amy, chatroom=fresh(room), order=wanted, client_id=uuid.uuid4())


def order_with(template: MessageTemplate | None, **values: str) -> Order:
    return replace(order(minutes=25 * 60), template=template, names_template=True, values=values or READY)


def test_after_the_window_the_template_is_sent_instead(
    world: World, room: Chatroom, template: MessageTemplate, clock: time_machine.Traveller
) -> None:
    row = plan(world, room, order_with(template))
    clock.shift(LATE)
    assert send_due() == 1
    assert outcome(row) == ("sent", "")
    message = message_of(row)
    assert (message.kind, message.text, message.author_id) == (
        "template",
        "Hello Tai Man, your order is ready.",
        world.amy.pk,
    )
    assert reload(room).last_message_id == message.pk


def test_inside_the_window_the_text_is_sent(
    world: World, room: Chatroom, template: MessageTemplate, clock: time_machine.Traveller
) -> None:
    row = plan(world, room, replace(order_with(template), wall_time=order().wall_time))
    clock.shift(timedelta(hours=1))
    send_due()
    assert message_of(row).kind == "text"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "PAUSED"}, "The template “order_ready” can no longer be sent."),
        ({"name": "other"}, "The template “order_ready” can no longer be sent."),
        ({"deleted_at": NOON}, "The template “order_ready” can no longer be sent."),
        (
            {"components": [{"type": "BODY", "text": "Hello {{1}}, {{2}} is ready."}]},
            "The template “order_ready” is not filled in.",
        ),
    ],
)
def test_a_template_that_became_unusable_stops_this_message_only(
    world: World,
    room: Chatroom,
    template: MessageTemplate,
    clock: time_machine.Traveller,
    changes: dict[str, object],
    words: str,
) -> None:
    row = plan(world, room, order_with(template))
    with scope(world.lotus.pk):
        MessageTemplate.objects.filter(pk=template.pk).update(**changes)
    clock.shift(LATE)
    assert send_due() == 1
    assert outcome(row) == ("not_sent", "own_words")
    assert reload(row).reason_text == words
    assert messages_of(room)[-1].details["refusal"] == words


@pytest.mark.parametrize("value", ["", "two\nlines", "x" * 2000])
def test_values_that_do_not_fit_are_refused_when_it_is_scheduled(
    world: World, room: Chatroom, template: MessageTemplate, value: str
) -> None:
    with pytest.raises(UnableToSchedule) as refusal:
        plan(world, room, order_with(template, **{"body.1": value}))
    assert "body.1" in refusal.value.errors


def test_a_forged_or_foreign_template_is_refused(
    world: World, room: Chatroom, template: MessageTemplate, client_of: Callable[[Membership], Client]
) -> None:
    with scope(world.bakery.pk):
        foreign = make_template(world.oven)
    with scope(world.lotus.pk):
        paused = make_template(world.shop, name="paused", status="PAUSED")
    amy = client_of(world.amy)
    address = f"/w/lotus-flowers/rooms/{room.pk}/schedule/messages/"
    for chosen in (foreign.pk, paused.pk, "x", 2**70):
        fields = {"text": "Ready", "time": "2026-11-25T09:00", "zone": "UTC", "template": chosen, "value.body.1": "Tai"}
        page = Page(amy.post(address, fields, headers=HTMX))
        assert page.status == 422
        assert "This template cannot be sent any more." in page.text
    assert Page(amy.post(address, fields | {"template": template.pk}, headers=HTMX)).status == 200


def test_the_page_names_the_template_that_will_be_sent_and_keeps_its_values(
    world: World, room: Chatroom, template: MessageTemplate, client_of: Callable[[Membership], Client]
) -> None:
    amy = client_of(world.amy)
    address = f"/w/lotus-flowers/rooms/{room.pk}/schedule/outlook/"
    fields = {"text": "Ready", "time": "2026-11-24T13:00", "zone": "UTC", "template": template.pk, "show": "yes"}
    page = Page(amy.post(address, fields | {"value.body.1": 'Tai "Man"'}, headers=HTMX))
    assert "The template “order_ready” will be sent instead." in page.one("div", id="schedule-outlook").text
    assert page.one("input", name="value.body.1")["value"] == 'Tai "Man"'


def test_where_there_are_no_templates_none_is_offered(
    world: World, client_of: Callable[[Membership], Client], clock: time_machine.Traveller
) -> None:
    room = room_on(world, ChannelKind.MESSENGER)
    page = Page(client_of(world.amy).get(f"/w/lotus-flowers/rooms/{room.pk}/schedule/"))
    assert not page.all("select", name="template")
