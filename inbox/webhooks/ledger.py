"""Group commit: webhooks that arrive together are stored by one statement, with one flush to disk for all of them.

While one statement runs, the next webhooks gather; each is answered only after the commit that holds it. A lone
webhook waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

# Bodies of 4 MB are possible: what one statement carries must stay within reason.
MOST_AT_ONCE = 64

STORE = """
INSERT INTO webhooks_webhookevent (app_id, fingerprint, body, state, attempts, error, received_at)
SELECT app, fingerprint, body, 'pending', 0, '', now()
FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) AS new (app, fingerprint, body) ON CONFLICT DO NOTHING
"""

Execute = Callable[[str, tuple[Any, ...]], Awaitable[None]]


class Ledger:
    """Where webhooks are written down. One per process; `execute` runs a statement in a transaction of its own."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute
        self._waiting: list[tuple[int, bytes, bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def store(self, app_id: int, fingerprint: bytes, body: bytes) -> None:
        """Return when the webhook is on disk. Raises what the database raised for the whole group."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((app_id, fingerprint, body, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await stored

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            apps, fingerprints, bodies, stored = zip(*group, strict=True)
            problem: Exception | None = None
            try:
                await self._execute(STORE, (list(apps), list(fingerprints), list(bodies)))
            except Exception as error:
                problem = error
            for future in stored:
                if future.done():  # its vendor has hung up
                    continue
                if problem is None:
                    future.set_result(None)
                else:
                    future.set_exception(problem)
