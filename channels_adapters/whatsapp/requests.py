"""Messages to HTTP requests: what the adapter sends to the Cloud API. Pure; `transport` executes the result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from channels_adapters.errors import Remedy, SendError
from channels_adapters.meta.graph import DEFAULT_BASE_URL, DEFAULT_VERSION
from channels_adapters.reading import storable
from channels_adapters.types import HttpRequest, IdentityKind, MessageKind, OutboundMessage, Person

from .people import phone_of

TEXT_LIMIT = 4096

_HEADER_VALUE = re.compile(r"[!-~]+")
_LINK = re.compile(r"https?://")


def text_request(message: OutboundMessage, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the sending of a text ("Text messages"). Raises SendError."""
    if message.kind is not MessageKind.TEXT:
        raise _refusal("unsupported_kind", "This kind of message cannot be sent on WhatsApp yet.")
    if not message.text.strip():
        raise _refusal("text_empty", "The message is empty.")
    if len(message.text) > TEXT_LIMIT:
        raise _refusal(
            "text_too_long",
            f"The message has {len(message.text)} characters; WhatsApp allows {TEXT_LIMIT}. Shorten or split it.",
        )
    payload: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(message.recipient),
        "type": "text",
        "text": {"body": message.text, "preview_url": _LINK.search(message.text) is not None},
    }
    if message.reply_to:
        payload["context"] = {"message_id": message.reply_to}
    if message.correlation_id:
        payload["biz_opaque_callback_data"] = message.correlation_id
    return _post(payload, credentials)


def mark_read_request(external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the blue ticks; the vendor marks earlier messages of the chat as well. Raises SendError."""
    return _post({"messaging_product": "whatsapp", "status": "read", "message_id": external_id}, credentials)


def _address(recipient: Person) -> dict[str, str]:
    # The phone number first: as long as it is used, webhooks go on naming it ("Business-scoped user IDs").
    # Without "+" the vendor may put the business's own country code in front ("Phone number formats").
    if phone := phone_of(recipient.value(IdentityKind.PHONE)):
        return {"to": f"+{phone}"}
    user_id = recipient.value(IdentityKind.BSUID) or recipient.value(IdentityKind.PARENT_BSUID)
    if not user_id:
        raise _refusal("no_recipient", "This customer has neither a phone number nor a WhatsApp user id.")
    return {"recipient": user_id}


def _post(payload: dict[str, Any], credentials: Mapping[str, str]) -> HttpRequest:
    base_url = (credentials.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
    version = quote(credentials.get("api_version") or DEFAULT_VERSION, safe="")
    number = quote(_credential(credentials, "phone_number_id"), safe="")
    return HttpRequest(
        method="POST",
        url=f"{base_url}/{version}/{number}/messages",
        headers={
            "authorization": f"Bearer {_credential(credentials, 'access_token')}",
            "content-type": "application/json",
        },
        body=orjson.dumps(storable(payload)),
    )


def _credential(credentials: Mapping[str, str], name: str) -> str:
    value = (credentials.get(name) or "").strip()
    # Never quote the value: it may be the token. What HTTP forbids in a header is most often a botched paste.
    if not _HEADER_VALUE.fullmatch(value):
        raise SendError(
            "credentials",
            remedy=Remedy.OPERATOR,
            public_text="The WhatsApp connection is incomplete. An administrator must check it.",
            detail=f"{name} is {'unusable' if value else 'missing'}",
        )
    return value


def _refusal(code: str, public_text: str) -> SendError:
    return SendError(code, remedy=Remedy.GIVE_UP, public_text=public_text)
