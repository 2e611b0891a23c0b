"""What templates may know: plain values made from rows. Templates never query.

Everything here is viewer-neutral, because the same HTML goes to every open browser: no "mine", no unread, no local
time. `data-*` attributes carry the facts, the page's own script and CSS decide. Only `unread` is a viewer's own, and a
broadcast leaves it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind

from . import delivery
from .models import Chatroom, Direction, Message

_PREVIEW_LENGTH = 120
_PHONE_NUMBER = re.compile(r"\+?[\s().-]*\d[\d\s().-]*")


@dataclass(frozen=True)
class RoomRow:
    """One line of the chatroom list (`chatrooms/_room_row.html`)."""

    dom_id: str  # room-7-row
    room_id: int
    url: str
    name: str
    initials: str
    channel: str  # whatsapp
    channel_label: str
    connection_name: str
    preview: str
    preview_by: str  # "" for the customer, else who wrote
    preview_state: str  # of an outbound last message: queued … failed; "" otherwise
    last_at: datetime
    inbound_count: int
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    is_open: bool
    unread: int | None = None  # None in a broadcast: the browser computes it


@dataclass(frozen=True)
class Quote:
    """The message that another one answers. `dom_id` is empty when we do not have it."""

    dom_id: str
    author: str
    text: str


@dataclass(frozen=True)
class MessageView:
    """One message of a chat (`chatrooms/_message.html`)."""

    dom_id: str  # message-9
    message_id: int
    direction: str  # inbound, outbound, system
    kind: str
    kind_label: str  # "Image", for what is not text
    text: str
    facts: tuple[tuple[str, str], ...]  # what a kind without text has to say: (label, value)
    author: str
    sent_at: datetime
    state: str
    state_label: str
    failure: str
    quote: Quote | None
    can_retry: bool
    retry_url: str
    confirm_url: str  # for an unconfirmed message: "it did arrive"
    room_id: int


@dataclass(frozen=True)
class RoomState:
    """What may change about an open room (`chatrooms/_room_state.html`)."""

    dom_id: str  # room-7-state
    room_id: int
    is_open: bool
    inbound_count: int
    assignee_id: int | None
    assignee_name: str
    assignee_initials: str
    assignment_url: str
    closure_url: str
    reopening_url: str
    form_id: str  # room-7-form, the form whose buttons these are


def room_row(room: Chatroom, *, slug: str, unread: int | None = None) -> RoomRow:
    """Needs customer, connection, assignee.user, last_message.author.user loaded."""
    last = room.last_message
    assignee = str(room.assignee) if room.assignee else ""
    return RoomRow(
        dom_id=f"room-{room.pk}-row",
        room_id=room.pk,
        url=reverse("chatrooms:room", args=[slug, room.pk]),
        name=str(room.customer),
        initials=initials(str(room.customer)),
        channel=room.connection.channel,
        channel_label=room.connection.adapter.capabilities.label,
        connection_name=room.connection.name,
        preview=_preview(last),
        preview_by=_author(last) if last and last.direction == Direction.OUTBOUND else "",
        preview_state=last.state if last and last.direction == Direction.OUTBOUND else "",
        last_at=room.last_message_at,
        inbound_count=room.inbound_count,
        assignee_id=room.assignee_id,
        assignee_name=assignee,
        assignee_initials=initials(assignee),
        is_open=room.status == "open",
        unread=unread,
    )


def message_view(message: Message, *, slug: str) -> MessageView:
    """Needs author.user, reply_to.author.user, chatroom.customer and the annotation `in_outbox`."""
    settled = not message.in_outbox  # type: ignore[attr-defined]
    return MessageView(
        dom_id=f"message-{message.pk}",
        message_id=message.pk,
        direction=message.direction,
        kind=message.kind,
        kind_label="" if message.kind == MessageKind.TEXT else kind_label(message.kind),
        text=system_text(message) if message.direction == Direction.SYSTEM else message.text,
        facts=_facts(message),
        author=_author(message),
        sent_at=message.sent_at,
        state=message.state if message.direction == Direction.OUTBOUND else "",
        state_label=message.get_state_display() if message.direction == Direction.OUTBOUND else "",
        failure=_failure(message, settled=settled),
        quote=_quote(message),
        can_retry=message.state in delivery.RETRYABLE and settled,
        retry_url=reverse("chatrooms:message_retry", args=[slug, message.chatroom_id, message.pk]),
        confirm_url=reverse("chatrooms:message_confirm", args=[slug, message.chatroom_id, message.pk])
        if message.state == delivery.UNKNOWN and settled
        else "",
        room_id=message.chatroom_id,
    )


def room_state(room: Chatroom, *, slug: str) -> RoomState:
    """Needs assignee.user loaded."""
    assignee = str(room.assignee) if room.assignee else ""
    return RoomState(
        dom_id=f"room-{room.pk}-state",
        room_id=room.pk,
        is_open=room.status == "open",
        inbound_count=room.inbound_count,
        assignee_id=room.assignee_id,
        assignee_name=assignee,
        assignee_initials=initials(assignee),
        assignment_url=reverse("chatrooms:assignment", args=[slug, room.pk]),
        closure_url=reverse("chatrooms:closure", args=[slug, room.pk]),
        reopening_url=reverse("chatrooms:reopening", args=[slug, room.pk]),
        form_id=f"room-{room.pk}-form",
    )


def quote_of(message: Message) -> Quote:
    """Needs author.user and chatroom.customer loaded."""
    author = _author(message) or str(message.chatroom.customer)
    return Quote(dom_id=f"message-{message.pk}", author=author, text=_preview(message))


def initials(name: str) -> str:
    """Two letters for an avatar: of the first and last word, or the first character of a Chinese name.

    Who is known by a phone number gets its last two digits: the first are the same for a whole country.
    """
    words = name.split()
    if _PHONE_NUMBER.fullmatch(name.strip()):
        return "".join(character for character in name if character.isdecimal())[-2:]
    if not words:
        return ""
    if ord(words[0][0]) > 0x2E7F:
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def kind_label(kind: str) -> str:
    return {
        MessageKind.IMAGE: _("Image"),
        MessageKind.VIDEO: _("Video"),
        MessageKind.AUDIO: _("Audio"),
        MessageKind.VOICE: _("Voice message"),
        MessageKind.DOCUMENT: _("Document"),
        MessageKind.STICKER: _("Sticker"),
        MessageKind.LOCATION: _("Location"),
        MessageKind.CONTACTS: _("Contact card"),
        MessageKind.CHOICE: _("Answer"),
        MessageKind.ORDER: _("Order"),
    }.get(MessageKind(kind), _("Unsupported message"))


def system_text(message: Message) -> str:
    """Put a system message's event into words of the current language."""
    names = {"actor": message.details.get("actor", ""), "assignee": message.details.get("assignee", "")}
    texts = {
        "assigned": _("%(actor)s assigned this chat to %(assignee)s"),
        "taken": _("%(actor)s took this chat"),
        "unassigned": _("%(actor)s unassigned this chat"),
        "closed": _("%(actor)s closed this chat"),
        "reopened": _("%(actor)s reopened this chat"),
        "reopened_by_customer": _("The customer wrote: this chat is open again"),
    }
    return texts.get(message.details.get("event", ""), message.text) % names


def _preview(message: Message | None) -> str:
    if message is None:
        return ""
    if message.direction == Direction.SYSTEM:
        return system_text(message)
    text = " ".join(message.text.split())[:_PREVIEW_LENGTH]
    if message.kind == MessageKind.TEXT:
        return text
    return f"{kind_label(message.kind)}: {text}" if text else kind_label(message.kind)


def _author(message: Message) -> str:
    if message.author:
        return str(message.author)
    if message.direction == Direction.OUTBOUND:
        return _("Phone app") if message.details.get("echo") else ""
    return ""


def _failure(message: Message, *, settled: bool) -> str:
    if message.state == delivery.UNKNOWN:
        if settled:
            return _("No answer came back, so we cannot tell whether the customer got this.")
        return _("No answer came back yet. Waiting a minute for a receipt.")
    return message.failure_text if message.state == delivery.FAILED else ""


def _quote(message: Message) -> Quote | None:
    if message.reply_to is not None:
        message.reply_to.chatroom = message.chatroom  # a quote is of the same room
        return quote_of(message.reply_to)
    if message.reply_to_external_id:
        return Quote(dom_id="", author="", text=_("A message that is not in this chat"))
    return None


def _facts(message: Message) -> tuple[tuple[str, str], ...]:
    """Say what a message without a picture of its own contains, from its details."""
    details = message.details
    facts: list[tuple[str, object]] = []
    if message.kind == MessageKind.LOCATION:
        facts = [
            (_("Name"), details.get("name")),
            (_("Address"), details.get("address")),
            (_("Position"), f"{details.get('latitude')}, {details.get('longitude')}"),
        ]
    elif message.kind == MessageKind.DOCUMENT:
        facts = [(_("File"), details.get("filename"))]
    elif message.kind == MessageKind.UNSUPPORTED:
        facts = [(_("Kind"), details.get("type")), (_("Reason"), details.get("reason"))]
    return tuple((str(label), str(value)) for label, value in facts if value)
