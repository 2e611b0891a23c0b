"""Fetching a profile picture from an address that a vendor gave us, and from nowhere else.

The address arrives in an answer of the vendor, so it is believed only as far as the vendors' own picture hosts.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import magic
from django.conf import settings

from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HttpRequest, HttpResponse

_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:fbcdn\.net|fbsbx\.com|cdninstagram\.com|qlogo\.cn)(?::443)?", re.IGNORECASE)
MIME_TYPES = ("image/jpeg", "image/png", "image/webp")
MAX_BYTES = 512 * 1024


class PictureRefused(Exception):
    """There is no picture at this address that we would keep. The text is for the log."""


@dataclass(frozen=True)
class Picture:
    content: bytes
    mime_type: str


def fetch_picture(url: str) -> Picture:
    """Fetch the picture. Raises PictureRefused, NotSent or OutcomeUnknown."""
    if not is_of_a_vendor(url):
        raise PictureRefused("the address is not one of a vendor's pictures")
    response = asyncio.run(_get(url))
    if response.status != 200:  # a redirect too: it may lead anywhere
        raise PictureRefused(f"HTTP {response.status}")
    mime_type = magic.from_buffer(response.body, mime=True)
    if mime_type not in MIME_TYPES:
        raise PictureRefused(f"{mime_type} is no picture")
    return Picture(response.body, mime_type)


def is_of_a_vendor(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if settings.SIMULATOR_URL:
        simulator = urlsplit(settings.SIMULATOR_URL)
        if (parts.scheme, parts.netloc) == (simulator.scheme, simulator.netloc):
            return True
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None


async def _get(url: str) -> HttpResponse:
    async with AsyncTransport() as transport:
        return await transport.execute(HttpRequest("GET", url), max_bytes=MAX_BYTES)
