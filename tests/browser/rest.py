"""Between two tests that share a running product: it has nothing to do any more, so the database can be emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.conf import settings
from django.db import connection

from inbox.celery import app as celery
from inbox.devstack.simulator.client import SimulatorClient
from tests.processes import until


@contextmanager
def rest_afterwards(vendor: SimulatorClient) -> Iterator[None]:
    """In the end drop what waits for the web and the worker, and wait until what they are doing has ended."""
    try:
        yield
    finally:
        vendor.reset()
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        until(_is_at_rest, within=30)


def _is_at_rest() -> bool:
    tasks = celery.control.inspect(timeout=5, limit=1).active()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
        )
        return tasks is not None and not any(tasks.values()) and cursor.fetchone() == (0,)
