"""Answers that wait for the customer: the list above the composer, and the form in which one is held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from inbox.message_templates.models import MessageTemplate

from ..models import Chatroom, HeldAnswer
from .templates import TemplateForm


@dataclass(frozen=True)
class HeldView:
    """One line of `chatrooms/_held.html`."""

    dom_id: str
    url: str
    author: str
    text: str
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

    On a page of its own it has the text too, and carries what it `kept` of the composer: names and values of fields.
    """

    url: str
    room_url: str
    client_id: str
    text: str
    leaves_by_itself: bool
    templates: tuple[AskChoice, ...]
    template: TemplateForm | None
    kept: tuple[tuple[str, str], ...]
    error: str


def held_answers(answers: Sequence[HeldAnswer], *, slug: str, typed: Mapping[int, str] | None = None) -> list[HeldView]:
    """`typed` is what somebody made of the texts, by the answers' ids. Needs author.user loaded."""
    return [
        HeldView(
            dom_id=f"held-{held.pk}",
            url=reverse("chatrooms:held_answer", args=[slug, held.chatroom_id, held.pk]),
            author=str(held.author),
            text=(typed or {}).get(held.pk, held.text),
            state=held.state,
            state_label=held.get_state_display(),
            leaves_by_itself=held.leaves_by_itself,
            reason=held.reason,
            expires_at=held.expires_at,
        )
        for held in answers
    ]


def hold_form(
    room: Chatroom,
    *,
    slug: str,
    client_id: str,
    text: str,
    leaves_by_itself: bool,
    templates: Sequence[MessageTemplate],
    template: TemplateForm | None,
    kept: Sequence[tuple[str, str]] = (),
    error: str = "",
) -> HoldForm:
    """`templates` are those that may be sent, `template` the chosen one."""
    chosen = template.template_id if template else None
    return HoldForm(
        url=reverse("chatrooms:hold", args=[slug, room.pk]),
        room_url=reverse("chatrooms:room", args=[slug, room.pk]),
        client_id=client_id,
        text=text,
        leaves_by_itself=leaves_by_itself,
        templates=tuple(AskChoice(str(row.pk), str(row), row.pk == chosen) for row in templates),
        template=template,
        kept=tuple(kept),
        error=error,
    )
