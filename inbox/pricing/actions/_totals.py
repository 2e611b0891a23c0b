"""The monthly totals follow every change of a charge, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from ..estimating import NOTHING
from ..models import Charge, MonthlyTotal

_COLUMNS = ("workspace_id", "connection_id", "month", "category", "currency")
_SUMS = ("messages", "paid_messages", "unpriced_messages", "amount")


@dataclass(frozen=True)
class Share:
    """What a charge adds to its total."""

    connection_id: int
    month: date
    category: str
    currency: str
    paid: int
    unpriced: int
    amount: Decimal


def share_of(charge: Charge) -> Share:
    return Share(
        charge.connection_id,
        charge.at.date().replace(day=1),
        charge.category,
        charge.currency,
        int(charge.amount > 0),
        int(not charge.is_priced),
        charge.amount,
    )


def add_to_totals(*, workspace_id: int, added: Iterable[Share], removed: Iterable[Share] = ()) -> None:
    """Add and take away shares: one statement, in one order, whoever asks."""
    sums: dict[tuple[int, date, str, str], list[Decimal]] = {}
    for sign, shares in ((1, added), (-1, removed)):
        for share in shares:
            key = (share.connection_id, share.month, share.category, share.currency)
            change = (Decimal(1), Decimal(share.paid), Decimal(share.unpriced), share.amount)
            before = sums.setdefault(key, [NOTHING] * len(change))
            sums[key] = [old + sign * new for old, new in zip(before, change, strict=True)]
    rows = [(workspace_id, *key, *values) for key, values in sorted(sums.items()) if any(values)]
    if not rows:
        return
    table = MonthlyTotal._meta.db_table
    places = f"({', '.join(['%s'] * len(rows[0]))})"
    grown = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)
    statement = (
        f"INSERT INTO {table} ({', '.join((*_COLUMNS, *_SUMS))}) VALUES {', '.join([places] * len(rows))}"  # noqa: S608
        f" ON CONFLICT ({', '.join(_COLUMNS)}) DO UPDATE SET {grown}"
    )
    values: list[Any] = [value for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
