"""What the benchmarks of scheduling compare with: one Celery task for each message."""

from __future__ import annotations

from functools import cache

import django
import httpx
from celery import Celery, shared_task

app = Celery("one_task")
app.config_from_object("django.conf:settings", namespace="CELERY")

QUEUE = "one-task"
MARK, SETTLE, POST = "benchmarks.mark", "benchmarks.settle", "benchmarks.post"

django.setup()


@shared_task(name=MARK)  # type: ignore[untyped-decorator]
def mark(*, row_id: int, **_: object) -> None:
    """Mark one row, in a transaction of its own, and do nothing else: the least a task can do."""
    from inbox.scheduling.models import ScheduledMessage, ScheduleState
    from inbox.workspaces.tenancy import platform_scope

    with platform_scope("benchmark"):
        ScheduledMessage.objects.filter(pk=row_id, state=ScheduleState.WAITING).update(state=ScheduleState.CANCELLED)


@shared_task(name=SETTLE)  # type: ignore[untyped-decorator]
def settle(*, row_id: int, workspace_id: int, **_: object) -> None:
    """Do for one row all that the product does, with the product's own action for one."""
    from inbox.scheduling.actions import send_now
    from inbox.scheduling.models import ScheduledMessage
    from inbox.workspaces.tenancy import scope

    with scope(workspace_id):
        row = ScheduledMessage.objects.select_related("author__user", "chatroom").get(pk=row_id)
        send_now(actor=row.author, row=row)


@shared_task(name=POST)  # type: ignore[untyped-decorator]
def post(*, row_id: int, workspace_id: int, url: str, to: str, text: str, **_: object) -> None:
    """Hand one message to the vendor and wait for the answer, then mark its row."""
    from inbox.scheduling.models import ScheduledMessage, ScheduleState
    from inbox.workspaces.tenancy import scope

    body = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": text}}
    _client().post(url, json=body, headers={"Authorization": "Bearer unused"}).raise_for_status()
    with scope(workspace_id):
        ScheduledMessage.objects.filter(pk=row_id).update(state=ScheduleState.SENT)


@cache
def _client() -> httpx.Client:
    return httpx.Client(trust_env=False)
