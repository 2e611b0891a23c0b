"""The Graph API endpoints of a WhatsApp number, of its business account, and of its files."""

from __future__ import annotations

import asyncio
import secrets
from urllib.parse import urlencode, urlsplit

import httpx

from inbox.devstack.simulator.accounts import MetaAccount, Number
from inbox.devstack.simulator.faults import Fault
from inbox.devstack.simulator.http import JsonObject, Refused, Request, Response, json_response
from inbox.devstack.simulator.loopback import require_loopback
from inbox.devstack.simulator.media import File
from inbox.devstack.simulator.meta import (
    GraphError,
    asked_fields,
    check_token,
    expired_token,
    json_in,
    unknown_object,
)
from inbox.devstack.simulator.outbox import TIMEOUT_SECONDS
from inbox.devstack.simulator.pacing import after_accept, before_accept
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.templates import Template
from inbox.devstack.simulator.updates import Outcome

from . import files, sending, statuses, templates
from .content import text_in
from .errors import refusal

NUMBER_DEFAULTS = ("verified_name", "code_verification_status", "display_phone_number", "quality_rating")
TROUBLE = 131000


async def answer_number(sim: Simulator, request: Request, number: Number, edge: list[str]) -> Response:
    """Answer a request for a number, or for an edge of it."""
    _authorise(sim, request, [number])
    match request.method, edge:
        case "POST", ["messages"]:
            return await _messages(sim, request, number)
        case "POST", ["media"]:
            return await files.store(sim, request, number)
        case "GET", []:
            return json_response(_number(request, number))
    raise unknown_object(request, number.id)


async def answer_business(sim: Simulator, request: Request, waba_id: str, edge: list[str]) -> Response:
    """Answer a request for a business account, or for an edge of it."""
    numbers = sim.world.numbers_of(waba_id)
    _authorise(sim, request, numbers)
    match request.method, edge:
        case "GET", []:
            return json_response({"id": waba_id, "name": numbers[0].name})
        case "GET", ["phone_numbers"]:
            return json_response({"data": [_number(request, number) for number in numbers]})
        case "GET", ["subscribed_apps"]:
            return json_response({"data": _subscriptions(sim, waba_id)})
        case "POST", ["subscribed_apps"]:
            return await _subscribe(sim, request, waba_id, numbers)
        case "DELETE", ["subscribed_apps"]:
            sim.world.subscribed.pop(waba_id, None)
            sim.storage.touch()
            return json_response({"success": True})
        case "GET", ["message_templates"]:
            return templates.answer_list(sim, request, waba_id)
        case "POST", ["message_templates"]:
            return templates.answer_create(sim, request, waba_id)
        case "DELETE", ["message_templates"]:
            return templates.answer_delete(sim, request, waba_id)
    raise unknown_object(request, waba_id)


def answer_template(sim: Simulator, request: Request, template: Template) -> Response:
    """Change a template."""
    _authorise(sim, request, sim.world.numbers_of(template.waba_id))
    return templates.answer_edit(sim, request, template)


def answer_file(sim: Simulator, request: Request, file: File) -> Response:
    """Describe a file, with the address it is fetched from."""
    owner = sim.world.number(file.account_id)
    if owner is None:
        raise unknown_object(request, file.id)
    _authorise(sim, request, [owner])
    return json_response(files.describe(sim, request, owner, file))


# --- messages -------------------------------------------------------------------------------------


async def _messages(sim: Simulator, request: Request, number: Number) -> Response:
    body = json_in(request)
    if body.get("status") == "read":
        return _mark_read(sim, number, body)
    text = text_in(body)
    fault = await before_accept(sim, request, number.id, text)
    if isinstance(fault, Response):
        return fault
    if isinstance(fault, Fault):
        code = TROUBLE if fault.code is None else fault.code
        raise refusal(code, status=fault.http_status or 500, retry_after=fault.retry_after)
    order = sending.read_order(sim, number, body)
    sending.check_rates(sim, number, order)
    message, failure = sending.accept(sim, number, order)
    answer = json_response(sending.answer_for(order, message))

    def report() -> list[asyncio.Future[Outcome]]:
        return statuses.report(sim, message, failure)

    return await after_accept(sim, request, number.id, text, answer, report, first=False)


def _mark_read(sim: Simulator, number: Number, body: JsonObject) -> Response:
    sending.require_product(body)
    wamid = body.get("message_id")
    if not wamid:
        raise refusal(100, "(#100) The parameter message_id is required.")
    message = sim.world.messages.get(str(wamid))
    if message is None or message.outbound or message.account_id != number.id:
        raise refusal(131009, details="Parameter message_id is not the id of a message received by this number.")
    typing = isinstance(body.get("typing_indicator"), dict)
    for earlier in sim.world.thread(number.id, message.person):
        if not earlier.outbound and earlier.at <= message.at and earlier.status != "read":
            earlier.status, earlier.seen = "read", True
            sim.events.publish("message", earlier.to_json())
    if typing:
        sim.events.publish("typing", {"account": number.id, "person": message.person})
    sim.world.reads.append({"account": number.id, "id": message.id, "typing": typing, "at": sim.now()})
    return json_response({"success": True})


# --- the number and its account -------------------------------------------------------------------


def _number(request: Request, number: Number) -> JsonObject:
    values: JsonObject = {
        "verified_name": number.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.display_phone_number,
        "quality_rating": number.quality,
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "messaging_limit_tier": "TIER_2K",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "id": number.id,
    }
    return asked_fields(request, values, NUMBER_DEFAULTS, "WhatsAppBusinessPhoneNumber")


def _subscriptions(sim: Simulator, waba_id: str) -> list[JsonObject]:
    if waba_id not in sim.world.subscribed:
        return []
    app = {"id": "1000000000000001", "name": "Simulated app", "link": "https://www.facebook.com/games/?app_id=1"}
    return [{"whatsapp_business_api_data": app}]


async def _subscribe(sim: Simulator, request: Request, waba_id: str, numbers: list[Number]) -> Response:
    body = json_in(request) if request.body else {}
    url = body.get("override_callback_uri")
    if url:
        await _shake_hands(str(url), str(body.get("verify_token", "")))
        for number in numbers:
            number.webhook_url = str(url)
    sim.world.subscribed[waba_id] = ["*"]
    sim.storage.touch()
    return json_response({"success": True})


async def _shake_hands(url: str, verify_token: str) -> None:
    """Ask the endpoint to prove itself, as the vendor does before it accepts a callback."""
    failed = "(#2200) Callback verification failed with the following errors: "
    try:
        require_loopback(url)
    except Refused as refused:
        raise GraphError(2200, failed + refused.words) from None
    challenge = str(secrets.randbelow(10**10))
    query = urlencode({"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token})
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            reply = await client.get(f"{url}{'&' if urlsplit(url).query else '?'}{query}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GraphError(2200, failed + type(error).__name__) from None
    if reply.status_code != 200 or reply.text != challenge:
        raise GraphError(2200, f"{failed}HTTP Status Code = {reply.status_code}; HTTP Message = {reply.reason_phrase}")


def _authorise(sim: Simulator, request: Request, numbers: list[Number]) -> None:
    if sim.faults.take("expired_token", numbers[0].id):
        raise expired_token()
    owners: list[MetaAccount] = [*numbers]
    check_token(request, owners, sim.now())
