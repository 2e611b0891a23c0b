"""HTTP answers of the Graph API to results: accepted, refused, or nobody knows.

A message is resent only when the vendor surely did not take it, since the API has no idempotency key.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.meta.answers import read_response
from channels_adapters.reading import identifier_of, number_of, text_of
from channels_adapters.types import HttpResponse, Identity, IdentityKind, Profile, SendResult, Token

from .dialect import Dialect
from .errors import UNCERTAIN, send_error
from .urls import url_of

# "Long-lived access tokens" live this long; the answer that brings one says so too.
_TOKEN_SECONDS = 60 * 86_400


def read_result(response: HttpResponse, dialect: Dialect) -> SendResult:
    """Return what the vendor made of the message. Raises SendError or OutcomeUnknown."""
    answer = read_answer(response, dialect)
    external_id, recipient = identifier_of(answer.get("message_id")), identifier_of(answer.get("recipient_id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without a message id")
    return SendResult(external_id, dialect.person(recipient) if recipient else None)


def read_answer(response: HttpResponse, dialect: Dialect) -> dict[str, Any]:
    """Return the object that answers any call. Raises SendError or OutcomeUnknown."""
    answer, refusal = read_response(response)
    if refusal and (refusal.code, refusal.subcode) == UNCERTAIN:
        raise OutcomeUnknown("the vendor could not read its own answer")
    if refusal:
        raise send_error(dialect.label, refusal)
    if not (200 <= response.status < 300 and isinstance(answer, dict)):
        raise OutcomeUnknown(f"HTTP {response.status} without an answer")
    return answer


def read_profile(response: HttpResponse, dialect: Dialect) -> Profile:
    """Return whom the vendor shows. Raises SendError or OutcomeUnknown.

    That it shows nobody says nothing about the connection: consent is the customer's, and the vendor admits to
    refusing customers who gave it.
    """
    try:
        answer = read_answer(response, dialect)
    except SendError as refusal:
        unusable = refusal.code in ("190", "http_401") or refusal.code.startswith("http_3")
        if refusal.remedy is Remedy.OPERATOR and not unusable:
            raise SendError(
                refusal.code,
                remedy=Remedy.GIVE_UP,
                public_text=f"{dialect.label} does not show the profile of this contact.",
                detail=refusal.detail,
            ) from refusal
        raise
    parts = (text_of(answer.get("first_name")).strip(), text_of(answer.get("last_name")).strip())
    username = identifier_of(answer.get("username")).removeprefix("@")
    return Profile(
        name=text_of(answer.get("name")).strip() or " ".join(filter(None, parts)),
        picture_url=url_of(answer.get("profile_pic")),
        identities=(Identity(IdentityKind.USERNAME, username),) if username else (),
    )


def read_token(response: HttpResponse, dialect: Dialect) -> Token:
    """Return the prolonged token. Raises SendError or OutcomeUnknown."""
    answer = read_answer(response, dialect)
    value = text_of(answer.get("access_token")).strip()
    if not value:
        raise OutcomeUnknown(f"HTTP {response.status} without a token")
    seconds = number_of(answer.get("expires_in"))
    return Token(value, float(seconds) if seconds is not None and seconds > 0 else _TOKEN_SECONDS)
