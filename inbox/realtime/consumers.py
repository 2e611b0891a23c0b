"""The base of every socket: authorise when joined, forward frames untouched, close when revoked."""

from __future__ import annotations

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

CLOSE_SIGNED_OUT = 4401
CLOSE_FORBIDDEN = 4404
CLOSE_REVOKED = 4403


class GroupConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Joins the groups that `authorize` names.

    The first frame is the signal `ready`, sent once the subscription stands: from then on nothing is missed, so the
    page asks for what happened before.
    """

    joined: tuple[str, ...] = ()

    async def authorize(self) -> tuple[str, ...] | int:
        """Return the groups this socket may hear, or the close code that refuses it."""
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
        await self.send(text_data=json.dumps({"type": "ready"}))

    async def disconnect(self, code: int) -> None:
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore what browsers say: everything they do goes over HTTP."""

    async def frame_html(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["html"])

    async def frame_signal(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(event["signal"]))

    async def socket_revoked(self, event: dict[str, Any]) -> None:
        await self.close(CLOSE_REVOKED)
