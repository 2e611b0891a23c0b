"""What members may be told, in which ways, and when they want to be left alone. Pure: `now` is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Event(StrEnum):
    MESSAGE = "message"
    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"
    MENTION = "mention"
    SEND_FAILED = "send_failed"
    HELD_OFFERED = "held_offered"
    HELD_EXPIRED = "held_expired"
    SCHEDULED_MISSED = "scheduled_missed"


@dataclass(frozen=True)
class Ways:
    """How a member is told of one kind of event."""

    in_page: bool = True
    sound: bool = False
    desktop: bool = False
    push: bool = False
    email: bool = False

    def __bool__(self) -> bool:
        return self.in_page or self.sound or self.desktop or self.push or self.email


_AT_ONCE = Ways(sound=True, desktop=True, push=True)

DEFAULTS: Mapping[str, Ways] = {
    Event.MESSAGE.value: _AT_ONCE,
    Event.UNASSIGNED.value: Ways(sound=True),
    Event.ASSIGNED.value: _AT_ONCE,
    Event.MENTION.value: Ways(sound=True, desktop=True, push=True, email=True),
    Event.SEND_FAILED.value: _AT_ONCE,
    Event.HELD_OFFERED.value: _AT_ONCE,
    Event.HELD_EXPIRED.value: Ways(push=True),
    Event.SCHEDULED_MISSED.value: _AT_ONCE,
}


@dataclass(frozen=True)
class Quiet:
    """The hours of each day in which somebody wants to hear nothing: by the clock on their wall, also over midnight."""

    zone: str = "UTC"
    begins: time | None = None
    ends: time | None = None

    def holds(self, now: datetime) -> bool:
        if self.begins is None or self.ends is None:
            return False
        wall = now.astimezone(ZoneInfo(self.zone)).time()
        if self.begins <= self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends

    def until(self, now: datetime) -> datetime | None:
        """Return when the hours that hold now are over; None where none do."""
        if self.ends is None or not self.holds(now):
            return None
        wall = now.astimezone(ZoneInfo(self.zone))
        day = wall.date() + timedelta(days=wall.time() >= self.ends)
        return datetime.combine(day, self.ends, wall.tzinfo)
