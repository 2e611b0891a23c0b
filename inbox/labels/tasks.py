"""Background work of labels. Each task is an interface: one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def purge_deleted_labels(**_: object) -> int:
    """Woken when a label was deleted, and by a sweep."""
    return actions.purge_deleted_labels()
