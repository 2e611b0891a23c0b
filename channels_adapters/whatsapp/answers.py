"""HTTP answers of the Cloud API to results: accepted, refused, or nobody knows.

A message is resent only when the vendor surely did not take it, since the API has no idempotency key.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.errors import OutcomeUnknown, SendError
from channels_adapters.meta.graph import read_error
from channels_adapters.reading import Unreadable, decode, identifier_of, list_of, object_of, retry_after_of
from channels_adapters.types import HttpResponse, SendResult

from .errors import send_error
from .people import read_person


def read_answer(response: HttpResponse) -> SendResult:
    """Return what the vendor made of the message. Raises SendError or OutcomeUnknown."""
    try:
        answer = decode(response.body)
    except Unreadable:
        answer = None
    if refusal := _refusal(response, answer):
        raise refusal
    fields = object_of(answer)
    external_id = identifier_of(object_of(_first(fields.get("messages"))).get("id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without a message id")
    contact = object_of(_first(fields.get("contacts")))
    # `wa_id` may differ from the number we wrote to: Brazil's ninth digit, prefixes in Mexico and Argentina.
    recipient = read_person(contact.get("wa_id"), contact.get("user_id"), contact.get("parent_user_id"), {})
    return SendResult(external_id, recipient)


def _refusal(response: HttpResponse, answer: Any) -> SendError | None:
    status, retry_after = response.status, retry_after_of(response.headers)
    if error := read_error(answer):
        return send_error(
            error.code,
            subcode=error.subcode,
            status=status,
            transient=error.transient,
            retry_after=retry_after,
            detail=error.describe(),
        )
    if 300 <= status < 500:
        return send_error(f"http_{status}", status=status, retry_after=retry_after, detail=f"HTTP {status}")
    return None  # with 5xx a proxy may speak for a vendor that did take the message


def _first(value: Any) -> Any:
    return next(iter(list_of(value)), None)
