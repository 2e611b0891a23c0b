"""Where a customer probably is, by their phone number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from channels_adapters.types import IdentityKind
from inbox.lib import clock
from inbox.lib.zones import zone_names

from .models import Customer

_A_WEEK = timedelta(days=7)
_WEEKS_OF_A_YEAR = 53


def zone_of_customer(customer: Customer) -> str:
    """Return the time zone of the customer's phone number, empty if it has several, or there is none."""
    numbers = [row.value for row in customer.identities.all() if row.kind == IdentityKind.PHONE and not row.retired_at]
    for number in numbers:
        try:
            zones = timezone.time_zones_for_geographical_number(phonenumbers.parse(f"+{number}"))
        except phonenumbers.NumberParseException:
            continue
        if zone := _same_everywhere([zone for zone in zones if zone in zone_names()], clock.now()):
            return zone
    return ""


def _same_everywhere(zones: Sequence[str], now: datetime) -> str:
    """Return the shortest name of zones that show the same time all year, as in all of Britain."""
    moments = [now + week * _A_WEEK for week in range(_WEEKS_OF_A_YEAR)]
    shown = {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments) for zone in zones}
    return min(zones, key=len) if len(shown) == 1 else ""
