"""One item of `user_preferences` to one event: a customer stops marketing messages, or wants them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_adapters.naming import made_id, time_or_digest
from channels_adapters.reading import identifier_of, moment_of, object_of, text_of
from channels_adapters.types import Activity, CustomerActed, Event

from .people import Source, read_person

_ACTIVITIES: Mapping[str, Activity] = {
    "stop": Activity.OPTED_OUT,
    "resume": Activity.OPTED_IN,
    "signup": Activity.OPTED_IN,
}


def read_preference(item: Any, source: Source) -> Event:
    """Return CustomerActed, or Unsupported for what names nobody or nothing we know."""
    fields = object_of(item)
    choice = identifier_of(fields.get("value"))
    sender = read_person(fields.get("wa_id"), fields.get("user_id"), fields.get("parent_user_id"), source.contacts)
    activity = _ACTIVITIES.get(choice)
    if sender is None or activity is None:
        return source.unsupported(f"user preference {choice}".strip(), item)
    category = identifier_of(fields.get("category"))
    time = time_or_digest(fields.get("timestamp"), fields)
    return CustomerActed(
        account_id=source.account_id,
        # The vendor gives no id: the same choice at the same second is the same.
        external_id=made_id("preference", sender.identities[0].value, category, choice, time),
        sender=sender,
        sent_at=moment_of(fields.get("timestamp")),
        activity=activity,
        details={"key": category, "title": text_of(fields.get("detail"))},
        raw=fields,
    )
