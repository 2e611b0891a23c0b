"""Answers that wait for the customer, as the list above the composer shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from ..models import HeldAnswer


@dataclass(frozen=True)
class HeldView:
    """One line of `chatrooms/_held.html`."""

    dom_id: str
    url: str
    author: str
    text: str
    state: str
    state_label: str
    reason: str
    expires_at: datetime


def held_answers(answers: Sequence[HeldAnswer], *, slug: str) -> list[HeldView]:
    """Needs author.user loaded."""
    return [
        HeldView(
            dom_id=f"held-{held.pk}",
            url=reverse("chatrooms:held_answer", args=[slug, held.chatroom_id, held.pk]),
            author=str(held.author),
            text=held.text,
            state=held.state,
            state_label=held.get_state_display(),
            reason=held.reason,
            expires_at=held.expires_at,
        )
        for held in answers
    ]
