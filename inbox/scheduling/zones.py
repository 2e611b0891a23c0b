"""Where a customer probably is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone

from channels_adapters.types import IdentityKind
from inbox.customers.models import Customer
from inbox.lib import clock

from .policy import LONGEST_AHEAD, zone_names

_A_WEEK = timedelta(days=7)


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
    """Return the shortest name of zones that show the same time whenever one can plan for, as in all of Britain."""
    moments = [now + week * _A_WEEK for week in range(LONGEST_AHEAD // _A_WEEK + 1)]
    shown = {tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments) for zone in zones}
    return min(zones, key=len) if len(shown) == 1 else ""
