"""Readers for JSON that strangers wrote: none of them raises on content.

Every adapter's parser is built from these. `decode` and `storable` promise a value that PostgreSQL's jsonb and any
JSON encoder accept; the `*_of` readers turn a value of unknown type into the wanted type or its empty value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from .types import UNKNOWN_TIME

MAX_DEPTH = 100
TOO_DEEP = "[nested too deeply]"

# Longer than any identifier a vendor documents, and short enough for an index row.
MAX_IDENTIFIER = 255

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_LONGEST_WAIT = 86_400.0
_YEAR_9999 = 253_370_764_800


class Unreadable(ValueError):
    """The bytes are not JSON."""


def decode(body: bytes) -> Any:
    """Return the JSON value in the bytes, made storable. Raises Unreadable."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return storable(_decode_leniently(body))
    # What orjson accepts holds no lone surrogate, no NaN and no integer beyond 64 bits. NUL and depth remain.
    if b"\\u0000" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        return storable(value)
    return value


def storable(value: Any) -> Any:
    """Return the JSON value as jsonb and every encoder take it; the only place that alters what a vendor sent.

    NUL is dropped from texts, a lone surrogate becomes U+FFFD, NaN and infinities and integers beyond 64 bits
    become text, and what is nested deeper than MAX_DEPTH is replaced by a marker.
    """
    return _storable(value, MAX_DEPTH)


def text_of(value: Any) -> str:
    """Return a text; a number that stands where a text belongs is written out."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def identifier_of(value: Any) -> str:
    """Return a trimmed text that may serve as a key, or "" for anything too long to be one."""
    text = text_of(value).strip()
    return text if len(text) <= MAX_IDENTIFIER else ""


def object_of(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def number_of(value: Any) -> float | int | None:
    """Return a finite number, also from a text that holds one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        if _INTEGER.fullmatch(value):
            return int(value)
        try:
            value = float(value)
        except ValueError:
            return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def moment_of(value: Any) -> datetime:
    """Return the UTC time of a unix timestamp, number or text, seconds or milliseconds, or of a text in ISO 8601 (in
    UTC where it names no zone); else UNKNOWN_TIME."""
    seconds = number_of(value)
    if seconds is None:
        return _moment_of_iso(text_of(value))
    if not 0 < seconds < 1000 * _YEAR_9999:
        return UNKNOWN_TIME
    if seconds >= 100_000_000_000:  # as seconds this is the year 5138: some vendors send milliseconds
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC)


def _moment_of_iso(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # no time, or one that its zone moves out of the calendar
        return UNKNOWN_TIME
    return max(moment, UNKNOWN_TIME)


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks for.

    Its date form is measured against the answer's own Date header, since adapters have no clock.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = number_of(text)
    if seconds is None:
        try:
            until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
            seconds = (until - now).total_seconds()
        except (TypeError, ValueError):  # unreadable, or only one of the two names its zone
            return None
    return min(max(float(seconds), 0.0), _LONGEST_WAIT)


def _decode_leniently(body: bytes) -> Any:
    # One bad byte must not cost the other events of a batch: it becomes U+FFFD.
    text = body.decode("utf-8-sig", "replace")
    try:
        return json.loads(text, parse_int=_integer, strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {type(error).__name__}") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= 20 else digits


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict | list):
        if depth == 0:
            return TOO_DEEP
        if isinstance(value, list):
            return [_storable(item, depth - 1) for item in value]
        cleaned: dict[str, Any] = {}
        for key, item in value.items():
            name = _clean(key)
            while name in cleaned:  # two keys that differed by a NUL alone: keep both
                name += "\ufffd"
            cleaned[name] = _storable(item, depth - 1)
        return cleaned
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


def _clean(text: str) -> str:
    text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
