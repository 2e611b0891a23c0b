"""Messages that are due in the same second: settled in batches, and through to the vendor, each against Celery tasks.

Settled: five workspaces share 10,000 messages and nothing is sent, because no process serves the dispatcher's queue.
The clock runs from the first wake-up until no row waits, as another connection sees it. Two things are compared with: a
task that marks its row and does nothing else, and one that does the same work as a batch does, with the product's own
action for one message. The target is about the second. Then the same with a process of the worker killed midway.

Through to the vendor: see `all_the_way` and `vendor`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from celery import current_app

from inbox.lib import clock
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.tenancy import platform_scope

from . import all_the_way, vendor
from .cast import Business, open_business
from .crowd import fill
from .due import PATIENCE, check, schedule, until, waiting
from .report import Spread, Verdict, print_table
from .stage import Stage, kill_busiest, running

BUSINESSES = 5
TARGET = 20.0
_READY = 120.0


def run(stage: Stage) -> list[Verdict]:
    businesses = [open_business(f"Scheduling {number}") for number in range(BUSINESSES)]
    each = 100 if stage.quick else 2_000
    fill(stage, dict.fromkeys(businesses, each))
    settled = _settling(stage, businesses, each * BUSINESSES)
    return [*settled, *all_the_way.run(stage, businesses, each), *vendor.run(stage)]


@dataclass(frozen=True)
class _Round:
    """How many messages were settled, and the seconds until 99 of 100 and all of them were.

    `left`: how many waited when a process was killed."""

    count: int
    p99: float
    last: float
    left: int = 0

    @property
    def rate(self) -> float:
        return self.count / self.last


def _settling(stage: Stage, businesses: Sequence[Business], count: int) -> list[Verdict]:
    marked, settled = _tasks(stage, businesses, count)
    with stage.worker() as worker:
        _batches(businesses, count)  # the worker starts
        rounds = [_batches(businesses, count) for _ in range(stage.rounds(3))]
        killed = _batches(businesses, count, kill=worker)
    rates = Spread.of([one.rate for one in rounds])
    print_table(
        ["way", "messages/s"],
        [
            ["batches of the product", rates.show()],
            ["one task each, same work", settled.show()],
            ["one task each, marks its row only", marked.show()],
        ],
    )
    p99, last = Spread.of([one.p99 for one in rounds]), Spread.of([one.last for one in rounds])
    print(f"  of {count}: p99 {p99.show(2)} s after the wake-up, the last {last.show(2)} s; none lost, none twice")
    print(f"  a process killed while {killed.left} waited: the last after {killed.last:.2f} s; none lost, none twice")
    print(f"  ratio to tasks that only mark their row: {rates.median / marked.median:.1f}× (no target)")
    ratio = rates.median / settled.median
    return [
        Verdict("batches ÷ one task each with the same work", f"{ratio:.0f}×", f"≥ {TARGET:.0f}×", ratio >= TARGET),
        Verdict("settled once each, a process killed midway", f"{killed.count} of {count}", "all", True),
    ]


def _tasks(stage: Stage, businesses: Sequence[Business], count: int) -> tuple[Spread, Spread]:
    """Return messages a second of the two ways to have one task each, of a part of the messages: they take their time."""
    from .one_task import MARK, SETTLE

    parts = {MARK: max(count // 5, 100), SETTLE: max(count // 20, 50)}
    rates: dict[str, list[float]] = {task: [] for task in parts}
    with task_worker(processes=2):
        for task in rates:
            _one_by_one(businesses, 2, task)  # the worker starts
        for _ in range(stage.rounds(3)):
            for task, values in rates.items():
                values.append(_one_by_one(businesses, parts[task], task).rate)
    return Spread.of(rates[MARK]), Spread.of(rates[SETTLE])


def _one_by_one(businesses: Sequence[Business], count: int, task: str) -> _Round:
    """Enqueue a task for each of some messages."""
    from .one_task import QUEUE

    schedule(businesses, each=-(-count // len(businesses)), due_at=clock.now())
    with platform_scope("benchmark"):
        ids = list(ScheduledMessage.objects.values_list("pk", "workspace_id")[:count])
    extra = waiting() - len(ids)
    started = time.perf_counter()
    for row_id, workspace_id in ids:
        current_app.send_task(task, kwargs={"row_id": row_id, "workspace_id": workspace_id}, queue=QUEUE)
    return _watch(len(ids), started, extra=extra)


def _batches(businesses: Sequence[Business], count: int, *, kill: subprocess.Popen[bytes] | None = None) -> _Round:
    """Wake the worker as two ticks do; with `kill`, end its busiest process when a third is done."""
    schedule(businesses, each=count // len(businesses), due_at=clock.now())
    started = time.perf_counter()
    for _tick in range(2):
        current_app.send_task("inbox.scheduling.tasks.send_due", queue="inbound")
    left = 0
    if kill is not None:
        until(lambda: waiting() <= count * 2 // 3, _READY)
        kill_busiest(kill)
        left = waiting()
        current_app.send_task("inbox.scheduling.tasks.send_due", queue="inbound")  # the next tick
    this = _watch(count, started)
    check(count)
    return replace(this, left=left)


def _watch(count: int, started: float, *, extra: int = 0) -> _Round:
    """Look on until none of `count` waits any more."""
    until(lambda: waiting() - extra <= count // 100, PATIENCE)
    p99 = time.perf_counter() - started
    until(lambda: waiting() <= extra, PATIENCE)
    return _Round(count, p99, time.perf_counter() - started)


@contextmanager
def task_worker(*, processes: int) -> Iterator[None]:
    """Run a worker for the tasks that we compare with."""
    from .one_task import QUEUE

    celery = (sys.executable, "-m", "celery", "-A", "benchmarks.one_task", "--quiet", "worker", "-Q", QUEUE)
    with running("one-task worker", [*celery, "-c", str(processes), "--loglevel", "WARNING"]):
        yield
