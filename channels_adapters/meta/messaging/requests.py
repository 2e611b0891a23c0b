"""Messages to HTTP requests: what both channels send to the Send API. Pure; `transport` executes the result.

The API has no captions: a file with a text leaves as two messages, the text first. The file's answer is the message's,
and the file alone carries the correlation id.
"""

from __future__ import annotations

from typing import Any

from channels_adapters.errors import Remedy, SendError
from channels_adapters.splitting import length_of
from channels_adapters.types import (
    Capabilities,
    HttpRequest,
    MediaReference,
    MessageKind,
    Option,
    OutboundMessage,
    OutboundReaction,
    Person,
    TextUnit,
)

from .dialect import Dialect
from .endpoint import Endpoint
from .reactions import name_of
from .urls import url_of

PAYLOAD_LIMIT = 1000

ATTACHMENTS = {
    MessageKind.IMAGE: "image",
    MessageKind.VIDEO: "video",
    MessageKind.AUDIO: "audio",
    MessageKind.VOICE: "audio",
    MessageKind.DOCUMENT: "file",
}


def message_requests(
    message: OutboundMessage, endpoint: Endpoint, dialect: Dialect, capabilities: Capabilities
) -> list[HttpRequest]:
    """Describe the sending of a message. Raises SendError."""
    address = _address(message.recipient, dialect)
    parts = _parts(message, capabilities)
    if message.options:  # on the last: they vanish when another message follows
        parts[-1]["quick_replies"] = _quick_replies(message.options, capabilities)
    if message.correlation_id:  # on the last: an echo that returns it reports the whole as sent
        parts[-1]["metadata"] = message.correlation_id
    requests = []
    for position, part in enumerate(parts):
        payload = {"recipient": address, **_purpose(message), "message": part}
        if message.reply_to and position == 0:
            payload["reply_to"] = {"mid": message.reply_to}
        requests.append(endpoint.post("messages", payload))
    return requests


def reaction_request(
    reaction: OutboundReaction, endpoint: Endpoint, dialect: Dialect, capabilities: Capabilities
) -> HttpRequest:
    """Describe the setting or taking back of a reaction. Raises SendError."""
    if not reaction.emoji:
        return action_request("unreact", reaction.recipient, endpoint, dialect, message_id=reaction.target_id)
    offered = capabilities.reactions or ()
    name = name_of(reaction.emoji)
    if name not in {name_of(emoji) for emoji in offered}:
        raise _refusal("reaction", f"{capabilities.label} takes these reactions only: {' '.join(offered)}.")
    return action_request("react", reaction.recipient, endpoint, dialect, message_id=reaction.target_id, reaction=name)


def action_request(action: str, recipient: Person, endpoint: Endpoint, dialect: Dialect, **payload: str) -> HttpRequest:
    """Describe a `sender_action`, which never travels with a message. Raises SendError."""
    body: dict[str, Any] = {"recipient": _address(recipient, dialect), "sender_action": action}
    return endpoint.post("messages", {**body, "payload": payload} if payload else body)


def control_request(recipient: Person, endpoint: Endpoint, dialect: Dialect) -> HttpRequest:
    """Describe the taking of a thread that another app has control of. Raises SendError."""
    return endpoint.post("take_thread_control", {"recipient": _address(recipient, dialect)})


def _address(recipient: Person, dialect: Dialect) -> dict[str, str]:
    external_id = recipient.value(dialect.identity)
    if not external_id:
        raise _refusal("no_recipient", f"This customer cannot be reached on {dialect.label}.")
    return {"id": external_id}


def _purpose(message: OutboundMessage) -> dict[str, str]:
    # The vendor forbids this tag for what no person wrote.
    if message.by_person and message.human_agent_tag:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"messaging_type": "RESPONSE"}


def _parts(message: OutboundMessage, capabilities: Capabilities) -> list[dict[str, Any]]:
    if message.kind not in capabilities.sends:
        kind = message.kind.value.replace("_", " ")
        raise _refusal("unsupported_kind", f"Messages of the kind “{kind}” cannot be sent on {capabilities.label}.")
    if message.kind is MessageKind.TEXT:
        return [_text(message.text, capabilities)]
    shown = (
        _sticker(message.media) if message.kind is MessageKind.STICKER else _file(message, ATTACHMENTS[message.kind])
    )
    return [_text(message.text, capabilities), shown] if message.text.strip() else [shown]


def _text(text: str, capabilities: Capabilities) -> dict[str, Any]:
    if not text.strip():
        raise _refusal("text_empty", "The message is empty.")
    length, limit = length_of(text, capabilities.text_unit), capabilities.text_limit
    if length > limit:
        size = f"{length} characters" if capabilities.text_unit is TextUnit.CHARACTERS else f"{length} bytes"
        raise _refusal(
            "text_too_long",
            f"The message has {size}; {capabilities.label} allows {limit}. Shorten or split it.",
        )
    return {"text": text}


def _file(message: OutboundMessage, kind: str) -> dict[str, Any]:
    media = message.media
    payload: dict[str, str] = {}
    if media is not None and media.external_id:
        payload = {"attachment_id": media.external_id}
    elif media is not None and (url := url_of(media.url)):
        payload = {"url": url}
    if not payload:
        raise _refusal("media_missing", "The file of this message is missing.")
    return {"attachment": {"type": kind, "payload": payload}}


def _sticker(media: MediaReference | None) -> dict[str, Any]:
    if media is not None:
        raise _refusal("sticker", "The heart is the only sticker that can be sent; send a picture instead.")
    return {"attachment": {"type": "like_heart"}}


def _quick_replies(options: tuple[Option, ...], capabilities: Capabilities) -> list[dict[str, str]]:
    limits = capabilities.options
    if limits is None or len(options) > limits.count:
        allowed = limits.count if limits else 0
        raise _refusal("too_many_options", f"{capabilities.label} allows {allowed} answers to choose from.")
    for option in options:
        if not option.title.strip() or not option.id or len(option.id) > PAYLOAD_LIMIT:
            raise _refusal("option_unusable", "An answer to choose from has no title or no usable id.")
        if len(option.title) > limits.title:
            raise _refusal(
                "option_too_long",
                f"“{option.title}” is too long: {capabilities.label} allows {limits.title} characters.",
            )
    return [{"content_type": "text", "title": option.title, "payload": option.id} for option in options]


def _refusal(code: str, public_text: str) -> SendError:
    return SendError(code, remedy=Remedy.GIVE_UP, public_text=public_text)
