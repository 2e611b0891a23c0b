"""Identifiers that look like WhatsApp's."""

from __future__ import annotations

import base64
import hashlib
import secrets

import phonenumbers


def new_wamid(phone: str, *, outbound: bool) -> str:
    """Return a message id in the vendor's form: base64, so slashes and equal signs do occur."""
    digits = phone.encode("ascii", "ignore")[:20]
    direction = b"\x11\x18\x12" if outbound else b"\x12\x18\x14"
    unique = secrets.token_hex(9 if outbound else 10).upper().encode("ascii")
    packed = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + direction + unique + b"\x00"
    return "wamid." + base64.b64encode(packed).decode("ascii")


def bsuid_for(phone: str) -> str:
    """Return the business-scoped user id a phone has unless it is given one: always the same."""
    number = int.from_bytes(hashlib.sha256(phone.encode()).digest()[:8], "big")
    return f"{_country_of(phone)}.{number % 10**17 + 10**16}"


def _country_of(phone: str) -> str:
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse("+" + phone))
    except phonenumbers.NumberParseException:
        region = None
    return region if region and region.isalpha() else "US"
