"""The only module that opens connections: executes the requests that adapters describe.

Every failure is either NotSent (safe to send again) or OutcomeUnknown (never send again blindly). Texts of errors name
host and reason only.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from .errors import AnswerTooLong, NotSent, OutcomeUnknown, TransportError
from .types import HttpRequest, HttpResponse

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 10.0
MAX_CONNECTIONS = 100
MAX_IDLE_CONNECTIONS = 20

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

_HEADER_VALUE = re.compile(r"[ -~]*")


class AsyncTransport:
    """An async context manager over one connection pool; use one per event loop.

    A cancelled `execute` raises CancelledError: its outcome is unknown.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._client = httpx.AsyncClient(
            verify=_ssl_context(),
            timeout=_timeout(connect_timeout, read_timeout),
            # The pool looks at every pair of idle connections whenever a request comes or goes: keep few.
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=MAX_IDLE_CONNECTIONS),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def execute(
        self,
        request: HttpRequest,
        *,
        max_bytes: int | None = None,
        seconds: float | None = None,
        before_leaving: Callable[[], Awaitable[None]] | None = None,
    ) -> HttpResponse:
        """Send the request once, in at most `seconds` where it is large or its answer is.

        `before_leaving` is awaited when the connection stands, right before the first byte. Raises NotSent or OutcomeUnknown; AnswerTooLong for an answer of more than `max_bytes`."""
        seconds = seconds or self._read_timeout
        with _translated(request):
            # httpx limits each read; only this limits their sum, against a server that drips. Waiting for a free
            # connection, TCP and TLS have `connect_timeout` each: what this cuts off has left.
            async with asyncio.timeout(3 * self._connect_timeout + seconds):
                built = _build(self._client, request, _timeout(self._connect_timeout, seconds))
                if before_leaving:
                    built.extensions = {**built.extensions, "trace": _tracing(before_leaving)}
                answer = await self._client.send(built, stream=True)
                try:
                    body = await (answer.aread() if max_bytes is None else _read(answer, max_bytes, request))
                finally:
                    await answer.aclose()
        return HttpResponse(answer.status_code, dict(answer.headers), body)


@cache
def _ssl_context() -> ssl.SSLContext:
    # Loading the certificates takes tens of milliseconds: once per process.
    return httpx.create_ssl_context()


def _timeout(connect: float, read: float) -> httpx.Timeout:
    return httpx.Timeout(read, connect=connect, pool=connect)


def _tracing(before_leaving: Callable[[], Awaitable[None]]) -> Callable[[str, object], Awaitable[None]]:
    """Return what httpcore calls at each step of a request."""

    async def trace(step: str, _facts: object) -> None:
        if step == "http11.send_request_headers.started":
            await before_leaving()

    return trace


def _build(client: httpx.AsyncClient, request: HttpRequest, timeout: httpx.Timeout) -> httpx.Request:
    try:
        parts = urlsplit(request.url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of `hostname` and `port`
        usable = False
    if not usable:
        raise NotSent(f"{_host(request)}: not an address of a server")
    for name, value in request.headers.items():
        # Left to httpx, this becomes an error that quotes the value, and the value may be a token.
        if not _HEADER_VALUE.fullmatch(value):
            raise NotSent(f"{_host(request)}: the header {name} holds characters that HTTP forbids")
    url = httpx.URL(request.url).copy_merge_params(request.secret_query) if request.secret_query else request.url
    return client.build_request(
        request.method, url, headers=dict(request.headers), content=request.body, timeout=timeout
    )


async def _read(answer: httpx.Response, max_bytes: int, request: HttpRequest) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise AnswerTooLong(f"{_host(request)}: the answer is longer than {max_bytes} bytes")
    return bytes(body)


@contextmanager
def _translated(request: HttpRequest) -> Iterator[None]:
    try:
        yield
    except TransportError:
        raise
    except _NEVER_LEFT as error:
        raise NotSent(_describe(request, error)) from error
    except Exception as error:
        # Timeouts and broken connections as httpx words them, and what the layers below let slip through:
        # after the first byte may have left, every failure means the same.
        raise OutcomeUnknown(_describe(request, error)) from error


def _describe(request: HttpRequest, error: Exception) -> str:
    # The reason of a refused connection is worth reading; the words of other errors may quote the request.
    reason = f": {error}" if isinstance(error, httpx.ConnectError) and str(error) else ""
    return f"{_host(request)}: {type(error).__name__}{reason}"


def _host(request: HttpRequest) -> str:
    try:
        return urlsplit(request.url).hostname or "no host"
    except ValueError:
        return "no host"
