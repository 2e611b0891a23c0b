"""What things cost, and have cost: asked by the pages, and by whoever is about to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership

from .countries import ANYWHERE, country_of
from .estimating import DOLLARS, NOTHING, Estimate, Rate
from .estimating import estimate as estimate_from
from .models import BillingConversation, Budget, Charge, MonthlyTotal, PlatformRate, WorkspaceRate

_RATE_FIELDS = ("channel", "country", "category", "amount", "currency", "valid_from", "valid_until", "note")
WARN_AT = Decimal("0.8")


def rates_for(workspace_id: int, channels: Iterable[str], countries: Iterable[str]) -> list[Rate]:
    """Return every rate that may hold for these countries, the workspace's and the platform's. Two queries."""
    places = Q(channel__in=set(channels), country__in={*countries, ANYWHERE})
    own = WorkspaceRate.objects.filter(places, workspace_id=workspace_id).values(*_RATE_FIELDS)
    platform = PlatformRate.objects.filter(places).values(*_RATE_FIELDS)
    return [Rate(**row, is_own=is_own) for rows, is_own in ((own, True), (platform, False)) for row in rows]


def estimate(
    connection: Connection,
    phone: str,
    category: str,
    *,
    in_window: bool,
    now: datetime,
    in_entry_point: bool = False,
) -> Estimate:
    """Return what a template of a category to a number would cost now. `in_window`: Mode.FREE. Two queries."""
    country = country_of(phone)
    return estimate_from(
        rates_for(connection.workspace_id, {connection.channel}, {country}),
        channel=connection.channel,
        country=country,
        category=category,
        in_window=in_window,
        in_entry_point=in_entry_point,
        on=now.date(),
    )


# --- budgets --------------------------------------------------------------------------------------------------------


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


def allowances(connections: Iterable[Connection], *, now: datetime | None = None) -> dict[int, Allowance]:
    """Return what each connection may still spend this month. One query for those of any workspaces."""
    asked = list(connections)
    found = {connection.pk: Allowance(connection.pk, None, DOLLARS, NOTHING) for connection in asked}
    spent = (
        MonthlyTotal.objects.filter(
            workspace_id=OuterRef("workspace_id"),
            connection_id=OuterRef("connection_id"),
            month=month_of(now or clock.now()),
            currency=OuterRef("currency"),
        )
        .order_by()
        .values("connection_id")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    budgets = Budget.objects.filter(
        workspace_id__in={connection.workspace_id for connection in asked}, connection_id__in=found
    )
    for row in budgets.annotate(spent=Coalesce(Subquery(spent), NOTHING)):
        found[row.connection_id] = Allowance(row.connection_id, row.amount, row.currency, row.spent)
    return found


def may_spend(
    connection: Connection, amount: Decimal | None, currency: str = DOLLARS, *, now: datetime | None = None
) -> bool:
    """Say whether the connection's budget allows a message of this price. One query."""
    return allowances([connection], now=now)[connection.pk].allows(amount, currency)


# --- totals ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What a number of messages cost together, in one currency."""

    category: str
    currency: str
    messages: int
    paid_messages: int
    unpriced_messages: int
    amount: Decimal


def month_of(moment: datetime) -> date:
    return moment.date().replace(day=1)


def months_with_totals(membership: Membership) -> list[date]:
    """Return the months in which there were charges, newest first."""
    totals = MonthlyTotal.objects.filter(workspace_id=membership.workspace_id)
    return list(totals.order_by("-month").values_list("month", flat=True).distinct())


def totals_of_month(membership: Membership, month: date) -> Mapping[int, Sequence[Line]]:
    """Return the lines of each connection, by category."""
    rows = MonthlyTotal.objects.filter(workspace_id=membership.workspace_id, month=month, messages__gt=0)
    found: dict[int, list[Line]] = {}
    for row in rows.order_by("category", "currency"):
        found.setdefault(row.connection_id, []).append(
            Line(row.category, row.currency, row.messages, row.paid_messages, row.unpriced_messages, row.amount)
        )
    return found


def sum_of(lines: Iterable[Line]) -> dict[str, Decimal]:
    """Return the amounts by currency; zero dollars if there are none."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.amount:
            sums[line.currency] = sums.get(line.currency, NOTHING) + line.amount
    return sums or {DOLLARS: NOTHING}


def totals_of_room(membership: Membership, room_id: int) -> list[Line]:
    """Return what a room has cost, by category."""
    rows = (
        Charge.objects.filter(workspace_id=membership.workspace_id, chatroom_id=room_id)
        .values("category", "currency")
        .annotate(
            messages=Count("pk"),
            paid_messages=Count("pk", filter=Q(amount__gt=0)),
            unpriced_messages=Count("pk", filter=Q(is_priced=False)),
            total=Sum("amount"),
        )
        .order_by("category", "currency")
    )
    return [
        Line(
            row["category"],
            row["currency"],
            row["messages"],
            row["paid_messages"],
            row["unpriced_messages"],
            row["total"],
        )
        for row in rows
    ]


def open_conversation(membership: Membership, room_id: int, now: datetime) -> BillingConversation | None:
    rows = BillingConversation.objects.filter(
        workspace_id=membership.workspace_id, chatroom_id=room_id, expires_at__gt=now
    )
    return rows.order_by("-expires_at", "-pk").first()


def connections_with_costs(membership: Membership, also: Iterable[int]) -> list[Connection]:
    """Return the connections whose channel bills for messages, and those named, by name. Without credentials."""
    named = set(also)
    rows = Connection.objects.filter(workspace_id=membership.workspace_id).defer("credentials").order_by("name", "pk")
    return [row for row in rows if row.adapter.capabilities.bills_messages or row.pk in named]


def rates_in_use(membership: Membership, today: date) -> list[Rate]:
    """Return the rates that hold today or will, the workspace's own first."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    own = WorkspaceRate.objects.filter(current, workspace_id=membership.workspace_id)
    platform = PlatformRate.objects.filter(current)
    order = ("channel", "country", "category", "valid_from")
    return [
        *(Rate(**row, is_own=True) for row in own.order_by(*order).values(*_RATE_FIELDS)),
        *(Rate(**row) for row in platform.order_by(*order).values(*_RATE_FIELDS)),
    ]
