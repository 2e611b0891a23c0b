"""Background work of the door. Each task is an interface: one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def process_webhook_events(**_: object) -> int:
    """Process what is pending. Woken by the door, and by a sweep every few seconds."""
    return actions.process_pending()


@shared_task
def purge_webhook_events(**_: object) -> int:
    return actions.purge_events()
