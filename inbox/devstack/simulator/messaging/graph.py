"""The Graph API endpoints of pages and Instagram accounts, and of the people who wrote to them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from inbox.devstack.simulator.accounts import InstagramAccount, MetaAccount, Page, scopes_of
from inbox.devstack.simulator.http import JsonObject, Request, Response, json_response
from inbox.devstack.simulator.instagram.rules import RULES as INSTAGRAM
from inbox.devstack.simulator.media import picture_url
from inbox.devstack.simulator.messenger.rules import RULES as MESSENGER
from inbox.devstack.simulator.meta import (
    asked_fields,
    check_token,
    expired_token,
    invalid,
    is_token_of,
    json_in,
    token_in,
    unknown_object,
    unreadable_token,
)
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator

from . import files, sending
from .errors import refusal
from .receipts import APP_ID

TOKEN_DAYS = 60


def accounts_at(sim: Simulator, request: Request, object_id: str) -> list[MetaAccount]:
    """Return the accounts that a call to this object may mean: a page stands for the Instagram accounts linked to it."""
    accounts = sim.world.accounts.values()
    if object_id == "me":
        token = token_in(request)
        own = [item for item in accounts if isinstance(item, Page | InstagramAccount)]
        return [item for item in own if is_token_of(item, token)]
    named = sim.world.accounts.get(object_id)
    found: list[MetaAccount] = [named] if isinstance(named, Page | InstagramAccount) else []
    return [*found, *sim.world.linked_to(object_id)]


async def answer_account(
    sim: Simulator, request: Request, object_id: str, accounts: list[MetaAccount], edge: list[str]
) -> Response:
    """Answer a request for an account, or for an edge of it."""
    if sim.faults.take("expired_token", accounts[0].id):
        raise expired_token()
    check_token(request, accounts, sim.now())
    match request.method, edge:
        case "POST", ["messages"]:
            return await sending.answer(sim, request, _addressed(sim, request, accounts))
        case "POST", ["take_thread_control"]:
            return await sending.take_control(sim, request, _addressed(sim, request, accounts))
        case "POST", ["message_attachments"]:
            return await files.store(sim, request, accounts)
        case _, ["subscribed_apps"]:
            return _subscription(sim, request, _subscribed_id(object_id, accounts), accounts)
        case "GET", []:
            return json_response(_describe(sim, request, object_id, accounts[0]))
    raise unknown_object(request, object_id)


def answer_profile(sim: Simulator, request: Request, scoped_id: str) -> Response:
    """Answer a look-up of a person by the id that the token's account knows."""
    token = token_in(request)
    for account in sim.world.accounts.values():
        if isinstance(account, Page | InstagramAccount) and is_token_of(account, token):
            person = sim.world.people.by_scoped_id(account.id, scoped_id)
            if person is not None:
                return json_response(_profile(sim, request, account, person))
    raise unknown_object(request, scoped_id)


def refresh_token(sim: Simulator, request: Request) -> Response:
    """Prolong an Instagram Login token. The one before keeps working."""
    if request.query.get("grant_type") != "ig_refresh_token":
        raise invalid("Invalid parameter: grant_type must be ig_refresh_token")
    token = token_in(request)
    accounts = [item for item in sim.world.accounts.values() if isinstance(item, InstagramAccount)]
    account = next((item for item in accounts if not item.page_id and is_token_of(item, token)), None)
    if account is None:
        raise unreadable_token()
    if sim.faults.take("expired_token", account.id) or 0 < account.token_expires_at <= sim.now():
        raise expired_token()
    seconds = TOKEN_DAYS * 86_400
    generation = len(account.earlier_tokens) + 1
    account.earlier_tokens.append(account.access_token)
    account.access_token = f"{account.earlier_tokens[0]}.{generation}"
    account.token_expires_at = sim.now() + seconds
    sim.storage.touch()
    return json_response(
        {
            "access_token": account.access_token,
            "token_type": "bearer",
            "expires_in": seconds,
            "permissions": ",".join(scopes_of(account)),
        }
    )


# --- parts ----------------------------------------------------------------------------------------


def _addressed(sim: Simulator, request: Request, accounts: list[MetaAccount]) -> MetaAccount:
    """Return the account whose contact the recipient is: a page also sends for the Instagram account linked to it."""
    recipient = json_in(request).get("recipient")
    scoped_id = str(recipient.get("id")) if isinstance(recipient, dict) else ""
    known = (item for item in accounts if sim.world.people.by_scoped_id(item.id, scoped_id))
    return next(known, accounts[0])


def _profile(sim: Simulator, request: Request, account: MetaAccount, person: Person) -> JsonObject:
    if sim.world.windows.last((account.id, person.id)) is None:
        raise refusal(230)
    first, _, last = person.name.partition(" ")
    values: JsonObject = {"id": sim.world.people.id_at(account, person), "name": person.name}
    picture = picture_url(sim.base_url, person.id)
    if isinstance(account, InstagramAccount):
        values |= {
            "username": person.username or f"user_{values['id'][-6:]}",
            "profile_pic": picture,
            "follower_count": 120,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        }
    else:
        values |= {"first_name": first, "last_name": last, "profile_pic": picture, "locale": "en_GB", "gender": ""}
    return asked_fields(request, values, ("name",), "User")


def _describe(sim: Simulator, request: Request, object_id: str, account: MetaAccount) -> JsonObject:
    if isinstance(account, InstagramAccount) and object_id in (account.id, "me"):
        values: JsonObject = {
            "id": account.id,
            "user_id": account.id,
            "username": account.username,
            "name": account.name,
            "account_type": "BUSINESS",
            "profile_picture_url": picture_url(sim.base_url, account.id),
            "followers_count": 1_234,
        }
        return asked_fields(request, values, (), "IGUser")
    page_id = account.page_id if isinstance(account, InstagramAccount) else account.id
    linked = sim.world.linked_to(page_id)
    values = {"id": page_id, "name": account.name, "category": "Florist", "link": f"https://www.facebook.com/{page_id}"}
    values["instagram_business_account"] = {"id": linked[0].id} if linked else None
    return asked_fields(request, values, ("name",), "Page")


# --- subscriptions --------------------------------------------------------------------------------


def _subscribed_id(object_id: str, accounts: list[MetaAccount]) -> str:
    return accounts[0].subscription if object_id == "me" else object_id


def _subscription(sim: Simulator, request: Request, object_id: str, accounts: list[MetaAccount]) -> Response:
    itself = any(isinstance(item, InstagramAccount) and item.id == object_id for item in accounts)
    if not itself and not any("pages_manage_metadata" in scopes_of(item) for item in accounts):
        raise refusal(200, "Requires pages_manage_metadata permission to manage the object")
    known = INSTAGRAM.fields if itself else MESSENGER.fields
    subscribed = sim.world.subscribed
    match request.method:
        case "GET":
            return json_response({"data": _subscribed_apps(subscribed.get(object_id), known)})
        case "POST":
            subscribed[object_id] = _wanted_fields(request, known)
        case "DELETE":
            subscribed.pop(object_id, None)
        case _:
            raise unknown_object(request, object_id)
    sim.storage.touch()
    return json_response({"success": True})


def _subscribed_apps(fields: list[str] | None, known: frozenset[str]) -> list[JsonObject]:
    if fields is None:
        return []
    named = sorted(known) if "*" in fields else fields
    return [{"id": str(APP_ID), "name": "Simulated app", "category": "Messenger bots", "subscribed_fields": named}]


def _wanted_fields(request: Request, known: frozenset[str]) -> list[str]:
    given = request.query.get("subscribed_fields") or _in_body(request)
    fields = [name.strip() for name in given.split(",") if name.strip()]
    if not fields:
        raise invalid("The parameter subscribed_fields is required.")
    for index, name in enumerate(fields):
        if name not in known:
            raise invalid(f"Param subscribed_fields[{index}] must be one of {{{', '.join(sorted(known))}}}")
    return fields


def _in_body(request: Request) -> str:
    if request.header(b"content-type").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("subscribed_fields", "")
    fields = json_in(request).get("subscribed_fields", "") if request.body else ""
    return ",".join(map(str, fields)) if isinstance(fields, list) else str(fields)
