"""A template that goes back in review after an edit: its messages wait, say so, and leave, or fail in the end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from channels_adapters.errors import SendError
from inbox.chatrooms.actions import dispatch_due
from inbox.chatrooms.actions._dispatch import _claim
from inbox.chatrooms.models import Chatroom, Message, MessageState, OutboxEntry
from inbox.chatrooms.presenters.words import system_text
from inbox.chatrooms.throttle import Throttle
from inbox.message_templates.models import MessageTemplate
from inbox.scheduling.actions import Order, schedule, send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.chatrooms.test_gate import send, template_in
from tests.pages.conftest import HTMX, get, room_url
from tests.world import World, messages_of, reload, room_with, write

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SOON = timedelta(minutes=1)


@pytest.fixture
def clock(settings) -> Iterator[time_machine.Traveller]:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = "http://127.0.0.1:9"  # nobody listens: nothing may be tried
    with time_machine.travel(NOON, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def room(clock: time_machine.Traveller, world: World) -> Chatroom:
    return room_with(world)


def becomes(template: MessageTemplate, status: str, **more: Any) -> None:
    with scope(template.workspace_id):
        MessageTemplate.objects.filter(pk=template.pk).update(status=status, **more)


def parked(world: World, room: Chatroom) -> tuple[MessageTemplate, Message]:
    """A message that waits for its template, which was edited after it was sent."""
    template = template_in(world)
    message = send(world, room, template)
    becomes(template, "PENDING")
    dispatch_due()
    return template, reload(message)


def planned(world: World, room: Chatroom) -> tuple[MessageTemplate, ScheduledMessage]:
    template = template_in(world)
    order = Order("", "2026-11-23T12:30", "UTC", is_template=True, template=template, names_template=True)
    with scope(world.lotus.pk):
        chatroom = Chatroom.objects.select_related("connection").get(pk=room.pk)
        return template, schedule(actor=world.amy, chatroom=chatroom, order=order, client_id=uuid.uuid4())


def leaving() -> list[int]:
    """The messages that a dispatcher would hand to the vendor now."""
    sendings = _claim(Throttle(), 100, set()) or []
    return [sending.message.pk for sending in sendings if not isinstance(sending.account, SendError)]


def test_it_waits_visibly_and_leaves_once_it_is_approved(
    world: World, room: Chatroom, clock: time_machine.Traveller, client_of: Any
) -> None:
    template, message = parked(world, room)
    assert (message.state, message.failure_code, message.attempt_count) == ("queued", "template_in_review", 0)
    amy: Client = client_of(world.amy)
    assert "The template is in review after an edit" in get(amy, room_url(room)).one("div", "failure").text
    behind = write(world.amy, room, "Meanwhile")
    assert leaving() == [behind.pk], "what is behind it need not wait"
    clock.shift(SOON)
    assert leaving() == []
    becomes(template, "APPROVED")
    clock.shift(SOON)
    assert leaving() == [message.pk]
    assert (reload(message).state, reload(message).failure_code) == ("sending", "")


def test_once_it_has_begun_to_leave_it_holds_up_what_follows_again(
    world: World, room: Chatroom, clock: time_machine.Traveller
) -> None:
    template, message = parked(world, room)
    becomes(template, "APPROVED")
    clock.shift(SOON)
    dispatch_due()  # the vendor cannot be reached: it is tried again in a while
    assert (reload(message).state, reload(message).attempt_count) == (MessageState.QUEUED, 1)
    write(world.amy, room, "Behind it")
    assert leaving() == []


@pytest.mark.parametrize(
    ("status", "after", "code"),
    [
        ("REJECTED", SOON, "template_unusable"),
        ("DISABLED", SOON, "template_unusable"),
        ("PENDING", timedelta(hours=23), "template_in_review"),
        ("PENDING", timedelta(hours=24, minutes=1), "too_late"),
    ],
)
def test_it_fails_when_it_is_not_approved(
    world: World, room: Chatroom, clock: time_machine.Traveller, status: str, after: timedelta, code: str
) -> None:
    template, message = parked(world, room)
    becomes(template, status)
    clock.shift(after)
    dispatch_due()
    message = reload(message)
    assert message.failure_code == code
    assert message.state == (MessageState.QUEUED if code == "template_in_review" else MessageState.FAILED)


def test_a_scheduled_template_waits_as_long_as_it_is_not_too_late(
    world: World, room: Chatroom, clock: time_machine.Traveller
) -> None:
    template, row = planned(world, room)
    becomes(template, "PENDING")
    clock.shift(timedelta(minutes=30))
    assert send_due() == 1
    dispatch_due()
    [message] = [each for each in messages_of(room) if each.direction == "outbound"]
    assert (message.state, message.failure_code) == (MessageState.QUEUED, "template_in_review")
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.get(message=message).not_after == reload(row).due_at + timedelta(minutes=15)
    clock.shift(timedelta(minutes=16))
    dispatch_due()
    assert reload(message).failure_code == "too_late"


def waiting_button(browser: Client, room: Chatroom) -> str:
    """Where the only button goes that gives up what waits."""
    page = get(browser, room_url(room))
    [button] = [each for each in page.all("button") if each.attributes.get("formaction", "").endswith("/withdrawal/")]
    assert button.text == "Cancel it"
    return button["formaction"]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_waits_is_given_up_and_the_chat_says_so(
    world: World, room: Chatroom, clock: time_machine.Traveller, client_of: Any, headers: dict[str, str]
) -> None:
    template, message = parked(world, room)
    ben: Client = client_of(world.ben)
    address = waiting_button(ben, room)
    assert ben.post(address, headers=headers).status_code == (204 if headers else 303)
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()
        assert AuditEntry.objects.get(verb="message.withdrawn").actor_id == world.ben.pk
    assert (reload(message).state, reload(message).failure_code) == (MessageState.TAKEN_BACK, "")
    [line] = [each for each in messages_of(room) if each.direction == "system"]
    assert system_text(line) == "Ben Agent cancelled the template “ready”, which had not left"
    page = get(ben, room_url(room))
    assert "data-taken-back" in page.one("li", id=f"message-{message.pk}")
    assert [reload(room).last_message_id, reload(room).waiting_since is None] == [messages_of(room)[0].pk, False]
    again = ben.post(address, headers=headers)
    assert (again.status_code, "waits for its template no longer" in again.content.decode()) == (409, True)
    becomes(template, "APPROVED")
    clock.shift(SOON)
    assert leaving() == []


def test_what_has_begun_to_leave_is_not_given_up(
    world: World, room: Chatroom, clock: time_machine.Traveller, client_of: Any
) -> None:
    template, message = parked(world, room)
    ben: Client = client_of(world.ben)
    address = waiting_button(ben, room)
    becomes(template, "APPROVED")
    clock.shift(SOON)
    assert leaving() == [message.pk]
    assert ben.post(address).status_code == 409
    assert reload(message).state == MessageState.SENDING
    queued = write(world.amy, room, "Not waiting for anything")
    assert ben.post(room_url(room, "message_withdraw", queued.pk)).status_code == 409
    assert reload(queued).state == MessageState.QUEUED


def test_a_scheduled_one_that_is_given_up_is_listed_as_cancelled(
    world: World, room: Chatroom, clock: time_machine.Traveller, client_of: Any
) -> None:
    template, row = planned(world, room)
    becomes(template, "PENDING")
    clock.shift(timedelta(minutes=30))
    assert send_due() == 1
    dispatch_due()
    amy: Client = client_of(world.amy)
    assert amy.post(waiting_button(amy, room)).status_code == 303

    def listed(state: str) -> bool:
        page = get(amy, "/w/lotus-flowers/scheduled/", state=state)
        lines = page.all("li", id=f"scheduled-{row.pk}")
        return [line["data-state"] for line in lines] == ["cancelled"]

    assert [state for state in ("waiting", "sent", "not_sent", "cancelled") if listed(state)] == ["cancelled"]
