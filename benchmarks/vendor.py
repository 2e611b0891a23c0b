"""Scheduled messages through to the vendor: worker, dispatcher and beat of the product, and the simulator over HTTP.

With limits off, the vendor answers after 100 ms; the comparison is one Celery task a message with `eta`, which hands it
over and marks its row, in as many processes as the product's dispatcher has; for information, also in five times as
many. The time is that of the last arrival at the vendor, counted from when all were due.

With limits, the vendor answers at once and takes everything, so that its log shows how fast the product was. 80 a second
and number: n messages of a number take n / 80 - 1 seconds at best, because a second's worth may leave at once. Twenty
numbers may send 1,600 a second, which is more than a small machine can, so the ideal is the longer of that time and the
one that the machine needs for so many without waiting for a limit: measured in the same run, with 80 for each number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from celery import current_app
from django.conf import settings

from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.tenancy import platform_scope

from .cast import Business, introduce, open_business
from .crowd import fill
from .due import TEXT, left, put_off, schedule, until, waiting
from .report import Verdict, print_table
from .stage import Stage, UnableToMeasure

NUMBERS, FEW = 20, 2
LIMIT = 80
# What may arrive in one second besides: requests of the second before that were held up on the way.
BURST = 20
ETA_TARGET, LIMIT_TARGET = 0.6, 1.15
_DELAY = 0.1
# Time to enqueue what is due then.
_LEAD = timedelta(seconds=6)
_FAR = timedelta(days=1)


@dataclass(frozen=True)
class _Run:
    """What the vendor's log says: seconds from the due time to the first and the last arrival, and the worst second."""

    count: int
    first: float
    last: float
    peak: int

    @property
    def makespan(self) -> float:
        return self.last - self.first


def run(stage: Stage) -> list[Verdict]:
    each, fleet_each, few_each = (10, 90, 100) if stage.quick else (20, 240, 800)
    with stage.vendor() as vendor:
        vendor.settings(number_limit=0, pair_limit=0)
        numbers = 4 if stage.quick else NUMBERS
        fleet = [_open(vendor, f"Fleet {number}") for number in range(numbers)]
        few = [_open(vendor, f"Few {number}") for number in range(FEW)]
        fill(stage, dict.fromkeys(fleet, fleet_each) | dict.fromkeys(few, few_each))
        vendor.faults(delay=_DELAY)
        tasks = {processes: _with_eta(vendor, fleet, each, processes) for processes in (2, 10)}
        with stage.background():
            _send(vendor, fleet, 1)  # the processes start
            ours = _send(vendor, fleet, each)
            many = _send(vendor, fleet, fleet_each)
            vendor.faults()
            limited = [_limited(vendor, fleet, fleet_each), _limited(vendor, few, few_each)]
    rows = [_row("product", ours), _row("product, more of them", many)]
    rows += [_row(f"Celery eta, {processes} processes", run) for processes, run in tasks.items()]
    print_table([f"vendor at {_DELAY * 1000:.0f} ms", "messages", "first after s", "last after s", "messages/s"], rows)
    print_table(
        [f"limit {LIMIT}/s each", "messages", "makespan s", "by limits s", "by machine s", "worst second"],
        [one.cells() for one in limited],
    )
    print(f"  last message ÷ Celery eta in five times as many processes: {ours.last / tasks[10].last:.2f} (no target)")
    eta = ours.last / tasks[2].last
    verdicts = [Verdict("last message ÷ Celery eta", f"{eta:.2f}", f"≤ {ETA_TARGET}", eta <= ETA_TARGET)]
    return verdicts + [verdict for one in limited for verdict in one.verdicts()]


@dataclass(frozen=True)
class _Limited:
    """A run that limits slow down; `by_limits` and `by_machine` are the seconds that it takes at best."""

    numbers: int
    run: _Run
    by_limits: float
    by_machine: float

    def cells(self) -> list[str]:
        run, seconds = self.run, (self.run.makespan, self.by_limits, self.by_machine)
        return [f"{self.numbers} numbers", f"{run.count}", *(f"{one:.2f}" for one in seconds), f"{run.peak}"]

    def verdicts(self) -> list[Verdict]:
        ratio, most = self.run.makespan / max(self.by_limits, self.by_machine), LIMIT + BURST
        return [
            Verdict(
                f"makespan ÷ ideal, {self.numbers} numbers", f"{ratio:.2f}", f"≤ {LIMIT_TARGET}", ratio <= LIMIT_TARGET
            ),
            Verdict(f"worst second, {self.numbers} numbers", f"{self.run.peak}", f"≤ {most}", self.run.peak <= most),
        ]


def _limited(vendor: SimulatorClient, businesses: Sequence[Business], each: int) -> _Limited:
    """Send a second's worth of every number, to see how fast the machine is, and then all."""
    free = _send(vendor, businesses, min(LIMIT, each))
    run = _send(vendor, businesses, each)
    return _Limited(len(businesses), run, each / LIMIT - 1, run.count * free.makespan / free.count)


def _row(name: str, run: _Run) -> list[str]:
    return [name, f"{run.count}", f"{run.first:.2f}", f"{run.last:.2f}", f"{run.count / run.last:.0f}"]


def _open(vendor: SimulatorClient, name: str) -> Business:
    business = open_business(name)
    introduce(vendor, business)
    return business


def _send(vendor: SimulatorClient, businesses: Sequence[Business], each: int) -> _Run:
    """Let the product send a message in each of so many chats of every business, all due at once."""
    schedule(businesses, each=each, due_at=clock.now() + _FAR)
    due_at = clock.now() + timedelta(seconds=1)
    put_off(due_at)
    until(lambda: not left())
    return _arrivals(vendor, due_at, each * len(businesses))


def _with_eta(vendor: SimulatorClient, businesses: Sequence[Business], each: int, processes: int) -> _Run:
    """Enqueue a task with `eta` for each of so many chats of every business."""
    from .one_task import POST, QUEUE
    from .scheduling import task_worker

    with task_worker(processes=processes):
        for count in (1, each):  # the first is for the worker to start
            schedule(businesses, each=count, due_at=clock.now() + _FAR)
            due_at = clock.now() + _LEAD
            put_off(due_at)
            for task in _tasks(vendor):
                current_app.send_task(POST, kwargs=task, queue=QUEUE, eta=due_at)
            until(lambda: not waiting())
    return _arrivals(vendor, due_at, each * len(businesses))


def _tasks(vendor: SimulatorClient) -> list[dict[str, object]]:
    with platform_scope("benchmark"):
        found = ScheduledMessage.objects.values_list(
            "pk", "workspace_id", "chatroom__connection__account_id", "chatroom__customer__identities__value"
        )
        return [
            {
                "row_id": pk,
                "workspace_id": workspace,
                "url": urljoin(vendor.base_url, f"/{settings.GRAPH_API_VERSION}/{account}/messages"),
                "to": to,
                "text": TEXT,
            }
            for pk, workspace, account, to in found
        ]


def _arrivals(vendor: SimulatorClient, due_at: datetime, count: int) -> _Run:
    """Read the vendor's log. Raises UnableToMeasure unless each message arrived once."""
    arrived = [message for message in vendor.sent() if message.at >= due_at.timestamp()]
    if len(arrived) != count or len({(message.account, message.to) for message in arrived}) != count:
        raise UnableToMeasure(f"{len(arrived)} of {count} messages arrived: some were lost, or sent twice.")
    times: defaultdict[str, list[float]] = defaultdict(list)
    for message in arrived:
        times[message.account].append(message.at - due_at.timestamp())
    every = sorted(at for some in times.values() for at in some)
    return _Run(count, every[0], every[-1], max(_worst_second(some) for some in times.values()))


def _worst_second(times: Sequence[float]) -> int:
    """Return the most arrivals in any stretch of one second."""
    ordered = sorted(times)
    worst, first = 0, 0
    for last, at in enumerate(ordered):
        while ordered[first] <= at - 1:
            first += 1
        worst = max(worst, last - first + 1)
    return worst
