"""What a message says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JsonObject = Mapping[str, Any]


class MessageKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    CHOICE = "choice"  # a tapped button, list row, quick reply or menu entry, or a submitted form
    ORDER = "order"
    LINK = "link"  # a shared post, reel, article, mini program or page
    STORY_MENTION = "story_mention"  # the customer named the business in a story
    TEMPLATE = "template"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class MediaReference:
    """A file the vendor keeps for us: fetched by `external_id`, or from `url` where the vendor gives no id.

    `sha256` is the vendor's text (base64 or hex), not verified. `kind` is IMAGE, VIDEO, AUDIO, VOICE, DOCUMENT or
    STICKER. `thumb_id` is the vendor's id of the small picture that goes along with a file of ours.
    """

    kind: MessageKind
    external_id: str = ""
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""
    url: str = ""
    animated: bool = False
    thumb_id: str = ""


@dataclass(frozen=True)
class Content:
    """What a message says.

    `kind` is that of the first attachment where there are any, unless it is a CHOICE. `text` is the body or caption as
    the customer wrote it.
    `details` holds the facts of the kind, JSON-serialisable: location: latitude, longitude, name, address, url;
    contacts: contacts; choice: id, title, description, payload, form; order: items; link: url, title, text, image_url,
    source (post, reel, article, mini_program, page, product), path and app_id of a mini program; voice: transcript;
    story_mention: url; unsupported: type, reason; sticker: id, emoji (shown where there is no file). Beside any kind:
    story (id, url) for an answer to a story, product (what a question is about: id, or catalog_id and
    product_retailer_id), errors.
    """

    kind: MessageKind
    text: str = ""
    attachments: tuple[MediaReference, ...] = ()
    details: JsonObject = field(default_factory=dict)
