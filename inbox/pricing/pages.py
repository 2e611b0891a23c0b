"""The costs page and the costs of a room, as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from inbox.connections.models import Channel, Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership

from . import selectors
from .budgets import Allowance
from .countries import ANYWHERE
from .estimating import Rate
from .rate_files import RowProblem
from .selectors import Line
from .words import ad_words, budget_words, category_label, conversation_words, money, sums

# A table of hundreds of rates helps nobody: the admin has them all.
SHOWN_RATES = 100


@dataclass(frozen=True)
class CostRow:
    label: str
    messages: int
    paid_messages: int
    unpriced_messages: int
    amount: str


@dataclass(frozen=True)
class BudgetForm:
    """`percent` is None where there is nothing to divide by; `level` is "", "near" or "used".

    `caution`: rates of another currency are in use, which no budget can be compared with."""

    url: str
    field_id: str
    value: str
    words: str
    percent: int | None
    level: str
    caution: bool = False
    error: str = ""


@dataclass(frozen=True)
class ConnectionCosts:
    name: str
    channel: str
    channel_label: str
    rows: tuple[CostRow, ...]
    total: str
    budget: BudgetForm


@dataclass(frozen=True)
class MonthLink:
    month: date
    url: str
    is_current: bool


@dataclass(frozen=True)
class RateRow:
    country: str
    category: str
    price: str
    valid_from: date
    valid_until: date | None
    note: str
    is_own: bool


@dataclass(frozen=True)
class CostsPage:
    month: date
    months: tuple[MonthLink, ...]
    total: str
    connections: tuple[ConnectionCosts, ...]
    export_url: str
    rates: tuple[RateRow, ...]
    more_rates: int
    rates_url: str
    problems: tuple[RowProblem, ...] = ()
    imported: int | None = None


@dataclass(frozen=True)
class RoomCosts:
    """`until` is when the open conversation ends; `ad` what an answer to somebody who came through one would begin."""

    rows: tuple[CostRow, ...]
    total: str
    conversation: str
    until: datetime | None
    ad: str
    budget: str
    budget_level: str


def costs_page(
    membership: Membership,
    month: date,
    *,
    problems: Sequence[RowProblem] = (),
    imported: int | None = None,
    refused: tuple[int, str, str] | None = None,
) -> CostsPage:
    """`refused` is a budget that could not be set: of which connection, what was typed, and why not."""
    slug, now = membership.workspace.slug, clock.now()
    url = reverse("pricing:costs", args=[slug])
    totals = selectors.totals_of_month(membership, month)
    connections = selectors.connections_with_costs(membership, totals)
    allowances = selectors.allowances(connections, now=now)
    months = sorted({*selectors.months_with_totals(membership), selectors.month_of(now), month}, reverse=True)
    rates = selectors.rates_in_use(membership, now.date())
    currencies = {rate.currency for rate in rates}
    return CostsPage(
        month=month,
        months=tuple(MonthLink(each, f"{url}?month={each:%Y-%m}", each == month) for each in months),
        total=sums(selectors.sum_of(line for lines in totals.values() for line in lines)),
        connections=tuple(
            _connection_costs(slug, each, totals.get(each.pk, ()), allowances[each.pk], currencies, refused)
            for each in connections
        ),
        export_url=f"{reverse('pricing:export', args=[slug])}?month={month:%Y-%m}",
        rates=tuple(_rate_row(rate) for rate in rates[:SHOWN_RATES]),
        more_rates=max(len(rates) - SHOWN_RATES, 0),
        rates_url=reverse("pricing:rates", args=[slug]),
        problems=tuple(problems),
        imported=imported,
    )


def room_costs(membership: Membership, room_id: int, connection: Connection) -> RoomCosts:
    now = clock.now()
    lines = selectors.totals_of_room(membership, room_id)
    conversation = selectors.open_conversation(membership, room_id, now)
    allowance = selectors.allowances([connection], now=now)[connection.pk]
    return RoomCosts(
        rows=tuple(map(_row, lines)),
        total=sums(selectors.sum_of(lines)),
        conversation=conversation_words(conversation) if conversation else "",
        until=conversation.expires_at if conversation else None,
        ad=ad_words() if selectors.has_unanswered_ad(membership.workspace_id, room_id, now) else "",
        budget=budget_words(allowance),
        budget_level=_level(allowance),
    )


def month_as_csv(membership: Membership, month: date) -> str:
    """Return the month's costs as a spreadsheet reads them."""
    totals = selectors.totals_of_month(membership, month)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["month", "connection", "category", "messages", "paid", "without_rate", "amount", "currency"])
    for connection in selectors.connections_with_costs(membership, totals):
        for line in totals.get(connection.pk, ()):
            writer.writerow(
                [
                    f"{month:%Y-%m}",
                    _cell(connection.name),
                    _cell(line.category),
                    line.messages,
                    line.paid_messages,
                    line.unpriced_messages,
                    f"{line.amount:f}",
                    line.currency,
                ]
            )
    return file.getvalue()


def _cell(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _connection_costs(
    slug: str,
    connection: Connection,
    lines: Sequence[Line],
    allowance: Allowance,
    currencies: Set[str],
    refused: tuple[int, str, str] | None,
) -> ConnectionCosts:
    value = f"{allowance.budget:f}" if allowance.budget is not None else ""
    _pk, typed, error = refused if refused is not None and refused[0] == connection.pk else (0, value, "")
    return ConnectionCosts(
        name=connection.name,
        channel=connection.channel,
        channel_label=str(Channel(connection.channel).label),
        rows=tuple(map(_row, lines)),
        total=sums(selectors.sum_of(lines)),
        budget=BudgetForm(
            url=reverse("pricing:budget", args=[slug, connection.pk]),
            field_id=f"budget-{connection.pk}",
            value=typed,
            words=budget_words(allowance),
            percent=min(int(allowance.share * 100), 100) if allowance.budget else None,
            level=_level(allowance),
            caution=bool(allowance.budget and currencies - {allowance.currency}),
            error=error,
        ),
    )


def _level(allowance: Allowance) -> str:
    if allowance.is_used_up:
        return "used"
    return "near" if allowance.is_near else ""


def _row(line: Line) -> CostRow:
    return CostRow(
        category_label(line.category),
        line.messages,
        line.paid_messages,
        line.unpriced_messages,
        money(line.amount, line.currency),
    )


def _rate_row(rate: Rate) -> RateRow:
    return RateRow(
        country="" if rate.country == ANYWHERE else rate.country,
        category=category_label(rate.category),
        price=money(rate.amount, rate.currency, places=3),
        valid_from=rate.valid_from,
        valid_until=rate.valid_until,
        note=rate.note,
        is_own=rate.is_own,
    )
