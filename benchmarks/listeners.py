"""Many open sockets in one thread that reads as little as it can: how what has arrived ends."""

from __future__ import annotations

import base64
import os
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

from .stage import UnableToMeasure

_READY = b'"ready"}'
_AT_ONCE = 50  # a thousand that come at the same moment would measure the kernel's queue
_PATIENCE = 20.0
_PIECE = 1 << 16
_TAIL = 64


class Listeners:
    """Sockets to one server. `hear` says when the last of them has heard something."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._tails: dict[socket.socket, bytes] = {}

    def open(self, port: int, path: str, sessions: Sequence[str]) -> Self:
        """Open a socket for each session; return when all of them listen."""
        for first in range(0, len(sessions), _AT_ONCE):
            some = [self._connect(port, path, session) for session in sessions[first : first + _AT_ONCE]]
            self._hear(_READY, set(some))
        return self

    def hear(self, ending: bytes) -> float:
        """Wait until every socket has heard a text that ends like this; return when the last one had."""
        return self._hear(ending, set(self._tails))

    def close(self) -> None:
        self._selector.close()
        for each in self._tails:
            each.close()

    def _connect(self, port: int, path: str, session: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nCookie: sessionid={session}\r\n\r\n"
        )
        connection.sendall(head.encode())
        self._selector.register(connection, selectors.EVENT_READ)
        self._tails[connection] = b""
        return connection

    def _hear(self, ending: bytes, waiting: set[socket.socket]) -> float:
        give_up_at = time.monotonic() + _PATIENCE
        while waiting:
            for key, _events in self._selector.select(1.0):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                data = connection.recv(_PIECE)
                if not data:
                    raise UnableToMeasure("A socket was closed.")
                tail = self._tails[connection] = (self._tails[connection] + data)[-_TAIL:]
                if ending in tail:  # the server's ping may have come after it
                    waiting.discard(connection)
            if time.monotonic() > give_up_at:
                raise UnableToMeasure(f"{len(waiting)} sockets have not heard it in {_PATIENCE:.0f} s.")
        return time.perf_counter()


@contextmanager
def listeners() -> Iterator[Listeners]:
    opened = Listeners()
    try:
        yield opened
    finally:
        opened.close()
