"""The reply window: four channels by what may happen, and laws that hold at every moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.registry import adapter_for
from channels_adapters.types import AfterWindow, ChannelKind, ReplyPolicy
from inbox.chatrooms.window import Alternative, Contact, Mode, Reason, Window, once_refused, window_of

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)  # Europe's clocks change in the night after
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

F, P, T, C = Mode.FREE, Mode.PERSON, Mode.TEMPLATE, Mode.CLOSED
CHANNELS = (ChannelKind.WHATSAPP, ChannelKind.MESSENGER, ChannelKind.INSTAGRAM, ChannelKind.WECHAT)


def policy_of(kind: ChannelKind) -> ReplyPolicy:
    return adapter_for(kind).capabilities.reply_policy


# Situation: what is known, how long after the customer's message, and the mode on each channel.
MATRIX: dict[str, tuple[Contact, timedelta, tuple[Mode, Mode, Mode, Mode]]] = {
    "nobody has written": (Contact(), HOUR, (T, C, C, C)),
    "just now": (Contact(NOON), timedelta(0), (F, F, F, F)),
    "a second before a day": (Contact(NOON), 24 * HOUR - SECOND, (F, F, F, F)),
    "after exactly a day": (Contact(NOON), 24 * HOUR, (T, P, C, C)),
    "a second before a week": (Contact(NOON), 168 * HOUR - SECOND, (T, P, C, C)),
    "after exactly a week": (Contact(NOON), 168 * HOUR, (T, C, C, C)),
    "four answers given": (Contact(NOON, sent=4), HOUR, (F, F, F, F)),
    "five answers given": (Contact(NOON, sent=5), HOUR, (F, F, F, C)),
    "followed a moment ago": (Contact(activity_at=NOON), 59 * SECOND, (T, C, C, F)),
    "followed a minute ago": (Contact(activity_at=NOON), 60 * SECOND, (T, C, C, C)),
    "followed, and three answers given": (Contact(activity_at=NOON, sent_since_activity=3), SECOND, (T, C, C, C)),
    "the vendor says that it is over": (Contact(NOON, refused_at=NOON + HOUR), 2 * HOUR, (T, P, C, C)),
    "the vendor says it, and the customer writes again": (Contact(NOON, refused_at=NOON - HOUR), HOUR, (F, F, F, F)),
    "the vendor refuses a late reminder": (Contact(NOON, refused_at=NOON + 30 * HOUR), 40 * HOUR, (T, C, C, C)),
}


@pytest.mark.parametrize("situation", MATRIX)
def test_what_may_be_sent_in_each_situation(situation: str) -> None:
    contact, later, expected = MATRIX[situation]
    modes = tuple(window_of(policy_of(kind), contact, NOON + later).mode for kind in CHANNELS)
    assert modes == expected


# --- laws -----------------------------------------------------------------------------------------------------------

past = st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda ago: NOON - ago)
moments = st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda later: NOON + later)
contacts = st.builds(
    Contact,
    opened_at=st.none() | past,
    activity_at=st.none() | past,
    sent=st.integers(0, 7),
    sent_since_activity=st.integers(0, 5),
    refused_at=st.none() | past | moments,
)
kinds = st.sampled_from(CHANNELS)
_FREEDOM = {Mode.FREE: 3, Mode.PERSON: 2, Mode.TEMPLATE: 1, Mode.CLOSED: 0}


def look(kind: ChannelKind, contact: Contact, now: datetime) -> Window:
    return window_of(policy_of(kind), contact, now)


@given(kind=kinds, contact=contacts, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_time_alone_never_allows_more(kind: ChannelKind, contact: Contact, now: datetime, later: timedelta) -> None:
    assert _FREEDOM[look(kind, contact, now + later).mode] <= _FREEDOM[look(kind, contact, now).mode]


@given(kind=kinds, contact=contacts, now=moments)
def test_the_mode_lasts_until_the_second_it_names(kind: ChannelKind, contact: Contact, now: datetime) -> None:
    window = look(kind, contact, now)
    if window.closes_at is None:
        return
    assert window.closes_at > now
    assert look(kind, contact, window.closes_at - SECOND / 1000).mode is window.mode
    assert _FREEDOM[look(kind, contact, window.closes_at).mode] < _FREEDOM[window.mode]


@given(kind=kinds, contact=contacts, now=moments)
def test_a_new_message_opens_again_whatever_was_before(kind: ChannelKind, contact: Contact, now: datetime) -> None:
    refused_before = None if contact.refused_at is None else min(contact.refused_at, now - SECOND)
    assert look(kind, replace(contact, opened_at=now, sent=0, refused_at=refused_before), now).mode is Mode.FREE


@given(kind=kinds, contact=contacts, now=moments)
def test_the_same_everywhere_on_earth(kind: ChannelKind, contact: Contact, now: datetime) -> None:
    there = ZoneInfo("Europe/London")
    moved = {name: value.astimezone(there) for name, value in vars(contact).items() if isinstance(value, datetime)}
    assert look(kind, replace(contact, **moved), now.astimezone(there)) == look(kind, contact, now)


PROPOSED = (Alternative.WRITE_YOURSELF, Alternative.TEMPLATE, Alternative.HOLD, Alternative.WAIT)
policies = kinds.map(policy_of) | st.builds(
    ReplyPolicy,
    window=st.sampled_from([timedelta(0), HOUR, 24 * HOUR]),
    after=st.sampled_from(AfterWindow),
    person_until=st.none() | st.just(168 * HOUR),
    messages=st.none() | st.integers(0, 5),
)


@given(policy=policies, contact=contacts, now=moments)
def test_the_alternatives_are_what_may_be_done_and_nothing_else(
    policy: ReplyPolicy, contact: Contact, now: datetime
) -> None:
    window = window_of(policy, contact, now)
    alternatives = window.alternatives
    is_open = window.allows(is_template=False, by_person=True)
    once_they_write = window_of(policy, Contact(opened_at=now), now)
    assert (alternatives == ()) is (window.mode is Mode.FREE) is window.allows(is_template=False, by_person=False)
    assert (Alternative.TEMPLATE in alternatives) is (
        window.mode is not Mode.FREE and window.allows(is_template=True, by_person=True)
    )
    assert (Alternative.WRITE_YOURSELF in alternatives) is (window.mode is not Mode.FREE and is_open)
    assert (Alternative.HOLD in alternatives) is (not is_open and once_they_write.mode is Mode.FREE)
    assert (Alternative.WAIT in alternatives) is (window.mode is not Mode.FREE)
    assert list(alternatives) == [each for each in PROPOSED if each in alternatives]
    if not is_open:
        assert alternatives == once_refused(policy)


def test_a_day_is_24_hours_also_when_the_clocks_change() -> None:
    contact = Contact(NOON.astimezone(ZoneInfo("Europe/London")))
    assert look(ChannelKind.WHATSAPP, contact, NOON + 24 * HOUR - SECOND).mode is Mode.FREE
    assert look(ChannelKind.WHATSAPP, contact, NOON + 24 * HOUR).mode is Mode.TEMPLATE


@pytest.mark.parametrize(
    ("mode", "is_template", "by_person", "allowed"),
    [
        (F, False, False, True),
        (F, True, False, True),
        (P, False, True, True),
        (P, False, False, False),
        (T, True, False, True),
        (T, False, True, False),
        (C, True, True, False),
    ],
)
def test_what_a_mode_lets_leave(mode: Mode, is_template: bool, by_person: bool, allowed: bool) -> None:
    window = Window(mode, Reason.IN_WINDOW)
    assert window.allows(is_template=is_template, by_person=by_person) is allowed
