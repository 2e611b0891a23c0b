"""Background work of scheduling. Each task is an interface: one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def send_due(**_: object) -> int:
    """Send what is due. Asked for by every tick of the beat."""
    return actions.send_due()
