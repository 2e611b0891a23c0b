"""Background work of pricing. Each task is an interface: ids in, one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def price_charges(**_: object) -> int:
    return actions.price_charges()
