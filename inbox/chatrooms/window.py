"""When what may be sent: the reply window of a chat, as a pure policy. Times are aware datetimes; `now` is passed in.

The rules themselves are data of each channel (`channels_adapters.types.ReplyPolicy`), which a connection's settings may
change. The vendor is the final judge: a refusal of its own is remembered in `Contact.refused_at` and outranks our clock
until the customer writes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from channels_adapters.types import AfterWindow, ReplyPolicy


class Mode(StrEnum):
    """What may be sent now, from most to least."""

    FREE = "free"  # anything
    PERSON = "person"  # what a person writes or has scheduled, nothing automatic
    TEMPLATE = "template"  # message templates
    CLOSED = "closed"


class Reason(StrEnum):
    IN_WINDOW = "in_window"
    NEVER_WROTE = "never_wrote"
    WINDOW_OVER = "window_over"
    QUOTA_USED = "quota_used"
    VENDOR_REFUSED = "vendor_refused"
    OPTED_OUT = "opted_out"  # the customer wants nothing that they did not ask for
    BLOCKED = "blocked"  # we do not want to hear from them


class Alternative(StrEnum):
    """What else may be done where one cannot write freely."""

    WRITE_YOURSELF = "write_yourself"  # a person, instead of something automatic
    TEMPLATE = "template"  # send a message template
    HOLD = "hold"  # write the answer now; it leaves when the customer writes
    WAIT = "wait"  # until the customer writes


# In the order to propose them.
_ALTERNATIVES: Mapping[Mode, tuple[Alternative, ...]] = {
    Mode.FREE: (),
    Mode.PERSON: (Alternative.WRITE_YOURSELF, Alternative.WAIT),
    Mode.TEMPLATE: (Alternative.TEMPLATE, Alternative.HOLD, Alternative.WAIT),
    Mode.CLOSED: (Alternative.HOLD, Alternative.WAIT),
}


@dataclass(frozen=True)
class Contact:
    """What is known of a chat. `opened_at`: the vendor's time of the customer's newest message; `activity_at`: of their
    newest act that is no message but lets us write. `sent`: our messages since `opened_at`; `sent_since_activity`: since
    `activity_at`. `refused_at`: when the vendor last said that the window, or the quota, is over."""

    opened_at: datetime | None = None
    activity_at: datetime | None = None
    sent: int = 0
    sent_since_activity: int = 0
    refused_at: datetime | None = None


@dataclass(frozen=True)
class Window:
    """The answer. `closes_at` is when this mode ends by itself, None if only the customer can change it.

    `remaining` is how many messages are left, None for any number. `can_open` is whether a message of the customer
    opens it: not where a connection's settings leave no time, or no messages. `takes_unasked` is whether the customer
    wants what is no answer to them: templates, and what was scheduled."""

    mode: Mode
    reason: Reason
    closes_at: datetime | None = None
    remaining: int | None = None
    can_open: bool = True
    takes_unasked: bool = True

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """What else may be done, in the order to propose it; nothing while one may write freely."""
        possible = _ALTERNATIVES[self.mode]
        return possible if self.can_open else tuple(each for each in possible if each is not Alternative.HOLD)

    @property
    def unasked_reason(self) -> Reason:
        """Why what is no answer may leave, or may not."""
        return self.reason if self.takes_unasked or self.reason is Reason.BLOCKED else Reason.OPTED_OUT

    def allows(self, *, is_template: bool, by_person: bool) -> bool:
        """Say whether a message may leave in this mode."""
        if is_template and not self.takes_unasked:
            return False
        if self.mode is Mode.FREE:
            return True
        if self.mode is Mode.TEMPLATE:
            return is_template
        return self.mode is Mode.PERSON and by_person and not is_template


def window_of(policy: ReplyPolicy, contact: Contact, now: datetime) -> Window:
    """Return what may be sent at `now`."""
    opened = _opened(policy, contact, now)
    active = _active(policy, contact, now)
    window = opened if opened.mode is Mode.FREE or active is None else active
    return replace(window, can_open=policy.window > timedelta(0) and policy.messages != 0)


def limited(window: Window, *, is_blocked: bool, is_opted_out: bool) -> Window:
    """Return what is left of a window when the customer is blocked, or has opted out."""
    if is_blocked:
        return Window(Mode.CLOSED, Reason.BLOCKED, can_open=False, takes_unasked=False)
    if not is_opted_out:
        return window
    if window.mode is Mode.TEMPLATE:
        window = replace(window, mode=Mode.CLOSED, reason=Reason.OPTED_OUT)
    return replace(window, takes_unasked=False)


def once_refused(policy: ReplyPolicy) -> tuple[Alternative, ...]:
    """Return what may be done about a message that a person may not send: the same whenever that is."""
    return window_of(policy, Contact(), datetime.min.replace(tzinfo=UTC)).alternatives


def _opened(policy: ReplyPolicy, contact: Contact, now: datetime) -> Window:
    """Return what the customer's newest message allows."""
    if contact.opened_at is None:
        return _after(policy, contact, now, Reason.NEVER_WROTE)
    if contact.refused_at is not None and contact.refused_at >= contact.opened_at:
        return _after(policy, contact, now, Reason.VENDOR_REFUSED)
    closes_at = _later(contact.opened_at, policy.window)
    if now >= closes_at:
        return _after(policy, contact, now, Reason.WINDOW_OVER)
    if policy.messages is None:
        return Window(Mode.FREE, Reason.IN_WINDOW, closes_at)
    remaining = max(policy.messages - contact.sent, 0)
    if remaining:
        return Window(Mode.FREE, Reason.IN_WINDOW, closes_at, remaining)
    return Window(Mode.CLOSED, Reason.QUOTA_USED, remaining=0)


def _active(policy: ReplyPolicy, contact: Contact, now: datetime) -> Window | None:
    """Return what an act that is no message allows; None if nothing."""
    if contact.activity_at is None or policy.activity_window is None or policy.activity_messages is None:
        return None
    closes_at = _later(contact.activity_at, policy.activity_window)
    remaining = policy.activity_messages - contact.sent_since_activity
    was_refused = contact.refused_at is not None and contact.refused_at >= contact.activity_at
    if was_refused or now >= closes_at or remaining <= 0:
        return None
    return Window(Mode.FREE, Reason.IN_WINDOW, closes_at, remaining)


def _after(policy: ReplyPolicy, contact: Contact, now: datetime, reason: Reason) -> Window:
    if policy.after is AfterWindow.TEMPLATE:
        return Window(Mode.TEMPLATE, reason)
    if policy.after is AfterWindow.PERSON and policy.person_until is not None and contact.opened_at is not None:
        closes_at = _later(contact.opened_at, policy.person_until)
        # A refusal within the first window says that it is over, one after it that the longer one is too.
        refused_again = contact.refused_at is not None and contact.refused_at >= _later(
            contact.opened_at, policy.window
        )
        if now < closes_at and not refused_again:
            return Window(Mode.PERSON, reason, closes_at)
    return Window(Mode.CLOSED, reason)


def _later(moment: datetime, span: timedelta) -> datetime:
    """Add real time: in a zone whose clocks change, Python would add time as its clocks show it."""
    return moment.astimezone(UTC) + span
