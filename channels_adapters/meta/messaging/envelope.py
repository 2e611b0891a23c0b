"""The entries of Messenger's and Instagram's webhooks to all of their events, in order.

Entries and items are batched, up to a thousand. Everything in a body yields at least one event: what no reader knows
becomes Unsupported with its raw part, so only empty lists yield none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from channels_adapters.meta.envelope import events_of, id_of, label
from channels_adapters.reading import object_of
from channels_adapters.types import Event, Unsupported

from .dialect import Dialect, Place
from .items import read_item

# The same items, while another app has control of the thread.
_STANDBY = "standby"
_ITEMS = ("messaging", _STANDBY)
_PARTS = frozenset({*_ITEMS, "changes"})
_ABOUT = frozenset({"id", "time", "uid"})


def parse(body: bytes, dialect: Dialect, *, app_id: str = "") -> list[Event]:
    """Return every event in the body. Total: never raises on content."""
    return events_of(body, dialect.subject, lambda entry: _entry(entry, dialect, app_id))


def _entry(entry: Any, dialect: Dialect, app_id: str) -> Iterator[Event]:
    fields = object_of(entry)
    place = Place(dialect, id_of(entry), app_id)
    parts = {
        name: part for name, part in fields.items() if name in _PARTS or (isinstance(part, list) and name not in _ABOUT)
    }
    if not parts:
        yield Unsupported(place.account_id, "entry without events", entry)
    for name, part in parts.items():
        if not isinstance(part, list):
            yield Unsupported(place.account_id, label("unreadable", name), {name: part})
        elif name in _ITEMS:
            there = replace(place, on_standby=name == _STANDBY)
            for item in part:
                yield from read_item(item, there)
        elif name == "changes":
            for change in part:
                yield from _change(change, place)
        elif part:  # a list is news of a kind we do not know yet
            yield Unsupported(place.account_id, label("part", name), {name: part})


def _change(change: Any, place: Place) -> Iterator[Event]:
    """Comments, mentions and the like come this way; so do the dashboard's samples of messaging items."""
    value = object_of(object_of(change).get("value"))
    if "sender" in value and "recipient" in value:
        yield from read_item(value, place)
    else:
        yield Unsupported(place.account_id, label("field", object_of(change).get("field")), change)
