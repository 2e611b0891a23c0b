"""Enqueue background work by task name, after the commit. Called by actions only.

A task is only a wake-up: the work itself is in the database and a periodic sweep finds what a lost wake-up left. So a
broker that is down is logged and never fails what the person did.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

_WORTHLESS_AFTER_SECONDS = 60


def enqueue_on_commit(task: str, **kwargs: Any) -> None:
    transaction.on_commit(lambda: enqueue(task, **kwargs), robust=True)  # a partial has no name for the log


def enqueue(task: str, *, after: float = 0.0, **kwargs: Any) -> None:
    """Enqueue a task, to begin after some seconds; keep those few, because a worker holds it in memory meanwhile."""
    try:
        current_app.send_task(
            task, kwargs=kwargs, countdown=after or None, expires=_WORTHLESS_AFTER_SECONDS, retry=False
        )
    except OperationalError as error:
        logger.warning("%s was not enqueued: %s", task, error)
