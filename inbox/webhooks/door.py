"""The door: a bare ASGI application that stores vendors' webhooks. Verify, write down durably, 200.

No Django request handling, no parsing and no outbound call happen here, because a vendor stops calling when answers
are slow (Meta: median under 250 ms). The pool's connections carry the platform scope, which may see raw events.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from django.conf import settings
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from channels_adapters.base import Adapter
from channels_adapters.errors import WebhookRejected
from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, WebhookRequest
from inbox.lib.crypto import Secrets, UnreadableSecret, decrypt
from inbox.workspaces.tenancy import PLATFORM_SETTING

from .actions import wake_worker
from .failures import Failures
from .ledger import Ledger

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

APP_CACHE_SECONDS = 10.0
# So long a vendor waits for a connection, and so long the pool tries to make one: then it begins anew for the next vendor.
PATIENCE_SECONDS = 2.0
# At most one wake-up in this time: a burst of webhooks is one batch for the worker.
WAKE_INTERVAL_SECONDS = 0.01

_NOTE_VERIFIED = "UPDATE connections_vendorapp SET verified_at = now() WHERE id = %s"
_FIND_APP = "SELECT id, channel, credentials FROM connections_vendorapp WHERE key = %s"


@dataclass(frozen=True)
class _App:
    pk: int
    adapter: Adapter
    secrets: Secrets


class _Answer(Exception):
    """Ends the request with this status and text."""

    def __init__(self, status: int, text: str = "") -> None:
        self.status, self.text = status, text


class WebhookDoor:
    """ASGI application for `/webhooks/<app key>/`. One per process; its pool opens with the first request."""

    def __init__(self) -> None:
        self._pool: AsyncConnectionPool[Any] | None = None
        self._opening = asyncio.Lock()
        self._apps: dict[str, tuple[float, _App | None]] = {}
        self._ledger = Ledger(self._execute)
        self._failures = Failures(self._execute)
        self._looks: dict[str, asyncio.Task[_App | None]] = {}
        self._wake: asyncio.Task[None] | None = None
        self._wake_again = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            await self._serve(scope, receive)
            status, text = 200, ""
        except _Answer as answer:
            status, text = answer.status, answer.text
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger.warning("the database is unreachable: %s", type(error).__name__)
            status, text = 503, ""  # the vendor delivers again
        except UnreadableSecret:
            logger.error("no configured key decrypts the credentials of an app")
            status, text = 503, ""
        content = text.encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(content)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _serve(self, scope: dict[str, Any], receive: Receive) -> None:
        key = scope["path"].removeprefix("/webhooks/").strip("/")
        app = await self._app(key)
        if app is None:
            raise _Answer(404)
        body = await _read_body(scope, receive)
        request = WebhookRequest(
            method=scope["method"],
            query=dict(parse_qsl(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)),
            headers={name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]},
            body=body,
        )
        if scope["method"] == "GET":
            raise await self._handshake(app, request)
        if scope["method"] != "POST":
            raise _Answer(405)
        app = await self._verified(key, app, request)
        await self._ledger.store(app.pk, hashlib.sha256(body).digest(), body)
        self._wake_worker()

    async def _handshake(self, app: _App, request: WebhookRequest) -> _Answer:
        """Answer the vendor's console, and note for the doctor that it has verified the address."""
        try:
            answer = _Answer(200, app.adapter.handshake(request, app.secrets))
        except WebhookRejected:
            return _Answer(403)
        try:
            await self._execute(_NOTE_VERIFIED, (app.pk,))
        except (psycopg.Error, PoolTimeout) as error:
            logger.warning("a verified address was not noted: %s", type(error).__name__)
        return answer

    async def _verified(self, key: str, app: _App, request: WebhookRequest) -> _App:
        """Return the app whose secret signed the request; look again if ours may just have been rotated."""
        try:
            app.adapter.verify(request, app.secrets)
        except WebhookRejected:
            fresh = await self._look_again(key) if self._failures.is_worth_a_look(key) else app
            if fresh is None:
                raise _Answer(404) from None
            try:
                fresh.adapter.verify(request, fresh.secrets)
            except WebhookRejected:
                self._failures.count(key, fresh.pk)
                raise _Answer(403) from None
            return fresh
        return app

    async def _look_again(self, key: str) -> _App | None:
        """Ask the database, once for all who want to know at the same time."""
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = asyncio.create_task(self._app(key, fresh=True))
            look.add_done_callback(lambda _: self._looks.pop(key, None))
        return await asyncio.shield(look)

    async def _app(self, key: str, *, fresh: bool = False) -> _App | None:
        if "\0" in key:  # PostgreSQL refuses to look for it
            return None
        cached_until, app = self._apps.get(key, (0.0, None))
        if fresh or cached_until < time.monotonic():
            pool = await self._open_pool()
            async with pool.connection() as connection:
                row = await (await connection.execute(_FIND_APP, (key,))).fetchone()
            app = _App(row[0], adapter_for(ChannelKind(row[1])), decrypt(row[2])) if row else None
            if len(self._apps) > 1000:  # made-up keys must not fill the memory
                self._apps.clear()
            self._apps[key] = (time.monotonic() + APP_CACHE_SECONDS, app)
        return app

    async def _execute(self, statement: str, values: tuple[Any, ...]) -> None:
        pool = await self._open_pool()
        async with pool.connection() as connection:
            await connection.execute(statement, values)

    async def _open_pool(self) -> AsyncConnectionPool[Any]:
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await _new_pool()
        return self._pool

    def _wake_worker(self) -> None:
        """Wake a worker soon; requests that come meanwhile share the wake-up, or cause one more after it."""
        self._wake_again = True
        if self._wake is None or self._wake.done():
            self._wake = asyncio.create_task(self._keep_waking())

    async def _keep_waking(self) -> None:
        while self._wake_again:
            self._wake_again = False
            await asyncio.to_thread(wake_worker)
            await asyncio.sleep(WAKE_INTERVAL_SECONDS)


async def _new_pool() -> AsyncConnectionPool[Any]:
    pool = AsyncConnectionPool(
        kwargs=connection_parameters(settings.DATABASES["default"]),
        min_size=1,
        max_size=8,
        timeout=PATIENCE_SECONDS,
        reconnect_timeout=PATIENCE_SECONDS,
        open=False,
        check=AsyncConnectionPool.check_connection if settings.WEBHOOK_CHECK_CONNECTIONS else None,
        name="webhooks",
    )
    await pool.open()
    return pool


def connection_parameters(database: dict[str, Any]) -> dict[str, Any]:
    """Translate Django's settings of a database into libpq's, such as `sslmode`, and add the platform scope."""
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    return {
        **options,
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"] or None,
        "host": database["HOST"] or None,
        "port": database["PORT"] or None,
        "autocommit": True,
        "options": f"{options.get('options', '')} -c {PLATFORM_SETTING}=on".strip(),
    }


async def _read_body(scope: dict[str, Any], receive: Receive) -> bytes:
    """Read at most the allowed size. Raises _Answer(413)."""
    limit = settings.WEBHOOK_MAX_BYTES
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Answer(400)
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _Answer(413, "The body is larger than 4 MB.")
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
