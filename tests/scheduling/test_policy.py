"""Times as people say them, and what becomes of what is due: without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.chatrooms.window import Contact, Mode, Reason, Window, window_of
from inbox.lib.zones import zone_names
from inbox.scheduling import policy, words
from inbox.scheduling.policy import Content, Preset, Step

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # a Sunday, 18:00 in Hong Kong
MINUTE = timedelta(minutes=1)

zones = st.sampled_from(zone_names())


wall = datetime.fromisoformat


def at(text: str, zone: str = "UTC", now: datetime = NOW) -> datetime:
    return policy.moment_of(text, zone, now).at


def test_a_wall_time_is_read_in_its_zone() -> None:
    assert at("2026-11-23T09:00", "Asia/Hong_Kong") == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert at(" 2026-11-23 09:00:30 ") == datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)


def test_a_skipped_time_is_refused_and_the_next_one_offered() -> None:
    with pytest.raises(policy.NeverShown) as gap:
        at("2027-03-28T02:30", "Europe/Berlin")
    assert gap.value.instead == wall("2027-03-28T03:00")
    assert at("2027-03-28T03:00", "Europe/Berlin") == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert at("2027-03-28T01:59", "Europe/Berlin") == datetime(2027, 3, 28, 0, 59, tzinfo=UTC)


def test_a_whole_skipped_day_is_refused_too() -> None:
    with pytest.raises(policy.NeverShown) as gap:
        at("2011-12-30T12:00", "Pacific/Apia", datetime(2011, 12, 1, tzinfo=UTC))
    assert gap.value.instead == wall("2011-12-31T00:00")


def test_of_two_equal_times_the_first_is_meant_and_it_is_said() -> None:
    now = datetime(2027, 10, 1, tzinfo=UTC)
    moment = policy.moment_of("2027-10-31T02:30", "Europe/Berlin", now)
    assert (moment.at, moment.which_of_two) == (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), 1)
    assert policy.moment_of("2027-10-31T03:30", "Europe/Berlin", now).which_of_two == 0


def test_the_second_of_two_equal_times_is_meant_once_the_first_is_over() -> None:
    now = datetime(2027, 10, 31, 0, 30, 20, tzinfo=UTC)  # 2:30 in Berlin, for the first time
    in_an_hour = policy.preset_of(Preset.IN_AN_HOUR, "Europe/Berlin", now)
    assert in_an_hour == wall("2027-10-31T02:30")
    moment = policy.moment_of("2027-10-31T02:30", "Europe/Berlin", now)
    assert (moment.at, moment.which_of_two) == (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), 2)
    assert "The second one is meant" in words.twice(moment)
    second_time = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)
    assert at("2027-10-31T02:40", "Europe/Berlin", second_time) == datetime(2027, 10, 31, 1, 40, tzinfo=UTC)
    with pytest.raises(policy.InThePast):
        at("2027-10-31T02:05", "Europe/Berlin", second_time)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-11-23", "25:00", "2026-11-23T09:00+08:00", "2026-02-30T10:00", "\0"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(policy.NotATime):
        at(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:59"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_the_calendar_are_refused(text: str, zone: str) -> None:
    with pytest.raises((policy.NotATime, policy.InThePast, policy.TooFarAhead)):
        at(text, zone)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "utc", "/", "Asia", "a" * 300, "\0"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(policy.NoSuchZone):
        at("2026-11-23T09:00", zone)


def test_only_the_coming_year_can_be_planned() -> None:
    for text in ("2026-11-22T10:00", "2026-11-22T09:59"):
        with pytest.raises(policy.InThePast):
            at(text)
    assert at("2026-11-22T10:01") == NOW + MINUTE
    assert at("2027-11-23T10:00") == NOW + policy.LONGEST_AHEAD
    with pytest.raises(policy.TooFarAhead):
        at("2027-11-23T10:01")
    with pytest.raises(policy.TooFarAhead):
        at("2028-11-22T10:00")


@given(zones, st.datetimes(wall("2026-11-22T10:01"), wall("2027-11-20T00:00")))
def test_what_is_accepted_shows_on_the_wall_and_what_is_offered_is_accepted(zone: str, asked: datetime) -> None:
    shown = asked.replace(second=0, microsecond=0)
    try:
        moment = policy.moment_of(shown.isoformat(), zone, NOW)
    except policy.InThePast:
        return
    except policy.NeverShown as gap:
        shown = gap.instead
        moment = policy.moment_of(shown.isoformat(), zone, NOW)
    assert moment.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == shown
    assert timedelta() <= shown - asked.replace(second=0, microsecond=0) <= timedelta(hours=1)


def test_presets_are_times_of_the_zone() -> None:
    assert policy.presets("Asia/Hong_Kong", NOW) == [
        (Preset.IN_AN_HOUR, wall("2026-11-22T19:00")),
        (Preset.TOMORROW, wall("2026-11-23T09:00")),
        (Preset.MONDAY, wall("2026-11-23T09:00")),
    ]
    assert policy.presets("Europe/Berlin", NOW)[1] == (Preset.THIS_EVENING, wall("2026-11-22T18:00"))
    monday = NOW + timedelta(days=1)
    assert policy.preset_of(Preset.MONDAY, "UTC", monday) == wall("2026-11-30T09:00")


def test_an_hour_is_an_hour_also_when_clocks_change() -> None:
    before = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 1:30 in Berlin; an hour later it is 3:30
    assert policy.preset_of(Preset.IN_AN_HOUR, "Europe/Berlin", before) == wall("2027-03-28T03:30")


@given(zones, st.datetimes(wall("2026-01-01T00:00"), wall("2030-01-01T00:00"), timezones=st.just(UTC)))
@example("Europe/Berlin", datetime(2027, 10, 31, 0, 30, 20, tzinfo=UTC))
def test_every_preset_is_a_time_that_can_be_planned(zone: str, now: datetime) -> None:
    for _preset, shown in policy.presets(zone, now):
        assert policy.moment_of(shown.isoformat(), zone, now).at > now


# --- what becomes of it ---------------------------------------------------------------------------------------------

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEND, TEMPLATE, REFUSE = Step.SEND, Step.SEND_TEMPLATE, Step.REFUSE


@pytest.mark.parametrize(
    ("channel", "age", "sent", "fallback", "step", "mode"),
    [
        (ChannelKind.WHATSAPP, HOUR, 0, False, SEND, Mode.FREE),
        (ChannelKind.WHATSAPP, DAY, 0, False, REFUSE, Mode.TEMPLATE),
        (ChannelKind.WHATSAPP, DAY, 0, True, TEMPLATE, Mode.TEMPLATE),
        (ChannelKind.WHATSAPP, None, 0, True, TEMPLATE, Mode.TEMPLATE),
        (ChannelKind.MESSENGER, HOUR, 0, False, SEND, Mode.FREE),
        (ChannelKind.MESSENGER, 2 * DAY, 0, False, SEND, Mode.PERSON),
        (ChannelKind.MESSENGER, 7 * DAY, 0, True, REFUSE, Mode.CLOSED),
        (ChannelKind.INSTAGRAM, HOUR, 0, False, SEND, Mode.FREE),
        (ChannelKind.INSTAGRAM, DAY, 0, True, REFUSE, Mode.CLOSED),
        (ChannelKind.WECHAT, HOUR, 3, False, SEND, Mode.FREE),
        (ChannelKind.WECHAT, HOUR, 4, False, REFUSE, Mode.FREE),  # it needs two, and one is left
        (ChannelKind.WECHAT, HOUR, 5, False, REFUSE, Mode.CLOSED),
    ],
)
def test_the_window_decides(
    channel: ChannelKind, age: timedelta | None, sent: int, fallback: bool, step: Step, mode: Mode
) -> None:
    contact = Contact(opened_at=None if age is None else NOW - age, sent=sent)
    window = window_of(adapter_for(channel).capabilities.reply_policy, contact, NOW)
    assert window.mode is mode
    assert policy.window_step(window, Content(2, has_fallback=fallback)) is step


def test_the_order_of_the_questions() -> None:
    def step(**facts: object) -> Step:
        window = Window(Mode.FREE, Reason.IN_WINDOW)
        known = {"late": MINUTE, "grace": 15 * MINUTE, "is_unwanted": False, "content": Content()} | facts
        return policy.step_of(window, **known)  # type: ignore[arg-type]

    assert step() is Step.SEND
    assert step(late=15 * MINUTE) is Step.SEND
    assert step(late=16 * MINUTE) is Step.MISS
    assert step(is_unwanted=True) is Step.CANCEL
    assert step(is_unwanted=True, late=DAY) is Step.CANCEL
