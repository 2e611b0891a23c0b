"""Countries, as prices know them: two letters of ISO 3166. A price depends on where the customer's number is from."""

from __future__ import annotations

import phonenumbers

ANYWHERE = "*"
UNKNOWN = ""

CODES = frozenset(phonenumbers.SUPPORTED_REGIONS)


def country_of(phone: str) -> str:
    """Return the country of a number, with or without "+"; UNKNOWN where it tells none."""
    try:
        number = phonenumbers.parse("+" + phone.strip().removeprefix("+"))
    except phonenumbers.NumberParseException:
        return UNKNOWN
    # A number that is in no plan still has a calling code, which has a main country.
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return str(region) if region in CODES else UNKNOWN
