"""News about the account itself: what happened, what an administrator should do, and the values it brings up to date.

One reader per webhook field that is about an account or a number; a field without a reader is a notice by its topic
alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from channels_adapters.errors import Remedy
from channels_adapters.meta.answers import Refusal
from channels_adapters.reading import identifier_of, list_of, object_of
from channels_adapters.types import AccountNotice, JsonObject, VendorError

from .errors import errors_of, send_error
from .people import Source
from .templates import read_news

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _News:
    attention: str = ""
    stops_sending: bool = False
    facts: JsonObject = field(default_factory=dict)


def read_notice(topic: str, value: dict[str, Any], source: Source, *, raw: JsonObject) -> AccountNotice:
    """Return the notice of a change of one of `ACCOUNT_FIELDS`."""
    errors = errors_of(value.get("errors"))
    reader = _READERS.get(topic)
    notice = _notice(topic, source, errors, reader(value) if reader else _News(), raw)
    return replace(notice, phone=_digits(value.get("display_phone_number")), template=read_news(topic, value))


def error_notice(errors: tuple[VendorError, ...], source: Source, *, raw: JsonObject) -> AccountNotice:
    """Return the notice of errors that stand in a webhook by themselves: they are about the account."""
    return _notice("errors", source, errors, _News(), raw)


def _notice(topic: str, source: Source, errors: tuple[VendorError, ...], news: _News, raw: JsonObject) -> AccountNotice:
    refusals = [refusal for error in errors if (refusal := send_error(Refusal(error.code))).remedy is Remedy.OPERATOR]
    return AccountNotice(
        account_id=source.account_id,
        topic=topic,
        business_id=source.business_id,
        errors=errors,
        attention=news.attention or (refusals[0].public_text if refusals else ""),
        stops_sending=news.stops_sending or bool(refusals),
        facts=news.facts,
        raw=raw,
    )


# --- the account ----------------------------------------------------------------------------------

_DISCONNECTED = "This WhatsApp account is no longer connected to the app. An administrator must connect it again."
_DELETED = "This WhatsApp account was deleted. An administrator must connect another one."
_DISABLED = "WhatsApp has disabled this account. An administrator must appeal in Meta's business settings."

# Events of account_update that change whether we may send; of the others only the name is of interest.
_ACCOUNT_EVENTS: Mapping[str, _News] = {
    "ACCOUNT_DELETED": _News(_DELETED, True, {"account_status": "deleted"}),
    "ACCOUNT_OFFBOARDED": _News(_DISCONNECTED, True, {"account_status": "disconnected"}),
    "ACCOUNT_RECONNECTED": _News(facts={"account_status": "connected"}),
    "PARTNER_REMOVED": _News(_DISCONNECTED, True, {"account_status": "disconnected"}),
    "PARTNER_APP_UNINSTALLED": _News(_DISCONNECTED, True, {"account_status": "disconnected"}),
    "PARTNER_APP_INSTALLED": _News(facts={"account_status": "connected"}),
}

_BANS: Mapping[str, _News] = {
    "DISABLE": _News(_DISABLED, True, {"account_status": "disabled"}),
    "SCHEDULE_FOR_DISABLE": _News(
        "WhatsApp will disable this account soon. An administrator must look into it.",
        facts={"account_status": "to be disabled"},
    ),
    "REINSTATE": _News(facts={"account_status": "connected"}),
}

# A restriction to start conversations leaves answers to customers free.
_STOPPING_RESTRICTION = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"


def _account_update(value: Value) -> _News:
    event = identifier_of(value.get("event"))
    if event == "DISABLED_UPDATE":
        return _BANS.get(identifier_of(object_of(value.get("ban_info")).get("waba_ban_state")), _News())
    if event == "ACCOUNT_RESTRICTION":
        kinds = [
            identifier_of(object_of(each).get("restriction_type")) for each in list_of(value.get("restriction_info"))
        ]
        return _News(
            "WhatsApp has restricted what this account may send. An administrator must look into it.",
            stops_sending=_STOPPING_RESTRICTION in kinds,
            facts={"account_status": "restricted"},
        )
    if event == "ACCOUNT_VIOLATION":
        kind = _in_words(object_of(value.get("violation_info")).get("violation_type"))
        return _News(f"WhatsApp says that this account broke a rule ({kind}). An administrator must look into it.")
    return _ACCOUNT_EVENTS.get(event, _News())


def _account_alert(value: Value) -> _News:
    alert = {**value, **object_of(value.get("alert_info"))}
    active = identifier_of(alert.get("alert_status")) in {"", "ACTIVE"}
    if not active or identifier_of(alert.get("alert_severity")) in {"", "INFORMATIONAL"}:
        return _News()
    return _News(f"WhatsApp warns about this account ({_in_words(alert.get('alert_type'))}). See WhatsApp Manager.")


def _account_review(value: Value) -> _News:
    decision = identifier_of(value.get("decision"))
    rejected = "WhatsApp has rejected this account in its review. An administrator can ask for another one."
    facts = {"account_review": decision} if decision else {}
    return _News(rejected if decision == "REJECTED" else "", facts=facts)


def _business_capability(value: Value) -> _News:
    limit = value.get("max_daily_conversations_per_business") or value.get("max_daily_conversation_per_phone")
    return _News(facts=_facts(messaging_limit=limit))


# --- a number -------------------------------------------------------------------------------------

_QUALITY_EVENTS = {"FLAGGED": "RED", "UNFLAGGED": "UNKNOWN"}
_QUALITY_WORDS = {
    "FLAGGED": "Customers block or report this number: send less, and only what they asked for.",
    "DOWNGRADE": "WhatsApp has lowered how many customers this number may write to first.",
}


def _quality(value: Value) -> _News:
    event = identifier_of(value.get("event"))
    limit = value.get("current_limit") or value.get("max_daily_conversations_per_business")
    facts = _facts(quality=_QUALITY_EVENTS.get(event), messaging_limit=limit)
    return _News(_QUALITY_WORDS.get(event, ""), facts=facts)


def _name(value: Value) -> _News:
    decision = identifier_of(value.get("decision"))
    name = value.get("requested_verified_name") if decision == "APPROVED" else None
    refused = decision in {"REJECTED", "DECLINED"}
    return _News(
        "WhatsApp has declined the display name of this number. Choose another one in WhatsApp Manager."
        if refused
        else "",
        facts=_facts(name=name, name_status=decision),
    )


def _security(value: Value) -> _News:
    words = {
        "PIN_CHANGED": "The two-step verification PIN of this number was changed. Make sure that it was one of you.",
        "PIN_RESET_REQUEST": "Somebody asked to switch off the two-step verification of this number. "
        "If it was none of you, secure your Meta business account.",
    }
    return _News(words.get(identifier_of(value.get("event")), ""))


def _digits(value: Any) -> str:
    return re.sub(r"[^0-9]", "", identifier_of(value))


def _in_words(value: Any) -> str:
    return identifier_of(value).replace("_", " ").lower() or "no reason given"


def _facts(**values: Any) -> dict[str, str]:
    return {name: text for name, value in values.items() if (text := identifier_of(value))}


_READERS: Mapping[str, Callable[[Value], _News]] = {
    "account_alerts": _account_alert,
    "account_review_update": _account_review,
    "account_update": _account_update,
    "business_capability_update": _business_capability,
    "phone_number_name_update": _name,
    "phone_number_quality_update": _quality,
    "security": _security,
}

# Webhook fields that tell about the account or its settings, not about one conversation ("Webhooks overview").
ACCOUNT_FIELDS = frozenset(
    {
        "account_settings_update",
        "automatic_events",
        "business_status_update",
        "flows",
        "history",
        # About one template, not the account: see `templates.read_news`.
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "smb_app_state_sync",
        "template_category_update",
        "template_correct_category_detection",
        "tracking_events",
        *_READERS,
    }
)
