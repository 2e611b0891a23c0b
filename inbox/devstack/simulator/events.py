"""News for open phone pages (server-sent events), and which chats somebody is looking at."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from .http import to_json
from .windows import ChatKey

MAX_WAITING = 500
MAX_PAGES = 50
HEARTBEAT_SECONDS = 15


class Events:
    """A page subscribes with the chat it shows; that chat is open for as long as the page listens."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[bytes | None]] = set()
        self._open: Counter[ChatKey] = Counter()

    def is_open(self, key: ChatKey) -> bool:
        return self._open[key] > 0 if self._open else False

    @property
    def is_full(self) -> bool:
        return len(self._pages) >= MAX_PAGES

    def publish(self, name: str, data: Any) -> None:
        if not self._pages:
            return
        frame = b"event: " + name.encode("ascii") + b"\ndata: " + to_json(data) + b"\n\n"
        for page in self._pages:
            _offer(page, frame)

    def close(self) -> None:
        """Tell every page to come back: they reconnect and reload."""
        for page in self._pages:
            _offer(page, None)

    async def listen(self, key: ChatKey | None, gone: asyncio.Future[None]) -> AsyncIterator[bytes]:
        """Yield frames until the page is gone. A page too slow to follow is cut off and reconnects."""
        page: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING)
        self._pages.add(page)
        if key is not None:
            self._open[key] += 1
        gone.add_done_callback(lambda _: _offer(page, None))
        try:
            yield b"retry: 500\nevent: hello\ndata: {}\n\n"
            while not gone.done():
                try:
                    frame = await asyncio.wait_for(page.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    frame = b": still here\n\n"
                if frame is None:
                    return
                yield frame
        finally:
            self._pages.discard(page)
            if key is not None:
                self._open[key] -= 1
                self._open += Counter()


def _offer(page: asyncio.Queue[bytes | None], frame: bytes | None) -> None:
    try:
        page.put_nowait(frame)
    except asyncio.QueueFull:
        while not page.empty():
            page.get_nowait()
        page.put_nowait(None)
