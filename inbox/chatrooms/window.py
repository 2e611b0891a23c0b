"""When what may be sent: the reply window of a chat, as a pure policy. Times are aware datetimes; `now` is passed in.

The rules themselves are data of each channel (`channels_adapters.types.ReplyPolicy`), which a connection's settings may
change. The vendor is the final judge: a refusal of its own is remembered in `Contact.refused_at` and outranks our clock
until the customer writes again.
"""

from __future__ import annotations

from dataclasses import dataclass
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

    `remaining` is how many messages are left, None for any number."""

    mode: Mode
    reason: Reason
    closes_at: datetime | None = None
    remaining: int | None = None

    def allows(self, *, is_template: bool, by_person: bool) -> bool:
        """Say whether a message may leave in this mode."""
        if self.mode is Mode.FREE:
            return True
        if self.mode is Mode.TEMPLATE:
            return is_template
        return self.mode is Mode.PERSON and by_person and not is_template


def window_of(policy: ReplyPolicy, contact: Contact, now: datetime) -> Window:
    """Return what may be sent at `now`."""
    opened = _opened(policy, contact, now)
    active = _active(policy, contact, now)
    if opened.mode is Mode.FREE or active is None:
        return opened
    return active


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
