"""How many signed webhooks a second one daphne stores durably, as a share of what the database itself can do.

The worker does not run, but for the last line, where it makes messages of all this on the same cores. Waking it is
part of the work either way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import psycopg

from .cast import Business, open_business
from .limit import inserts_per_second
from .load import closed_loop
from .report import Spread, Verdict, print_table, quantile
from .stage import Stage

TARGET_CONNECTIONS = 8
TARGET = 0.10
CUSTOMERS = 5000
_MOST_A_SECOND = 5000
_WORKER_STARTS = 5.0


def run(stage: Stage) -> list[Verdict]:
    business = open_business("Accept")
    rows: list[list[str]] = []
    ratios: dict[int, Spread] = {}
    with stage.web() as port:
        _accept(port, business, connections=8, seconds=1)  # warm: caches, prepared statements, the pool
        for connections in (TARGET_CONNECTIONS,) if stage.quick else (1, TARGET_CONNECTIONS, 32):
            ratios[connections], row = _compare(stage, port, business, connections)
            rows.append([str(connections), *row])
        with stage.worker():
            time.sleep(_WORKER_STARTS)
            _ratio, row = _compare(stage, port, business, TARGET_CONNECTIONS)
            rows.append([f"{TARGET_CONNECTIONS}, worker busy", *row])
    print_table(["connections", "pgbench/s", "webhooks/s", "p50 ms", "p99 ms", "ratio"], rows)
    ratio = ratios[TARGET_CONNECTIONS]
    what = f"durable webhooks ÷ durable inserts, c={TARGET_CONNECTIONS}"
    return [Verdict(what, ratio.show(3), f"≥ {TARGET:.2f}", ratio.median >= TARGET)]


def _compare(stage: Stage, port: int, business: Business, connections: int) -> tuple[Spread, list[str]]:
    """Measure limit and product in turn, some rounds; return the ratio and the cells of the table's row."""
    seconds = 1 if stage.quick else 4
    limits, rates, latencies = [], [], list[float]()
    for _ in range(stage.rounds(3)):
        limits.append(inserts_per_second(stage, clients=connections, seconds=seconds))
        rate, times = _accept(port, business, connections=connections, seconds=seconds)
        _forget_events(stage)
        rates.append(rate)
        latencies += times
    ratio = Spread.of([rate / limit for rate, limit in zip(rates, limits, strict=True)])
    milliseconds = [f"{quantile(latencies, share) * 1000:.1f}" for share in (0.5, 0.99)]
    return ratio, [Spread.of(limits).show(), Spread.of(rates).show(), *milliseconds, ratio.show(3)]


def _accept(port: int, business: Business, *, connections: int, seconds: float) -> tuple[float, list[float]]:
    requests = list(_requests(business, int(seconds * _MOST_A_SECOND)))
    return asyncio.run(closed_loop(port, iter(requests), connections=connections, seconds=seconds))


_serial = iter(range(10**9))


def _requests(business: Business, count: int) -> Iterator[bytes]:
    for _ in range(count):
        number = next(_serial)
        body = business.body(f"accept{number}", phone=85290000000 + number % CUSTOMERS, text="Is my order ready?")
        yield business.request(body)


def _forget_events(stage: Stage) -> None:
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE webhooks_webhookevent")
