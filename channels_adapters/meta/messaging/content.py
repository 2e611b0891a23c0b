"""What a message says: its text and one reader per type of attachment.

A message may carry several attachments and a text. The first attachment that was understood gives the kind; one that
nobody knows is shown by name, and the event's `raw` still holds everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from channels_adapters.reading import identifier_of, list_of, number_of, object_of, text_of
from channels_adapters.types import Content, MediaReference, MessageKind

from .urls import url_of

Part = Mapping[str, Any]

_UNREADABLE = "The content could not be read."

# Three sizes of the same thumb.
_THUMBS_UP = frozenset({"369239263222822", "369239343222814", "369239383222810"})


def content_of(message: Part) -> Content:
    """Return the content of a message; UNSUPPORTED when nothing in it is known."""
    text = text_of(message.get("text"))
    story = _story(object_of(message.get("reply_to")).get("story"))
    if message.get("is_unsupported") is True:
        content = _unsupported("unsupported", "The vendor does not pass this type of message on.")
    else:
        read = (_read(attachment) for attachment in _distinct(list_of(message.get("attachments"))))
        content = _merged([part for part in read if part], text)
        if quick_reply := object_of(message.get("quick_reply")):
            content = _chosen(_choice("quick_reply", text, quick_reply.get("payload")), content)
    product = identifier_of(object_of(object_of(message.get("referral")).get("product")).get("id"))
    beside = {"story": story} if story else {}
    if product:
        beside["product"] = {"id": product}
    return replace(content, text=text or content.text, details={**content.details, **beside})


def postback_content(postback: Part) -> Content:
    """Return the tapped button or menu entry; its payload may be missing, as always in `standby`."""
    title, payload = text_of(postback.get("title")), text_of(postback.get("payload"))
    if not (title or payload):
        return _unsupported("postback", _UNREADABLE)
    return _choice("postback", title or payload, payload)


def _choice(kind: str, title: str, payload: Any) -> Content:
    return Content(MessageKind.CHOICE, title, details={"type": kind, "id": text_of(payload), "title": title})


def _chosen(choice: Content, beside: Content) -> Content:
    """Return the choice with what came along with it."""
    if beside.kind is MessageKind.UNSUPPORTED:
        return choice
    return replace(choice, attachments=beside.attachments, details={**beside.details, **choice.details})


def _story(value: Any) -> dict[str, str]:
    story = object_of(value)
    named = {"id": identifier_of(story.get("id")), "url": url_of(story.get("url"))}
    return {name: text for name, text in named.items() if text}


def _distinct(attachments: list[Any]) -> list[Any]:
    """Drop the second copy of a sticker, which for some months comes as an image and as a sticker."""
    kept, seen = [], set()
    for attachment in attachments:
        sticker = _sticker_id(attachment)
        if sticker and sticker in seen:
            continue
        seen.add(sticker)
        kept.append(attachment)
    return kept


def _sticker_id(attachment: Any) -> str:
    fields = object_of(attachment)
    return identifier_of(object_of(fields.get("payload")).get("sticker_id")) or identifier_of(fields.get("sticker_id"))


def _merged(parts: list[Content], text: str) -> Content:
    understood = [part for part in parts if part.kind is not MessageKind.UNSUPPORTED]
    if not understood:
        if parts:
            return parts[0]
        return Content(MessageKind.TEXT, text) if text else _unsupported("message", _UNREADABLE)
    details: dict[str, Any] = {}
    for part in understood:
        details = {**part.details, **details}
    media = tuple(file for part in understood for file in part.attachments)
    return Content(understood[0].kind, understood[0].text, media, details)


def _read(attachment: Any) -> Content | None:
    """Return what an attachment is; None for the preview of a link that shows nothing."""
    fields = object_of(attachment)
    kind = identifier_of(fields.get("type"))
    reader = _READERS.get(kind)
    if reader is None:
        return _unsupported(kind or "attachment", "This type of message is not supported.")
    return reader(fields) or (None if kind == "fallback" else _unsupported(kind, _UNREADABLE))


def _unsupported(kind: str, reason: str) -> Content:
    return Content(MessageKind.UNSUPPORTED, details={"type": kind, "reason": reason})


def _refused(kind: str, reason: str) -> Callable[[Part], Content]:
    return lambda _attachment: _unsupported(kind, reason)


def _media(kind: MessageKind) -> Callable[[Part], Content]:
    def read(attachment: Part) -> Content:
        # Without an address the file is out of reach, as with media of private accounts: it is shown all the same.
        if sticker_id := _sticker_id(attachment):
            return _sticker(attachment, sticker_id)
        return Content(kind, attachments=(MediaReference(kind, url=_address(attachment)),))

    return read


def _sticker(attachment: Part, sticker_id: str = "") -> Content:
    sticker_id = sticker_id or _sticker_id(attachment)
    details = {"id": sticker_id} if sticker_id else {}
    if sticker_id in _THUMBS_UP:
        details["emoji"] = "👍"
    return Content(
        MessageKind.STICKER,
        attachments=(MediaReference(MessageKind.STICKER, url=_address(attachment)),),
        details=details,
    )


def _heart(_attachment: Part) -> Content:
    return Content(MessageKind.STICKER, details={"id": "like_heart", "emoji": "❤️"})


def _location(attachment: Part) -> Content | None:
    coordinates = object_of(object_of(attachment.get("payload")).get("coordinates"))
    latitude, longitude = number_of(coordinates.get("lat")), number_of(coordinates.get("long"))
    if latitude is None or longitude is None:
        return None
    words = {"name": text_of(attachment.get("title")), "url": _address(attachment)}
    return Content(
        MessageKind.LOCATION,
        details={"latitude": latitude, "longitude": longitude, **{name: text for name, text in words.items() if text}},
    )


def _link(source: str) -> Callable[[Part], Content | None]:
    def read(attachment: Part) -> Content | None:
        # A shared page names itself beside the payload, which may be missing; posts and reels do so inside.
        payload = object_of(attachment.get("payload"))
        found = {
            "url": _address(attachment),
            "title": text_of(payload.get("title")) or text_of(attachment.get("title")),
        }
        details = {name: text for name, text in found.items() if text}
        if not details:
            return None
        return Content(MessageKind.LINK, details={**details, "source": source})

    return read


def _story_mention(attachment: Part) -> Content:
    # The address dies with the story, and the vendor's policy forbids keeping what is behind it.
    url = _address(attachment)
    return Content(MessageKind.STORY_MENTION, details={"url": url} if url else {})


def _template(attachment: Part) -> Content:
    """Return what a template shows first: one of the business, in an echo, or a product that a customer shares."""
    payload = object_of(attachment.get("payload"))
    # Instagram puts the elements one level deeper, under the template's type; so do both channels for products.
    kind = next((name for name in ("product", "generic") if name in payload), "")
    element = object_of(next(iter(list_of((object_of(payload.get(kind)) or payload).get("elements"))), None))
    title, subtitle = text_of(element.get("title")), text_of(element.get("subtitle"))
    image_url = url_of(element.get("image_url"))
    shown = {"image_url": image_url} if image_url else {}
    if kind == "product":
        told = {"title": title, "text": subtitle, **shown, "source": "product"}
        return Content(MessageKind.LINK, details={name: text for name, text in told.items() if text})
    details: dict[str, Any] = {"type": identifier_of(payload.get("template_type")) or kind or "template", **shown}
    buttons = list_of(payload.get("buttons")) or list_of(element.get("buttons"))
    if titles := [text for button in buttons if (text := text_of(object_of(button).get("title")))]:
        details["options"] = [{"title": text} for text in titles]
    words = "\n".join(filter(None, (text_of(payload.get("text")), title, subtitle)))
    return Content(MessageKind.TEMPLATE, words, details=details)


def _address(attachment: Part) -> str:
    return url_of(object_of(attachment.get("payload")).get("url")) or url_of(attachment.get("url"))


_READERS: Mapping[str, Callable[[Part], Content | None]] = {
    "image": _media(MessageKind.IMAGE),
    "video": _media(MessageKind.VIDEO),
    "audio": _media(MessageKind.AUDIO),
    "file": _media(MessageKind.DOCUMENT),
    "sticker": _sticker,
    "like_heart": _heart,
    "location": _location,
    "fallback": _link("page"),
    "share": _link("post"),
    "post": _link("post"),
    "ig_post": _link("post"),
    "reel": _link("reel"),
    "ig_reel": _link("reel"),
    "template": _template,
    "story_mention": _story_mention,
    "ephemeral": _refused("ephemeral", "This can be viewed once only, in the vendor's own app."),
    "appointment_booking": _refused(
        "appointment_booking", "This appointment can be seen in the vendor's own app only."
    ),
}
