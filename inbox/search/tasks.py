"""Background work of search: one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def put_in_order(**_: object) -> int:
    return actions.put_in_order()
