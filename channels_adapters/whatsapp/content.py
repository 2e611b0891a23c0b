"""What a WhatsApp message says: one reader per `type` of the "messages webhook reference".

A reader returns None when the part it needs is missing or of the wrong type; the content is then UNSUPPORTED, with
the type's name and a reason, and the event's `raw` still holds everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from channels_adapters.reading import Unreadable, decode, identifier_of, list_of, number_of, object_of, text_of
from channels_adapters.types import Content, MediaReference, MessageKind

from .errors import errors_of

Message = Mapping[str, Any]


def content_of(message: Message) -> Content:
    """Return the content of a message; UNSUPPORTED when there is no reader or it finds nothing to read."""
    kind = text_of(message.get("type"))
    reader = _READERS.get(kind)
    content = (reader(message) if reader else None) or _unsupported(message, kind, known=reader is not None)
    extra = _extra(message)
    return replace(content, details={**content.details, **extra}) if extra else content


def _extra(message: Message) -> dict[str, Any]:
    """Return what may stand beside content of any kind: errors, and the product a question is about."""
    extra: dict[str, Any] = {}
    if errors := errors_of(message.get("errors")):  # e.g. 131052: the attachment could not be fetched
        extra["errors"] = [{"code": e.code, "title": e.title, "details": e.details} for e in errors]
    if product := object_of(object_of(message.get("context")).get("referred_product")):
        extra["product"] = product
    return extra


def _unsupported(message: Message, kind: str, *, known: bool) -> Content:
    inner = message.get(kind)
    subtype = identifier_of(object_of(inner).get("type"))
    if kind in _PLACEHOLDERS:
        kind = subtype or kind
    elif known and subtype:
        kind = f"{kind}.{subtype}"
    errors = errors_of(message.get("errors"))
    reason = (errors[0].details or errors[0].title) if errors else ""
    if not reason:
        reason = "The content could not be read." if known else "This type of message is not supported."
    return Content(MessageKind.UNSUPPORTED, details={"type": identifier_of(kind) or "unknown", "reason": reason})


def _text(message: Message) -> Content | None:
    body = object_of(message.get("text")).get("body")
    if isinstance(body, str | int | float) and not isinstance(body, bool):
        return Content(MessageKind.TEXT, text=str(body))
    return None


def _media(name: str, kind: MessageKind) -> Callable[[Message], Content | None]:
    def read(message: Message) -> Content | None:
        media = object_of(message.get(name))
        external_id = identifier_of(media.get("id"))
        if not external_id:
            return None
        # The webhook flags a recorded voice note; "voice" as a type of its own is the older form.
        spoken = kind is MessageKind.AUDIO and media.get("voice") is True
        exact = MessageKind.VOICE if spoken else kind
        return Content(
            exact,
            text=text_of(media.get("caption")),
            attachments=(
                MediaReference(
                    exact,
                    external_id=external_id,
                    mime_type=text_of(media.get("mime_type")),
                    sha256=text_of(media.get("sha256")),
                    filename=text_of(media.get("filename")),
                    url=text_of(media.get("url")),
                    animated=media.get("animated") is True,
                ),
            ),
        )

    return read


def _location(message: Message) -> Content | None:
    location = object_of(message.get("location"))
    latitude, longitude = number_of(location.get("latitude")), number_of(location.get("longitude"))
    if latitude is None or longitude is None:
        return None
    words = _texts(location, "name", "address", "url")
    return Content(MessageKind.LOCATION, details={"latitude": latitude, "longitude": longitude, **words})


def _contacts(message: Message) -> Content | None:
    contacts = [_contact(contact) for contact in list_of(message.get("contacts")) if isinstance(contact, dict)]
    return Content(MessageKind.CONTACTS, details={"contacts": contacts}) if contacts else None


def _contact(contact: dict[str, Any]) -> dict[str, Any]:
    names = object_of(contact.get("name"))
    parts = (text_of(names.get(part)) for part in ("first_name", "middle_name", "last_name"))
    return {
        "name": text_of(names.get("formatted_name")) or " ".join(filter(None, parts)),
        "phones": _entries(contact.get("phones"), "phone", "wa_id", "type"),
        "emails": _entries(contact.get("emails"), "email", "type"),
        "urls": _entries(contact.get("urls"), "url", "type"),
        "organization": text_of(object_of(contact.get("org")).get("company")),
        # "contact_request": the customer answered our request for their number.
        **_texts(contact, "birthday", "origin"),
    }


def _entries(value: Any, *names: str) -> list[dict[str, str]]:
    return [texts for entry in list_of(value) if (texts := _texts(entry, *names))]


def _order(message: Message) -> Content | None:
    order = object_of(message.get("order"))
    items = [_order_item(item) for item in list_of(order.get("product_items")) if isinstance(item, dict)]
    if not items:
        return None
    details = {"items": items, **_texts(order, "catalog_id")}
    return Content(MessageKind.ORDER, text=text_of(order.get("text")), details=details)


def _order_item(item: dict[str, Any]) -> dict[str, Any]:
    price = number_of(item.get("item_price"))
    return {
        "quantity": number_of(item.get("quantity")),
        "item_price": None if price is None else str(price),  # text: money is no float
        **_texts(item, "product_retailer_id", "currency"),
    }


def _button(message: Message) -> Content | None:
    button = object_of(message.get("button"))
    title, payload = text_of(button.get("text")), text_of(button.get("payload"))
    if not (title or payload):
        return None
    return Content(MessageKind.CHOICE, text=title, details={"type": "button", "id": payload, "title": title})


def _interactive(message: Message) -> Content | None:
    interactive = object_of(message.get("interactive"))
    kind = text_of(interactive.get("type"))
    reply = object_of(interactive.get(kind))
    if not reply:
        return None
    details: dict[str, Any]
    if kind in ("button_reply", "list_reply"):
        title = text_of(reply.get("title"))
        details = {"type": kind, "id": text_of(reply.get("id")), "title": title, **_texts(reply, "description")}
    elif kind == "nfm_reply":  # a submitted form ("Flows")
        title = text_of(reply.get("body"))
        details = {"type": kind, "title": title, **_texts(reply, "name"), "form": _form(reply.get("response_json"))}
    elif kind == "call_permission_reply":
        title = text_of(reply.get("response"))
        details = {"type": kind, "title": title, "permanent": reply.get("is_permanent") is True}
        if (expires := number_of(reply.get("expiration_timestamp"))) is not None:
            details["expires"] = expires
    else:
        return None
    return Content(MessageKind.CHOICE, text=title, details=details)


def _form(response: Any) -> Any:
    """Return what a form's answer holds: documented as JSON in a text, of any JSON type; else the text itself."""
    if not isinstance(response, str):
        return response
    try:
        return decode(response.encode())
    except Unreadable:
        return response


def _texts(value: Any, *names: str) -> dict[str, str]:
    """Return those of the named fields that hold a text."""
    fields = object_of(value)
    return {name: text for name in names if (text := text_of(fields.get(name)))}


_PLACEHOLDERS = frozenset({"unsupported", "unknown"})

_READERS: Mapping[str, Callable[[Message], Content | None]] = {
    "text": _text,
    "image": _media("image", MessageKind.IMAGE),
    "video": _media("video", MessageKind.VIDEO),
    "audio": _media("audio", MessageKind.AUDIO),
    "voice": _media("voice", MessageKind.VOICE),
    "document": _media("document", MessageKind.DOCUMENT),
    "sticker": _media("sticker", MessageKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "order": _order,
}
