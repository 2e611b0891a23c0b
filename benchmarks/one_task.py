"""What the benchmark of scheduling compares with: one Celery task for each message, which updates that one row."""

from __future__ import annotations

import django
from celery import Celery, shared_task

app = Celery("one_task")
app.config_from_object("django.conf:settings", namespace="CELERY")

QUEUE = "one-task"
NAME = "benchmarks.one_task.settle"

django.setup()


@shared_task(name=NAME)  # type: ignore[untyped-decorator]
def settle(*, row_id: int) -> None:
    """Mark one row, in a transaction of its own."""
    from inbox.scheduling.models import ScheduledMessage, ScheduleState
    from inbox.workspaces.tenancy import platform_scope

    with platform_scope("benchmark"):
        ScheduledMessage.objects.filter(pk=row_id, state=ScheduleState.WAITING).update(state=ScheduleState.CANCELLED)
