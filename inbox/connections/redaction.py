"""What may be kept of an exchange with a vendor: texts without secrets, and not too much of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from channels_adapters.base import Adapter
from channels_adapters.types import HttpRequest

HIDDEN = "•••"
LONGEST_BODY = 2000
LONGEST_URL = 500

_READABLE = ("application/json", "application/x-www-form-urlencoded", "application/xml", "text/")
# Tokens that we were never told, such as one a vendor has just issued, by their names and by the looks of Meta's.
_NAMED = re.compile(
    r"""((?:access_?token|refresh_?token|appsecret_proof|client_secret|app_?secret|secret|password|verify_token)"""
    r"""\\?["']?\s*[:=]\s*\\?["']?)([^"'&\s,}\\<]+)""",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"\b(?:EAA|IGAA|IGQ)[A-Za-z0-9_-]{12,}|(?<=Bearer )[^\s\"']+|(?<=OAuth )[^\s\"']+")


def secrets_of(adapter: Adapter, credentials: Mapping[str, str], request: HttpRequest) -> set[str]:
    """Return the values that no text about this request may show."""
    names = {field.name for field in adapter.capabilities.account_credentials if field.secret}
    values = {credentials.get(name, "") for name in names} | set(request.secret_query.values())
    for name, value in request.headers.items():
        if name.lower() == "authorization":
            values.add(value.rpartition(" ")[2])
    return {value for value in values if value}


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret hidden, as it is, as JSON or URLs spell it, or by the looks of it."""
    spellings = {
        spelling
        for secret in secrets
        for spelling in (
            secret,
            quote(secret, safe=""),
            json.dumps(secret)[1:-1],
            json.dumps(secret)[1:-1].replace("/", "\\/"),
        )
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    return _TOKENS.sub(HIDDEN, text)


def readable_url(request: HttpRequest, secrets: set[str]) -> str:
    """Return host, path and what of the query is no secret."""
    parts = urlsplit(request.url)
    address = f"{parts.hostname or ''}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return redact(address, secrets)[:LONGEST_URL]


def readable_body(body: bytes, headers: Mapping[str, str], secrets: set[str]) -> str:
    """Return the beginning of a text; of anything else, how large it is."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if not body:
        return ""
    if kind and not kind.lower().startswith(_READABLE):
        return f"({len(body)} bytes of {redact(kind, secrets).partition(';')[0][:80]})"
    # A secret that the cut divides must not leave its first half behind.
    overlap = max((len(secret) for secret in secrets), default=0)
    limit = 8 * LONGEST_BODY + overlap
    shown = redact(body[:limit].decode("utf-8", "replace").replace("\x00", ""), secrets)
    if len(body) > limit:
        shown = shown[: max(len(shown) - overlap, 0)]
    return shown[:LONGEST_BODY]
