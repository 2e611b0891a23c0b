"""Whether a process's sockets may still listen, asked about all of them at once: word that one may not can be lost.

It only finds those that are worth a question of their own, so that a thousand sockets cost as many queries as one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from typing import Protocol, Self
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
# What is raised while the database is away.
AWAY = (OperationalError, InterfaceError, PoolTimeout)


class Watched(Protocol):
    """A socket, as the watch knows it."""

    @classmethod
    async def doubtful(cls, sockets: Collection[Self]) -> Collection[Self]:
        """Return those of these sockets that may have lost their right to listen."""

    async def look_again(self) -> None:
        """Ask about this one, and close it if it may not stay."""


class Watch:
    """The sockets of one event loop, looked at as long as there are any."""

    def __init__(self) -> None:
        self._sockets: dict[Watched, None] = {}
        self._work: asyncio.Task[None] | None = None

    def add(self, socket: Watched) -> None:
        self._sockets[socket] = None
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._look())

    def remove(self, socket: Watched) -> None:
        self._sockets.pop(socket, None)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if not self._sockets:
                break
            kinds: dict[type[Watched], list[Watched]] = defaultdict(list)
            for socket in self._sockets:
                kinds[type(socket)].append(socket)
            for kind, sockets in kinds.items():
                try:
                    for socket in await kind.doubtful(sockets):
                        await socket.look_again()
                except AWAY as error:  # asked again in a while
                    logger.warning("sockets could not be looked at: %s", type(error).__name__)
                except Exception:  # of one kind; the others are looked at, and each still asks for itself
                    logger.exception("sockets could not be looked at")


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """Return the watch of the running event loop: a process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = Watch()
    return _watches[loop]
