"""The base of every socket: authorise when joined, forward frames untouched, close when revoked."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from .hub import hub
from .wire import RECHECK, REVOKE

logger = logging.getLogger(__name__)

CLOSE_SIGNED_OUT = 4401
CLOSE_FORBIDDEN = 4404
CLOSE_REVOKED = 4403


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Joins the groups that `authorize` names, and asks again from time to time whether it still may.

    The first frame is the signal `ready`, sent once the subscription stands: from then on nothing is missed, so the
    page asks for what happened before. When Redis is lost the signal is `deaf`, and `ready` comes again when it is back.
    """

    check_seconds = 60.0
    joined: tuple[str, ...] = ()
    _next_check: asyncio.TimerHandle | None = None  # which weighs less than a task that sleeps
    _checking: asyncio.Task[None] | None = None
    _recheck: asyncio.Task[bool] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.token = secrets.token_hex(8)  # one socket's own

    async def authorize(self) -> tuple[str, ...] | int:
        """Return the groups this socket may hear now, or the close code that refuses it."""
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
        await hub().join(self, answer)
        self.joined = answer
        try:
            # A revocation between the question and the joining was told to a group that did not hold this socket yet.
            if await self._may_stay():
                # Sockets that came together, after a restart, do not ask together ever after.
                self._check_after(self.check_seconds * random.uniform(0.5, 1))  # noqa: S311
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
        if self._next_check is not None:
            self._next_check.cancel()
        if self._checking is not None:
            self._checking.cancel()
        await hub().leave(self, self.joined)

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

    async def lose(self) -> None:
        await self.signal("deaf")

    async def regain(self) -> None:
        """Ask first: word that it may not listen any more may be among what was lost."""
        if self.joined and await self._check():
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
        """Ask whether it may stay. What cannot be asked now is asked again in a while."""
        try:
            return await self._may_stay()
        except Exception as error:
            logger.warning("a socket's access could not be checked: %s", type(error).__name__)
            return True

    async def _tell(self, note: Callable[[], Awaitable[None]]) -> None:
        try:
            await note()
        except Exception as error:  # who is present is worth less than what they listen to
            logger.warning("a socket's presence could not be noted: %s", type(error).__name__)

    async def _may_stay(self) -> bool:
        answer = await self.authorize()
        if answer == self.joined:
            return True
        # Other groups than before are those of another person, who has signed in with the same browser.
        await self.close(answer if isinstance(answer, int) else CLOSE_SIGNED_OUT)
        return False
