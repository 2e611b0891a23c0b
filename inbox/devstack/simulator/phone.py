"""The phone page: its files, the chats it shows, and the stream of news that keeps it live."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .http import JsonObject, Refused, Request, Response, Send, json_response
from .simulator import Simulator
from .whatsapp.statuses import mark_seen
from .world import ChatKey, Person

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
SECURITY = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
]
MAX_PEOPLE_SHOWN = 200


def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    match request.method, path:
        case "GET", [""]:
            return _file("index.html")
        case "GET", ["static", name]:
            return _file(name)
        case "GET", ["chats"]:
            return json_response(_chats(sim, request))
        case "GET", ["thread"]:
            return json_response(_thread(sim, request))
    raise Refused(f"There is no {request.method} /phone/{'/'.join(path)}.", 404)


def _file(name: str) -> Response:
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in TYPES or not path.is_file():
        raise Refused(f"There is no file “{name}”.", 404)
    return Response(path.read_bytes(), content_type=TYPES[path.suffix], headers=SECURITY)


# --- chats ----------------------------------------------------------------------------------------


def _chats(sim: Simulator, request: Request) -> JsonObject:
    """The numbers, and the people with their chat with one number: the latest first."""
    number_id = request.query.get("number", "")
    search = request.query.get("q", "").casefold()
    found = {
        phone: person
        for phone, person in sim.world.people.items()
        if not search or search in f"{person.name} {phone} {person.username}".casefold()
    }
    # The world keeps its chats in the order of their last message.
    latest = [phone for owner, phone in reversed(sim.world.chats) if owner == number_id and phone in found]
    people = list(dict.fromkeys([*latest, *found]))
    return {
        "numbers": [
            {
                "id": number.id,
                "name": number.name,
                "display": number.display_phone_number,
                "webhook": number.webhook_url,
            }
            for number in sim.world.numbers.values()
        ],
        "people": [_row(sim, number_id, found[phone]) for phone in people[:MAX_PEOPLE_SHOWN]],
        "total": len(people),
    }


def _row(sim: Simulator, number_id: str, person: Person) -> JsonObject:
    thread = list(sim.world.thread(number_id, person.phone))
    unread = sum(1 for message in thread if message.outbound and not message.seen)
    return person.to_json() | {"last": thread[-1].to_json() if thread else None, "unread": unread}


def _thread(sim: Simulator, request: Request) -> JsonObject:
    number = sim.world.numbers.get(request.query.get("number", ""))
    person = sim.world.people.get(request.query.get("person", ""))
    if number is None or person is None:
        raise Refused("There is no such number or person any more.", 404)
    return {
        "number": {"id": number.id, "name": number.name, "display": number.display_phone_number},
        "person": person.to_json(),
        "messages": [message.to_json() for message in sim.world.thread(number.id, person.phone)],
        "window_closes_at": sim.world.window_closes_at(number.id, person.phone),
    }


# --- news -----------------------------------------------------------------------------------------


async def stream(sim: Simulator, request: Request, send: Send) -> None:
    """Send news until the page goes away. The chat it names counts as open and is read for that long."""
    if sim.events.is_full:
        raise Refused("Too many phone pages are open.", 503)
    key: ChatKey | None = None
    if request.query.get("number") in sim.world.numbers and request.query.get("person") in sim.world.people:
        key = (request.query["number"], request.query["person"])
    gone = asyncio.get_running_loop().create_future()
    watcher = asyncio.create_task(_watch(request, gone))
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    try:
        async for frame in sim.events.listen(key, gone):
            if key is not None:
                mark_seen(sim, *key)
                key = None
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})
    finally:
        watcher.cancel()


async def _watch(request: Request, gone: asyncio.Future[None]) -> None:
    await request.disconnected()
    if not gone.done():
        gone.set_result(None)
