"""Rates: from a file, all or none, or one by one in the admin."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind
from inbox.connections.models import Channel
from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..estimating import Rate
from ..models import PlatformRate, RateCategory, WorkspaceRate
from ..rate_files import read_rates
from ._amounts import price_soon

_KEY = ["channel", "country", "category", "valid_from"]
_VALUES = ["amount", "currency", "valid_until", "note", "changed_at"]


def import_rates(*, actor: Membership, content: bytes) -> int:
    """Read a workspace's own rates from a CSV file: all of them, or none (RatesRefused). Return how many.

    A rate of the same country, category, channel and first day is replaced; others stay.
    """
    rates = _read(content)
    rows = [WorkspaceRate(workspace_id=actor.workspace_id, **_columns(rate)) for rate in rates]
    _store(WorkspaceRate, rows, ["workspace", *_KEY])
    audit.record(
        workspace_id=actor.workspace_id,
        actor=actor,
        verb="rates.imported",
        subject=actor.workspace,
        count=len(rows),
    )
    price_soon()
    return len(rows)


def import_platform_rates(*, content: bytes) -> int:
    """Read the platform's rates from a CSV file, as `import_rates` does a workspace's."""
    rows = [PlatformRate(**_columns(rate)) for rate in _read(content)]
    _store(PlatformRate, rows, _KEY)
    price_soon()
    return len(rows)


def save_rate(*, actor: Membership | None, rate: WorkspaceRate) -> None:
    """Store one rate of a workspace, as its admin typed it."""
    if actor is not None:
        rate.workspace_id = actor.workspace_id
    rate.changed_at = clock.now()
    rate.save()
    audit.record(
        workspace_id=rate.workspace_id,
        actor=actor,
        verb="rate.saved",
        subject=rate,
        amount=str(rate.amount),
        currency=rate.currency,
    )
    price_soon()


def save_platform_rate(*, rate: PlatformRate) -> None:
    """Store one rate of the platform, as its staff typed it."""
    rate.changed_at = clock.now()
    rate.save()
    price_soon()


def _read(content: bytes) -> list[Rate]:
    billing = {kind.value: str(kind.label) for kind in Channel if _bills(kind)}
    return read_rates(
        content,
        channels=billing,
        categories={each.value: str(each.label) for each in RateCategory},
        today=clock.now().date(),
    )


def _bills(channel: Channel) -> bool:
    return adapter_for(ChannelKind(channel.value)).capabilities.bills_messages


def _columns(rate: Rate) -> dict[str, object]:
    return {name: getattr(rate, name) for name in (*_KEY, "amount", "currency", "valid_until", "note")}


def _store(model: type[models.Model], rows: Sequence[models.Model], key: Sequence[str]) -> None:
    # In one order: two imports at once must not wait for each other.
    rows = sorted(rows, key=lambda row: [str(getattr(row, name)) for name in _KEY])
    with transaction.atomic():
        model._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=_VALUES)
