"""The phone page: its files, the chats it shows, and the stream of news that keeps it live."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .accounts import Account
from .http import JsonObject, Refused, Request, Response, Send, json_response
from .people import Person
from .simulator import Simulator
from .vendors import abilities, mark_seen
from .windows import ChatKey

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
        b" media-src 'self';"
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
    """The accounts, and the people with their chat with one of them: the latest first."""
    account = sim.world.accounts.get(request.query.get("account", ""))
    search = request.query.get("q", "").casefold()
    found = {
        person.id: person
        for person in sim.world.people.by_id.values()
        if not search or search in f"{person.name} {person.phone} {person.username}".casefold()
    }
    # The world keeps its chats in the order of their last message.
    latest = [person for owner, person in reversed(sim.world.chats) if account and owner == account.id]
    people = list(dict.fromkeys([*(person for person in latest if person in found), *found]))
    return {
        "accounts": [_account(account) for account in sim.world.accounts.values()],
        "people": [_row(sim, account, found[person]) for person in people[:MAX_PEOPLE_SHOWN]],
        "total": len(people),
    }


def _account(account: Account) -> JsonObject:
    return {
        "id": account.id,
        "channel": account.channel,
        "name": account.name,
        "display": account.display,
        "business": account.business or account.name,
        "webhook": account.webhook_url,
    }


def _person(sim: Simulator, account: Account | None, person: Person) -> JsonObject:
    if account is not None:
        sim.world.people.id_at(account, person)
    return person.to_json()


def _row(sim: Simulator, account: Account | None, person: Person) -> JsonObject:
    thread = list(sim.world.thread(account.id, person.id)) if account else []
    unread = sum(1 for message in thread if message.outbound and not message.seen)
    return _person(sim, account, person) | {"last": thread[-1].to_json() if thread else None, "unread": unread}


def _thread(sim: Simulator, request: Request) -> JsonObject:
    account = sim.world.accounts.get(request.query.get("account", ""))
    person = sim.world.people.by_id.get(request.query.get("person", ""))
    if account is None or person is None:
        raise Refused("There is no such account or person any more.", 404)
    return {
        "account": _account(account),
        "person": _person(sim, account, person),
        "messages": [message.to_json() for message in sim.world.thread(account.id, person.id)],
        "window": _window(sim, (account.id, person.id)),
        "followed": person.followed.get(account.id, True) if account.channel == "wechat" else None,
        "bot": (account.id, person.id) in sim.world.bots,
        "abilities": abilities(account, person),
    }


def _window(sim: Simulator, key: ChatKey) -> JsonObject:
    """Until when the business may write, and how often: of all windows that are open, or of the last one."""
    windows = sim.world.windows.open_ones(key, sim.now())
    last = windows[-1] if windows else sim.world.windows.last(key)
    counted = [window for window in windows or ([last] if last else []) if window.limit is not None]
    return {
        "closes_at": last.closes_at if last else None,
        "left": sum(window.left or 0 for window in counted) if counted else None,
        "limit": sum(window.limit or 0 for window in counted) if counted else None,
    }


# --- news -----------------------------------------------------------------------------------------


async def stream(sim: Simulator, request: Request, send: Send) -> None:
    """Send news until the page goes away. The chat it names counts as open and is read for that long."""
    if sim.events.is_full:
        raise Refused("Too many phone pages are open.", 503)
    key: ChatKey | None = None
    account_id, person_id = request.query.get("account", ""), request.query.get("person", "")
    if account_id in sim.world.accounts and person_id in sim.world.people.by_id:
        key = (account_id, person_id)
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
