"""The endpoints under /cgi-bin: tokens, customer messages, followers and files."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from inbox.devstack.simulator.accounts import OfficialAccount
from inbox.devstack.simulator.faults import Fault
from inbox.devstack.simulator.http import JsonObject, Refused, Request, Response, json_response
from inbox.devstack.simulator.pacing import after_accept, before_accept
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator

from . import files, sending
from .errors import WeChatError, done

# A backslash that begins \uXXXX, and is not itself the second half of an escaped backslash.
_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u")


async def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    """Answer a request for `path`: the segments after /cgi-bin."""
    try:
        return await _route(sim, request, path)
    except WeChatError as error:
        return error.response()


async def _route(sim: Simulator, request: Request, path: list[str]) -> Response:
    match request.method, path:
        case "POST", ["stable_token"]:
            return _stable_token(sim, _body(request))
        case "GET", ["token"]:
            return _token(sim, request.query)
        case _, ["stable_token"]:
            raise WeChatError(43002)
    account = _authorised(sim, request)
    match request.method, path:
        case "POST", ["message", "custom", "send"]:
            return await _send(sim, request, account)
        case "POST", ["message", "custom", "typing"]:
            return _typing(sim, account, _body(request))
        case "GET", ["user", "info"]:
            return json_response(_follower(sim, account, request.query.get("openid", "")))
        case "GET", ["getcallbackip"] | ["get_api_domain_ip"]:
            return json_response({"ip_list": ["127.0.0.1"]})
        case "GET", ["customservice", "getkflist"]:
            if not account.verified:
                raise WeChatError(48001)
            return json_response({"kf_list": []})
        case "GET", ["media", "get"]:
            return await files.hand_over(sim, request, account)
        case "POST", ["media", "upload"]:
            return await files.store(sim, request, account)
    raise Refused(f"There is no {request.method} /cgi-bin/{'/'.join(path)}.", 404)


# --- tokens ---------------------------------------------------------------------------------------


def _stable_token(sim: Simulator, body: JsonObject) -> Response:
    account = _credited(sim, body)
    seconds = sim.world.settings.wechat_token_seconds
    token = sim.wechat_tokens.stable(account.id, seconds, sim.now(), anew=body.get("force_refresh") is True)
    return json_response({"access_token": token.value, "expires_in": max(1, int(token.expires_at - sim.now()))})


def _token(sim: Simulator, query: JsonObject) -> Response:
    account = _credited(sim, query)
    seconds = sim.world.settings.wechat_token_seconds
    token = sim.wechat_tokens.fetched(account.id, seconds, sim.now())
    return json_response({"access_token": token.value, "expires_in": seconds})


def _credited(sim: Simulator, fields: JsonObject) -> OfficialAccount:
    """Return the account whose app id and secret these are."""
    if fields.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    app_id, secret = fields.get("appid"), fields.get("secret")
    if not app_id or not secret:
        raise WeChatError(41004 if app_id else 41002)
    accounts = (item for item in sim.world.accounts.values() if isinstance(item, OfficialAccount))
    account = next((item for item in accounts if item.app_id == app_id), None)
    if account is None:
        raise WeChatError(40013)
    if not hmac.compare_digest(str(secret).encode(), account.secret.encode()):
        raise WeChatError(40125)
    if not account.ip_allowed:
        raise WeChatError(40164)
    return account


def _authorised(sim: Simulator, request: Request) -> OfficialAccount:
    given = request.query.get("access_token", "")
    if not given:
        raise WeChatError(41001)
    token = sim.wechat_tokens.find(given)
    account = sim.world.accounts.get(token.account_id) if token else None
    if token is None or not isinstance(account, OfficialAccount):
        raise WeChatError(40001)
    if sim.now() >= token.expires_at or sim.faults.take("expired_token", account.id):
        raise WeChatError(42001)
    return account


# --- customer messages ----------------------------------------------------------------------------


async def _send(sim: Simulator, request: Request, account: OfficialAccount) -> Response:
    body = _body(request)
    if not account.verified:
        raise WeChatError(48001)
    text = sending.text_in(body)
    fault = await before_accept(sim, request, account.id, text)
    if isinstance(fault, Response):
        return fault
    if isinstance(fault, Fault):
        return files.failure(fault)
    if not sim.minute_rate.allow(account.id, sim.world.settings.wechat_limit, sim.now()):
        raise WeChatError(45011)
    sending.accept(sim, account, body)
    return await after_accept(sim, request, account.id, text, done(), list, first=False)


def _typing(sim: Simulator, account: OfficialAccount, body: JsonObject) -> Response:
    person = sending.recipient(sim, account, body)
    command = body.get("command")
    if command not in ("Typing", "CancelTyping"):
        raise WeChatError(47001)
    if not sim.world.windows.in_time((account.id, person.id), sim.now()):
        raise WeChatError(45080)
    if command == "Typing":
        sim.events.publish("typing", {"account": account.id, "person": person.id})
    sim.world.actions.append({"account": account.id, "person": person.id, "action": command, "at": sim.now()})
    return done()


# --- followers ------------------------------------------------------------------------------------


def _follower(sim: Simulator, account: OfficialAccount, openid: str) -> JsonObject:
    """Describe a follower as the vendor does now: without a name and a picture."""
    person = sim.world.people.by_scoped_id(account.id, openid)
    if person is None:
        raise WeChatError(40003)
    union = {"unionid": union_id(account, person)} if account.open_platform else {}
    if not person.followed.get(account.id, True):
        return {"subscribe": 0, "openid": openid} | union
    return {
        "subscribe": 1,
        "openid": openid,
        "language": "zh_CN",
        "subscribe_time": int(sim.now()) - 86_400,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 0,
        "qr_scene_str": "",
    } | union


def union_id(account: OfficialAccount, person: Person) -> str:
    digest = hashlib.sha256(f"{account.open_platform}/{person.id}".encode()).hexdigest()
    return f"oU{digest[:26]}"


def _body(request: Request) -> JsonObject:
    r"""Read a body as the vendor does, who takes \uXXXX for what it literally is."""
    if not request.body:
        raise WeChatError(44002)
    literal = Request(request.scope, request.receive, _ESCAPED.sub(rb"\1\\\\u", request.body))
    try:
        document: Any = literal.json()
    except Refused:
        raise WeChatError(47001) from None
    return dict(document)
