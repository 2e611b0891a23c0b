"""When somebody wants to hear nothing: hours and days by the clock on their wall, and a pause."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from inbox.notifications.policy import DEFAULTS, OPEN_END, Event, Pause, Quiet, Ways, pause_until


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


HONG_KONG = "Asia/Hong_Kong"
NIGHTS_AND_WEEKENDS = Quiet(HONG_KONG, time(22), time(7), frozenset({6, 7}))
PAUSED = Quiet(paused_until=datetime(2026, 11, 29, 13, tzinfo=UTC))
PAUSED_BEFORE_HOURS = Quiet("UTC", time(13), time(14), paused_until=datetime(2026, 11, 29, 13, tzinfo=UTC))


@pytest.mark.parametrize(
    ("quiet", "moment", "over"),
    [
        (NIGHTS_AND_WEEKENDS, "2026-11-27T13:59", None),  # Friday evening there
        (NIGHTS_AND_WEEKENDS, "2026-11-27T14:00", "2026-11-29T23:00"),  # from ten o'clock until Monday at seven
        (NIGHTS_AND_WEEKENDS, "2026-11-28T04:00", "2026-11-29T23:00"),  # Saturday noon
        (NIGHTS_AND_WEEKENDS, "2026-11-29T23:00", None),
        (Quiet("UTC", days=frozenset({7})), "2026-11-29T12:00", "2026-11-30T00:00"),
        (Quiet("America/New_York", days=frozenset({7})), "2026-11-01T12:00", "2026-11-02T05:00"),  # a day of 25 hours
        (Quiet("UTC", days=frozenset(range(1, 8))), "2026-11-29T12:00", "2026-12-13T00:00"),
        (PAUSED, "2026-11-29T12:59", "2026-11-29T13:00"),
        (PAUSED, "2026-11-29T13:00", None),
        (PAUSED_BEFORE_HOURS, "2026-11-29T12:00", "2026-11-29T14:00"),
        (Quiet(HONG_KONG, paused_until=OPEN_END), "2026-11-29T12:00", "9000-01-01T00:00"),
        (Quiet(), "2026-11-29T12:00", None),
    ],
)
def test_quiet_days_and_pauses_add_to_the_hours(quiet: Quiet, moment: str, over: str | None) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert quiet.until(now) == (datetime.fromisoformat(over).replace(tzinfo=UTC) if over else None)
    assert quiet.holds(now) is (over is not None)


def test_a_pause_ends_after_an_hour_or_tomorrow_morning_or_when_its_member_says_so() -> None:
    now = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)  # Monday, four in the morning, in Hong Kong
    ends = [pause_until(pause, HONG_KONG, now) for pause in Pause]
    assert ends == [now + timedelta(hours=1), datetime(2026, 11, 24, 0, 0, tzinfo=UTC), OPEN_END]


def test_every_kind_has_a_default_that_shows_it_and_only_mentions_are_mailed() -> None:
    assert set(DEFAULTS) == {event.value for event in Event}
    assert all(ways.in_page for ways in DEFAULTS.values())
    assert [kind for kind, ways in DEFAULTS.items() if ways.email] == ["mention"]
    assert not Ways(in_page=False)
