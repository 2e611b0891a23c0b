"""The reply window as agents see it: in words, above the composer, and as a ring in the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import AfterWindow
from inbox.lib import clock

from ..models import Chatroom
from ..window import Alternative, Mode, Reason, Window

_SOON = timedelta(hours=2)
_AFTER = {AfterWindow.TEMPLATE: Mode.TEMPLATE, AfterWindow.PERSON: Mode.PERSON, AfterWindow.NOTHING: Mode.CLOSED}


@dataclass(frozen=True)
class WindowBar:
    """What may be sent in an open chat now (`chatrooms/_window.html`)."""

    dom_id: str  # room-7-window
    room_id: int
    url: str
    mode: str  # free, person, template, closed
    alternatives: str  # write_yourself, template, hold, wait, with a space between
    urgency: str  # long, soon, over; the browser keeps it true
    words: str
    closes_at: datetime | None
    remaining: str  # "2 of 5 left", "" where the channel does not count


@dataclass(frozen=True)
class WindowRing:
    """The same in a line of the list, which shows only how much time is left."""

    mode: str
    mode_after: str  # what follows at `closes_at`
    urgency: str
    words: str
    closes_at: datetime | None


def window_bar(room: Chatroom, window: Window, *, slug: str) -> WindowBar:
    """Needs connection loaded."""
    return WindowBar(
        dom_id=f"room-{room.pk}-window",
        room_id=room.pk,
        url=reverse("chatrooms:window", args=[slug, room.pk]),
        mode=window.mode.value,
        alternatives=" ".join(window.alternatives),
        urgency=_urgency(window),
        words=window_words(window, channel=room.connection.adapter.capabilities.label),
        closes_at=window.closes_at,
        remaining=_remaining(room, window),
    )


def window_ring(room: Chatroom, window: Window) -> WindowRing:
    """Needs connection loaded."""
    after = _AFTER[room.connection.reply_policy.after] if window.mode is Mode.FREE else Mode.CLOSED
    return WindowRing(
        mode=window.mode.value,
        mode_after=after.value,
        urgency=_urgency(window),
        words=window_words(window, channel=room.connection.adapter.capabilities.label),
        closes_at=window.closes_at,
    )


def why_not_writable(room: Chatroom, window: Window) -> str:
    """Say why nothing that a person writes may be sent now, "" if it may. Needs connection loaded."""
    if window.allows(is_template=False, by_person=True):
        return ""
    return window_words(window, channel=room.connection.adapter.capabilities.label)


def _urgency(window: Window) -> str:
    if not window.allows(is_template=False, by_person=True):
        return "over"
    return "soon" if window.closes_at and window.closes_at - clock.now() < _SOON else "long"


def _remaining(room: Chatroom, window: Window) -> str:
    policy = room.connection.reply_policy
    if window.remaining is None or policy.messages is None:
        return ""
    most = policy.messages
    if (
        room.act_opened_at
        and policy.activity_window
        and window.closes_at == room.act_opened_at + policy.activity_window
    ):
        most = policy.activity_messages or most
    return _("%(remaining)s of %(most)s messages left") % {"remaining": window.remaining, "most": most}


def window_words(window: Window, *, channel: str) -> str:
    """Say what may be sent now, and why not more. `channel` is the channel's label."""
    names, alternatives = {"channel": channel}, window.alternatives
    if window.reason is Reason.BLOCKED:
        return _("This customer is blocked: nothing can be sent. Unblock them in their panel to write.")
    if window.reason is Reason.OPTED_OUT:
        return _("The customer wants no more messages: they have to write first. No template may be sent.")
    if not alternatives and not window.takes_unasked:
        return _("You can answer freely. The customer wants no templates and no scheduled messages.")
    if not alternatives:
        return _("You can write freely.")
    if Alternative.WRITE_YOURSELF in alternatives:
        return _("The time for automatic messages is over. You can still write yourself.")
    if window.reason is Reason.QUOTA_USED:
        return _("All messages that %(channel)s allows are used up until the customer writes again.") % names
    if window.reason is Reason.NEVER_WROTE:
        if Alternative.TEMPLATE in alternatives:
            return _("The customer has not written yet: %(channel)s takes only templates.") % names
        return _("%(channel)s lets you write only after the customer has written.") % names
    if Alternative.TEMPLATE in alternatives:
        return (
            _("The time to answer is over: %(channel)s takes only templates until the customer writes again.") % names
        )
    return _("The time to answer is over on %(channel)s: the customer has to write first.") % names


def refusal_words(window: Window, *, channel: str) -> str:
    """Say why a message may not leave, and what one can do instead."""
    words = window_words(window, channel=channel)
    if Alternative.HOLD not in window.alternatives:
        return words
    return words + " " + _("You can hold the answer: it leaves when the customer writes.")
