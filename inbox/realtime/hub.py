"""What a process's sockets hear: one Redis subscription for each group, handed on to all its sockets in memory.

A layer with a queue for each socket decodes each frame as often as there are sockets, and takes its subscriptions up
again in silence after Redis was away, so that nobody learns what was said meanwhile. Here the sockets are told of both.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Protocol
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .wire import channel_of, decode

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
# After so long without a word Redis is asked for one; after as long again without an answer it counts as lost.
QUIET_SECONDS = 10.0


class Listener(Protocol):
    """A socket, as the hub knows it."""

    async def hear(self, kind: str, text: str) -> None:
        """Take what was said to one of its groups. May not wait for anything that takes long."""

    async def lose(self) -> None:
        """From now on things may be said that it does not hear."""

    async def regain(self) -> None:
        """It hears everything again that is said from now on."""


class Hub:
    """The groups of one event loop. `join` returns when nothing more is missed."""

    def __init__(self) -> None:
        self._listeners: dict[bytes, dict[Listener, None]] = {}
        self._channels: set[bytes] = set()  # subscribed to, or to be as soon as Redis is there
        self._pending: dict[bytes, asyncio.Event] = {}  # those of them that Redis has not confirmed
        self._lock = asyncio.Lock()  # two subscriptions at once would lose one
        self._connection: PubSub | None = None
        self._work: asyncio.Task[None] | None = None
        self._regaining: asyncio.Task[None] | None = None

    async def join(self, listener: Listener, groups: tuple[str, ...]) -> None:
        """Let a socket hear these groups, and wait until it does: as long as Redis is away, if need be."""
        channels = [channel_of(group) for group in groups]
        for channel in channels:
            self._listeners.setdefault(channel, {})[listener] = None
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._listen())
        try:
            for channel in channels:
                await self._subscribe(channel)
        except BaseException:
            await self.leave(listener, groups)
            raise

    async def leave(self, listener: Listener, groups: tuple[str, ...]) -> None:
        for channel in map(channel_of, groups):
            listeners = self._listeners.get(channel, {})
            listeners.pop(listener, None)
            if not listeners:
                self._listeners.pop(channel, None)
                await self._unsubscribe(channel)

    async def _subscribe(self, channel: bytes) -> None:
        async with self._lock:
            if channel not in self._channels:
                self._channels.add(channel)
                self._pending[channel] = asyncio.Event()
                if self._connection is not None:
                    with suppress(RedisError, OSError):  # which the reader notices too
                        await self._connection.subscribe(channel)
            pending = self._pending.get(channel)
        if pending is not None:
            await pending.wait()

    async def _unsubscribe(self, channel: bytes) -> None:
        async with self._lock:
            if channel in self._listeners or channel not in self._channels:
                return
            self._channels.remove(channel)
            self._confirm(channel)  # no longer wanted, so nobody has to wait for it
            if self._connection is not None:
                with suppress(RedisError, OSError):
                    await self._connection.unsubscribe(channel)

    async def _listen(self) -> None:
        """Read as long as the process lives, over a connection that is made anew whenever one is lost."""
        # It may not reconnect by itself: what was said meanwhile is lost, and who listens must know.
        client = Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), socket_connect_timeout=2)
        was_lost = False
        while True:
            connection = client.pubsub()
            try:
                await self._begin(connection)
                if was_lost:
                    logger.warning("realtime is back")
                    self._regaining = asyncio.create_task(self._regain())
                was_lost = False
                await self._read(connection)
            except Exception as error:  # whatever it is, it must not make everybody deaf for good
                if not was_lost:
                    logger.warning("realtime is unreachable: %s", type(error).__name__)
                    await self._lose()
                was_lost = True
            finally:
                async with self._lock:
                    self._connection = None
                    with suppress(RedisError, OSError):
                        await connection.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(RETRY_SECONDS)

    async def _begin(self, connection: PubSub) -> None:
        async with self._lock:
            await connection.connect()  # type: ignore[no-untyped-call]
            if self._channels:
                await connection.subscribe(*self._channels)
            self._connection = connection

    async def _read(self, connection: PubSub) -> None:
        is_asked = False
        while True:
            message = await connection.get_message(timeout=QUIET_SECONDS)
            if message is None:
                if is_asked:
                    raise ConnectionError
                await connection.ping()
            is_asked = message is None
            if message is not None and message["type"] == "message":
                await self._hand_on(message["channel"], message["data"])
            elif message is not None and message["type"] == "subscribe":
                self._confirm(message["channel"])

    def _confirm(self, channel: bytes) -> None:
        if pending := self._pending.pop(channel, None):
            pending.set()

    async def _hand_on(self, channel: bytes, data: bytes) -> None:
        kind, text = decode(data)
        for listener in tuple(self._listeners.get(channel, ())):
            try:
                await listener.hear(kind, text)
            except Exception as error:  # of one; the others are not to miss it
                logger.warning("a socket could not be told: %s", type(error).__name__)

    async def _lose(self) -> None:
        if self._regaining is not None:
            self._regaining.cancel()
        for channel in self._channels:
            self._pending.setdefault(channel, asyncio.Event())
        for listener in self._everybody():
            with suppress(Exception):
                await listener.lose()

    async def _regain(self) -> None:
        for pending in tuple(self._pending.values()):
            await pending.wait()
        for listener in self._everybody():
            with suppress(Exception):
                await listener.regain()

    def _everybody(self) -> list[Listener]:
        return list({listener: None for listeners in self._listeners.values() for listener in listeners})


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop: a process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
