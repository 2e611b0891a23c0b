"""Messages that are due in the same second, all the way: scheduled, settled, dispatched, over HTTP to the simulator.

Everything but the web process runs as in production, with five numbers; the vendor answers at once, limits nothing and
reports nothing back. Its log is compared with the database, message by message. What the product itself allows a number,
80 a second, bounds the rate from above.

Then the same with the dispatcher's busiest process killed when half are left. What it had on its way is never sent again:
after its lease these messages are `unknown`, and an agent is asked. Sent and unknown must be all, and none twice.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from inbox.chatrooms.models import Direction, Message, MessageState
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope

from .cast import Business, introduce
from .due import TEXT, left, put_off, schedule, until
from .report import Verdict, print_table, quantile
from .stage import Stage, UnableToMeasure, kill_busiest

_FAR = timedelta(days=1)
# Time to write the due time of ten thousand rows.
_LEAD = timedelta(seconds=4)
# How long a dispatcher that was killed still holds its messages; longer than any answer takes here.
_LEASE_SECONDS = 20
_LOOK_EVERY = 0.25
_PATIENCE = 120.0


@dataclass(frozen=True)
class _Run:
    """`late`: seconds from the due time to each arrival at the vendor, in order. `taken`: how many of the `unknown` it has.

    `left`: how many waited when a process was killed."""

    late: Sequence[float]
    sent: int
    unknown: int
    taken: int
    left: int = 0

    def cells(self, name: str) -> list[str]:
        seconds = (quantile(self.late, 0.5), quantile(self.late, 0.99), self.late[-1])
        return [name, f"{len(self.late)}", *(f"{one:.1f}" for one in seconds), f"{len(self.late) / self.late[-1]:.0f}"]


def run(stage: Stage, businesses: Sequence[Business], each: int) -> list[Verdict]:
    """Send a message in each of so many chats of every business, twice."""
    count = each * len(businesses)
    with stage.vendor() as vendor, _lease(_LEASE_SECONDS):
        vendor.settings(number_limit=0, pair_limit=0)
        for business in businesses:
            introduce(vendor, business)
        with stage.background() as sender:
            _send(vendor, businesses, 1)  # the processes start
            whole = _send(vendor, businesses, each)
            killed = _send(vendor, businesses, each, kill=sender)
    if whole.unknown:
        raise UnableToMeasure(f"The fate of {whole.unknown} messages is unknown, though nothing was killed.")
    head = ["all the way", "arrived", "half after s", "p99 after s", "last after s", "messages/s"]
    print_table(head, [whole.cells("undisturbed"), killed.cells("a process killed")])
    rate = businesses[0].number.adapter.capabilities.account_rate
    at_best = each / rate.count * rate.seconds - rate.seconds
    print(f"  {len(businesses)} numbers at {rate.count} a second each need {at_best:.1f} s at best")
    print(f"  killed while {killed.left} were left: {killed.unknown} unknown, of which the vendor has {killed.taken}")
    found = f"{killed.sent} sent + {killed.unknown} unknown"
    return [
        Verdict("all the way, each once", f"{whole.sent} of {count}", "all", whole.sent == count),
        Verdict("all the way, a dispatcher killed midway, none twice", found, f"{count}", True),
    ]


@contextmanager
def _lease(seconds: int) -> Iterator[None]:
    """Let processes that are started meanwhile give up a dead dispatcher's messages after so long."""
    os.environ["OUTBOX_LEASE_SECONDS"] = str(seconds)  # noqa: TID251
    try:
        yield
    finally:
        del os.environ["OUTBOX_LEASE_SECONDS"]  # noqa: TID251


def _send(
    vendor: SimulatorClient, businesses: Sequence[Business], each: int, *, kill: subprocess.Popen[bytes] | None = None
) -> _Run:
    """Make them due and look on until none is on its way; with `kill`, end that worker's busiest process midway."""
    schedule(businesses, each=each, due_at=clock.now() + _FAR)
    due_at = clock.now() + _LEAD
    put_off(due_at)
    count, waited = each * len(businesses), 0
    if kill is not None:
        until(lambda: left() <= count // 2, _PATIENCE, every=_LOOK_EVERY)
        kill_busiest(kill)
        waited = left()
    until(lambda: not left(), _PATIENCE, every=_LOOK_EVERY)
    log = [message for message in vendor.sent() if message.at >= due_at.timestamp()]
    arrived = Counter(message.correlation.partition(":")[0] for message in log)
    sent, unknown = _ids(MessageState.SENT), _ids(MessageState.UNKNOWN)
    twice = sum(times > 1 for times in arrived.values())
    lost = count - len(sent | unknown) + len(sent - arrived.keys())
    if twice or lost or arrived.keys() - sent - unknown:
        raise UnableToMeasure(f"Of {count} messages {twice} were sent twice and {lost} were lost.")
    late = sorted(message.at - due_at.timestamp() for message in log)
    return _Run(late, len(sent), len(unknown), len(unknown & arrived.keys()), waited)


def _ids(state: MessageState) -> set[str]:
    """Return the client ids of this round's messages in a state."""
    with platform_scope("benchmark"):
        found = Message.objects.filter(direction=Direction.OUTBOUND, text=TEXT, state=state)
        return {str(client_id) for client_id in found.values_list("client_id", flat=True)}
