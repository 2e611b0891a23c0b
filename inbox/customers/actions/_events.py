"""What happened to customers: kept for their timeline, and in the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import Customer, CustomerEvent


def note(
    *,
    workspace_id: int,
    actor: Membership | None,
    customer: Customer,
    event: str,
    at: datetime | None = None,
    **facts: Any,
) -> None:
    """Note that something happened to a customer; `actor` None is the system, or the customer."""
    CustomerEvent.objects.create(
        workspace_id=workspace_id, customer=customer, event=event, facts=facts, by=actor, at=at or clock.now()
    )
    audit.record(workspace_id=workspace_id, actor=actor, verb=f"customer.{event}", subject=customer, **facts)
