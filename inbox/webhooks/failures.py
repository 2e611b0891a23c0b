"""Wrong signatures: counted in memory and written down once a second, so that a flood of them costs next to nothing."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0

COUNT = """
UPDATE connections_vendorapp
SET signature_failures = signature_failures + %s, last_signature_failure_at = now() WHERE id = %s
"""

Execute = Callable[[str, tuple[Any, ...]], Awaitable[None]]


class Failures:
    """The webhooks refused for their signature, by app. One per process; `execute` runs a statement."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._counts: Counter[int] = Counter()
        self._writer: asyncio.Task[None] | None = None
        self._known_wrong_until: dict[str, float] = {}

    def is_worth_a_look(self, key: str) -> bool:
        """Say whether the app's secret may have changed since somebody last looked in vain."""
        return self._known_wrong_until.get(key, 0.0) < time.monotonic()

    def count(self, key: str, app_id: int) -> None:
        """Note a refused webhook. `key` belongs to an app that exists, so what is kept stays small."""
        if self.is_worth_a_look(key):
            self._known_wrong_until[key] = time.monotonic() + INTERVAL_SECONDS
        self._counts[app_id] += 1
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        while self._counts:
            counts, self._counts = self._counts, Counter()
            for app_id, count in counts.items():
                logger.warning("%s webhooks with a wrong signature were refused; app %s", count, app_id)
                try:
                    await self._execute(COUNT, (count, app_id))
                except (psycopg.Error, PoolTimeout):
                    self._counts[app_id] += count  # the next round tries again
            await asyncio.sleep(INTERVAL_SECONDS)
