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

from ..models import Chatroom, HeldAnswer
from .chosen_files import ChosenFile
from .templates import TemplateForm


@dataclass(frozen=True)
class HeldFile:
    """A file of a held answer; one without an address was deleted."""

    file_id: int
    name: str
    icon: str
    url: str


@dataclass(frozen=True)
class HeldView:
    """One line of `chatrooms/_held.html`."""

    dom_id: str
    url: str
    author: str
    text: str
    files: tuple[HeldFile, ...]
    state: str
    state_label: str
    leaves_by_itself: bool
    reason: str
    expires_at: datetime


@dataclass(frozen=True)
class AskChoice:
    """One template that may go now, to make the customer write."""

    value: str
    label: str
    is_current: bool


@dataclass(frozen=True)
class HoldForm:
    """`chatrooms/_hold.html`. `template` is what goes now, None for nothing.

    On a page of its own it has the text and the files too, and carries what it `kept` of the composer: names and values
    of fields. `asks_to_split`: there it asks too whether a long text may use up several messages of those that count.
    """

    url: str
    room_url: str
    client_id: str
    text: str
    files: tuple[ChosenFile, ...]
    asks_to_split: bool
    split_agreed: bool
    leaves_by_itself: bool
    templates: tuple[AskChoice, ...]
    search: str  # what they were narrowed down to
    is_cut: bool  # there are more
    template: TemplateForm | None
    kept: tuple[tuple[str, str], ...]
    error: str


def held_answers(
    answers: Sequence[HeldAnswer],
    files: Mapping[int, MediaFile],
    *,
    slug: str,
    typed: Mapping[int, str] | None = None,
) -> list[HeldView]:
    """`files` are theirs that still exist, by id; `typed` is what somebody made of the texts, by the answers' ids. Needs
    author.user loaded."""
    return [
        HeldView(
            dom_id=f"held-{held.pk}",
            url=reverse("chatrooms:held_answer", args=[slug, held.chatroom_id, held.pk]),
            author=str(held.author),
            text=(typed or {}).get(held.pk, held.text),
            files=tuple(_file(stored, files.get(stored["id"]), slug) for stored in held.files),
            state=held.state,
            state_label=held.get_state_display(),
            leaves_by_itself=held.leaves_by_itself,
            reason=held.reason,
            expires_at=held.expires_at,
        )
        for held in answers
    ]


def _file(stored: Mapping[str, Any], file: MediaFile | None, slug: str) -> HeldFile:
    return HeldFile(
        file_id=stored["id"],
        name=stored["name"],
        icon=FileKind(file.kind).value if file else "failed",
        url=file.url(slug) if file else "",
    )


def hold_form(
    room: Chatroom,
    *,
    slug: str,
    client_id: str,
    text: str,
    files: Sequence[ChosenFile],
    split_agreed: bool,
    leaves_by_itself: bool,
    listing: Listing,
    search: str,
    chosen: MessageTemplate | None,
    template: TemplateForm | None,
    kept: Sequence[tuple[str, str]] = (),
    error: str = "",
) -> HoldForm:
    """`template` is the form of the chosen one, which stays in the list whatever is searched."""
    offered = listing.templates if chosen is None or chosen in listing.templates else [chosen, *listing.templates]
    return HoldForm(
        url=reverse("chatrooms:hold", args=[slug, room.pk]),
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
        client_id=client_id,
        text=text,
        files=tuple(files),
        asks_to_split=room.connection.adapter.capabilities.reply_policy.messages is not None,
        split_agreed=split_agreed,
        leaves_by_itself=leaves_by_itself,
        templates=tuple(AskChoice(str(row.pk), str(row), row == chosen) for row in offered),
        search=search,
        is_cut=listing.is_cut,
        template=template,
        kept=tuple(kept),
        error=error,
    )
