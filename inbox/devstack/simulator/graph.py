"""Meta's API: finds out whose object a request is about and lets that product answer."""

from __future__ import annotations

import hmac

from .accounts import InstagramAccount, MetaAccount, scopes_of
from .http import JsonObject, Request, Response, json_response
from .messaging import graph as messaging
from .meta import GraphError, expired_token, invalid, is_token_of, token_in, unknown_object, unreadable_token
from .simulator import Simulator
from .whatsapp import files
from .whatsapp import graph as whatsapp

APP_ID = "1000000000000001"


async def answer(sim: Simulator, request: Request, path: list[str]) -> Response:
    """Answer a request for `path`: the segments after the version, an object id and perhaps an edge."""
    try:
        return await _route(sim, request, path)
    except GraphError as error:
        return error.response()


async def _route(sim: Simulator, request: Request, path: list[str]) -> Response:
    match request.method, path:
        case "GET", ["debug_token"]:
            return _debug_token(sim, request)
        case "GET", ["refresh_access_token"]:
            return messaging.refresh_token(sim, request)
        case "GET", ["me", "permissions"]:
            return _permissions(sim, request)
        case "POST", [app_id, "uploads"] if app_id == APP_ID:
            _owned(sim, request)
            return files.open_session(sim, request)
        case "POST", [session] if session.startswith("upload:"):
            _owned(sim, request)
            return files.take_sample(sim, request, session)
    object_id, *edge = path or [""]
    number = sim.world.number(object_id)
    if number is not None:
        return await whatsapp.answer_number(sim, request, number, edge)
    accounts = messaging.accounts_at(sim, request, object_id)
    if accounts:
        return await messaging.answer_account(sim, request, object_id, accounts, edge)
    if object_id == "me":
        raise unreadable_token()
    if sim.world.numbers_of(object_id):
        return await whatsapp.answer_business(sim, request, object_id, edge)
    template = sim.world.templates.get(object_id)
    if template is not None and request.method == "POST" and not edge and sim.world.numbers_of(template.waba_id):
        return whatsapp.answer_template(sim, request, template)
    file = sim.media.get(object_id)
    if file is not None and request.method == "GET" and not edge:
        return whatsapp.answer_file(sim, request, file)
    if request.method == "GET" and not edge:
        return messaging.answer_profile(sim, request, object_id)
    raise unknown_object(request, object_id)


def _owners(sim: Simulator, token: str) -> list[MetaAccount]:
    """Return the accounts of a token: a page and the Instagram account linked to it share one."""
    accounts = (item for item in sim.world.accounts.values() if isinstance(item, MetaAccount))
    return [item for item in accounts if is_token_of(item, token)]


def _owned(sim: Simulator, request: Request) -> None:
    """Raises GraphError unless the token is anybody's: an app's uploads belong to no account."""
    if not _owners(sim, token_in(request)):
        raise unreadable_token()


def _scopes(owners: list[MetaAccount]) -> list[str]:
    return sorted({scope for account in owners for scope in scopes_of(account)})


def _permissions(sim: Simulator, request: Request) -> Response:
    owners = _owners(sim, token_in(request))
    if not owners:
        raise unreadable_token()
    if sim.faults.take("expired_token", owners[0].id):
        raise expired_token()
    return json_response({"data": [{"permission": name, "status": "granted"} for name in _scopes(owners)]})


def _debug_token(sim: Simulator, request: Request) -> Response:
    """Tell about `input_token`; the asker needs a token of its own, or the app's id and secret."""
    given = request.query.get("input_token", "")
    if not given:
        raise invalid("The parameter input_token is required.")
    if not _owners(sim, token_in(request)) and not _is_app(sim, token_in(request)):
        raise unreadable_token()
    owners = _owners(sim, given)
    if not owners:
        return _invalid_token("The access token could not be decrypted")
    account = owners[0]
    if sim.faults.take("expired_token", account.id) or 0 < account.token_expires_at <= sim.now():
        return _invalid_token("Session has expired")
    data: JsonObject = {
        "app_id": APP_ID,
        "application": "Simulated app",
        "type": "PAGE" if account.channel == "messenger" else "SYSTEM_USER",
        "is_valid": True,
        "issued_at": int(sim.now()) - 86_400,
        "expires_at": int(account.token_expires_at),
        "data_access_expires_at": 0,
        "scopes": _scopes(owners),
        "user_id": "1000000000000002",
    }
    if isinstance(account, InstagramAccount) and not account.page_id:
        data["user_id"] = account.id
    return json_response({"data": data})


def _invalid_token(words: str) -> Response:
    error = {"code": 190, "message": f"Error validating access token: {words}."}
    return json_response({"data": {"is_valid": False, "error": error, "scopes": []}})


def _is_app(sim: Simulator, token: str) -> bool:
    secret = token.partition("|")[2].encode()
    accounts = (item for item in sim.world.accounts.values() if isinstance(item, MetaAccount))
    return bool(secret) and any(hmac.compare_digest(secret, item.app_secret.encode()) for item in accounts)
