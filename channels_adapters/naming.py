"""Ids for what a vendor gives none, made so that a redelivery has the same one and nothing else has it."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from .reading import MAX_IDENTIFIER, moment_of, text_of
from .types import UNKNOWN_TIME


def made_id(kind: str, *parts: str) -> str:
    """Return an id of the parts; their digest where they would be too long for one."""
    text = ":".join((kind, *parts))
    if len(text) <= MAX_IDENTIFIER:
        return text
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}"


def time_or_digest(time: Any, item: Any) -> str:
    """Return the text of a time, as the vendor wrote it; without a usable one, the digest of the item it belongs to."""
    text = text_of(time).strip()
    return text if text and moment_of(time) != UNKNOWN_TIME else digest_of(item)


def digest_of(item: Any) -> str:
    """Return the digest of a storable part of a webhook."""
    return hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).hexdigest()
