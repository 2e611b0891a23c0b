"""What agents read about messages that wait, in the language of the page."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from inbox.chatrooms.presenters.words import why_not_sent
from inbox.chatrooms.window import Alternative, Reason, Window

from .models import ScheduledMessage, ScheduleState
from .policy import Moment, Preset, Step


def written(moment: datetime, *, with_year: bool = False) -> str:
    """Write a date and a time in the order of the page's language."""
    if (get_language() or "").startswith("zh"):
        return format_date(moment, "Y年n月j日 D H:i" if with_year else "n月j日 D H:i")
    return format_date(moment, "D j M Y, H:i" if with_year else "D j M, H:i")


def gap(instead: datetime, zone: str) -> str:
    return _("Clocks in %(zone)s are put forward and never show this time. The next one they show is %(time)s.") % {
        "zone": zone,
        "time": written(instead),
    }


def twice(moment: Moment) -> str:
    """Say which of two equal times is meant, where clocks are put back."""
    sentences = {
        0: "",
        1: _("Clocks in %(zone)s are put back and show this time twice. The first one is meant."),
        2: _("Clocks in %(zone)s are put back and show this time twice. The second one is meant: the first is over."),
    }
    return sentences[moment.which_of_two] % {"zone": moment.zone}


def preset_label(preset: Preset) -> str:
    return {
        Preset.IN_AN_HOUR: _("In 1 hour"),
        Preset.THIS_EVENING: _("This evening, 18:00"),
        Preset.TOMORROW: _("Tomorrow, 9:00"),
        Preset.MONDAY: _("Monday, 9:00"),
    }[preset]


def outlook(
    step: Step,
    then: Window,
    now: Window,
    *,
    moment: Moment,
    channel: str,
    template: str = "",
    is_template: bool = False,
) -> str:
    """Say what will happen at the time, as things stand now. `template` is its name; the message itself `is_template`."""
    if not then.takes_unasked:
        return unwanted(is_blocked=then.reason is Reason.BLOCKED)
    closing = _closing(then, now, moment)
    names = {"channel": channel, "template": template}
    if is_template:  # any window takes one, unless they are unwanted
        return _("The template “%(template)s” will be sent.") % names
    if step is Step.SEND_TEMPLATE:
        return closing + _("The template “%(template)s” will be sent instead.") % names
    if step is Step.SEND and Alternative.WRITE_YOURSELF in then.alternatives:
        return closing + _("It will be sent as a reminder written by a person, which %(channel)s still allows.") % names
    if step is Step.SEND:
        return _("It will be sent as you wrote it.")
    if then.reason is Reason.IN_WINDOW:
        return _("It will not be sent: %(channel)s has not that many messages left until the customer writes.") % names
    if Alternative.TEMPLATE in then.alternatives:
        return closing + _("It will not be sent: %(channel)s takes only templates then.") % names
    return closing + _("It will not be sent, unless the customer writes again before.")


def unwanted(*, is_blocked: bool) -> str:
    """Say that nothing will be sent because we do not want to hear from the customer, or they not from us."""
    if is_blocked:
        return _("This customer is blocked. Nothing that is scheduled is sent, unless they are unblocked before.")
    return _("The customer wants no more messages. Nothing that is scheduled is sent, unless they take messages again.")


def _closing(then: Window, now: Window, moment: Moment) -> str:
    if now.alternatives or now.closes_at is None or not then.alternatives:
        return ""
    local = now.closes_at.astimezone(ZoneInfo(moment.zone))
    return _("The time to answer ends %(time)s.") % {"time": written(local)} + " "


def why(row: ScheduledMessage, *, channel: str) -> str:
    """Say why a message was not sent, or asks to be looked at; empty for one that waits or was sent."""
    if row.state == ScheduleState.MISSED:
        return _("It could not be sent in time. Send it now, or cancel it.")
    if row.state == ScheduleState.CANCELLED:
        return _("The customer wrote first.") if row.reason == "customer_wrote" else ""
    if row.state != ScheduleState.NOT_SENT:
        return ""
    if row.reason_text:
        return row.reason_text
    mode, _dot, reason = row.reason.partition(".")
    return why_not_sent(mode, reason, channel=channel)
