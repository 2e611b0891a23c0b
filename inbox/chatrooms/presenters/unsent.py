"""What a message said that did not leave, as a composer takes it: to be held, and so to leave after all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from channels_adapters.types import MessageKind
from inbox.media.models import FileKind

from .. import delivery
from ..models import Attachment, Direction, Message
from ..outgoing_cards import POSITION, CardRefused, card_of
from .details import objects_of, text_of

# The kinds of a file that its own kind does not say; forms name them with it.
_WAYS = frozenset({MessageKind.VOICE, MessageKind.DOCUMENT, MessageKind.STICKER})
_FILES = _WAYS | {MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.AUDIO}


@dataclass(frozen=True)
class Unsent:
    """`files` are the values that stand for them in a form: 12, 12.voice, or a card's."""

    message_id: int
    text: str
    reply_to: int | None
    options: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def as_json(self) -> str:
        """As the page's script takes drafts."""
        facts = {"text": self.text, "replyTo": str(self.reply_to or ""), "options": self.options, "files": self.files}
        return json.dumps(facts, ensure_ascii=False)


def unsent(message: Message, attachments: Sequence[Attachment]) -> Unsent | None:
    """Return what a failed message said; None if that cannot be said again as it was: it is a part of a longer text,
    neither text, file nor card, or its file is gone. `attachments` are its own, with their files."""
    has_failed = message.direction == Direction.OUTBOUND and message.state == delivery.FAILED
    if not has_failed or message.removed_at or "parts" in message.details:
        return None
    card = _card(message)
    if message.kind in _FILES:
        is_whole = bool(attachments) and all(each.file for each in attachments)
    else:
        is_whole = bool(card) or (message.kind == MessageKind.TEXT and bool(message.text))
    if not is_whole:
        return None
    return Unsent(
        message_id=message.pk,
        text=message.text,
        reply_to=message.reply_to_id,
        options=tuple(text_of(option.get("title")) for option in objects_of(message.details.get("options"))),
        files=(card,) if card else tuple(map(_value, attachments)),
    )


def _card(message: Message) -> str:
    """Return the value that stands for a message's location or contact; empty where it has none."""
    details = message.details
    if message.kind == MessageKind.LOCATION:
        position = f"{text_of(details.get('latitude'))}, {text_of(details.get('longitude'))}"
        typed = {POSITION: position} | {name: text_of(details.get(name)) for name in ("name", "address")}
    elif message.kind == MessageKind.CONTACTS:
        contact = next(iter(objects_of(details.get("contacts"))), {})
        phone = next((text_of(each.get("phone")) for each in objects_of(contact.get("phones"))), "")
        email = next((text_of(each.get("email")) for each in objects_of(contact.get("emails"))), "")
        typed = {"name": text_of(contact.get("name")), "phone": phone, "email": email}
        typed["company"] = text_of(contact.get("organization"))
    else:
        return ""
    try:
        return card_of(MessageKind(message.kind), typed).value
    except CardRefused:
        return ""


def _value(attachment: Attachment) -> str:
    own_kind = FileKind(attachment.file.kind) if attachment.file else None
    is_as_its_own = attachment.kind not in _WAYS or attachment.kind == own_kind
    return str(attachment.file_id) if is_as_its_own else f"{attachment.file_id}.{attachment.kind}"
