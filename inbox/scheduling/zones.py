"""Where a customer probably is."""

from __future__ import annotations

import phonenumbers
from phonenumbers import timezone

from channels_adapters.types import IdentityKind
from inbox.customers.models import Customer

from .policy import zone_names


def zone_of_customer(customer: Customer) -> str:
    """Return the time zone of the customer's phone number, empty if it has several, or there is none."""
    numbers = [row.value for row in customer.identities.all() if row.kind == IdentityKind.PHONE and not row.retired_at]
    for number in numbers:
        try:
            zones = timezone.time_zones_for_geographical_number(phonenumbers.parse(f"+{number}"))
        except phonenumbers.NumberParseException:
            continue
        if len(zones) == 1 and zones[0] in zone_names():
            return str(zones[0])
    return ""
