"""Whose clock counts: a vendor's, as long as it is believable."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels_adapters.types import UNKNOWN_TIME
from inbox.lib import clock

CLOCK_TOLERANCE = timedelta(minutes=5)


def plausible(vendor_time: datetime) -> datetime:
    """Return the vendor's time, or ours when it names none or one that would pin a message to the end forever."""
    now = clock.now()
    return now if vendor_time == UNKNOWN_TIME or vendor_time > now + CLOCK_TOLERANCE else vendor_time
