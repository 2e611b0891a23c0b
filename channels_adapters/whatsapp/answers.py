"""HTTP answers of the Cloud API to results: accepted, refused, or nobody knows.

A message is resent only when the vendor surely did not take it, since the API has no idempotency key.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.errors import OutcomeUnknown
from channels_adapters.meta.answers import read_response
from channels_adapters.reading import identifier_of, list_of, object_of
from channels_adapters.types import HttpResponse, JsonObject, SendResult

from .errors import send_error
from .people import read_person


def read_answer(response: HttpResponse) -> SendResult:
    """Return what the vendor made of the message. Raises SendError or OutcomeUnknown."""
    fields = object_of(_accepted(response))
    external_id = identifier_of(object_of(_first(fields.get("messages"))).get("id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without a message id")
    contact = object_of(_first(fields.get("contacts")))
    # `wa_id` may differ from the number we wrote to: Brazil's ninth digit, prefixes in Mexico and Argentina.
    recipient = read_person(contact.get("wa_id"), contact.get("user_id"), contact.get("parent_user_id"), {})
    return SendResult(external_id, recipient)


def check(response: HttpResponse) -> JsonObject:
    """Return the answer to a call that is no message. Raises SendError or OutcomeUnknown."""
    answer = _accepted(response)
    if not 200 <= response.status < 300 or not isinstance(answer, dict):
        raise OutcomeUnknown(f"HTTP {response.status} without an answer in JSON")
    return answer


def _accepted(response: HttpResponse) -> Any:
    """Return the decoded answer, None for what is no JSON. Raises SendError if it is a refusal."""
    answer, refusal = read_response(response)
    if refusal:
        raise send_error(refusal)
    return answer


def _first(value: Any) -> Any:
    return next(iter(list_of(value)), None)
