"""Identifiers that look like WhatsApp's."""

from __future__ import annotations

import base64
import secrets


def new_wamid(phone: str, *, outbound: bool) -> str:
    """Return a message id in the vendor's form: base64, so slashes and equal signs do occur."""
    digits = phone.encode("ascii", "ignore")[:20]
    direction = b"\x11\x18\x12" if outbound else b"\x12\x18\x14"
    unique = secrets.token_hex(9 if outbound else 10).upper().encode("ascii")
    packed = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + direction + unique + b"\x00"
    return "wamid." + base64.b64encode(packed).decode("ascii")
