"""The control API: how seeds, tests and benchmarks set the scene, make people act, and look at what arrived."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from . import scene, vendors
from .accounts import describe
from .composing import Written
from .http import JsonObject, Refused, Request, Response, json_response
from .packing import may_share, object_of
from .simulator import Simulator
from .updates import Outcome, RawBody, Update
from .whatsapp import templates

MAX_WAIT_SECONDS = 60.0
MAX_BATCH = 1_000

Handler = Callable[[Simulator, Request], Awaitable[Response]]


async def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    match request.method, path:
        case "PUT", ["accounts", account_id]:
            return scene.put_account(sim, account_id, request.json())
        case "PUT", ["people", name]:
            return json_response(scene.put_person(sim, name, request.json()).to_json())
        case "GET", ["templates", waba_id]:
            return json_response([template.to_json() for template in sim.world.templates_of(waba_id)])
        case "PUT", ["templates", waba_id]:
            return json_response(templates.put(sim, waba_id, request.json()).to_json())
        case "POST", ["templates", waba_id]:
            return await _decide(sim, request, waba_id)
        case method, [name] if (method, name) in ENDPOINTS:
            return await ENDPOINTS[method, name](sim, request)
    raise Refused(f"There is no {request.method} /control/{'/'.join(path)}.", 404)


async def _get_accounts(sim: Simulator, request: Request) -> Response:
    return json_response([describe(account) for account in sim.world.accounts.values()])


async def _get_numbers(sim: Simulator, request: Request) -> Response:
    return json_response(scene.numbers(sim))


async def _get_people(sim: Simulator, request: Request) -> Response:
    return json_response([person.to_json() for person in sim.world.people.by_id.values()])


# --- people act -----------------------------------------------------------------------------------


async def _inbound(sim: Simulator, request: Request) -> Response:
    document = request.json()
    written = _write(sim, document)
    outcomes = [update.expect() for update in written.updates]
    sim.outbox.post(written.updates)
    message = written.message.to_json() if written.message else None
    return json_response({"id": written.id, "message": message} | await _ended(request, outcomes))


async def _batch(sim: Simulator, request: Request) -> Response:
    """Several acts, perhaps at several accounts of one vendor, whose webhooks share one POST."""
    items = request.json().get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_BATCH:
        raise Refused(f"“items” must be a list of 1 to {MAX_BATCH} acts, each as POST /control/inbound takes it.")
    accounts = [scene.account_of(sim, item) for item in items]
    if len({object_of(account) for account in accounts}) > 1 or not all(map(may_share, accounts)):
        raise Refused("Only accounts of one vendor, and not of WeChat, share a webhook.")
    written = [_write(sim, item) for item in items]
    updates = [update for one in written for update in one.updates]
    outcomes = [update.expect() for update in updates]
    sim.outbox.post_together(updates)
    return json_response({"ids": [one.id for one in written]} | await _ended(request, outcomes))


def _write(sim: Simulator, document: JsonObject) -> Written:
    account = scene.account_of(sim, document)
    return vendors.write(sim, account, scene.person_of(sim, account, document), document)


async def _webhook(sim: Simulator, request: Request) -> Response:
    """Any value, in the account's envelope: of a change, a `messaging` item, or the fields of an XML."""
    document = request.json()
    account = scene.account_of(sim, document)
    if not isinstance(document.get("value"), dict):
        raise Refused("“value” must be the JSON object to send.")
    topic = str(document.get("field") or "messages")
    return await _post(sim, request, Update(account.id, document["value"], "raw", topic, topic=topic))


async def _raw(sim: Simulator, request: Request) -> Response:
    """Any bytes at all, signed as the account's vendor signs."""
    document = request.json()
    account = scene.account_of(sim, document)
    body = RawBody(
        _bytes(document),
        str(document.get("content_type") or ("text/xml" if account.channel == "wechat" else "application/json")),
        encrypt=bool(document.get("encrypt")),
        app_id=str(document.get("app_id") or ""),
    )
    return await _post(sim, request, Update(account.id, body, "raw", "raw"))


async def _post(sim: Simulator, request: Request, update: Update) -> Response:
    outcomes = [update.expect()]
    sim.outbox.post([update])
    return json_response(await _ended(request, outcomes))


async def _decide(sim: Simulator, request: Request, waba_id: str) -> Response:
    """The vendor's review decides about a template, or its quality or category changes."""
    document = request.json()
    name, language = str(document.get("name", "")), str(document.get("language", ""))
    template = sim.world.template(waba_id, name, language)
    if template is None:
        raise Refused(f"There is no template “{name}” in “{language}”.", 404)
    update = templates.decide(sim, template, document)
    outcomes = [update.expect()] if update else []
    sim.outbox.post([update] if update else [])
    return json_response(template.to_json() | await _ended(request, outcomes) if outcomes else template.to_json())


def _bytes(document: JsonObject) -> bytes:
    if isinstance(document.get("body"), str):
        return str(document["body"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(document.get("body_base64", ""), validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Refused("The bytes to send stand in “body” as a text, or in “body_base64”.") from None


async def _ended(request: Request, outcomes: list[asyncio.Future[Outcome]]) -> JsonObject:
    """Wait for the webhooks as long as the request wants; all must have been delivered."""
    seconds = _seconds(request, "wait", 30.0)
    if not seconds or not outcomes:
        return {"delivered": False, "status": None}
    _, waiting = await asyncio.wait(outcomes, timeout=seconds)
    if waiting:
        return {"delivered": False, "status": None}
    results = [outcome.result() for outcome in outcomes]
    return {"delivered": all(result.delivered for result in results), "status": results[-1].status}


# --- what happened --------------------------------------------------------------------------------


async def _sent(sim: Simulator, request: Request) -> Response:
    return json_response(_of_account(sim.world.sent, request))


async def _written(sim: Simulator, request: Request) -> Response:
    """What customers wrote, as far as the phones remember it."""
    log = [message.to_json() for message in sim.world.messages.values() if not message.outbound]
    return json_response(_of_account(log, request))


async def _reads(sim: Simulator, request: Request) -> Response:
    return json_response(_of_account(sim.world.reads, request))


async def _actions(sim: Simulator, request: Request) -> Response:
    """Typing, marks and reactions that stand on their own."""
    return json_response(_of_account(sim.world.actions, request))


async def _subscriptions(sim: Simulator, request: Request) -> Response:
    return json_response(sim.world.subscribed)


def _of_account(log: Any, request: Request) -> list[JsonObject]:
    account_id = request.query.get("account")
    return [entry for entry in log if account_id in (None, entry["account"])]


async def _webhooks(sim: Simulator, request: Request) -> Response:
    return json_response(list(sim.outbox.log))


# --- switches -------------------------------------------------------------------------------------


async def _get_faults(sim: Simulator, request: Request) -> Response:
    return json_response(sim.faults.to_json())


async def _put_faults(sim: Simulator, request: Request) -> Response:
    sim.faults.replace(request.json())
    sim.events.publish("switches", {})
    return json_response(sim.faults.to_json())


async def _delete_faults(sim: Simulator, request: Request) -> Response:
    sim.faults.clear()
    sim.events.publish("switches", {})
    return json_response({})


async def _get_settings(sim: Simulator, request: Request) -> Response:
    return json_response(sim.world.settings.to_json())


async def _put_settings(sim: Simulator, request: Request) -> Response:
    before = sim.world.settings
    sim.world.settings = before.changed(request.json())
    if sim.world.settings.clock_offset != before.clock_offset:
        sim.forget_rates()
    sim.events.publish("switches", {})
    return json_response(sim.world.settings.to_json())


async def _reset(sim: Simulator, request: Request) -> Response:
    sim.reset()
    return json_response({"reset": True})


async def _settle(sim: Simulator, request: Request) -> Response:
    settled = await sim.outbox.settled(_seconds(request, "timeout", 10.0))
    return json_response({"settled": settled, "waiting": sim.outbox.pending})


async def _health(sim: Simulator, request: Request) -> Response:
    return json_response(
        {
            "status": "ok",
            "pid": os.getpid(),
            "time": time.time(),
            "clock": sim.now(),
            "accounts": len(sim.world.accounts),
            "people": len(sim.world.people.by_id),
            "sent": len(sim.world.sent),
            "webhooks": {
                "waiting": sim.outbox.pending,
                "delivered": sim.outbox.delivered,
                "given_up": sim.outbox.given_up,
            },
        }
    )


ENDPOINTS: dict[tuple[str, str], Handler] = {
    ("GET", "accounts"): _get_accounts,
    ("GET", "numbers"): _get_numbers,
    ("GET", "people"): _get_people,
    ("POST", "inbound"): _inbound,
    ("GET", "inbound"): _written,
    ("POST", "batch"): _batch,
    ("POST", "webhook"): _webhook,
    ("POST", "raw"): _raw,
    ("GET", "sent"): _sent,
    ("GET", "reads"): _reads,
    ("GET", "actions"): _actions,
    ("GET", "subscriptions"): _subscriptions,
    ("GET", "webhooks"): _webhooks,
    ("GET", "faults"): _get_faults,
    ("PUT", "faults"): _put_faults,
    ("DELETE", "faults"): _delete_faults,
    ("GET", "settings"): _get_settings,
    ("PUT", "settings"): _put_settings,
    ("POST", "reset"): _reset,
    ("GET", "settle"): _settle,
    ("GET", "health"): _health,
}


def _seconds(request: Request, name: str, default: float) -> float:
    try:
        seconds = float(request.query.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise Refused(f"{name} must be a number of seconds from 0 to {MAX_WAIT_SECONDS:g}.")
    return seconds
