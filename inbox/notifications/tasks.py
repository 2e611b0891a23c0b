"""Background work of notifications: one action call each."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def notify_changes(**_: object) -> int:
    """Find what members have to be told. A sweep each second."""
    return actions.notify_changes()


@shared_task
def push_due(**_: object) -> int:
    """Send pushes. Woken on commit, and by a sweep that finds what a lost wake-up left."""
    return actions.push_due()


@shared_task
def mail_due(**_: object) -> int:
    return actions.mail_due()


@shared_task
def purge_notifications(**_: object) -> int:
    return actions.purge_notifications()
