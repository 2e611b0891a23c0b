"""The transport against a real server on this machine: what is safe to send again, and what is not."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from channels_adapters import transport
from channels_adapters.errors import NotSent, OutcomeUnknown
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HttpRequest, HttpResponse

TOKEN = "EAAtokenOfTheTests0123456789"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.released = threading.Event()
        self.received: list[tuple[str, str, dict[str, str], bytes]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): text for name, text in self.headers.items()}
        self.server.received.append((self.command, self.path, headers, body))
        if self.path == "/silent":
            self.server.released.wait(5)
        elif self.path == "/hangs-up":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif self.path == "/garbage":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
        elif self.path == "/broken-compression":
            self.answer(200, b"not gzip", ("Content-Encoding", "gzip"))
        elif self.path == "/drips":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not self.server.released.wait(0.05):
                self.wfile.write(b".")
        elif self.path == "/moved":
            self.answer(302, b"", ("Location", self.server.url("/elsewhere")))
        else:
            self.answer(200, b'{"ok":true}', ("X-Trace", "T1"))

    def answer(self, status: int, body: bytes, header: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


def send(request: HttpRequest, **options: Any) -> HttpResponse:
    async def once() -> HttpResponse:
        async with AsyncTransport(**options) as open_transport:
            return await open_transport.execute(request)

    return asyncio.run(once())


def post(url: str, **headers: str) -> HttpRequest:
    return HttpRequest("POST", url, {"authorization": f"Bearer {TOKEN}", **headers}, b'{"text":"Hello"}')


def test_a_request_arrives_whole_and_its_answer_comes_back(server: Server) -> None:
    response = send(post(server.url("/ok?x=1")))
    assert (response.status, response.body, response.headers["x-trace"]) == (200, b'{"ok":true}', "T1")
    [(method, path, headers, body)] = server.received
    assert (method, path, body) == ("POST", "/ok?x=1", b'{"text":"Hello"}')
    assert headers["authorization"] == f"Bearer {TOKEN}"


def test_what_must_happen_before_the_first_byte_happens_when_the_connection_stands(server: Server) -> None:
    seen: list[int] = []

    async def wait() -> None:
        await asyncio.sleep(0.2)
        seen.append(len(server.received))

    async def twice() -> None:
        async with AsyncTransport() as open_transport:
            for _ in range(2):
                await open_transport.execute(post(server.url("/ok?x=1")), before_leaving=wait)

    asyncio.run(twice())
    assert seen == [0, 1]
    with pytest.raises(NotSent):
        asyncio.run(AsyncTransport().execute(post("http://127.0.0.1:9/"), before_leaving=wait))
    assert len(seen) == 2, "what never connects is never counted"


def test_a_redirect_is_not_followed(server: Server) -> None:
    assert send(post(server.url("/moved"))).status == 302
    assert len(server.received) == 1


@pytest.mark.parametrize("path", ["/silent", "/hangs-up", "/garbage", "/broken-compression"])
def test_without_a_readable_answer_the_outcome_is_unknown(server: Server, path: str) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        send(post(server.url(path)), read_timeout=0.2)
    assert len(server.received) == 1
    assert_tokenless(caught.value)


def test_a_server_that_drips_is_cut_off(server: Server) -> None:
    started = time.perf_counter()
    with pytest.raises(OutcomeUnknown):
        send(post(server.url("/drips")), connect_timeout=0.1, read_timeout=0.2)
    assert time.perf_counter() - started < 3


def test_an_answer_may_be_limited_in_length(server: Server) -> None:
    async def once(max_bytes: int) -> HttpResponse:
        async with AsyncTransport() as open_transport:
            return await open_transport.execute(post(server.url("/ok")), max_bytes=max_bytes)

    assert asyncio.run(once(len(b'{"ok":true}'))).body == b'{"ok":true}'
    with pytest.raises(OutcomeUnknown, match="longer than 10 bytes") as caught:
        asyncio.run(once(10))
    assert_tokenless(caught.value)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "http://", "no-scheme", "http://127.0.0.1:99999/", "http://[::1/"]
)
def test_an_address_that_is_none_was_not_sent_to(url: str) -> None:
    with pytest.raises(NotSent) as caught:
        send(post(url))
    assert_tokenless(caught.value)


def test_a_refused_connection_was_not_sent() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))  # bound and not listening: nobody else takes the port
        port = placeholder.getsockname()[1]
        with pytest.raises(NotSent, match=r"127\.0\.0\.1: ConnectError") as caught:
            send(post(f"http://127.0.0.1:{port}/"))
    assert_tokenless(caught.value)


@pytest.mark.parametrize("value", ["two\nlines", "näive", "nul\0"])
def test_a_header_that_http_forbids_is_not_sent_and_not_shown(server: Server, value: str) -> None:
    secret = f"{TOKEN}{value}"
    with pytest.raises(NotSent, match="x-secret") as caught:
        send(post(server.url("/ok"), **{"x-secret": secret}))
    assert server.received == []
    assert_tokenless(caught.value)


def test_a_pool_without_a_free_connection_did_not_send(server: Server) -> None:
    async def both() -> list[HttpResponse | BaseException]:
        async with AsyncTransport(max_connections=1, connect_timeout=0.1, read_timeout=0.6) as open_transport:
            first = asyncio.create_task(open_transport.execute(post(server.url("/silent"))))
            await asyncio.sleep(0.05)
            second = asyncio.create_task(open_transport.execute(post(server.url("/ok"))))
            return await asyncio.gather(first, second, return_exceptions=True)

    first, second = asyncio.run(both())
    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, NotSent)


def test_one_transport_carries_a_batch_at_once(server: Server) -> None:
    async def batch() -> list[HttpResponse]:
        async with AsyncTransport() as open_transport:
            requests = [post(server.url(f"/ok?n={number}")) for number in range(20)]
            return await asyncio.gather(*(open_transport.execute(request) for request in requests))

    assert [response.status for response in asyncio.run(batch())] == [200] * 20
    assert len(server.received) == 20


def test_an_error_nobody_foresaw_leaves_the_outcome_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ExceptionGroup("from the depths", [OSError("socket")])

    monkeypatch.setattr("httpx.AsyncClient.send", fail)
    with pytest.raises(OutcomeUnknown, match="ExceptionGroup"):
        send(post("http://127.0.0.1/"))


def test_the_ssl_context_is_built_once() -> None:
    assert transport._ssl_context() is transport._ssl_context()


def assert_tokenless(error: BaseException) -> None:
    assert TOKEN not in "".join(traceback.format_exception(error)) + repr(error)
