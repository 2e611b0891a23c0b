"""The envelope of Meta's webhooks, alike for every product: one body to its entries, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from channels_adapters.reading import Unreadable, decode, identifier_of, object_of
from channels_adapters.types import Event, Malformed, Unsupported


def events_of(body: bytes, subject: str, read_entry: Callable[[Any], Iterable[Event]]) -> list[Event]:
    """Return every event in the body; `subject` is the `object` that the channel reads. Total: never raises on content."""
    try:
        payload = decode(body)
    except Unreadable as error:
        return [Malformed("", str(error))]
    entries = object_of(payload).get("entry")
    if not isinstance(entries, list):
        return [Malformed("", "not a webhook: no list of entries")]
    named = payload.get("object", subject)
    if isinstance(named, str) and named != subject:  # another product of the same Meta app
        return [Unsupported(id_of(entry), label("object", named), entry) for entry in entries]
    return [event for entry in entries for event in read_entry(entry)]


def id_of(entry: Any) -> str:
    """Return the id of what an entry is about: a page, an Instagram account, a WhatsApp Business account."""
    return identifier_of(object_of(entry).get("id"))


def label(what: str, name: Any) -> str:
    """Return what to call a part that has no reader."""
    return f"{what} {identifier_of(name) or 'without a name'}"
