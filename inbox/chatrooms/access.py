"""The only door from an untrusted id to a chatroom or message: missing and hidden are both 404."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import Http404

from inbox.customers.models import Customer
from inbox.customers.selectors import people_seen
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.visibility import reach_of

from . import selectors
from .assignment import team_of
from .models import Chatroom, HeldAnswer, Message


def get_chatroom(membership: Membership, room_id: int, more: Mapping[str, Any] | None = None) -> Chatroom:
    """Return the room with what its presenters need, `seen_count`, `seq` and `more` annotations. Raises Http404."""
    room = selectors.room_for(membership, room_id, more)
    if room is None:
        raise Http404("no such chatroom")
    return room


def get_plain_chatroom(membership: Membership, room_id: int) -> Chatroom:
    """Return the room alone, for what needs no more of it. Raises Http404."""
    room = selectors.rooms_seen(membership).filter(pk=room_id).first()
    if room is None:
        raise Http404("no such chatroom")
    return room


def visible_ids(membership: Membership, room_ids: Sequence[int]) -> list[int]:
    """Return those of some rooms that the member may see, in their order; no query for who sees all."""
    if reach_of(membership).is_all:
        return list(room_ids)
    seen = set(selectors.rooms_seen(membership).filter(pk__in=room_ids).values_list("pk", flat=True))
    return [room_id for room_id in room_ids if room_id in seen]


def visible_customers(membership: Membership, customer_ids: Sequence[int]) -> list[int]:
    """Return those of some customers whom the member may know of, as one person with others; no query for who sees all."""
    if reach_of(membership).is_all:
        return list(customer_ids)
    customers = Customer.objects.filter(workspace_id=membership.workspace_id, pk__in=customer_ids)
    people = customers.annotate(head=Coalesce(F("merged_into_id"), F("pk"))).filter(head__in=people_seen(membership))
    return list(people.values_list("pk", flat=True))


def get_team(membership: Membership, team_id: int) -> Team:
    """Raises Http404."""
    team = team_of(membership.workspace_id, team_id)
    if team is None:
        raise Http404("no such team")
    return team


def get_message(membership: Membership, room_id: int, message_id: int) -> Message:
    """Raises Http404, also when the message is in another room."""
    message = (
        Message.objects.filter(reach_of(membership).rooms("chatroom__"), workspace_id=membership.workspace_id)
        .filter(chatroom_id=room_id, pk=message_id)
        .select_related("chatroom__customer", "connection", "author__user")
        .defer("connection__credentials")
        .first()
    )
    if message is None:
        raise Http404("no such message")
    return message


def get_held_answer(membership: Membership, room_id: int, held_id: int) -> HeldAnswer:
    """Raises Http404, also when the answer is held in another room."""
    answers = HeldAnswer.objects.filter(reach_of(membership).rooms("chatroom__"), workspace_id=membership.workspace_id)
    held = answers.filter(chatroom_id=room_id, pk=held_id).first()
    if held is None:
        raise Http404("no such answer")
    return held
