"""The base of every socket: authorise when joined, forward frames untouched, close when revoked."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

logger = logging.getLogger(__name__)

CLOSE_SIGNED_OUT = 4401
CLOSE_FORBIDDEN = 4404
CLOSE_REVOKED = 4403


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Joins the groups that `authorize` names, and asks again from time to time whether it still may.

    The first frame is the signal `ready`, sent once the subscription stands: from then on nothing is missed, so the
    page asks for what happened before.
    """

    check_seconds = 60.0
    joined: tuple[str, ...] = ()
    _checks: asyncio.Task[None] | None = None

    async def authorize(self) -> tuple[str, ...] | int:
        """Return the groups this socket may hear now, or the close code that refuses it."""
        raise NotImplementedError

    async def connect(self) -> None:
        answer = await self.authorize()
        await self.accept()  # a browser only sees a close code on an accepted socket
        if isinstance(answer, int):
            await self.close(answer)
            return
        self.joined = answer
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        # A revocation between the question and the joining was told to a group that did not hold this socket yet.
        if await self._may_stay():
            self._checks = asyncio.create_task(self._keep_checking())
            await self.send(text_data=json.dumps({"type": "ready"}))

    async def disconnect(self, code: int) -> None:
        if self._checks is not None:
            self._checks.cancel()
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore what browsers say: everything they do goes over HTTP."""

    async def frame_html(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["html"])

    async def socket_revoked(self, event: dict[str, Any]) -> None:
        await self.close(CLOSE_REVOKED)

    async def socket_recheck(self, event: dict[str, Any]) -> None:
        await self._may_stay()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(self.check_seconds)
            try:
                if not await self._may_stay():
                    return
            except Exception as error:  # what cannot be asked now is asked again in a while
                logger.warning("a socket's access could not be checked: %s", type(error).__name__)

    async def _may_stay(self) -> bool:
        answer = await self.authorize()
        if answer == self.joined:
            return True
        # Other groups than before are those of another person, who has signed in with the same browser.
        await self.close(answer if isinstance(answer, int) else CLOSE_SIGNED_OUT)
        return False
