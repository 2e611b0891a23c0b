"""Webhooks and templates that others collected mean what their names say. Skipped where the collection is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels_adapters.types import (
    AccountNotice,
    Activity,
    CustomerActed,
    Event,
    Identity,
    IdentityChanged,
    IdentityKind,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    OutboundMessage,
    Person,
    ReactionChanged,
    StatusChanged,
    TemplateMessage,
    Unsupported,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

COLLECTED = Path(__file__).parents[3] / "shared" / "fixtures" / "whatsapp" / "pywa"

pytestmark = pytest.mark.skipif(not COLLECTED.exists(), reason="the collected payloads are not here")

ADAPTER = WhatsAppAdapter()
CREDENTIALS = {"phone_number_id": "700000000000001", "waba_id": "800000000000001", "access_token": "EAAtoken0123456789"}

# What every case of a file is; the cases that differ stand below.
KINDS: dict[str, type[Event]] = {
    "account_update": AccountNotice,
    "call_connect": Unsupported,
    "call_permission_update": MessageReceived,
    "call_status": Unsupported,
    "call_terminate": Unsupported,
    "callback_button": MessageReceived,
    "callback_selection": MessageReceived,
    "deleted_message": MessageRevoked,
    "edited_message": MessageEdited,
    "flow_completion": MessageReceived,
    "message": MessageReceived,
    "message_status": StatusChanged,
    "outgoing_message": MessageEchoed,
    "system": IdentityChanged,
    "template_category_update": AccountNotice,
    "template_components_update": AccountNotice,
    "template_quality_update": AccountNotice,
    "template_status_update": AccountNotice,
    "user_marketing_preferences": CustomerActed,
}
DIFFERENT: dict[str, type[Event]] = {
    "message.reaction": ReactionChanged,
    "message.unreaction_empty": ReactionChanged,
    "message.unreaction_no_emoji": ReactionChanged,
    "outgoing_message.delete": MessageRevoked,
    "outgoing_message.edit": MessageEdited,
    # Its people are placeholders, "<WHATSAPP_USER_PHONE_NUMBER>".
    "deleted_message.revoke": Unsupported,
}


def collected(pattern: str) -> Iterator[tuple[str, Any]]:
    for path in sorted(COLLECTED.glob(pattern)):
        for name, payload in json.loads(path.read_bytes()).items():
            yield f"{path.stem}.{name}", payload


def events_of(case: str) -> list[Event]:
    payload = dict(collected("*.json"))[case]
    return ADAPTER.parse(json.dumps(payload).encode(), {})


# Two parts in one webhook: the message or call, and errors that stand beside it.
WITH_ERRORS: dict[str, type[Event]] = {
    "call_terminate.call_terminate": Unsupported,
    "message.interactive_message_with_err": AccountNotice,
}

MESSAGE_KINDS = {
    "message.text": MessageKind.TEXT,
    "message.image": MessageKind.IMAGE,
    "message.media_with_url": MessageKind.IMAGE,
    "message.video": MessageKind.VIDEO,
    "message.document": MessageKind.DOCUMENT,
    "message.audio": MessageKind.AUDIO,
    "message.voice": MessageKind.VOICE,
    "message.static_sticker": MessageKind.STICKER,
    "message.animated_sticker": MessageKind.STICKER,
    "message.current_location": MessageKind.LOCATION,
    "message.chosen_location": MessageKind.LOCATION,
    "message.contacts": MessageKind.CONTACTS,
    "message.order": MessageKind.ORDER,
    "message.unsupported": MessageKind.UNSUPPORTED,
    "message.unsupported_with_type": MessageKind.UNSUPPORTED,
    "message.reply": MessageKind.TEXT,
    "message.forwarded": MessageKind.TEXT,
    "message.forwarded_many_times": MessageKind.TEXT,
    "message.interactive_message_with_err": MessageKind.UNSUPPORTED,
    "message.referral": MessageKind.TEXT,
    "callback_button.button": MessageKind.CHOICE,
    "callback_button.quick_reply": MessageKind.CHOICE,
    "callback_button.quick_reply_without_context": MessageKind.CHOICE,
    "callback_selection.callback": MessageKind.CHOICE,
    "callback_selection.description": MessageKind.CHOICE,
    "call_permission_update.accept": MessageKind.CHOICE,
    "call_permission_update.reject": MessageKind.CHOICE,
    "flow_completion.completion": MessageKind.CHOICE,
    "flow_completion.without_flow_token": MessageKind.CHOICE,
}

# One fact that a case's name promises: the path to it in the event, and its value.
FACTS: dict[str, tuple[str, Any]] = {
    "account_update.account_deleted": ("facts.account_status", "deleted"),
    "account_update.account_disabled": ("facts.account_status", "connected"),  # a reinstatement, whatever its name
    "account_update.account_offboarded": ("stops_sending", True),
    "account_update.account_reconnected": ("stops_sending", False),
    "account_update.account_restriction": ("facts.account_status", "restricted"),
    "account_update.partner_added": ("attention", ""),
    "account_update.partner_removed": ("stops_sending", True),
    "call_connect.business_initiated": ("what", "call connect"),
    "call_connect.user_initiated": ("what", "call connect"),
    "call_permission_update.accept": ("content.details.title", "accept"),
    "call_permission_update.reject": ("content.details.title", "reject"),
    "call_status.call_status": ("what", "call status RINGING"),
    "call_terminate.call_terminate": ("what", "call terminate"),
    "callback_button.button": ("content.details.id", "callback_data"),
    "callback_button.quick_reply": ("reply_to", "wamid.xyzxyz=="),
    "callback_button.quick_reply_without_context": ("reply_to", ""),
    "callback_selection.description": ("content.details.description", "description"),
    "edited_message.image": ("content.text", "Updated image caption"),
    "flow_completion.completion": ("content.details.form.delivery_rating", "4"),
    "message.forwarded": ("forwarded", True),
    "message.forwarded_many_times": ("forwarded", True),
    "message.reaction": ("emoji", "😮"),
    "message.referral": ("referral.title", "AD_TITLE"),
    "message.reply": ("reply_to", "wamid.xyzxyz=="),
    "message.unreaction_empty": ("emoji", ""),
    "message.unreaction_no_emoji": ("emoji", ""),
    "message.unsupported_with_type": ("content.details.type", "pool"),
    "message_status.delivered": ("status", "delivered"),
    "message_status.failed": ("errors.0.code", "130472"),
    "message_status.group": ("recipient.identities.0.value", "US.123456"),
    "message_status.played": ("status", "played"),
    "message_status.read": ("status", "read"),
    "message_status.sent": ("status", "sent"),
    "message_status.with_tracker": ("correlation_id", "some data"),
    "outgoing_message.delete": ("by_business", True),
    "outgoing_message.edit": ("content.text", "Text was edited"),
    "outgoing_message.text": ("content.text", "Test message"),
    "system.identity_change": ("new_identities", ()),
    "system.phone_number_change": ("new_identities.0.value", "972912345678"),
    "user_marketing_preferences.resume": ("activity", Activity.OPTED_IN),
    "user_marketing_preferences.signup": ("activity", Activity.OPTED_IN),
}

WEBHOOKS = [case for case, _ in collected("*.json")]
TEMPLATES = [case for case, _ in collected("templates/*/*.json")]


@pytest.mark.parametrize("case", WEBHOOKS)
def test_a_collected_webhook_is_what_its_name_says(case: str) -> None:
    event, *beside = events_of(case)
    assert type(event) is DIFFERENT.get(case, KINDS[case.partition(".")[0]])
    assert [type(each) for each in beside] == ([WITH_ERRORS[case]] if case in WITH_ERRORS else [])
    if isinstance(event, MessageReceived):
        assert event.content.kind is MESSAGE_KINDS[case]
    if case in FACTS:
        path, value = FACTS[case]
        assert fact(event, path) == value


def test_every_collected_webhook_is_known() -> None:
    assert {case.partition(".")[0] for case in WEBHOOKS} == set(KINDS)
    assert {*DIFFERENT, *WITH_ERRORS, *MESSAGE_KINDS, *FACTS} <= set(WEBHOOKS)


@pytest.mark.parametrize("case", TEMPLATES)
def test_a_collected_template_is_sent_with_its_examples_filled_in(case: str) -> None:
    template = dict(collected("templates/*/*.json"))[case]
    components = filled_in(template["components"])
    message = OutboundMessage(
        Person((Identity(IdentityKind.PHONE, "447700900123"),)),
        "",
        "correlation-1",
        kind=MessageKind.TEMPLATE,
        template=TemplateMessage(template["name"], template["language"], components),
    )
    [request] = ADAPTER.requests_for(message, CREDENTIALS)
    sent = json.loads(request.body)["template"]
    assert (sent["name"], sent["language"]) == (template["name"], {"code": template["language"]})
    assert sent.get("components", []) == list(components)


def filled_in(components: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return the components of a message that uses a template's own examples."""
    sent: list[dict[str, Any]] = []
    for component in components:
        kind, example = component["type"].lower(), component.get("example", {})
        words = example.get("body_text", [[]])[0] or example.get("header_text", [])
        if words:
            sent.append({"type": kind, "parameters": [{"type": "text", "text": word} for word in words]})
        if kind == "header" and component.get("format") == "IMAGE":
            sent.append({"type": kind, "parameters": [{"type": "image", "image": {"id": "90001"}}]})
        if kind == "carousel":
            cards = [
                {"card_index": i, "components": filled_in(c["components"])} for i, c in enumerate(component["cards"])
            ]
            sent.append({"type": kind, "cards": json.loads(json.dumps(cards))})
    return tuple(sent)


def fact(event: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(event, dict):
            event = event[step]
        elif isinstance(event, tuple):
            event = event[int(step)]
        else:
            event = getattr(event, step)
    return event
