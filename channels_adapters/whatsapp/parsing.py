"""The envelope of WhatsApp's webhooks: one body to all of its events, in order. Called by the adapter's `parse`.

Entries, changes and items are batched by the vendor, up to a thousand. Everything in a body yields at least one
event: what no reader knows becomes Unsupported with its raw part, so only an empty `entry` list yields none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from channels_adapters.reading import Unreadable, decode, identifier_of, object_of
from channels_adapters.types import AccountNotice, Event, Malformed, Unsupported

from .errors import errors_of
from .messages import read_echo, read_message
from .people import Source, read_source
from .statuses import read_status

OBJECT = "whatsapp_business_account"

# Webhook fields that tell about the account or its settings, not about one conversation ("Webhooks overview").
ACCOUNT_FIELDS = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_status_update",
        "flows",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
        "template_correct_category_detection",
        "tracking_events",
        "user_preferences",
    }
)


def parse(body: bytes) -> list[Event]:
    """Return every event in the body. Total: never raises on content."""
    try:
        payload = decode(body)
    except Unreadable as error:
        return [Malformed("", str(error))]
    entries = object_of(payload).get("entry")
    if not isinstance(entries, list):
        return [Malformed("", "not a webhook: no list of entries")]
    subject = payload.get("object", OBJECT)
    if isinstance(subject, str) and subject != OBJECT:  # another product of the same Meta app
        return [Unsupported("", _label("object", subject), payload)]
    return [event for entry in entries for event in _entry(entry)]


def _entry(entry: Any) -> Iterator[Event]:
    changes = object_of(entry).get("changes")
    if not isinstance(changes, list) or not changes:
        yield Unsupported("", "entry without changes", entry)
        return
    for change in changes:
        yield from _change(entry, change)


def _change(entry: dict[str, Any], change: Any) -> Iterator[Event]:
    fields = object_of(change)
    field = identifier_of(fields.get("field"))
    value = object_of(fields.get("value"))
    source = read_source(entry, value)
    if field in ACCOUNT_FIELDS:
        errors = errors_of(value.get("errors"))
        yield AccountNotice(source.account_id, field, source.business_id, errors, raw=value or fields)
    elif field in _CONVERSATION_FIELDS:
        yield from _conversation(value, source, change)
    else:
        yield Unsupported(source.account_id, _label("field", field), change)


def _conversation(value: dict[str, Any], source: Source, change: Any) -> Iterator[Event]:
    empty = True
    for name, part in value.items():
        if name in _ABOUT or not part:
            continue
        reader = _READERS.get(name)
        if name == "errors" and (errors := errors_of(part)):
            yield AccountNotice(source.account_id, name, source.business_id, errors, raw={name: part})
        elif reader is not None and isinstance(part, list):
            for item in part:
                yield reader(item, source)
        elif name in _PARTS or isinstance(part, list):  # a list is news of a kind we do not know yet
            yield Unsupported(source.account_id, _label("part", name), {name: part})
        else:
            continue
        empty = False
    if empty:
        yield Unsupported(source.account_id, "change without content", change)


def _label(what: str, name: str) -> str:
    return f"{what} {identifier_of(name) or 'without a name'}"


# A change whose `field` is lost is still read by what it holds.
_CONVERSATION_FIELDS = frozenset({"messages", "smb_message_echoes", ""})

_ABOUT = frozenset({"messaging_product", "metadata", "contacts"})

_READERS: Mapping[str, Callable[[Any, Source], Event]] = {
    "messages": read_message,
    "statuses": read_status,
    "message_echoes": read_echo,
}

_PARTS = frozenset({"errors", *_READERS})
