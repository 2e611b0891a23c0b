"""One item of `statuses` to exactly one event: the fate of a message of ours.

Only the statuses of messages are read; payments and calls report through items of the same shape.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.reading import identifier_of, moment_of, number_of, object_of, text_of
from channels_adapters.types import DeliveryStatus, Event, Person, StatusChanged

from .errors import errors_of
from .people import Source, read_person

_STATUSES = {status.value: status for status in DeliveryStatus}


def read_status(item: Any, source: Source) -> Event:
    """Return StatusChanged, or Unsupported for what is no known status of a message."""
    fields = object_of(item)
    name = identifier_of(fields.get("status"))
    status = _STATUSES.get(name)
    external_id = identifier_of(fields.get("id"))
    # Absent for messages; a failed *payment* must not mark a message as failed.
    subject = identifier_of(fields.get("type")) or "message"
    if subject != "message" or status is None or not external_id:
        return source.unsupported(f"{subject} status {name}".strip(), item)
    return StatusChanged(
        account_id=source.account_id,
        external_id=external_id,
        status=status,
        at=moment_of(fields.get("timestamp")),
        correlation_id=text_of(fields.get("biz_opaque_callback_data")),
        errors=errors_of(fields.get("errors")),
        recipient=_recipient(fields, source),
        conversation=_conversation(fields.get("conversation")),
        pricing=object_of(fields.get("pricing")) or None,
        raw=fields,
    )


def _recipient(fields: dict[str, Any], source: Source) -> Person | None:
    # In a group `recipient_id` is the group's; the person is the participant.
    role = "recipient_participant" if fields.get("recipient_type") == "group" else "recipient"
    return read_person(
        fields.get(f"{role}_id"), fields.get(f"{role}_user_id"), fields.get(f"{role}_parent_user_id"), source.contacts
    )


def _conversation(value: Any) -> dict[str, Any] | None:
    conversation = object_of(value)
    if "expiration_timestamp" in conversation:  # a text in the documentation, a number in the wild
        conversation = {**conversation, "expiration_timestamp": number_of(conversation["expiration_timestamp"])}
    return conversation or None
