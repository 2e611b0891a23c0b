"""The control API: how seeds, tests and benchmarks set the scene, make people write, and look at what arrived."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .http import JsonObject, Refused, Request, Response, json_response
from .loopback import require_loopback
from .outbox import Outcome, Update
from .simulator import Simulator
from .whatsapp import inbound
from .whatsapp.ids import bsuid_for
from .world import Number, Person, digits_of

MAX_WAIT_SECONDS = 60.0

Handler = Callable[[Simulator, Request], Awaitable[Response]]


async def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    match request.method, path:
        case "PUT", ["numbers", number_id]:
            return _put_number(sim, number_id, request.json())
        case "PUT", ["people", phone]:
            return json_response(put_person(sim, phone, request.json()).to_json())
        case method, [name] if (method, name) in ENDPOINTS:
            return await ENDPOINTS[method, name](sim, request)
    raise Refused(f"There is no {request.method} /control/{'/'.join(path)}.", 404)


# --- the scene ------------------------------------------------------------------------------------


def _put_number(sim: Simulator, number_id: str, document: JsonObject) -> Response:
    if not number_id.isalnum() or not number_id.isascii():
        raise Refused("A phone_number_id consists of digits.")
    known = sim.world.numbers.get(number_id)
    names = ("waba_id", "display_phone_number", "name", "access_token", "app_secret", "webhook_url")
    values = {name: _text(document, name, getattr(known, name, "")) for name in names}
    missing = [name for name in names[:-1] if not values[name]]
    if missing:
        raise Refused(f"A number needs {', '.join(missing)}.")
    if values["webhook_url"]:
        require_loopback(values["webhook_url"])
        sim.world.subscribed.add(values["waba_id"])
    number = Number(number_id, **values)
    sim.world.put_number(number)
    sim.storage.touch()
    sim.events.publish("people", {})
    return json_response(_describe(number))


def _describe(number: Number) -> JsonObject:
    return {
        "phone_number_id": number.id,
        "waba_id": number.waba_id,
        "display_phone_number": number.display_phone_number,
        "name": number.name,
        "webhook_url": number.webhook_url,
    }


async def _get_numbers(sim: Simulator, request: Request) -> Response:
    return json_response([_describe(number) for number in sim.world.numbers.values()])


def put_person(sim: Simulator, phone: str, document: JsonObject) -> Person:
    """Create or change a person; what the document leaves out stays as it is."""
    digits = digits_of(phone)
    if not 7 <= len(digits) <= 15:
        raise Refused("A phone number has 7 to 15 digits, with the country code.")
    known = sim.world.people.get(digits) or Person(digits, f"+{digits}", bsuid_for(digits))
    person = Person(
        digits,
        _text(document, "name", known.name) or known.name,
        _text(document, "bsuid", known.bsuid) or known.bsuid,
        _text(document, "username", known.username),
        _flag(document, "hide_phone", known.hide_phone),
        _flag(document, "on_whatsapp", known.on_whatsapp),
    )
    sim.world.put_person(person)
    sim.storage.touch()
    sim.events.publish("people", {})
    return person


async def _get_people(sim: Simulator, request: Request) -> Response:
    return json_response([person.to_json() for person in sim.world.people.values()])


# --- people write ---------------------------------------------------------------------------------


async def _inbound(sim: Simulator, request: Request) -> Response:
    document = request.json()
    number = _number(sim, document)
    phone = digits_of(_text(document, "from", ""))
    if not phone:
        raise Refused("“from” must be the phone number of the person who writes.")
    person = sim.world.people.get(phone) or put_person(sim, phone, {})
    wamid, outcome = inbound.write(sim, number, person, document)
    return json_response({"wamid": wamid} | await _ended(request, outcome))


async def _webhook(sim: Simulator, request: Request) -> Response:
    document = request.json()
    number = _number(sim, document)
    if not isinstance(document.get("value"), dict):
        raise Refused("“value” must be the JSON object to send.")
    outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    topic = _text(document, "field", "messages")
    sim.outbox.post([Update(number.id, document["value"], "raw", topic, topic=topic, outcome=outcome)])
    return json_response(await _ended(request, outcome))


async def _ended(request: Request, outcome: asyncio.Future[Outcome]) -> JsonObject:
    seconds = _seconds(request, "wait", 30.0)
    if not seconds:
        return {"delivered": False, "status": None}
    done, _ = await asyncio.wait([outcome], timeout=seconds)
    if not done:
        return {"delivered": False, "status": None}
    return {"delivered": outcome.result().delivered, "status": outcome.result().status}


# --- what happened --------------------------------------------------------------------------------


async def _sent(sim: Simulator, request: Request) -> Response:
    return json_response(_of_number(sim.world.sent, request))


async def _written(sim: Simulator, request: Request) -> Response:
    """What customers wrote, as far as the phones remember it."""
    log = [
        {
            "wamid": message.wamid,
            "phone_number_id": message.number_id,
            "from": message.person,
            "type": message.type,
            "text": message.text,
            "at": message.at,
        }
        for message in sim.world.messages.values()
        if not message.outbound
    ]
    return json_response(_of_number(log, request))


async def _reads(sim: Simulator, request: Request) -> Response:
    return json_response(_of_number(sim.world.reads, request))


def _of_number(log: Any, request: Request) -> list[JsonObject]:
    number_id = request.query.get("phone_number_id")
    return [entry for entry in log if number_id in (None, entry["phone_number_id"])]


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
            "numbers": len(sim.world.numbers),
            "people": len(sim.world.people),
            "sent": len(sim.world.sent),
            "webhooks": {
                "waiting": sim.outbox.pending,
                "delivered": sim.outbox.delivered,
                "given_up": sim.outbox.given_up,
            },
        }
    )


ENDPOINTS: dict[tuple[str, str], Handler] = {
    ("GET", "numbers"): _get_numbers,
    ("GET", "people"): _get_people,
    ("POST", "inbound"): _inbound,
    ("GET", "inbound"): _written,
    ("POST", "webhook"): _webhook,
    ("GET", "sent"): _sent,
    ("GET", "reads"): _reads,
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


# --- reading documents ----------------------------------------------------------------------------


def _number(sim: Simulator, document: JsonObject) -> Number:
    number_id = str(document.get("phone_number_id", ""))
    number = sim.world.numbers.get(number_id)
    if number is None:
        raise Refused(f"There is no number “{number_id}”. PUT /control/numbers/<phone_number_id> first.", 404)
    return number


def _text(document: JsonObject, name: str, default: str) -> str:
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > 2_000:
        raise Refused(f"{name} must be a text of at most 2000 characters.")
    return value


def _flag(document: JsonObject, name: str, default: bool) -> bool:
    value = document.get(name, default)
    if not isinstance(value, bool):
        raise Refused(f"{name} must be true or false.")
    return value


def _seconds(request: Request, name: str, default: float) -> float:
    try:
        seconds = float(request.query.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_WAIT_SECONDS:
        raise Refused(f"{name} must be a number of seconds from 0 to {MAX_WAIT_SECONDS:g}.")
    return seconds
