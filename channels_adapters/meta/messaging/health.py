"""Whether a connection works: the questions to the vendor, and what their answers mean to an administrator.

A reader of an answer never raises; what cannot be read is a Finding too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels_adapters.health import finding_reader
from channels_adapters.reading import identifier_of, list_of, moment_of, object_of, text_of
from channels_adapters.types import UNKNOWN_TIME, Finding, HealthCheck, HttpRequest, HttpResponse

from .answers import read_answer
from .dialect import Dialect
from .endpoint import Endpoint
from .fields import ESSENTIAL

_Reader = Callable[[dict[str, Any]], Finding]

_RECONNECT = "Enter a new access token."
_CHECK = "Check the IDs and the permissions of the access token."
_SUBSCRIBE = "Press Subscribe again."


def account_check(request: HttpRequest, dialect: Dialect, *, linked_id: str = "") -> HealthCheck:
    """Ask for the account itself; `linked_id` is the Instagram account that a page must be linked to, if any."""

    def read(answer: dict[str, Any]) -> Finding:
        if not identifier_of(answer.get("id")):
            return Finding(ok=False, words="The account was not found.", advice=_CHECK)
        linked = identifier_of(object_of(answer.get("instagram_business_account")).get("id"))
        if linked_id and linked != linked_id:
            return Finding(
                ok=False,
                words="The page is linked to another Instagram account."
                if linked
                else "The page has no Instagram account.",
                advice="Check both IDs, and link the Instagram account to the page in the page's settings.",
            )
        name, username = text_of(answer.get("name")), text_of(answer.get("username")).removeprefix("@")
        shown = name or (f"@{username}" if username else "")
        words = f"Connected to {shown}." if shown else "The account can be reached."
        return Finding(ok=True, words=words, facts={"name": shown} if shown else {})

    return HealthCheck("account", "The account", request, _total(read, dialect))


def scopes_check(
    endpoint: Endpoint, secrets: Mapping[str, str], dialect: Dialect, needed: Collection[str]
) -> HealthCheck:
    """Ask what the token allows and until when.

    The vendor wants the app's own token for that. Without an app id the token asks about itself, which is not documented.
    """
    app_id, app_secret = secrets.get("app_id", "").strip(), secrets.get("app_secret", "").strip()
    asking = replace(endpoint, token=f"{app_id}|{app_secret}") if app_id and app_secret else endpoint
    request = replace(asking.get_other("debug_token"), secret_query={"input_token": endpoint.token})

    def read(answer: dict[str, Any]) -> Finding:
        data = object_of(answer.get("data"))
        if data.get("is_valid") is False:
            return Finding(ok=False, words="The access token is no longer valid.", advice=_RECONNECT)
        scopes = {text_of(scope) for scope in list_of(data.get("scopes"))}
        expires = moment_of(data.get("expires_at"))  # 0: never
        facts = {} if expires == UNKNOWN_TIME else {"token_expires_at": expires.isoformat()}
        missing = [scope for scope in needed if scope not in scopes]
        if missing:
            return Finding(
                ok=False,
                words="The access token lacks permissions.",
                advice=f"Create a token with {', '.join(missing)} and enter it.",
                facts=facts,
            )
        return Finding(ok=True, words="The access token has all permissions.", facts=facts)

    advice = _CHECK if asking is not endpoint else "Enter the app ID in the settings of the Meta app, then check again."
    return HealthCheck("scopes", "Permissions", request, _total(read, dialect, advice=advice))


def subscription_check(
    endpoint: Endpoint, secrets: Mapping[str, str], dialect: Dialect, needed: Sequence[str]
) -> HealthCheck:
    """Ask whether the vendor delivers this account's webhooks to our app, and all of them."""
    app_id = secrets.get("app_id", "").strip()

    def read(answer: dict[str, Any]) -> Finding:
        apps = [object_of(app) for app in list_of(answer.get("data"))]
        ours = [app for app in apps if not app_id or identifier_of(app.get("id")) == app_id]
        if not ours:
            return _unsubscribed("Nothing that customers write is delivered to this app.")
        # The answer names no fields where the vendor has them chosen in its console.
        chosen = [
            {text_of(object_of(field).get("name")) or text_of(field) for field in list_of(app["subscribed_fields"])}
            for app in ours
            if "subscribed_fields" in app
        ]
        missing = [field for field in needed if chosen and not any(field in fields for fields in chosen)]
        if ESSENTIAL in missing:
            return _unsubscribed("What customers write is not delivered.", subscribed=True)
        delivered = "What customers write is delivered." if missing else "Everything that customers do is delivered."
        words = delivered if app_id else "An app is subscribed. Whether it is this one can be told with its app ID."
        rest = f" These are not delivered: {', '.join(missing)}." if missing else ""
        return Finding(ok=True, words=words + rest, advice=_SUBSCRIBE if missing else "", facts={"subscribed": True})

    return HealthCheck("subscription", "Webhook subscription", endpoint.get("subscribed_apps"), _total(read, dialect))


def _unsubscribed(words: str, *, subscribed: bool = False) -> Finding:
    return Finding(ok=False, words=words, advice=_SUBSCRIBE, facts={"subscribed": subscribed})


def _total(read: _Reader, dialect: Dialect, *, advice: str = _CHECK) -> Callable[[HttpResponse], Finding]:
    return finding_reader(
        dialect.label,
        lambda response: read(read_answer(response, dialect)),
        lambda refusal: _RECONNECT if refusal.code == "190" else advice,
    )
