"""Serve a WSGI application from an ASGI server with one thread hop a request.

Django's own ASGI handler crosses threads at every middleware and reaches 92 webhooks a second where this reaches 628
(docs/performance.md). asgiref's WsgiToAsgi runs all requests in one thread, so it is no substitute.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_IN_MEMORY_BYTES = 512 * 1024
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class _Answer:
    """`rest` is what follows `content`, None where that is all. `close` ends the answer, whoever left."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes
    rest: Iterator[bytes] | None
    close: Callable[[], object]


class WsgiBridge:
    """An ASGI application for `http` scopes. `threads` is how many pages are made at once.

    A body larger than `max_bytes` is refused before the application sees anything of it; a form with files may have
    `max_file_bytes` on top, if its sender has a `session_cookie`. An answer in many parts is sent as it is made, no faster than it leaves. `before_rest` is called
    in the page's thread before that, to give back what it holds.
    """

    def __init__(
        self,
        application: Callable[..., Iterable[bytes]],
        *,
        threads: int,
        max_bytes: int = 25 * _MEGABYTE,
        max_file_bytes: int = 0,
        session_cookie: str = "sessionid",
        before_rest: Callable[[], object] = lambda: None,
    ) -> None:
        self.application = application
        self.max_bytes, self.max_file_bytes = max_bytes, max_file_bytes
        self.session_cookie = session_cookie.encode() + b"="
        self.before_rest = before_rest
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = self._most_bytes(scope)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as body:
            size = 0
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > most:
                    await _refuse(send, most)
                    return
                body.write(chunk)
                if not message.get("more_body"):
                    break
            body.seek(0)
            environ = _environ(scope, body, size)
            answer = await self._in_thread(self._respond, environ)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.content})
        else:
            await self._send_rest(answer, answer.rest, send)

    def _most_bytes(self, scope: Scope) -> int:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        kind = next((value for name, value in headers if name == b"content-type"), b"")
        cookies = (each.strip() for name, value in headers if name == b"cookie" for each in value.split(b";"))
        is_members = any(each.startswith(self.session_cookie) for each in cookies)
        has_files = is_members and kind.startswith(b"multipart/form-data")
        return self.max_bytes + (self.max_file_bytes if has_files else 0)

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)

    def _respond(self, environ: dict[str, Any]) -> _Answer:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [status, headers]

        response = self.application(environ, start_response)
        close = getattr(response, "close", lambda: None)
        rest = None
        try:
            parts = iter(response)
            if getattr(response, "streaming", False):
                content = _next_of(parts)
                rest = parts if len(content) >= _IN_MEMORY_BYTES else None
            else:
                content = b"".join(parts)
        finally:
            if rest is None:
                close()
        if rest is not None:
            self.before_rest()
        status, headers = started
        return _Answer(
            int(status.split(" ", 1)[0]),
            [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers],
            content,
            rest,
            close,
        )

    async def _send_rest(self, answer: _Answer, rest: Iterator[bytes], send: Send) -> None:
        """Send an answer part by part; no thread waits while a part leaves. Who has gone gets no more of it."""
        content = answer.content
        try:
            while content:
                try:
                    await send({"type": "http.response.body", "body": content, "more_body": True})
                except OSError:
                    return
                content = await self._in_thread(_next_of, rest)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.pool.submit(answer.close)


def _next_of(parts: Iterator[bytes]) -> bytes:
    """Return as many parts as are worth a trip to a thread; b"" after the last."""
    taken, size = [], 0
    for part in parts:
        taken.append(part)
        size += len(part)
        if size >= _IN_MEMORY_BYTES:
            break
    return b"".join(taken)


async def _refuse(send: Send, most: int) -> None:
    content = f"What was sent is larger than {most / _MEGABYTE:g} MB. Nothing was stored.".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(content)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """Translate an ASGI scope by PEP 3333."""
    server_host, server_port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("ascii", "replace"),
        "SERVER_NAME": server_host,
        "SERVER_PORT": str(server_port or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin1").upper().replace("-", "_")
        key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
        value = raw_value.decode("latin1")
        joiner = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joiner}{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(size)  # a chunked body announces none, and Django reads no further than this
    return environ
