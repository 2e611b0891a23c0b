"""Messages that wait, and a clock that can be put forward."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from inbox.chatrooms.models import Chatroom, Message
from inbox.lib import clock as wall_clock
from inbox.scheduling import actions
from inbox.scheduling.actions import Order
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World, reload, room_with

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Monday noon, until somebody moves it."""
    with time_machine.travel(NOON, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def room(clock: time_machine.Traveller, world: World) -> Chatroom:
    """A chat in which a customer has just written."""
    return room_with(world, "Do you have roses?")


def order(text: str = "Your roses are ready", *, minutes: float = 60, zone: str = "UTC", **more: object) -> Order:
    """An order for so many minutes after the present time."""
    wall = (wall_clock.now() + timedelta(minutes=minutes)).replace(tzinfo=None)
    return Order(text, wall.isoformat(timespec="minutes"), zone, **more)  # type: ignore[arg-type]


def plan(actor: Membership, room: Chatroom, text: str = "Your roses are ready", **more: object) -> ScheduledMessage:
    """Let a member schedule a message."""
    with scope(actor.workspace_id):
        return actions.schedule(
            actor=actor,
            chatroom=fresh(room),
            order=order(text, **more),  # type: ignore[arg-type]
            client_id=uuid.uuid4(),
        )


def fresh(room: Chatroom) -> Chatroom:
    """The chat as it is now, with its connection."""
    with scope(room.workspace_id):
        return Chatroom.objects.select_related("connection", "customer").get(pk=room.pk)


def outcome(row: ScheduledMessage) -> tuple[str, str]:
    row = reload(row)
    return row.state, row.reason


def message_of(row: ScheduledMessage) -> Message:
    """The message that it became."""
    message_id = reload(row).message_id
    with scope(row.workspace_id):
        return Message.objects.get(pk=message_id)
