"""Background work of message templates. Each task is an interface: ids in, one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def sync_due_templates(**_: object) -> int:
    return actions.sync_due_templates() + actions.sweep_orders()


@shared_task
def sync_templates(*, connection_id: int, **_: object) -> bool:
    return actions.sync_templates(connection_id=connection_id)


@shared_task
def carry_out_order(*, template_id: int, **_: object) -> bool:
    return actions.carry_out(template_id=template_id)
