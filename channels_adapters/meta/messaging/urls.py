"""Addresses in payloads, where the vendor may put anything."""

from __future__ import annotations

import re
from typing import Any

from channels_adapters.reading import text_of

_URL = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def url_of(value: Any) -> str:
    """Return a web address, "" for what is none."""
    text = text_of(value).strip()
    return text if _URL.fullmatch(text) else ""
