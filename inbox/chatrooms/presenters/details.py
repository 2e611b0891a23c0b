"""Reading a message's details. They come from vendors: any part may be missing, or of any type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

_LONGEST_URL = 2000
_NEVER_IN_URLS = re.compile(r"[\s\x00-\x20\x7f\\<>\"]")
_PHONE = re.compile(r"[0-9\s().+/-]{3,40}")
_EMAIL = re.compile(r"[^\s@,;:<>\"]+@[^\s@,;:<>\"]+")


def text_of(value: object) -> str:
    """Return a text or a number as text, empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def object_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def objects_of(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def web_address(value: object) -> str:
    """Return a url that is safe to link to, of http or https only; empty for anything else."""
    url = text_of(value)
    if len(url) > _LONGEST_URL or _NEVER_IN_URLS.search(url):
        return ""
    return url if host_of(url) else ""


def host_of(url: str) -> str:
    """Return the host of an http or https address, empty when it is no such address."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def phone_address(phone: str) -> str:
    """Return the tel: address of a phone number as people write it, empty for what is none."""
    digits = re.sub(r"[^+0-9]", "", phone)
    return f"tel:{digits}" if _PHONE.fullmatch(phone) and re.fullmatch(r"\+?[0-9]{3,20}", digits) else ""


def email_address(email: str) -> str:
    """Return the mailto: address of an email, empty for what is none."""
    return f"mailto:{quote(email, safe='@+')}" if len(email) < 255 and _EMAIL.fullmatch(email) else ""
