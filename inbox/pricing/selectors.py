"""What things cost, and have cost: asked by the pages, and by whoever is about to send."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.models import Membership

from .budgets import Allowance
from .conversations import ENTRY_POINT_WAITS
from .countries import ANYWHERE, country_of
from .estimating import DOLLARS, NOTHING, EntryPoint, Estimate, Rate
from .estimating import estimate as estimate_from
from .models import BillingConversation, Budget, Charge, MonthlyTotal, PlatformRate, WorkspaceRate
from .words import budget_words, estimate_words

_RATE_FIELDS = ("channel", "country", "category", "amount", "currency", "valid_from", "valid_until", "note")


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
    entry_point: EntryPoint = EntryPoint.NONE,
) -> Estimate:
    """Return what a template of a category to a number would cost now. `in_window`: Mode.FREE. Two queries."""
    country = country_of(phone)
    return estimate_from(
        rates_for(connection.workspace_id, {connection.channel}, {country}),
        channel=connection.channel,
        country=country,
        category=category,
        in_window=in_window,
        entry_point=entry_point,
        on=now.date(),
    )


def send_note(
    connection: Connection, customer_phone: str, category: str, in_window: bool, *, room_id: int | None = None
) -> str:
    """Say beside a template what sending it now would cost; "" where the channel bills nothing.

    `customer_phone` is "" where the customer has none; with `room_id`, an ad that brought them counts too. Four queries.
    """
    if not connection.adapter.capabilities.bills_messages:
        return ""
    now = clock.now()
    entry_point = entry_point_of(connection.workspace_id, room_id, now) if room_id is not None else EntryPoint.NONE
    found = estimate(connection, customer_phone, category, in_window=in_window, now=now, entry_point=entry_point)
    return estimate_words(found)


def entry_point_of(workspace_id: int, room_id: int, now: datetime) -> EntryPoint:
    """Return what an ad makes of a message to the room now: what the vendor said, else what an answer would begin."""
    known = BillingConversation.objects.filter(
        workspace_id=workspace_id, chatroom_id=room_id, is_entry_point=True, expires_at__gt=now
    )
    if known.exists():
        return EntryPoint.OPEN
    return EntryPoint.WAITING if has_unanswered_ad(workspace_id, room_id, now) else EntryPoint.NONE


def has_unanswered_ad(workspace_id: int, room_id: int, now: datetime) -> bool:
    """Say whether an ad brought the customer so lately that an answer would make everything free for a while."""
    messages = apps.get_model("chatrooms", "Message")._default_manager.filter(
        workspace_id=workspace_id, chatroom_id=room_id
    )
    answers = messages.filter(direction="outbound", sent_at__gt=OuterRef("sent_at"))
    return messages.filter(
        ~Exists(answers), direction="inbound", sent_at__gt=now - ENTRY_POINT_WAITS, details__has_key="referral"
    ).exists()


# --- budgets --------------------------------------------------------------------------------------------------------


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


def warning_for(connection: Connection) -> str:
    """Say that the budget of this month is nearly or wholly used up, "" while it is not. One query."""
    allowance = allowances([connection])[connection.pk]
    return budget_words(allowance) if allowance.is_near else ""


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
