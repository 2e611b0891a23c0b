"""Budgets: how much a connection may spend in a month."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..estimating import DOLLARS
from ..models import Budget

HIGHEST = Decimal(1_000_000)
CENT = Decimal("0.01")


class BudgetRefused(Exception):
    """What was typed is no amount."""


def set_budget(*, actor: Membership, connection: Connection, typed: str) -> None:
    """Let a connection spend the typed amount a month; "" takes the limit away, 0 stops everything that costs."""
    own = Budget.objects.filter(workspace_id=actor.workspace_id, connection=connection)
    if not typed.strip():
        if own.delete()[0]:
            audit.record(
                workspace_id=actor.workspace_id, actor=actor, verb="connection.budget_removed", subject=connection
            )
        return
    amount = _amount(typed)
    Budget.objects.update_or_create(
        workspace_id=actor.workspace_id,
        connection=connection,
        defaults={"amount": amount, "currency": DOLLARS},
    )
    audit.record(
        workspace_id=actor.workspace_id,
        actor=actor,
        verb="connection.budget_set",
        subject=connection,
        amount=str(amount),
    )


def _amount(typed: str) -> Decimal:
    try:
        amount = Decimal(typed.strip().removeprefix("US$").removeprefix("$").strip())
    except InvalidOperation:
        raise BudgetRefused(_("Type an amount in US dollars, for example 50 or 12.50.")) from None
    if not amount.is_finite() or not 0 <= amount <= HIGHEST or amount != amount.quantize(CENT):
        raise BudgetRefused(_("The amount must be between 0 and 1000000, with two decimal places at most."))
    return amount
