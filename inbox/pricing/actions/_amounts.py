"""What messages cost that the vendor asks money for: at the report, or later, when a rate is there that covers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import groupby

from django.db.models import Exists, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Lower, Replace, TruncDate

from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.tenancy import platform_scope, scope

from ..countries import ANYWHERE
from ..estimating import NOTHING, rate_for
from ..models import Charge, PlatformRate, WorkspaceRate
from ..selectors import rates_for
from ..settling import PER_CONVERSATION
from ._totals import add_to_totals, share_of

PRICE = "inbox.pricing.tasks.price_charges"

BATCH = 500
# How many batches one run prices: the sweep goes on.
MOST_BATCHES = 20


def set_amounts(workspace_id: int, charges: Sequence[Charge], channels: Mapping[int, str]) -> None:
    """Set what charges cost that are to be paid; those without a rate stay without a price. `channels` by connection.

    Where the vendor counts conversations, only the first message of one costs.
    """
    for charge in charges:
        charge.amount, charge.is_priced = NOTHING, True
    paid = _without_paid_conversations(workspace_id, charges)
    if not paid:
        return
    rates = rates_for(
        workspace_id, {channels[charge.connection_id] for charge in paid}, {charge.country for charge in paid}
    )
    for charge in paid:
        channel = channels[charge.connection_id]
        rate = rate_for(rates, channel=channel, country=charge.country, category=charge.category, on=charge.at.date())
        charge.is_priced = rate is not None
        if rate is not None:
            charge.amount, charge.currency = rate.amount, rate.currency


def price_soon() -> None:
    """Have what had no rate priced by those that are there after the commit."""
    enqueue_on_commit(PRICE)


def price_charges() -> int:
    """Price what had no rate and is covered by one now; return how much. What has a price keeps it."""
    total = 0
    for _batch in range(MOST_BATCHES):
        with platform_scope("messages that a rate covers now"):
            found = _coverable().order_by("workspace_id", "message_id").values_list("workspace_id", "pk")[:BATCH]
            by_workspace = [
                (workspace_id, [pk for _workspace, pk in rows])
                for workspace_id, rows in groupby(list(found), key=lambda row: row[0])
            ]
        priced = sum(_price(workspace_id, ids) for workspace_id, ids in by_workspace)
        total += priced
        if not priced:
            break
    return total


def _price(workspace_id: int, ids: Sequence[int]) -> int:
    """Price these charges, as far as nobody else is at them, in one transaction."""
    with scope(workspace_id):
        rows = Charge.objects.filter(workspace_id=workspace_id, pk__in=ids, is_priced=False)
        charges = list(
            rows.select_related("connection")
            .defer("connection__credentials")
            .order_by("message_id")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
        )
        before = [share_of(charge) for charge in charges]
        set_amounts(workspace_id, charges, {charge.connection_id: charge.connection.channel for charge in charges})
        Charge.objects.bulk_update(charges, ["amount", "currency", "is_priced"])
        add_to_totals(workspace_id=workspace_id, added=map(share_of, charges), removed=before)
    return sum(charge.is_priced for charge in charges)


def _coverable() -> QuerySet[Charge]:
    """Return the charges without a price that some rate is for, by the rules of `estimating.rate_for`."""
    exact = Lower("category")
    main = Func(Replace(exact, Value("group_")), Value("_"), Value(1), function="split_part", output_field=TextField())
    unpriced = Charge.objects.filter(is_priced=False).annotate(day=TruncDate("at", tzinfo=UTC), exact=exact, main=main)
    covering = (
        Q(channel=OuterRef("connection__channel"))
        & Q(country__in=(OuterRef("country"), ANYWHERE))
        & (Q(category=OuterRef("exact")) | Q(category=OuterRef("main")))
        & Q(valid_from__lte=OuterRef("day"))
        & (Q(valid_until=None) | Q(valid_until__gte=OuterRef("day")))
    )
    own = WorkspaceRate.objects.filter(covering, workspace_id=OuterRef("workspace_id"))
    return unpriced.filter(Exists(own) | Exists(PlatformRate.objects.filter(covering)))


def _without_paid_conversations(workspace_id: int, charges: Sequence[Charge]) -> list[Charge]:
    """Leave out messages of conversations that another message has paid for, where the vendor counts those."""
    wanted = {charge.conversation_id for charge in charges if charge.model == PER_CONVERSATION} - {""}
    if not wanted:
        return list(charges)
    own = [charge.message_id for charge in charges]
    seen = set(
        Charge.objects.filter(
            workspace_id=workspace_id,
            connection_id__in={charge.connection_id for charge in charges},
            conversation_id__in=wanted,
            amount__gt=0,
        )
        .exclude(message_id__in=own)
        .values_list("connection_id", "conversation_id")
    )
    left = []
    for charge in sorted(charges, key=lambda charge: (charge.at, charge.message_id)):
        key = (charge.connection_id, charge.conversation_id)
        if charge.model == PER_CONVERSATION and charge.conversation_id:
            if key in seen:
                continue
            seen.add(key)
        left.append(charge)
    return left
