"""The web server: daphne, which never has a body in memory as a whole, neither one that arrives nor one that leaves.

Twisted receives a large body into a file. It then reads a form into memory for itself (a file of 100 MB costs it 1.4 GB),
daphne reads everything into memory for the application, and takes an answer as fast as it is made, however slowly it
leaves. Here nobody parses forms but the application, `receive` reads from the file, and `send` waits while the client's
connection is full. Command line as daphne's: `python -m inbox.lib.web_server -p 8000 inbox.asgi:application`.
"""

from __future__ import annotations

import asyncio
import io
import logging
from typing import IO, Any

import daphne.server
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from .wsgi_bridge import Receive, Scope, Send

logger = logging.getLogger(__name__)

_PIECE = 64 * 1024
_ARRIVED = "inbox.arrived"


class ClientGone(OSError):
    """Nobody is there any more to send to."""


class UnparsedRequest(WebRequest):  # type: ignore[misc]
    """A request that Twisted takes for no form, because it does not see of which type it is."""

    _type: list[bytes] | None = None

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        self._type = self.requestHeaders.getRawHeaders(b"content-type")
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        if self._type is not None:
            self.requestHeaders.setRawHeaders(b"content-type", self._type)
        return super().process()


class RequestFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: object) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = UnparsedRequest
        return protocol


class WebServer(Server):  # type: ignore[misc]
    def __init__(self, application: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(self._serve, *arguments, **options)
        self._served = application

    def run(self) -> None:
        daphne.server.HTTPFactory = RequestFactory  # the name by which daphne makes its own
        super().run()

    def create_application(self, protocol: Any, scope: Scope) -> Any:
        if isinstance(protocol, WebRequest):
            scope[_ARRIVED] = protocol, protocol.content
            if not isinstance(protocol.content, io.BytesIO):  # a small one
                protocol.content = io.BytesIO()
        return super().create_application(protocol, scope)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = scope.pop(_ARRIVED, (None, None))
        if body is not None and body is not request.content:
            receive = _Body(body, receive).receive
        try:
            await self._served(scope, receive, send)
        except Exception:
            if request is None or not request._response_started:
                raise
            logger.exception("an answer broke off")  # it cannot become an error page any more: the client sees it end
            if request.channel is not None:
                request.channel.transport.abortConnection()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Send a message. After a part of an answer, wait until there is room for more. Raises ClientGone."""
        is_part = message["type"] == "http.response.body"
        has_more = is_part and message.get("more_body", False)
        if is_part and not has_more and getattr(protocol, "producer", None) is not None:
            protocol.unregisterProducer()
        await super().handle_reply(protocol, message)
        if has_more:
            await self._room_for_more(protocol)

    async def _room_for_more(self, request: Any) -> None:
        if request.finished or request.channel is None:
            raise ClientGone
        if request.producer is None:
            request.registerProducer(_Valve(), True)
        valve: _Valve = request.producer
        await valve.is_open.wait()
        if valve.is_gone:
            raise ClientGone


class _Body:
    """A body that is read from its file as it is asked for."""

    def __init__(self, file: IO[bytes], afterwards: Receive) -> None:
        self._file, self._afterwards = file, afterwards
        self._is_read = False

    async def receive(self) -> dict[str, Any]:
        if self._is_read:
            return await self._afterwards()
        await asyncio.sleep(0)  # others get their turn between the pieces of a large one
        chunk = self._file.read(_PIECE)
        self._is_read = len(chunk) < _PIECE
        if self._is_read:
            self._file.close()
            await self._afterwards()  # the empty one in its place
        return {"type": "http.request", "body": chunk, "more_body": not self._is_read}


@implementer(IPushProducer)
class _Valve:
    """Told by the connection when it is full and when it has room again."""

    def __init__(self) -> None:
        self.is_open, self.is_gone = asyncio.Event(), False
        self.is_open.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self.is_open.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.is_open.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.is_gone = True
        self.is_open.set()


class WebServerCommand(CommandLineInterface):  # type: ignore[misc]
    server_class = WebServer


if __name__ == "__main__":
    WebServerCommand.entrypoint()
