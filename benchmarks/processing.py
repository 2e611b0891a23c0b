"""How many stored webhooks a second one worker process turns into messages that agents can see.

Each webhook holds one message. `process_pending` is called as the Celery task calls it, over events stored before, so
this is the rate at which a backlog shrinks. With a listener, every batch is also rendered and published.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
from django.conf import settings

from inbox.chatrooms.models import Message
from inbox.devstack.stack import ROOT
from inbox.lib.memory import settle
from inbox.realtime import publish
from inbox.webhooks.actions import process_pending
from inbox.webhooks.ledger import STORE
from inbox.workspaces.tenancy import PLATFORM_SETTING, scope

from . import listener
from .cast import Business, open_business
from .limit import inserts_per_second
from .report import Spread, Verdict, print_table
from .stage import Stage, UnableToMeasure

TARGET = 800
EVENTS = 5000


def run(stage: Stage) -> list[Verdict]:
    business = open_business("Processing")
    events = 300 if stage.quick else EVENTS
    settle()  # as in every worker
    _process(stage, business, _phones("known", events))  # these customers are known from now on
    rates: dict[tuple[str, str], list[float]] = {}
    limits: list[float] = []
    for number in range(stage.rounds(3)):
        limits.append(inserts_per_second(stage, clients=1, seconds=1 if stage.quick else 3))
        for listening in ("nobody", "one agent"):
            for customers in ("known", "new"):
                phones = _phones("known" if customers == "known" else f"{number}{listening}", events)
                with _inbox_socket(business) if listening == "one agent" else nullcontext():
                    rate = _process(stage, business, phones)
                rates.setdefault((listening, customers), []).append(rate)
    rows = []
    for (listening, customers), values in rates.items():
        ratio = Spread.of([rate / limit for rate, limit in zip(values, limits, strict=True)])
        rows.append([listening, customers, Spread.of(values).show(), ratio.show(2)])
    print(f"  limit: {Spread.of(limits).show()} durable inserts/s over one connection")
    print_table(["listening", "customers", "messages/s", "ratio"], rows)
    return [
        Verdict(
            f"messages/s of one worker process, {customers} customers, listening: {listening}",
            Spread.of(values).show(),
            f"≥ {TARGET}",
            Spread.of(values).median >= TARGET,
        )
        for (listening, customers), values in rates.items()
    ]


def _process(stage: Stage, business: Business, phones: list[int]) -> float:
    """Store one event for each phone, process them all, check that nothing is missing; return messages/s."""
    _store(stage, business, phones)
    before = _messages(business)
    began_at = time.perf_counter()
    process_pending()
    seconds = time.perf_counter() - began_at
    if _messages(business) - before != len(phones):
        raise UnableToMeasure("Not every event became a message.")
    return len(phones) / seconds


_serial = iter(range(10**9))


def _store(stage: Stage, business: Business, phones: list[int]) -> None:
    """Write events down with the door's own statement."""
    bodies = [business.body(f"processing{next(_serial)}", phone=phone, text="Is my order ready?") for phone in phones]
    fingerprints = [hashlib.sha256(body).digest() for body in bodies]
    with psycopg.connect(stage.database_url, autocommit=True, options=f"-c {PLATFORM_SETTING}=on") as connection:
        connection.execute("TRUNCATE webhooks_webhookevent")
        connection.execute(STORE, ([business.app.pk] * len(bodies), fingerprints, bodies))
        connection.execute("VACUUM ANALYZE")


def _phones(who: str, count: int) -> list[int]:
    """Return the phones of a group of customers; each group has its own."""
    first = 85_000_000_000 + int.from_bytes(hashlib.sha256(who.encode()).digest()[:4]) % 10_000 * 100_000
    return list(range(first, first + count))


def _messages(business: Business) -> int:
    with scope(business.workspace.pk):
        return Message.objects.filter(workspace=business.workspace).count()


@contextmanager
def _inbox_socket(business: Business) -> Iterator[None]:
    """Subscribe to the workspace's inbox as a daphne with one agent does, in a process of its own."""
    group = publish.inbox_group(business.workspace.pk, settings.LANGUAGE_CODE)
    channel = f"{settings.CHANNEL_PREFIX}__group__{group}"
    command = [sys.executable, "-m", listener.__name__, settings.REDIS_URL, channel]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline().strip() if process.stdout else ""
            if said != listener.SUBSCRIBED or publish.audience([group]) != {group}:
                raise UnableToMeasure("The listener did not subscribe.")
            yield
        finally:
            process.terminate()
