"""Questions that tell whether a connection works: its token, its number, its subscription. Each reads its own answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels_adapters.health import finding_reader
from channels_adapters.reading import identifier_of, list_of, moment_of, object_of, text_of
from channels_adapters.types import UNKNOWN_TIME, Finding, HealthCheck, HttpRequest, HttpResponse, JsonObject

from .answers import check
from .calling import get, usable

SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")

_NUMBER_FIELDS = "display_phone_number,verified_name,quality_rating,name_status,code_verification_status,throughput"
_NEW_TOKEN = (
    "In Meta's business settings, generate a token for the system user with the permissions "
    f"{' and '.join(SCOPES)}, and enter it here."
)
_ENTER_APP_ID = "Enter the app ID in the settings of the Meta app, then check again."
_CHECK_NUMBER = "Check the phone number ID, and that the system user may manage this WhatsApp account."
_SUBSCRIBE = "Subscribe the app to this WhatsApp account, and check the WhatsApp Business account ID."


def health_checks(credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
    """Describe the checks, in the order in which to mend them. Raises SendError when credentials are missing."""
    number, business = usable(credentials, "phone_number_id"), usable(credentials, "waba_id")
    app_id = secrets.get("app_id", "").strip()
    return (
        HealthCheck(
            "account", "Phone number", get(credentials, number, fields=_NUMBER_FIELDS), _reader(_number, _CHECK_NUMBER)
        ),
        HealthCheck(
            "scopes", "Access token", _token_question(credentials, app_id, secrets), _reader(_token, _ENTER_APP_ID)
        ),
        HealthCheck(
            "subscription",
            "Webhooks of this account",
            get(credentials, business, "subscribed_apps"),
            _reader(lambda answer: _subscription(answer, app_id), _SUBSCRIBE),
        ),
    )


def _token_question(credentials: Mapping[str, str], app_id: str, secrets: Mapping[str, str]) -> HttpRequest:
    # The vendor wants the app's own token for this. That a token may ask about itself is not documented.
    app_secret = secrets.get("app_secret", "").strip()
    asking = {**credentials, "access_token": f"{app_id}|{app_secret}"} if app_id and app_secret else credentials
    token = usable(credentials, "access_token")
    return replace(get(asking, "debug_token"), secret_query={"input_token": token})


def _reader(find: Callable[[JsonObject], Finding], advice: str) -> Callable[[HttpResponse], Finding]:
    return finding_reader("WhatsApp", lambda response: find(check(response)), lambda _refusal: advice)


def _token(answer: JsonObject) -> Finding:
    data = object_of(answer.get("data"))
    if data.get("is_valid") is not True:
        return Finding(False, "The access token is not valid.", _NEW_TOKEN)
    expires_at = moment_of(data.get("expires_at"))  # 0: never
    lasts = expires_at == UNKNOWN_TIME
    facts = {"token_expires_at": "" if lasts else expires_at.isoformat()}
    granted = list_of(data.get("scopes"))
    missing = [scope for scope in SCOPES if scope not in granted]
    if missing:
        return Finding(False, f"The access token lacks {' and '.join(missing)}.", _NEW_TOKEN, facts)
    until = "does not run out" if lasts else f"is valid until {expires_at:%Y-%m-%d}"
    return Finding(True, f"The access token has all permissions and {until}.", facts=facts)


def _number(answer: JsonObject) -> Finding:
    facts = _facts(
        name=answer.get("verified_name"),
        phone=answer.get("display_phone_number"),
        quality=answer.get("quality_rating"),
        name_status=answer.get("name_status"),
        throughput=object_of(answer.get("throughput")).get("level"),
    )
    if not facts:
        return Finding(False, "WhatsApp told nothing about this number.", _CHECK_NUMBER)
    shown = " · ".join(facts[key] for key in ("name", "phone") if key in facts) or "The number"
    if facts.get("name_status") in {"DECLINED", "REJECTED"}:
        return Finding(
            False, f"{shown}: the display name was declined.", "Choose another name in WhatsApp Manager.", facts
        )
    if facts.get("quality") == "RED":
        advice = "Customers block or report this number: send less, and only what they asked for."
        return Finding(False, f"{shown}: the quality is low.", advice, facts)
    quality = f", quality {facts['quality'].lower()}" if "quality" in facts else ""
    return Finding(True, f"{shown} is connected{quality}.", facts=facts)


def _subscription(answer: JsonObject, app_id: str) -> Finding:
    apps = [object_of(object_of(each).get("whatsapp_business_api_data")) for each in list_of(answer.get("data"))]
    if not apps or (app_id and app_id not in {identifier_of(app.get("id")) for app in apps}):
        words = f"{'This app does not receive' if apps else 'No app receives'} the webhooks of this WhatsApp account."
        return Finding(False, words, _SUBSCRIBE, {"subscribed": False})
    names = ", ".join(name for app in apps if (name := identifier_of(app.get("name"))))
    return Finding(True, f"Webhooks are delivered{f' to {names}' if names else ''}.", facts={"subscribed": True})


def _facts(**values: Any) -> dict[str, str]:
    return {name: text for name, value in values.items() if (text := text_of(value))}
