"""Doing to chats what was not done to them, by somebody who knows why by now; and chats that a question was about.

A signed word holds each of them as it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from inbox.workspaces.access import MemberRequest

from .actions import Outcome, Shown, Why

# How long somebody may look at a question before they answer.
CHOICE_SECONDS = 600
_SALT = "chatrooms.shown"
_INSISTED_ON = (Why.MOVED, Why.WROTE)

# A chat with its assignee, its team, and how many messages of its customer there are.
ShownRoom = tuple[int, int | None, int | None, int | None]


@dataclass(frozen=True)
class Insisting:
    """A form that does to chats what was not done, now that somebody knows why: `chosen` holds them as they are now."""

    url: str
    field: str
    chosen: str


def insisting_on(request: MemberRequest, field: str, outcome: Outcome) -> Insisting | None:
    """Return the form for chats that others took meanwhile, or whose customer wrote; None where there are none."""
    left = [(each.pk, *each.owners, each.inbound_count) for each in outcome.left if each.why in _INSISTED_ON]
    if not left:
        return None
    return Insisting(reverse("chatrooms:bulk", args=[request.workspace.slug]), field, choice_of(request, left))


def choice_of(request: MemberRequest, rooms: Sequence[ShownRoom]) -> str:
    """Return a word that holds the chats of this member's question, each as it is now."""
    return signing.dumps((request.membership.pk, rooms), salt=_SALT, compress=True)


def chosen_by(request: MemberRequest, word: str) -> dict[int, Shown | None]:
    """Return the chats that this member was asked about. Raises BadSignature."""
    member_id, values = signing.loads(word, salt=_SALT, max_age=CHOICE_SECONDS)
    if member_id != request.membership.pk:
        raise signing.BadSignature
    return {pk: Shown((assignee, team), count) for pk, assignee, team, count in values}
