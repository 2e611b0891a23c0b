"""The budgets' word on a batch of templates that are about to leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.connections.models import Connection

from .countries import country_of
from .estimating import EntryPoint, estimate
from .models import BillingConversation
from .selectors import allowances, rates_for


@dataclass(frozen=True)
class Asked:
    """A template that would leave now. `phone` is "" where the customer has none; `in_window`: Mode.FREE."""

    message_id: int
    chatroom_id: int
    connection: Connection
    phone: str
    category: str
    in_window: bool


def over_budget(asked: Sequence[Asked], *, now: datetime) -> set[int]:
    """Return the ids of the messages that the budgets of their connections do not allow, of any workspaces.

    They are asked in their order, each counting what those before it cost. One query where no connection has a budget,
    three more for each workspace in which one has.
    """
    if not asked:
        return set()
    left = allowances({each.connection for each in asked}, now=now)
    by_workspace: dict[int, list[Asked]] = {}
    for each in asked:
        if left[each.connection.pk].budget is not None:
            by_workspace.setdefault(each.connection.workspace_id, []).append(each)
    refused: set[int] = set()
    for workspace_id, own in by_workspace.items():
        countries = {each.message_id: country_of(each.phone) for each in own}
        rates = rates_for(workspace_id, {each.connection.channel for each in own}, set(countries.values()))
        entry_points = _in_entry_points(workspace_id, own, now)
        for each in own:
            price = estimate(
                rates,
                channel=each.connection.channel,
                country=countries[each.message_id],
                category=each.category,
                in_window=each.in_window,
                entry_point=EntryPoint.OPEN if each.chatroom_id in entry_points else EntryPoint.NONE,
                on=now.date(),
            )
            if not left[each.connection.pk].take(price.amount, price.currency):
                refused.add(each.message_id)
    return refused


def _in_entry_points(workspace_id: int, asked: Sequence[Asked], now: datetime) -> set[int]:
    """Return the rooms in which everything is free now."""
    rows = BillingConversation.objects.filter(
        workspace_id=workspace_id,
        chatroom_id__in={each.chatroom_id for each in asked},
        is_entry_point=True,
        expires_at__gt=now,
    )
    return set(rows.values_list("chatroom_id", flat=True))
