"""The base of every socket: authorise when joined, forward frames untouched, close when revoked."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from channels.generic.websocket import AsyncWebsocketConsumer

from .hub import hub
from .watch import AWAY, watch
from .wire import RECHECK, REVOKE

logger = logging.getLogger(__name__)

CLOSE_SIGNED_OUT = 4401
CLOSE_FORBIDDEN = 4404
CLOSE_REVOKED = 4403
CLOSE_CHANGED = 4409
CLOSE_FAILED = 1011


@dataclass(frozen=True, slots=True)
class Right:
    """Whose socket it is, and the groups that it may hear."""

    holder: int
    groups: tuple[str, ...]


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Joins the groups of its `right`, and asks again from time to time whether it still may.

    The first frame is the signal `ready`, sent once the subscription stands: from then on nothing is missed, so the
    page asks for what happened before. When Redis is lost the signal is `deaf`, and `ready` comes again when it is
    back.
    """

    check_seconds = 60.0
    right: Right | None = None  # under which it has joined
    _next_check: asyncio.TimerHandle | None = None  # which weighs less than a task that sleeps
    _checking: asyncio.Task[None] | None = None
    _recheck: asyncio.Task[bool] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = secrets.token_hex(8)  # one socket's own

    async def authorize(self) -> Right | int:
        """Return what this socket may hear now, or the close code that refuses it."""
        raise NotImplementedError

    @classmethod
    async def doubtful(cls, sockets: Collection[Self]) -> Collection[Self]:
        """Return those of these sockets that may have lost their right to listen, at the cost of a few queries."""
        raise NotImplementedError

    async def arrived(self) -> None:
        """Note that somebody listens from now on."""

    async def stayed(self) -> None:
        """Note, with each regular question, that they still do."""

    async def departed(self) -> None:
        """Note that they listen no more."""

    async def connect(self) -> None:
        answer = await self.authorize()
        await self.accept()  # a browser only sees a close code on an accepted socket
        if isinstance(answer, int):
            await self.close(answer)
            return
        await hub().join(self, answer.groups)
        self.right = answer
        try:
            # A revocation between the question and the joining was told to a group that did not hold this socket yet.
            if await self._may_stay():
                # Sockets that came together, after a restart, do not ask together ever after.
                self._check_after(self.check_seconds * random.uniform(0.5, 1))  # noqa: S311
                watch().add(self)
                await self.signal("ready")
                await self._tell(self.arrived)
        except BaseException:  # it ends here, and nobody will say that it is disconnected
            await self._hear_no_more()
            raise

    async def disconnect(self, code: int) -> None:
        was_there = self._next_check is not None
        await self._hear_no_more()
        if was_there:
            await self._tell(self.departed)

    async def _hear_no_more(self) -> None:
        watch().remove(self)
        if self._next_check is not None:
            self._next_check.cancel()
        if self._checking is not None:
            self._checking.cancel()
        if self.right is not None:
            await hub().leave(self, self.right.groups)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore what browsers say: everything they do goes over HTTP."""

    async def signal(self, kind: str, **facts: Any) -> None:
        await self.send(text_data=json.dumps({"type": kind} | facts))

    async def hear(self, kind: str, text: str) -> None:
        if kind == REVOKE:
            await self.close(CLOSE_REVOKED)
        elif kind == RECHECK:
            self._recheck = asyncio.create_task(self._check())
        else:
            await self.base_send({"type": "websocket.send", "text": text})

    async def look_again(self) -> None:
        await self._check()

    async def lose(self) -> None:
        await self.signal("deaf")

    async def regain(self) -> None:
        """Ask first: word that it may not listen any more may be among what was lost."""
        if self.right is not None and await self._check():
            await self.signal("ready")
            await self._tell(self.stayed)

    def _check_after(self, seconds: float) -> None:
        self._next_check = asyncio.get_running_loop().call_later(seconds, self._begin_check)

    def _begin_check(self) -> None:
        self._checking = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        if await self._check():
            await self._tell(self.stayed)
            self._check_after(self.check_seconds)
        self._checking = None

    async def _check(self) -> bool:
        """Ask whether it may stay. What cannot be asked now is asked again in a while; what never can ends it."""
        try:
            return await self._may_stay()
        except AWAY as error:
            logger.warning("a socket's access could not be checked: %s", type(error).__name__)
            return True
        except Exception:
            logger.exception("a socket's access could not be checked")
            with suppress(Exception):  # it may be gone already
                await self.close(CLOSE_FAILED)
            return False

    async def _tell(self, note: Callable[[], Awaitable[None]]) -> None:
        try:
            await note()
        except Exception as error:  # who is present is worth less than what they listen to
            logger.warning("a socket's presence could not be noted: %s", type(error).__name__)

    async def _may_stay(self) -> bool:
        answer = await self.authorize()
        if answer == self.right:
            return True
        if isinstance(answer, int):
            await self.close(answer)
        elif self.right is not None and answer.holder != self.right.holder:
            await self.close(CLOSE_SIGNED_OUT)  # somebody else is signed in now, and the page did not say whose it is
        else:
            await self.close(CLOSE_CHANGED)  # they see more by now, or less
        return False
