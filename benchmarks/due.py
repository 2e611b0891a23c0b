"""Scheduled messages for the benchmarks: made due, and watched until none waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection

from inbox.chatrooms.models import Chatroom, Direction, Message, OutboxEntry
from inbox.lib import clock, rows
from inbox.scheduling.models import ScheduledMessage, ScheduleState
from inbox.workspaces.tenancy import platform_scope

from .cast import Business
from .stage import UnableToMeasure

TEXT = "Your order is ready"
PATIENCE = 600.0


def schedule(businesses: Sequence[Business], *, each: int, due_at: datetime) -> None:
    """Make one message due in each of a business's first chats, whose windows are open. Those of before are gone."""
    with platform_scope("benchmark"):
        ScheduledMessage.objects.all().delete()
        OutboxEntry.objects.all().delete()
        Message.objects.filter(direction=Direction.OUTBOUND, text=TEXT).update(text="An earlier round")
        Chatroom.objects.update(last_inbound_at=clock.now())
        for business in businesses:
            rooms = Chatroom.objects.filter(workspace=business.workspace).order_by("pk")[:each]
            rows.insert([_message(business, room, due_at) for room in rooms])
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _message(business: Business, room: Chatroom, due_at: datetime) -> ScheduledMessage:
    return ScheduledMessage(
        workspace_id=room.workspace_id,
        chatroom_id=room.pk,
        author_id=business.agent.pk,
        text=TEXT,
        due_at=due_at,
        zone="UTC",
        wall_time="2026-11-23T09:00",
        seen_inbound=room.inbound_count,
    )


def put_off(due_at: datetime) -> None:
    """Give everything that waits another time."""
    with platform_scope("benchmark"):
        ScheduledMessage.objects.filter(state=ScheduleState.WAITING).update(due_at=due_at)


def left() -> int:
    """Return how many messages have not been handed over yet."""
    with platform_scope("benchmark"):
        return waiting() + OutboxEntry.objects.count()


def waiting() -> int:
    with platform_scope("benchmark"):
        return ScheduledMessage.objects.filter(state=ScheduleState.WAITING).count()


def written() -> tuple[int, int]:
    """Return how many messages this round has put in the outbox, and in how many chats: one in each, if all is well."""
    with platform_scope("benchmark"):
        rooms = list(OutboxEntry.objects.filter(message__text=TEXT).values_list("chatroom_id", flat=True))
    return len(rooms), len(set(rooms))


def check(count: int) -> None:
    """Raises UnableToMeasure unless each of `count` messages was settled once."""
    messages, chats = written()
    if (messages, chats) != (count, count):
        raise UnableToMeasure(f"{messages} messages in {chats} chats of {count}: some were lost, or sent twice.")


def until(is_so: Callable[[], bool], patience: float = PATIENCE, *, every: float = 0.02) -> None:
    give_up_at = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > give_up_at:
            raise UnableToMeasure(f"It took more than {patience:.0f} seconds.")
        time.sleep(every)
