"""One message as the chat shows it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities
from inbox.lib import clock

from .. import delivery
from ..models import Direction, Message
from .cards import Card, cards_of
from .details import object_of, objects_of, text_of, web_address
from .failures import FailureView, message_failure
from .files import FileView, files_of
from .words import author_of, preview, system_text

_ARRIVED = frozenset({delivery.SENT, delivery.DELIVERED, delivery.READ})
# ASCII alone: Chinese text follows an address without a space.
_ADDRESS = re.compile(r"https?://[!#-;=?-~]+", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?')]}"


@dataclass(frozen=True)
class Quote:
    """The message that another one answers. `dom_id` is empty when we do not have it."""

    dom_id: str
    author: str
    text: str


@dataclass(frozen=True)
class Words:
    """A piece of a text; `url` is what it links to, if it is an address."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Reaction:
    emoji: str
    label: str  # "Customer reacted with 👍"


@dataclass(frozen=True)
class Undo:
    """How a message that waits to leave is taken back, by whom, and for how long yet."""

    url: str
    author_id: int
    seconds: int


@dataclass(frozen=True)
class MessageView:
    """One message of a chat (`chatrooms/_message.html`)."""

    dom_id: str  # message-9
    message_id: int
    room_id: int
    direction: str  # inbound, outbound, system
    kind: str
    words: tuple[Words, ...]
    removed: str  # who removed it, in words; "" for a message that is there
    is_forwarded: bool
    cards: tuple[Card, ...]
    files: tuple[FileView, ...]
    template: Mapping[str, object] | None  # as phones show it, for `message_templates/_preview.html`
    options: tuple[str, ...]  # the answers offered under an outbound text
    part: str  # "2 of 3" of a long text
    author: str
    sent_at: datetime
    state: str
    state_label: str
    failure: FailureView | None
    quote: Quote | None
    can_quote: bool
    can_react: bool
    own_reaction: str  # the business's emoji
    reactions: tuple[Reaction, ...]
    versions_url: str  # for an edited message: what it said before
    can_retry: bool
    retry_url: str
    confirm_url: str  # for an unconfirmed message: "it did arrive"
    withdraw_url: str = ""  # for one that waits for its template
    undo: Undo | None = None
    is_taken_back: bool = False  # nothing of it is shown

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.words)


def message_view(message: Message, *, slug: str, capabilities: Capabilities) -> MessageView:
    """Needs author.user, reply_to.author.user, chatroom.customer, the annotation `in_outbox`, and the files."""
    here = [slug, message.chatroom_id, message.pk]
    is_outbound = message.direction == Direction.OUTBOUND
    is_there = message.removed_at is None
    settled = not message.in_outbox  # type: ignore[attr-defined]
    files = files_of(message, slug=slug, capabilities=capabilities) if is_there else ()
    cards = cards_of(message, without_files=bool(files)) if is_there else ()
    template = _template(message, files) if is_there else None
    return MessageView(
        dom_id=f"message-{message.pk}",
        message_id=message.pk,
        room_id=message.chatroom_id,
        direction=message.direction,
        kind=message.kind,
        words=words_of(_text(message, cards)) if is_there and template is None else (),
        removed="" if is_there else _removed(message),
        is_forwarded=message.details.get("forwarded") is True,
        cards=cards,
        files=files,
        template=template,
        options=_options(message),
        part=_part(message),
        author=author_of(message, capabilities),
        sent_at=message.sent_at,
        state=message.state if is_outbound else "",
        state_label=message.get_state_display() if is_outbound else "",
        failure=message_failure(message, slug=slug, capabilities=capabilities, settled=settled),
        quote=_quote(message, capabilities) if is_there else None,
        can_quote=capabilities.can_reply and is_there and has_arrived(message),
        can_react=can_react_to(message, capabilities),
        own_reaction=text_of(message.reactions.get("business")),
        reactions=_reactions(message) if is_there else (),
        versions_url=reverse("chatrooms:message_versions", args=here) if message.edited_at and is_there else "",
        can_retry=message.state in delivery.RETRYABLE and settled,
        retry_url=reverse("chatrooms:message_retry", args=here),
        confirm_url=reverse("chatrooms:message_confirm", args=here)
        if message.state == delivery.UNKNOWN and settled
        else "",
        withdraw_url=reverse("chatrooms:message_withdraw", args=here) if _waits_for_review(message) else "",
        undo=_undo(message, slug),
        is_taken_back=message.state == delivery.TAKEN_BACK,
    )


def quote_of(message: Message, *, capabilities: Capabilities) -> Quote:
    """Needs author.user and chatroom.customer loaded."""
    author = author_of(message, capabilities) or str(message.chatroom.customer)
    return Quote(dom_id=f"message-{message.pk}", author=author, text=preview(message))


def has_arrived(message: Message) -> bool:
    """Whether both sides have the message, so that it can be answered and reacted to."""
    return message.direction == Direction.INBOUND or message.state in _ARRIVED


def can_react_to(message: Message, capabilities: Capabilities) -> bool:
    return capabilities.reactions is not None and message.removed_at is None and has_arrived(message)


def words_of(text: str) -> tuple[Words, ...]:
    """Cut a text into plain words and web addresses; joined, the pieces are the text."""
    pieces: list[Words] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found.group().rstrip(_AFTER_ADDRESS)
        url = web_address(address)
        if not url:
            continue
        pieces += [Words(text[end : found.start()])] if found.start() > end else []
        pieces.append(Words(address, url))
        end = found.start() + len(address)
    return (*pieces, Words(text[end:])) if end < len(text) else tuple(pieces)


def _undo(message: Message, slug: str) -> Undo | None:
    until = text_of(object_of(message.details.get("undo")).get("until"))
    if not until or message.state != delivery.QUEUED or message.author_id is None:
        return None
    left = (datetime.fromisoformat(until) - clock.now()).total_seconds()
    url = reverse("chatrooms:message_undo", args=[slug, message.chatroom_id, message.pk])
    return Undo(url, message.author_id, math.ceil(left)) if left > 0 else None


def _waits_for_review(message: Message) -> bool:
    return message.state == delivery.QUEUED and message.failure_code == delivery.TEMPLATE_IN_REVIEW


def _text(message: Message, cards: tuple[Card, ...]) -> str:
    """Return what stands in the bubble beside the cards; what a card says already is not said twice."""
    if message.direction == Direction.SYSTEM:
        return system_text(message)
    return "" if message.text.strip() in {card.title for card in cards} else message.text


def _template(message: Message, files: Sequence[FileView]) -> Mapping[str, object] | None:
    """Return what phones show of a template that was sent; a file of its header stands above it."""
    shown = object_of(object_of(message.details.get("template")).get("preview"))
    if not shown.get("body"):
        return None
    return {**shown, "header": {}} if files else shown


def _removed(message: Message) -> str:
    if message.direction == Direction.INBOUND:
        return _("Message removed by the customer")
    return _("Message removed by the business")


def _options(message: Message) -> tuple[str, ...]:
    if message.direction != Direction.OUTBOUND:
        return ()
    return tuple(filter(None, (text_of(option.get("title")) for option in objects_of(message.details.get("options")))))


def _part(message: Message) -> str:
    match message.details.get("parts"):
        case [int(number), int(count)]:
            return _("%(number)s of %(count)s") % {"number": number, "count": count}
    return ""


def _reactions(message: Message) -> tuple[Reaction, ...]:
    if not message.reactions:
        return ()
    labels = {"customer": _("Customer reacted with %(emoji)s"), "business": _("We reacted with %(emoji)s")}
    return tuple(
        Reaction(emoji, label % {"emoji": emoji})
        for side, label in labels.items()
        if (emoji := text_of(message.reactions.get(side)))
    )


def _quote(message: Message, capabilities: Capabilities) -> Quote | None:
    if message.reply_to is not None:
        message.reply_to.chatroom = message.chatroom  # a quote is of the same room
        return quote_of(message.reply_to, capabilities=capabilities)
    if message.reply_to_external_id:
        return Quote(dom_id="", author="", text=_("A message that is not in this chat"))
    return None
