"""What members may be told, in which ways, with which sound, and when they want to be left alone. Pure: `now` is an
argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
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


class Tone(StrEnum):
    """The sounds that pages can make, see static/js/chime.js."""

    SOFT = "soft"
    BELL = "bell"
    KNOCK = "knock"
    RISE = "rise"


class Pause(StrEnum):
    """How long somebody wants to be left alone from now on."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    OPEN = "open"


# When a day of work begins after a pause until tomorrow, and when one ends that its member ends.
MORNING = time(8)
OPEN_END = datetime(9000, 1, 1, tzinfo=UTC)
# A night and a day for each day of a week.
_MOST_REASONS = 14


def pause_until(pause: Pause, zone: str, now: datetime) -> datetime:
    if pause is Pause.HOUR:
        return now + timedelta(hours=1)
    if pause is Pause.TOMORROW:
        wall = now.astimezone(ZoneInfo(zone))
        return datetime.combine(wall.date() + timedelta(days=1), MORNING, wall.tzinfo)
    return OPEN_END


@dataclass(frozen=True)
class Quiet:
    """When somebody wants to hear nothing, by the clock on their wall: hours of each day, also over midnight, whole days
    of the week (`isoweekday`), and as long as they have paused.
    """

    zone: str = "UTC"
    begins: time | None = None
    ends: time | None = None
    days: frozenset[int] = frozenset()
    paused_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self._next_end(now) is not None

    def until(self, now: datetime) -> datetime | None:
        """Return when it is over, one reason after the other; None where there is none. Where every day is quiet, some
        days later.
        """
        end = None
        for _ in range(_MOST_REASONS):
            later = self._next_end(end or now)
            if later is None:
                break
            end = later
        return end

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def _next_end(self, moment: datetime) -> datetime | None:
        """Return when one of the reasons for which it is quiet at a moment is over."""
        if self.is_paused(moment):
            return self.paused_until
        wall = moment.astimezone(ZoneInfo(self.zone))
        if wall.isoweekday() in self.days:
            return datetime.combine(wall.date() + timedelta(days=1), time(), wall.tzinfo)
        if self.begins is None or self.ends is None or not _is_between(wall.time(), self.begins, self.ends):
            return None
        day = wall.date() + timedelta(days=wall.time() >= self.ends)
        return datetime.combine(day, self.ends, wall.tzinfo)


def _is_between(moment: time, begins: time, ends: time) -> bool:
    if begins <= ends:
        return begins <= moment < ends
    return moment >= begins or moment < ends
