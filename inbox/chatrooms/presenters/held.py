"""Answers that wait for the customer: the list above the composer, and the form in which one is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from inbox.media.models import FileKind, MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import Listing

from ..models import Chatroom, HeldAnswer, Message
from ..outgoing_cards import kind_of
from .chosen_files import ChosenFile
from .messages import Quote, quote_of
from .templates import TemplateForm


@dataclass(frozen=True)
class HeldFile:
    """A file or a card of a held answer. A card has no address; a file without one was deleted."""

    key: str
    name: str
    icon: str
    url: str
    is_gone: bool = False


@dataclass(frozen=True)
class HeldView:
    """One line of `chatrooms/_held.html`."""

    dom_id: str
    url: str
    author: str
    text: str
    quote: Quote | None
    options: tuple[str, ...]
    option_limit: int
    files: tuple[HeldFile, ...]
    state: str
    state_label: str
    leaves_by_itself: bool
    reason: str
    expires_at: datetime
    seen_id: int  # the newest message of the chat
    question: str = ""  # whether to send it over a colleague's answer


@dataclass(frozen=True)
class AskChoice:
    """One template that may go now, to make the customer write."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class HoldForm:
    """`chatrooms/_hold.html`. `template` is what goes now, None for nothing; `caution` says that the number has none of
    its own.

    On a page of its own it has the answer too. `asks_to_split`: there it asks whether a long text may use up several
    messages of those that count.
    """

    url: str
    room_url: str
    client_id: str
    text: str
    quote: Quote | None
    reply_to_id: str
    options: tuple[str, ...]
    option_limit: int
    files: tuple[ChosenFile, ...]
    asks_to_split: bool
    split_agreed: bool
    leaves_by_itself: bool
    templates: tuple[AskChoice, ...]
    search: str  # what they were narrowed down to
    is_cut: bool  # there are more
    template: TemplateForm | None
    caution: str
    error: str
    seen_id: int = 0  # the newest message of the chat when the form was opened
    asks_again: bool = False  # whether a colleague's answer was in the way


@dataclass(frozen=True)
class Typed:
    """What somebody made of the words of a held answer; the question, if a colleague's answer, `seen_id`, was in the way
    of it."""

    text: str
    options: Sequence[str]
    question: str = ""
    seen_id: int = 0


def held_answers(
    room: Chatroom,
    answers: Sequence[HeldAnswer],
    files: Mapping[int, MediaFile],
    *,
    slug: str,
    typed: Mapping[int, Typed] | None = None,
) -> list[HeldView]:
    """`files` are theirs that still exist, by id; `typed` is what somebody made of them, by the answers' ids. Needs
    author.user and reply_to.author.user loaded, and the room's connection and customer."""
    return [_held(room, held, files, slug, (typed or {}).get(held.pk)) for held in answers]


def _held(room: Chatroom, held: HeldAnswer, files: Mapping[int, MediaFile], slug: str, typed: Typed | None) -> HeldView:
    return HeldView(
        dom_id=f"held-{held.pk}",
        url=reverse("chatrooms:held_answer", args=[slug, room.pk, held.pk]),
        author=str(held.author),
        text=typed.text if typed else held.text,
        quote=_quote(room, held.reply_to),
        options=tuple(typed.options if typed else held.options),
        option_limit=_option_limit(room),
        files=tuple(_file(stored, files, slug) for stored in held.files),
        state=held.state,
        state_label=held.get_state_display(),
        leaves_by_itself=held.leaves_by_itself,
        reason=held.reason,
        expires_at=held.expires_at,
        seen_id=(typed.seen_id if typed else 0) or room.last_message_id or 0,
        question=typed.question if typed else "",
    )


def _quote(room: Chatroom, message: Message | None) -> Quote | None:
    if message is None:
        return None
    message.chatroom = room  # a quote is of the same room
    return quote_of(message, capabilities=room.connection.adapter.capabilities)


def _option_limit(room: Chatroom) -> int:
    limits = room.connection.adapter.capabilities.options
    return limits.title if limits else 0


def _file(stored: Mapping[str, Any], files: Mapping[int, MediaFile], slug: str) -> HeldFile:
    if "card" in stored:
        return HeldFile(stored["card"], stored["name"], icon=kind_of(stored["card"]).value, url="")
    file = files.get(stored["id"])
    return HeldFile(
        key=str(stored["id"]),
        name=stored["name"],
        icon=FileKind(file.kind).value if file else "failed",
        url=file.url(slug) if file else "",
        is_gone=file is None,
    )


def hold_form(
    room: Chatroom,
    *,
    slug: str,
    client_id: str,
    text: str,
    quoted: Message | None,
    options: Sequence[str],
    files: Sequence[ChosenFile],
    split_agreed: bool,
    leaves_by_itself: bool,
    listing: Listing,
    search: str,
    chosen: MessageTemplate | None,
    template: TemplateForm | None,
    caution: str = "",
    error: str = "",
    seen_id: int | None = None,
    asks_again: bool = False,
) -> HoldForm:
    """`template` is the form of the chosen one, which stays in the list whatever is searched. Of a quoted message
    author.user is needed, and the room's connection and customer."""
    offered = listing.templates if chosen is None or chosen in listing.templates else [chosen, *listing.templates]
    return HoldForm(
        url=reverse("chatrooms:hold", args=[slug, room.pk]),
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
        client_id=client_id,
        text=text,
        quote=_quote(room, quoted),
        reply_to_id=str(quoted.pk) if quoted else "",
        options=tuple(options),
        option_limit=_option_limit(room),
        files=tuple(files),
        asks_to_split=room.connection.adapter.capabilities.reply_policy.messages is not None,
        split_agreed=split_agreed,
        leaves_by_itself=leaves_by_itself,
        templates=tuple(AskChoice(str(row.pk), str(row), row == chosen) for row in offered),
        search=search,
        is_cut=listing.is_cut,
        template=template,
        caution=caution,
        error=error,
        seen_id=room.last_message_id or 0 if seen_id is None else seen_id,
        asks_again=asks_again,
    )
