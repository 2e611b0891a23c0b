"""What a WeChat message says: one reader per `MsgType` of "receiving standard messages".

A reader returns None when the field it needs is missing or of the wrong type; the content is then UNSUPPORTED, with
the type's name and a reason, and the event's `raw` still holds everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from channels_adapters.reading import identifier_of, number_of, text_of
from channels_adapters.types import Content, MediaReference, MessageKind

Fields = Mapping[str, Any]

# UNVERIFIED: in no vendor page, but what accounts receive in place of a customer's own sticker or a file.
PLACEHOLDER = "【收到不支持的消息类型，暂无法显示】"


def content_of(kind: str, fields: Fields) -> Content:
    """Return the content of a message; UNSUPPORTED when there is no reader or it finds nothing to read."""
    reader = _READERS.get(kind)
    content = reader(fields) if reader else None
    if content is not None:
        return content
    return _unsupported(kind, "The content could not be read." if reader else "This type of message is not supported.")


def texts_of(fields: Fields, **names: str) -> dict[str, str]:
    """Return the texts of the named fields, under our names, as far as there are any."""
    return {ours: text for ours, theirs in names.items() if (text := text_of(fields.get(theirs)))}


def _unsupported(kind: str, reason: str) -> Content:
    return Content(MessageKind.UNSUPPORTED, details={"type": identifier_of(kind) or "unknown", "reason": reason})


def _text(fields: Fields) -> Content | None:
    text = fields.get("Content")
    if not isinstance(text, str | int | float) or isinstance(text, bool):
        return None
    text = str(text)
    if text == PLACEHOLDER:
        return _unsupported("unknown", "WeChat did not hand over what the customer sent.")
    if option := identifier_of(fields.get("bizmsgmenuid")):  # a tapped entry of a menu message of ours
        return Content(MessageKind.CHOICE, text=text, details={"type": "menu", "id": option, "title": text})
    return Content(MessageKind.TEXT, text=text)


def _media(kind: MessageKind) -> Callable[[Fields], Content | None]:
    def read(fields: Fields) -> Content | None:
        external_id, url = identifier_of(fields.get("MediaId")), text_of(fields.get("PicUrl"))
        if not (external_id or url):
            return None
        sound = text_of(fields.get("Format")).strip().lower()
        media = MediaReference(kind, external_id, mime_type=f"audio/{sound}" if sound else "", url=url)
        # Speech as text, where the account has switched it on.
        return Content(kind, attachments=(media,), details=texts_of(fields, transcript="Recognition"))

    return read


def _location(fields: Fields) -> Content | None:
    latitude, longitude = number_of(fields.get("Location_X")), number_of(fields.get("Location_Y"))
    if latitude is None or longitude is None:
        return None
    words = texts_of(fields, address="Label")
    return Content(MessageKind.LOCATION, details={"latitude": latitude, "longitude": longitude, **words})


def _link(fields: Fields) -> Content | None:
    words = texts_of(fields, url="Url", title="Title", text="Description")
    return Content(MessageKind.LINK, details={"source": "page", **words}) if words else None


def _mini_program(fields: Fields) -> Content | None:
    words = texts_of(fields, title="Title", app_id="AppId", path="PagePath", image_url="ThumbUrl")
    return Content(MessageKind.LINK, details={"source": "mini_program", **words}) if words else None


_READERS: Mapping[str, Callable[[Fields], Content | None]] = {
    "text": _text,
    "image": _media(MessageKind.IMAGE),
    "voice": _media(MessageKind.VOICE),
    "video": _media(MessageKind.VIDEO),
    "shortvideo": _media(MessageKind.VIDEO),
    "location": _location,
    "link": _link,
    "miniprogrampage": _mini_program,
}
