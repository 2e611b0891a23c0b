"""The entries of WhatsApp's webhooks to all of their events, in order. Called by the adapter's `parse`.

Entries, changes and items are batched by the vendor, up to a thousand. Everything in a body yields at least one
event: what no reader knows becomes Unsupported with its raw part, so only an empty `entry` list yields none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from channels_adapters.meta.envelope import events_of, id_of, label
from channels_adapters.reading import identifier_of, object_of
from channels_adapters.types import Event, Unsupported

from .errors import errors_of
from .messages import read_echo, read_message
from .notices import ACCOUNT_FIELDS, error_notice, read_notice
from .people import Source, read_source
from .preferences import read_preference
from .statuses import read_status

OBJECT = "whatsapp_business_account"


def parse(body: bytes) -> list[Event]:
    """Return every event in the body. Total: never raises on content."""
    return events_of(body, OBJECT, _entry)


def _entry(entry: Any) -> Iterator[Event]:
    changes = object_of(entry).get("changes")
    if not isinstance(changes, list) or not changes:
        yield Unsupported("", "entry without changes", entry, business_id=id_of(entry))
        return
    for change in changes:
        yield from _change(entry, change)


def _change(entry: dict[str, Any], change: Any) -> Iterator[Event]:
    fields = object_of(change)
    field = identifier_of(fields.get("field"))
    value = object_of(fields.get("value"))
    source = read_source(entry, value)
    if field in ACCOUNT_FIELDS:
        yield read_notice(field, value, source, raw=value or fields)
    elif field in _CONVERSATION_FIELDS:
        yield from _conversation(value, source, change)
    else:
        yield source.unsupported(label("field", field), change)


def _conversation(value: dict[str, Any], source: Source, change: Any) -> Iterator[Event]:
    empty = True
    for name, part in value.items():
        if name in _ABOUT or not part:
            continue
        reader = _READERS.get(name)
        if name == "errors" and "calls" not in value and (errors := errors_of(part)):
            yield error_notice(errors, source, raw={name: part})
        elif reader is not None and isinstance(part, list):
            for item in part:
                yield reader(item, source)
        elif name in _PARTS or isinstance(part, list):  # a list is news of a kind we do not know yet
            yield source.unsupported(label("part", name), {name: part})
        else:
            continue
        empty = False
    if empty:
        yield source.unsupported("change without content", change)


def _call(item: Any, source: Source) -> Event:
    """Return the event of a call, which cannot be taken here: shown by name."""
    return source.unsupported(f"call {identifier_of(object_of(item).get('event'))}".strip(), item)


# A change whose `field` is lost is still read by what it holds.
_CONVERSATION_FIELDS = frozenset({"messages", "smb_message_echoes", "user_preferences", "calls", ""})

_ABOUT = frozenset({"messaging_product", "metadata", "contacts"})

_READERS: Mapping[str, Callable[[Any, Source], Event]] = {
    "messages": read_message,
    "statuses": read_status,
    "message_echoes": read_echo,
    "user_preferences": read_preference,
    "calls": _call,
}

_PARTS = frozenset({"errors", *_READERS})
