"""Messages and courtesies to HTTP requests. Pure; `transport` executes the result. `bodies` builds what a message says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_adapters.types import (
    HttpRequest,
    IdentityKind,
    MessageKind,
    OutboundMessage,
    OutboundReaction,
    Person,
)

from .bodies import body_of, text_body
from .calling import post, usable
from .people import phone_of
from .refusing import refusal

# A text beside one of these has no place in it: it goes out before it, as a message of its own.
_SPEECHLESS = frozenset(
    {MessageKind.AUDIO, MessageKind.VOICE, MessageKind.STICKER, MessageKind.LOCATION, MessageKind.CONTACTS}
)


def message_requests(message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
    """Describe the sending of a message ("Messages API reference"). Raises SendError."""
    payload = _envelope(message.recipient) | body_of(message)
    if message.reply_to:
        payload["context"] = {"message_id": message.reply_to}
    if message.correlation_id:
        payload["biz_opaque_callback_data"] = message.correlation_id
    requests = [_post(payload, credentials)]
    if message.kind in _SPEECHLESS and message.text.strip():
        # Without the correlation id: the receipts that count are those of the message itself.
        requests.insert(0, _post(_envelope(message.recipient) | text_body(message.text), credentials))
    return requests


def reaction_request(reaction: OutboundReaction, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the setting of a reaction, or with an empty emoji its taking back. Raises SendError."""
    if not reaction.target_id:
        raise refusal("no_target", "There is no message to react to.")
    part = {"message_id": reaction.target_id, "emoji": reaction.emoji}
    return _post(_envelope(reaction.recipient) | {"type": "reaction", "reaction": part}, credentials)


def mark_read_request(external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the blue ticks; the vendor marks earlier messages of the chat as well. Raises SendError."""
    return _post(_read(external_id), credentials)


def typing_request(external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the typing indicator, which always marks the message as read too. Raises SendError."""
    return _post(_read(external_id) | {"typing_indicator": {"type": "text"}}, credentials)


def _envelope(recipient: Person) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **_address(recipient)}


def _read(external_id: str) -> dict[str, Any]:
    if not external_id:
        raise refusal("no_target", "There is no message of the customer to answer to.")
    return {"messaging_product": "whatsapp", "status": "read", "message_id": external_id}


def _address(recipient: Person) -> dict[str, str]:
    # The phone number first: as long as it is used, webhooks go on naming it ("Business-scoped user IDs").
    # Without "+" the vendor may put the business's own country code in front ("Phone number formats").
    if phone := phone_of(recipient.value(IdentityKind.PHONE)):
        return {"to": f"+{phone}"}
    user_id = recipient.value(IdentityKind.BSUID) or recipient.value(IdentityKind.PARENT_BSUID)
    if not user_id:
        raise refusal("no_recipient", "This customer has neither a phone number nor a WhatsApp user id.")
    return {"recipient": user_id}


def _post(payload: Mapping[str, Any], credentials: Mapping[str, str]) -> HttpRequest:
    return post(credentials, usable(credentials, "phone_number_id"), "messages", payload=payload)
