"""When a message that waits is due, and what becomes of it then. Pure: `now` and everything known are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from inbox.chatrooms.window import Alternative, Window

LONGEST_AHEAD = timedelta(days=366)

_MINUTE = timedelta(minutes=1)
_A_DAY = timedelta(days=1)


class NoSuchZone(ValueError):
    """The name is of no time zone."""


class NotATime(ValueError):
    """The text is no date with a time."""


class NeverShown(ValueError):
    """Clocks there skip this time: they are put forward. `instead` is the first time that they show after it."""

    def __init__(self, instead: datetime) -> None:
        super().__init__(instead.isoformat())
        self.instead = instead


class InThePast(ValueError):
    """The time is over."""


class TooFarAhead(ValueError):
    """The time is more than LONGEST_AHEAD away."""


@dataclass(frozen=True)
class Moment:
    """A time on a wall clock: what it was called, and when that is.

    `which_of_two`: 1 or 2 where clocks are put back and show it twice, else 0.
    """

    at: datetime
    wall: datetime
    zone: str
    which_of_two: int = 0


class Preset(StrEnum):
    IN_AN_HOUR = "in_an_hour"
    THIS_EVENING = "this_evening"
    TOMORROW = "tomorrow"
    MONDAY = "monday"


class Step(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    SEND_TEMPLATE = "send_template"
    CANCEL = "cancel"
    MISS = "miss"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Content:
    """How many messages it needs; whether it is a template, or has one to send instead."""

    count: int = 1
    is_template: bool = False
    has_fallback: bool = False


def zone_of(name: str) -> ZoneInfo:
    """Raises NoSuchZone."""
    if name not in _all_zones():
        raise NoSuchZone(name)
    return ZoneInfo(name)


def moment_of(text: str, zone_name: str, now: datetime) -> Moment:
    """Return the moment that a wall clock in the zone shows `text`: the first one that is not over, if it does twice.

    Raises one of this module's exceptions.
    """
    zone = zone_of(zone_name)
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotATime(text) from None
    if wall.tzinfo is not None or len(text.strip()) < len("2026-11-22T10:00"):
        raise NotATime(text)
    try:
        return _within_limits(_moment(wall.replace(fold=0), zone_name, zone, now), now)
    except OverflowError:  # the year 1, or 9999
        raise NotATime(text) from None


def preset_of(preset: Preset, zone_name: str, now: datetime) -> datetime | None:
    """Return the wall time of a preset, None if there is none now: an evening that is over. Raises NoSuchZone."""
    zone = zone_of(zone_name)
    local = now.astimezone(zone)
    today = local.date()
    match preset:
        case Preset.IN_AN_HOUR:
            # Counted in real time: an hour before clocks change is not the wall clock's hour.
            return (now + timedelta(hours=1)).astimezone(zone).replace(second=0, microsecond=0, tzinfo=None)
        case Preset.THIS_EVENING:
            evening = datetime.combine(today, time(18))
            return evening if evening > local.replace(tzinfo=None) else None
        case Preset.TOMORROW:
            return datetime.combine(today + _A_DAY, time(9))
        case Preset.MONDAY:
            return datetime.combine(today + timedelta(days=7 - today.weekday()), time(9))


def presets(zone_name: str, now: datetime) -> list[tuple[Preset, datetime]]:
    """Return the presets there are now, with their wall times. Raises NoSuchZone."""
    found = ((preset, preset_of(preset, zone_name, now)) for preset in Preset)
    return [(preset, wall) for preset, wall in found if wall is not None]


def step_of(window: Window, *, late: timedelta, grace: timedelta, is_unwanted: bool, content: Content) -> Step:
    """Return what becomes of a due message, written by a person.

    `late` is how long it has been due, `is_unwanted` that the customer wrote first and it was to be cancelled then.
    """
    if is_unwanted:
        return Step.CANCEL
    if late > grace:
        return Step.MISS
    return window_step(window, content)


def window_step(window: Window, content: Content) -> Step:
    """Return what the window lets become of it: sent as it is, as a template, or not at all."""
    if not window.takes_unasked:
        return Step.REFUSE
    if content.is_template:
        return Step.SEND_TEMPLATE if window.allows(is_template=True, by_person=True) else Step.REFUSE
    fits = window.remaining is None or content.count <= window.remaining
    if window.allows(is_template=False, by_person=True) and fits:
        return Step.SEND
    if Alternative.TEMPLATE in window.alternatives and content.has_fallback:
        return Step.SEND_TEMPLATE
    return Step.REFUSE


@cache
def _all_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _moment(wall: datetime, zone_name: str, zone: ZoneInfo, now: datetime) -> Moment:
    if not _is_shown(wall, zone):
        instead = wall.replace(second=0, microsecond=0)
        while not _is_shown(instead, zone):
            instead += _MINUTE
        raise NeverShown(instead)
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return Moment(first.astimezone(UTC), wall, zone_name)
    if first.astimezone(UTC) > now:
        return Moment(first.astimezone(UTC), wall, zone_name, which_of_two=1)
    return Moment(second.astimezone(UTC), wall, zone_name, which_of_two=2)


def _is_shown(wall: datetime, zone: ZoneInfo) -> bool:
    """Say whether clocks in the zone ever show this time."""
    there = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None, fold=0) == wall.replace(fold=0)


def _within_limits(moment: Moment, now: datetime) -> Moment:
    if moment.at <= now:
        raise InThePast
    if moment.at > now + LONGEST_AHEAD:
        raise TooFarAhead
    return moment
