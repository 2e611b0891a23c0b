"""What a message says, as the Cloud API wants it: `type` and the part named like it, one builder per kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from channels_adapters.reading import list_of, number_of, object_of, text_of
from channels_adapters.types import MessageKind, OutboundMessage

from .capabilities import CAPTION_LIMIT, CAPTIONED, TEXT_LIMIT
from .options import options_body
from .refusing import refusal

Body = dict[str, Any]

_LINK = re.compile(r"https?://")


def body_of(message: OutboundMessage) -> Body:
    """Return the body of a message. Raises SendError(GIVE_UP) when WhatsApp cannot carry it."""
    build = _BUILDERS.get(message.kind)
    if build is None:
        raise refusal("unsupported_kind", "This kind of message cannot be sent on WhatsApp.")
    if message.options and message.kind is not MessageKind.TEXT:
        raise refusal("options_without_text", "On WhatsApp, options can only stand under a text.")
    return build(message)


def text_body(text: str) -> Body:
    """Return the body of a text ("Text messages"). Raises SendError."""
    _checked_text(text, TEXT_LIMIT, "The message")
    return {"type": "text", "text": {"body": text, "preview_url": _LINK.search(text) is not None}}


def _text(message: OutboundMessage) -> Body:
    return options_body(message.text, message.options) if message.options else text_body(message.text)


def _file(name: str) -> Callable[[OutboundMessage], Body]:
    def build(message: OutboundMessage) -> Body:
        media = message.media
        if media is None or not (media.external_id or _LINK.match(media.url)):
            raise refusal("no_file", "The message has no file to send.")
        part: Body = {"id": media.external_id} if media.external_id else {"link": media.url}
        if message.kind in CAPTIONED and message.text.strip():
            _checked_text(message.text, CAPTION_LIMIT, "The caption")
            part["caption"] = message.text
        if message.kind is MessageKind.DOCUMENT and media.filename:
            part["filename"] = media.filename
        if message.kind is MessageKind.VOICE:
            part["voice"] = True
        return {"type": name, name: part}

    return build


def _location(message: OutboundMessage) -> Body:
    latitude, longitude = number_of(message.details.get("latitude")), number_of(message.details.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        raise refusal("no_place", "The location has no usable coordinates.")
    words = {name: text for name in ("name", "address") if (text := text_of(message.details.get(name)))}
    return {"type": "location", "location": {"latitude": latitude, "longitude": longitude, **words}}


def _contacts(message: OutboundMessage) -> Body:
    contacts = [_contact(each) for each in list_of(message.details.get("contacts")) if isinstance(each, dict)]
    named = [contact for contact in contacts if contact["name"]["formatted_name"]]
    if not named or len(named) < len(contacts):
        raise refusal("no_contact", "A contact needs a name or a phone number.")
    return {"type": "contacts", "contacts": named}


def _contact(contact: Mapping[str, Any]) -> Body:
    """Return a contact as `Content` gives it in the vendor's form, which wants a first or last name too."""
    parts = {
        "phones": _entries(contact.get("phones"), "phone", "wa_id", "type"),
        "emails": _entries(contact.get("emails"), "email", "type"),
        "urls": _entries(contact.get("urls"), "url", "type"),
    }
    first_phone = next((entry.get("phone", "") for entry in parts["phones"]), "")
    name = text_of(contact.get("name")).strip() or first_phone
    built: Body = {"name": {"formatted_name": name, "first_name": name}}
    built |= {part: entries for part, entries in parts.items() if entries}
    if company := text_of(contact.get("organization")):
        built["org"] = {"company": company}
    if birthday := text_of(contact.get("birthday")):
        built["birthday"] = birthday
    return built


def _entries(value: Any, *names: str) -> list[dict[str, str]]:
    entries = [{name: text for name in names if (text := text_of(object_of(e).get(name)))} for e in list_of(value)]
    return [entry for entry in entries if names[0] in entry]


def _template(message: OutboundMessage) -> Body:
    template = message.template
    if template is None or not template.name or not template.language:
        raise refusal("no_template", "The message names no template or no language.")
    part: Body = {"name": template.name, "language": {"code": template.language}}
    if template.components:  # an empty list is refused by the vendor
        part["components"] = [dict(component) for component in template.components]
    return {"type": "template", "template": part}


def _checked_text(text: str, limit: int, what: str) -> None:
    if not text.strip():
        raise refusal("text_empty", "The message is empty.")
    if len(text) > limit:
        raise refusal(
            "text_too_long", f"{what} has {len(text)} characters; WhatsApp allows {limit}. Shorten or split it."
        )


_BUILDERS: Mapping[MessageKind, Callable[[OutboundMessage], Body]] = {
    MessageKind.TEXT: _text,
    MessageKind.IMAGE: _file("image"),
    MessageKind.VIDEO: _file("video"),
    MessageKind.AUDIO: _file("audio"),
    MessageKind.VOICE: _file("audio"),
    MessageKind.DOCUMENT: _file("document"),
    MessageKind.STICKER: _file("sticker"),
    MessageKind.LOCATION: _location,
    MessageKind.CONTACTS: _contacts,
    MessageKind.TEMPLATE: _template,
}
