"""The hours in which somebody wants to hear nothing go by the clock on their wall."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from inbox.notifications.policy import DEFAULTS, Event, Quiet, Ways


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "is_quiet"),
    [
        ("UTC", (22, 7), "2026-11-22T21:59:59", False),
        ("UTC", (22, 7), "2026-11-22T22:00:00", True),
        ("UTC", (22, 7), "2026-11-23T06:59:59", True),
        ("UTC", (22, 7), "2026-11-23T07:00:00", False),
        ("UTC", (12, 13), "2026-11-22T12:30:00", True),
        ("UTC", (12, 13), "2026-11-22T13:00:00", False),
        ("Asia/Hong_Kong", (22, 7), "2026-11-22T14:00:00", True),  # ten in the evening there
        ("Asia/Hong_Kong", (22, 7), "2026-11-22T23:00:00", False),  # seven in the morning
        ("Asia/Kathmandu", (22, 7), "2026-11-22T16:14:00", False),  # a quarter of an hour off
        ("Asia/Kathmandu", (22, 7), "2026-11-22T16:15:00", True),
        # New York, the night in which an hour is missing (2026-03-08) and that in which one comes twice (2026-11-01).
        ("America/New_York", (22, 7), "2026-03-07T11:59:00", True),
        ("America/New_York", (22, 7), "2026-03-08T11:00:00", False),
        ("America/New_York", (22, 7), "2026-03-08T10:59:00", True),
        ("America/New_York", (1, 2), "2026-11-01T05:30:00", True),  # half past one, for the first time
        ("America/New_York", (1, 2), "2026-11-01T06:30:00", True),  # and again
        ("America/New_York", (1, 2), "2026-11-01T07:30:00", False),
        ("America/New_York", (2, 3), "2026-03-08T07:00:00", False),  # the hour that does not come
    ],
)
def test_quiet_hours(zone: str, hours: tuple[int, int], moment: str, is_quiet: bool) -> None:
    quiet = Quiet(zone, time(hours[0]), time(hours[1]))
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert quiet.holds(now) is is_quiet
    until = quiet.until(now)
    assert (until is not None) is is_quiet
    assert until is None or (now < until <= now + timedelta(hours=9) and not quiet.holds(until))


def test_without_hours_it_is_never_quiet() -> None:
    assert not Quiet().holds(datetime(2026, 11, 22, tzinfo=UTC))


def test_every_kind_has_a_default_that_shows_it_and_only_mentions_are_mailed() -> None:
    assert set(DEFAULTS) == {event.value for event in Event}
    assert all(ways.in_page for ways in DEFAULTS.values())
    assert [kind for kind, ways in DEFAULTS.items() if ways.email] == ["mention"]
    assert not Ways(in_page=False)
