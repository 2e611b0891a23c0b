"""The Graph API endpoints of a WhatsApp number and of its business account."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import secrets
from urllib.parse import urlencode, urlsplit

import httpx

from inbox.devstack.simulator.http import JsonObject, Refused, Request, Response, json_response
from inbox.devstack.simulator.loopback import require_loopback
from inbox.devstack.simulator.outbox import TIMEOUT_SECONDS
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.world import Number

from . import sending, statuses
from .errors import GraphError

NUMBER_FIELDS = {
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "name_status",
    "status",
}
NUMBER_DEFAULTS = ("verified_name", "code_verification_status", "display_phone_number", "quality_rating")


async def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    """Answer a request for `path`: the segments after the version, an object id and perhaps an edge."""
    try:
        match request.method, path:
            case "POST", [number_id, "messages"]:
                number = _authorised_number(sim, request, number_id)
                return await _messages(sim, request, number)
            case "GET", [number_id] if number_id in sim.world.numbers:
                return json_response(_number(request, _authorised_number(sim, request, number_id)))
            case "GET", [waba_id, "phone_numbers"]:
                numbers = _authorised_account(sim, request, waba_id)
                return json_response({"data": [_number(request, number) for number in numbers]})
            case "GET", [waba_id, "subscribed_apps"]:
                _authorised_account(sim, request, waba_id)
                return json_response({"data": _subscriptions(sim, waba_id)})
            case "POST", [waba_id, "subscribed_apps"]:
                return await _subscribe(sim, request, waba_id)
        raise _unknown_object(request, path[0] if path else "")
    except GraphError as error:
        return error.response()


# --- messages -------------------------------------------------------------------------------------


async def _messages(sim: Simulator, request: Request, number: Number) -> Response:
    body = _json(request)
    if body.get("status") == "read":
        return _mark_read(sim, number, body)
    text = _text_for_faults(body)
    hang = sim.faults.take("hang_before_accept", number.id, text)
    if hang:
        return await _hang(request, hang.seconds)
    fault = sim.faults.take("fail", number.id, text)
    if fault:
        raise GraphError(fault.code, status=fault.http_status, retry_after=fault.retry_after)
    order = sending.read_order(sim, number, body)
    sending.check_rates(sim, number, order)
    message, failure = sending.accept(sim, number, order)
    answer = json_response(sending.answer_for(order, message))

    delay = sim.faults.take("delay", number.id, text)
    drop = sim.faults.take("drop_after_accept", number.id, text)
    if drop:
        statuses.report(sim, message, failure)
        return await _hang(request, drop.seconds)
    if sim.faults.take("status_before_response", number.id, text):
        arrivals = statuses.report(sim, message, failure)
        if arrivals:
            await asyncio.wait(arrivals, timeout=TIMEOUT_SECONDS)
        await asyncio.sleep(delay.seconds if delay else 0)
        return answer

    release = sim.outbox.expect()

    def report() -> None:
        statuses.report(sim, message, failure)
        release()

    if delay:
        try:
            await asyncio.sleep(delay.seconds)
        except asyncio.CancelledError:
            report()  # the client left; the message was accepted all the same
            raise
    answer.after = report
    return answer


def _mark_read(sim: Simulator, number: Number, body: JsonObject) -> Response:
    sending.require_product(body)
    wamid = body.get("message_id")
    if not wamid:
        raise GraphError(100, "(#100) The parameter message_id is required.")
    message = sim.world.messages.get(str(wamid))
    if message is None or message.outbound or message.number_id != number.id:
        raise GraphError(131009, details="Parameter message_id is not the id of a message received by this number.")
    typing = isinstance(body.get("typing_indicator"), dict)
    for earlier in sim.world.thread(number.id, message.person):
        if not earlier.outbound and earlier.at <= message.at and earlier.status != "read":
            earlier.status = "read"
            sim.events.publish("message", earlier.to_json())
    if typing:
        sim.events.publish("typing", {"number": number.id, "person": message.person})
    sim.world.reads.append(
        {"phone_number_id": number.id, "wamid": message.wamid, "typing_indicator": typing, "at": sim.now()}
    )
    return json_response({"success": True})


async def _hang(request: Request, seconds: float) -> Response:
    if seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.disconnected(), seconds)
    return Response(drop=True)


def _text_for_faults(body: JsonObject) -> str:
    content = body.get("text")
    text = content.get("body") if isinstance(content, dict) else ""
    return text if isinstance(text, str) else ""


# --- the number and its account -------------------------------------------------------------------


def _number(request: Request, number: Number) -> JsonObject:
    asked = [name.strip() for name in request.query.get("fields", "").split(",") if name.strip()]
    for name in asked:
        if name not in NUMBER_FIELDS | {"id"}:
            raise GraphError(
                100,
                f"(#100) Tried accessing nonexisting field ({name}) on node type (WhatsAppBusinessPhoneNumber)",
            )
    values: JsonObject = {
        "verified_name": number.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.display_phone_number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "name_status": "APPROVED",
        "status": "CONNECTED",
    }
    return {name: values[name] for name in asked or NUMBER_DEFAULTS if name != "id"} | {"id": number.id}


def _subscriptions(sim: Simulator, waba_id: str) -> list[JsonObject]:
    if waba_id not in sim.world.subscribed:
        return []
    app = {"id": "1000000000000001", "name": "Simulated app", "link": "https://www.facebook.com/games/?app_id=1"}
    return [{"whatsapp_business_api_data": app}]


async def _subscribe(sim: Simulator, request: Request, waba_id: str) -> Response:
    numbers = _authorised_account(sim, request, waba_id)
    body = _json(request) if request.body else {}
    url = body.get("override_callback_uri")
    if url:
        await _shake_hands(str(url), str(body.get("verify_token", "")))
        for number in numbers:
            number.webhook_url = str(url)
    sim.world.subscribed.add(waba_id)
    sim.storage.touch()
    return json_response({"success": True})


async def _shake_hands(url: str, verify_token: str) -> None:
    """Ask the endpoint to prove itself, as the vendor does before it accepts a callback."""
    failed = "(#2200) Callback verification failed with the following errors: "
    try:
        require_loopback(url)
    except Refused as refusal:
        raise GraphError(2200, failed + refusal.words) from None
    challenge = str(secrets.randbelow(10**10))
    query = urlencode({"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token})
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            reply = await client.get(f"{url}{'&' if urlsplit(url).query else '?'}{query}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GraphError(2200, failed + type(error).__name__) from None
    if reply.status_code != 200 or reply.text != challenge:
        raise GraphError(2200, f"{failed}HTTP Status Code = {reply.status_code}; HTTP Message = {reply.reason_phrase}")


# --- who asks -------------------------------------------------------------------------------------


def _authorised_number(sim: Simulator, request: Request, number_id: str) -> Number:
    number = sim.world.numbers.get(number_id)
    if number is None:
        raise _unknown_object(request, number_id)
    _check_token(sim, request, [number])
    return number


def _authorised_account(sim: Simulator, request: Request, waba_id: str) -> list[Number]:
    numbers = sim.world.numbers_of(waba_id)
    if not numbers:
        raise _unknown_object(request, waba_id)
    _check_token(sim, request, numbers)
    return numbers


def _check_token(sim: Simulator, request: Request, numbers: list[Number]) -> None:
    scheme, _, token = request.header(b"authorization").partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        token = request.query.get("access_token", "")
    if sim.faults.take("expired_token", numbers[0].id):
        raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
    given = token.strip().encode()
    if not any(hmac.compare_digest(given, number.access_token.encode()) for number in numbers):
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")


def _unknown_object(request: Request, object_id: str) -> GraphError:
    verb = request.method.lower()
    return GraphError(
        100,
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation. Please read the Graph API documentation at"
        " https://developers.facebook.com/docs/graph-api",
        subcode=33,
        type="GraphMethodException",
    )


def _json(request: Request) -> JsonObject:
    try:
        return request.json()
    except Refused:
        raise GraphError(100, "(#100) The request body is not a JSON object.") from None
