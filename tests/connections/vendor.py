"""A vendor that answers as it is told to, on this machine, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Vendor:
    """`answers` maps the end of a path, with or without a method before it, to a body or to (status, body)."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def answer_to(self, asked: Asked) -> tuple[int, Any]:
        for name in (f"{asked.method} {asked.path.rpartition('/')[2]}", asked.path.rpartition("/")[2]):
            if name in self.answers:
                answer = self.answers[name]
                answer = answer(asked) if callable(answer) else answer
                return answer if isinstance(answer, tuple) else (200, answer)
        return 404, {"error": {"code": 2500, "message": f"nothing at {asked.path}"}}

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path.rpartition('/')[2]}" for asked in self.asked]


@contextmanager
def running_vendor() -> Iterator[Vendor]:
    vendor = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            asked = Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length).decode(),
            )
            vendor.asked.append(asked)
            status, body = vendor.answer_to(asked)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 - named by the library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
