"""A load generator of one process: keep-alive connections, requests built beforehand, nothing parsed but the status.

It shares the cores with what it measures, so it does as little as it can: about 30 µs a request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

_HEAD_END = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"


class HttpConnection(asyncio.Protocol):
    """One HTTP/1.1 connection with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, port: int) -> HttpConnection:
        _transport, connection = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return connection

    async def exchange(self, request: bytes) -> int:
        """Send a request; return the status once the whole answer is here."""
        if self._transport is None:
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._answer is not None and _is_complete(self._received):
            status, self._received = int(self._received[9:12]), b""
            self._answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))


def _is_complete(answer: bytes) -> bool:
    head, found, body = answer.partition(_HEAD_END)
    if not found:
        return False
    _before, has_length, after = head.lower().partition(b"content-length:")
    if has_length:
        return len(body) >= int(after.split(b"\r\n", 1)[0])
    return body.endswith(_LAST_CHUNK)


async def closed_loop(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float
) -> tuple[float, list[float]]:
    """Let each connection send one request after the other; return the rate and every latency in seconds."""
    opened = [await HttpConnection.open(port) for _ in range(connections)]
    latencies: list[float] = []
    began_at = time.perf_counter()
    stop_at = began_at + seconds

    async def drive(connection: HttpConnection) -> None:
        for request in requests:
            sent_at = time.perf_counter()
            if sent_at > stop_at:
                return
            status = await connection.exchange(request)
            if status != 200:
                raise ConnectionError(f"the server answered {status}")
            latencies.append(time.perf_counter() - sent_at)

    try:
        await asyncio.gather(*map(drive, opened))
    finally:
        for connection in opened:
            connection.close()
    return len(latencies) / (time.perf_counter() - began_at), latencies


class OpenLoop:
    """Send requests at their times, whether or not earlier ones were answered: late answers cannot slow the load."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[HttpConnection] = []
        self._opened: list[HttpConnection] = []

    async def send(self, request: bytes) -> int:
        connection = self._idle.pop() if self._idle else await self._open()
        status = await connection.exchange(request)
        self._idle.append(connection)
        return status

    async def _open(self) -> HttpConnection:
        connection = await HttpConnection.open(self._port)
        self._opened.append(connection)
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()
