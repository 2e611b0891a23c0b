"""What a connection may still spend in a month: a pure policy, asked before each send that is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .estimating import DOLLARS, NOTHING

WARN_AT = Decimal("0.8")


@dataclass
class Allowance:
    """What a connection may still spend this month; `budget` None is any amount.

    `take` also counts what it allows, so that the messages of one batch cannot together pass the limit.
    """

    connection_id: int
    budget: Decimal | None
    currency: str
    spent: Decimal

    @property
    def share(self) -> Decimal:
        """The spent part of the budget, 1 being all of it."""
        if self.budget is None:
            return NOTHING
        return self.spent / self.budget if self.budget else Decimal(1)

    @property
    def is_near(self) -> bool:
        return self.share >= WARN_AT

    @property
    def is_used_up(self) -> bool:
        return self.budget is not None and self.spent >= self.budget

    def allows(self, amount: Decimal | None, currency: str = DOLLARS) -> bool:
        """Say whether a message may cost this much; None is a price nobody knows.

        What is priced in another currency cannot be compared, so a budget stops it."""
        if self.budget is None or amount == NOTHING:
            return True
        if amount is None:
            return not self.is_used_up
        return currency == self.currency and self.spent + amount <= self.budget

    def take(self, amount: Decimal | None, currency: str = DOLLARS) -> bool:
        if not self.allows(amount, currency):
            return False
        self.spent += amount or NOTHING
        return True
