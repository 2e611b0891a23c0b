"""Whose clock counts: a vendor's, as long as it is believable."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels_adapters.types import UNKNOWN_TIME
from inbox.lib import clock

CLOCK_TOLERANCE = timedelta(minutes=5)
_JUST_ARRIVED = timedelta(seconds=3)
_A_SECOND = timedelta(microseconds=999_999)


def placed(vendor_time: datetime) -> datetime:
    """Return where a message that has just arrived belongs: vendors whose times are whole seconds cut off the rest, and
    an answer would stand before what it answers."""
    moment = plausible(vendor_time)
    if moment.microsecond or clock.now() - moment > _JUST_ARRIVED:
        return moment
    return max(moment, min(clock.now(), moment + _A_SECOND))


def plausible(vendor_time: datetime) -> datetime:
    """Return the vendor's time, or ours when it names none or one that would pin a message to the end forever."""
    now = clock.now()
    return now if vendor_time == UNKNOWN_TIME or vendor_time > now + CLOCK_TOLERANCE else vendor_time
