"""Messages that are due in the same second, from waiting to the outbox: batches, and one Celery task for each.

Five workspaces share 10,000 messages. Nothing is sent: no process serves the queue of the dispatcher. Both ways run on
a worker of the product's size, and the clock runs from the first wake-up until no row waits any more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import current_app
from django.db import connection

from inbox.chatrooms.models import Chatroom, Direction, Message, OutboxEntry
from inbox.lib import clock
from inbox.scheduling.models import ScheduledMessage, ScheduleState
from inbox.workspaces.tenancy import platform_scope

from .cast import Business, open_business
from .crowd import fill
from .report import Spread, Verdict, print_table
from .stage import Stage, UnableToMeasure, running

BUSINESSES = 5
TARGET = 20.0
_PATIENCE = 300.0
_READY = 60.0
_SCHEDULE = """
INSERT INTO scheduling_scheduledmessage (workspace_id, chatroom_id, author_id, client_id, text, split_agreed, fallback,
                                         due_at, zone, wall_time, cancel_if_customer_writes, seen_inbound, state,
                                         reason, reason_text, created_at)
SELECT workspace_id, id, %(agent)s, gen_random_uuid(), 'Your order is ready', false, '{}', now(), 'UTC',
       '2026-11-23T09:00', false, inbound_count, 'waiting', '', '', now()
FROM chatrooms_chatroom WHERE workspace_id = %(workspace)s
"""


def run(stage: Stage) -> list[Verdict]:
    businesses = [open_business(f"Scheduling {number}") for number in range(BUSINESSES)]
    count = 500 if stage.quick else 10_000
    fill(stage, dict.fromkeys(businesses, count // BUSINESSES))
    batches, tasks, late = [], [], []
    with _one_task_worker():
        _until(lambda: _one_by_one(businesses, 1) > 0, _READY)
        for _ in range(stage.rounds(3)):
            tasks.append(_one_by_one(businesses, max(count // 5, 100)))
    with stage.worker():
        _all_due(businesses)
        _batches()  # the worker starts
        for _ in range(stage.rounds(3)):
            _all_due(businesses)
            before = _messages()
            batches.append(_batches())
            late.append(_lateness())
            if _messages() - before != count:
                raise UnableToMeasure(f"{_messages() - before} messages of {count}: some were lost, or sent twice.")
    ours, theirs = Spread.of(batches), Spread.of(tasks)
    rows = [["batches of the product", ours.show()], ["one Celery task each", theirs.show()]]
    print_table(["way", "messages/s"], rows)
    print(f"  the last of {count} left waiting {Spread.of(late).show(2)} s after it was due")
    ratio = ours.median / theirs.median
    return [Verdict("batches ÷ one task each", f"{ratio:.0f}×", f"≥ {TARGET:.0f}×", ratio >= TARGET)]


def _all_due(businesses: list[Business]) -> None:
    """Make one message due in every chat, in windows that are open."""
    with platform_scope("benchmark"):
        ScheduledMessage.objects.all().delete()
        OutboxEntry.objects.all().delete()
        Chatroom.objects.update(last_inbound_at=clock.now() - timedelta(hours=1))
        with connection.cursor() as cursor:
            for business in businesses:
                cursor.execute(_SCHEDULE, {"workspace": business.workspace.pk, "agent": business.agent.pk})
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _batches() -> float:
    """Wake the worker as two ticks do; return messages a second."""
    count = _waiting()
    started = time.perf_counter()
    for _tick in range(2):
        current_app.send_task("inbox.scheduling.tasks.send_due", queue="inbound")
    _until(lambda: not _waiting(), _PATIENCE)
    return count / (time.perf_counter() - started)


def _one_by_one(businesses: list[Business], count: int) -> float:
    """Enqueue a task for each of some messages; return messages a second."""
    from .one_task import NAME, QUEUE

    _all_due(businesses)
    with platform_scope("benchmark"):
        ids = list(ScheduledMessage.objects.values_list("pk", flat=True)[:count])
    left = _waiting() - len(ids)
    started = time.perf_counter()
    for row_id in ids:
        current_app.send_task(NAME, kwargs={"row_id": row_id}, queue=QUEUE)
    _until(lambda: _waiting() <= left, _PATIENCE)
    return len(ids) / (time.perf_counter() - started)


def _lateness() -> float:
    """Return by how many seconds the last message was late."""
    with platform_scope("benchmark"):
        pairs = ScheduledMessage.objects.filter(state=ScheduleState.SENT).values_list("settled_at", "due_at")
        return max((settled - due).total_seconds() for settled, due in pairs if settled)


def _waiting() -> int:
    with platform_scope("benchmark"):
        return ScheduledMessage.objects.filter(state=ScheduleState.WAITING).count()


def _messages() -> int:
    with platform_scope("benchmark"):
        return Message.objects.filter(direction=Direction.OUTBOUND, text="Your order is ready").count()


def _until(is_so: Callable[[], bool], patience: float) -> None:
    give_up_at = time.monotonic() + patience
    while not is_so():
        if time.monotonic() > give_up_at:
            raise UnableToMeasure(f"It took more than {patience:.0f} seconds.")
        time.sleep(0.02)


@contextmanager
def _one_task_worker() -> Iterator[None]:
    from .one_task import QUEUE

    celery = (sys.executable, "-m", "celery", "-A", "benchmarks.one_task", "--quiet", "worker", "-Q", QUEUE)
    with running("one-task worker", [*celery, "-c", "2", "--loglevel", "WARNING"]):
        yield
