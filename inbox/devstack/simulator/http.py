"""The few HTTP types that the simulator's hand-written ASGI application is made of."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

JSON_TYPE = b"application/json"

JsonObject = dict[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Refused(Exception):
    """A control or phone request that cannot be done, with the reason in words."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


@dataclass
class Request:
    scope: Scope
    receive: Receive
    body: bytes

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.scope["query_string"].decode("ascii", "replace"), keep_blank_values=True))

    def header(self, name: bytes) -> str:
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    def json(self) -> JsonObject:
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused("The body is not JSON.") from None
        if not isinstance(document, dict):
            raise Refused("The body must be a JSON object.")
        return document

    async def disconnected(self) -> None:
        """Return when the client has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


@dataclass
class Response:
    """An answer. `drop` closes the connection without one; `after` runs once the answer has left."""

    body: bytes = b""
    status: int = 200
    content_type: bytes = JSON_TYPE
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    drop: bool = False
    after: Callable[[], None] | None = None


def to_json(document: Any) -> bytes:
    # ASCII only: a lone surrogate in somebody's message must not break the answer.
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def json_response(document: Any, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> Response:
    return Response(to_json(document), status, headers=headers or [])
