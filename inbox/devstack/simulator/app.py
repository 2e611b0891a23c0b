"""The simulator as a bare ASGI application: reads the request, finds who answers, writes the answer.

No framework, because benchmarks measure the product against it and it must not be the slow part.
"""

from __future__ import annotations

import logging

from . import content_network, control, graph, media, phone
from .http import JSON_TYPE, Receive, Refused, Request, Response, Scope, Send, json_response
from .simulator import Simulator
from .wechat import api as wechat

MAX_BODY = 32 * 1024 * 1024

logger = logging.getLogger(__name__)


class Application:
    def __init__(self, sim: Simulator) -> None:
        self.sim = sim

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"The simulator does not speak {scope['type']}.")
        try:
            request = Request(scope, receive, await _read_body(receive))
            if scope["path"] == "/phone/events":
                await phone.stream(self.sim, request, send)
                return
            response = await self._answer(request)
        except Refused as refusal:
            response = json_response({"error": refusal.words}, refusal.status)
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            response = json_response({"error": "The simulator itself has failed; its log says why."}, 500)
        try:
            await _write(scope, send, response)
        finally:
            if response.after is not None:
                response.after()

    async def _answer(self, request: Request) -> Response:
        segments = request.scope["path"].split("/")[1:]
        match segments:
            case ["control", *rest]:
                _refuse_other_sites(request)
                return await control.answer(self.sim, request, rest)
            case ["phone", *rest] if rest:
                return phone.answer(self.sim, request, rest)
            case [""] | ["phone"]:
                return Response(status=302, headers=[(b"location", b"/phone/")])
            case ["media", "content", file_id]:
                return await content_network.answer(self.sim, request, file_id)
            case ["media", *rest]:
                return media.answer(self.sim.media, rest)
            case ["cgi-bin", *rest]:
                return await wechat.answer(self.sim, request, rest)
            case [version, *rest] if _is_version(version) and rest:
                return await graph.answer(self.sim, request, rest)
        return await graph.answer(self.sim, request, segments)


def _is_version(segment: str) -> bool:
    major, _, minor = segment[1:].partition(".")
    return segment[:1] == "v" and major.isdigit() and (not minor or minor.isdigit())


def _refuse_other_sites(request: Request) -> None:
    # Any web page can reach this port through its visitor's browser; only our own may use the controls.
    origin = request.header(b"origin")
    if origin and origin.partition("://")[2] != request.header(b"host"):
        raise Refused("The control API is not for other web sites.", 403)


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body = bytearray(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refused("The body is too large.", 413)
    return bytes(body)


async def _write(scope: Scope, send: Send, response: Response) -> None:
    if response.drop:
        scope["extensions"]["simulator.drop"]()
        return
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode("ascii")),
        *response.headers,
    ]
    if response.content_type == JSON_TYPE:
        headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
