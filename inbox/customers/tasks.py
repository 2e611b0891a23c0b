"""Background work of customers. Each task is an interface: ids in, one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def fetch_profile(*, workspace_id: int, customer_id: int, connection_id: int, **_: object) -> bool:
    return actions.fetch_profile(workspace_id=workspace_id, customer_id=customer_id, connection_id=connection_id)
