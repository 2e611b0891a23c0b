"""What a health check of a WhatsApp connection asks, and what it makes of the answers."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from channels_adapters.types import Finding, HealthCheck, HttpResponse
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

from .contract.checks import spoilt

ADAPTER = WhatsAppAdapter()
TOKEN = "EAAtokenOfTheTests0123456789"
CREDENTIALS = {
    "phone_number_id": "700000000000001",
    "waba_id": "800000000000001",
    "access_token": TOKEN,
    "base_url": "https://graph.test",
}
APP = {"whatsapp_business_api_data": {"id": "1", "name": "Switchboard", "link": "https://apps.example"}}
SCOPES = ["whatsapp_business_messaging", "whatsapp_business_management"]


def checks(**secrets: str) -> dict[str, HealthCheck]:
    return {check.code: check for check in ADAPTER.health_checks(CREDENTIALS, secrets)}


def finding(code: str, answer: Any, status: int = 200, **secrets: str) -> Finding:
    return checks(**secrets)[code].read(HttpResponse(status, {}, json.dumps(answer).encode()))


def test_the_questions_are_asked_in_the_order_in_which_to_mend() -> None:
    asked = {code: (check.request.method, check.request.url) for code, check in checks().items()}
    number_fields = (
        "display_phone_number%2Cverified_name%2Cquality_rating%2Cname_status%2Ccode_verification_status%2Cthroughput"
    )
    assert asked == {
        "account": ("GET", f"https://graph.test/v25.0/700000000000001?fields={number_fields}"),
        "scopes": ("GET", "https://graph.test/v25.0/debug_token"),
        "subscription": ("GET", "https://graph.test/v25.0/800000000000001/subscribed_apps"),
    }
    assert list(asked) == ["account", "scopes", "subscription"]


@pytest.mark.parametrize(
    ("secrets", "asking"),
    [
        ({}, TOKEN),
        ({"app_id": "60001"}, TOKEN),
        ({"app_secret": "sesame"}, TOKEN),
        ({"app_id": "60001", "app_secret": "sesame"}, "60001|sesame"),
    ],
)
def test_the_app_asks_about_the_token_which_stays_out_of_the_address(secrets: dict[str, str], asking: str) -> None:
    request = checks(**secrets)["scopes"].request
    assert request.secret_query == {"input_token": TOKEN}
    assert request.headers["authorization"] == f"Bearer {asking}"
    assert TOKEN not in request.url + repr(checks(**secrets))
    assert "sesame" not in repr(checks(**secrets))


@pytest.mark.parametrize(
    ("data", "ok", "words", "facts"),
    [
        (
            {"is_valid": True, "expires_at": 0, "scopes": [*SCOPES, "email"]},
            True,
            "The access token has all permissions and does not run out.",
            {"token_expires_at": ""},
        ),
        (
            {"is_valid": True, "expires_at": 1780000000, "scopes": SCOPES},
            True,
            "The access token has all permissions and is valid until 2026-05-28.",
            {"token_expires_at": "2026-05-28T20:26:40+00:00"},
        ),
        (
            {"is_valid": True, "expires_at": 0, "scopes": SCOPES[:1]},
            False,
            "The access token lacks whatsapp_business_management.",
            {"token_expires_at": ""},
        ),
        ({"is_valid": True}, False, f"The access token lacks {' and '.join(SCOPES)}.", {"token_expires_at": ""}),
        ({"is_valid": False, "error": {"code": 190}}, False, "The access token is not valid.", {}),
        ({}, False, "The access token is not valid.", {}),
    ],
)
def test_the_token_is_valid_and_allows_what_we_need_or_not(
    data: Any, ok: bool, words: str, facts: dict[str, str]
) -> None:
    found = finding("scopes", {"data": data})
    assert (found.ok, found.words, found.facts) == (ok, words, facts)
    assert ok or "system user" in found.advice


NUMBER = {
    "display_phone_number": "+1 555-010-0200",
    "verified_name": "Example Shop",
    "quality_rating": "GREEN",
    "name_status": "APPROVED",
    "code_verification_status": "EXPIRED",
    "throughput": {"level": "STANDARD"},
    "id": "700000000000001",
}


def test_a_number_that_is_well_tells_its_facts() -> None:
    found = finding("account", NUMBER)
    assert (found.ok, found.words) == (True, "Example Shop · +1 555-010-0200 is connected, quality green.")
    assert found.facts == {
        "name": "Example Shop",
        "phone": "+1 555-010-0200",
        "quality": "GREEN",
        "name_status": "APPROVED",
        "throughput": "STANDARD",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quality_rating": "RED"}, "Example Shop · +1 555-010-0200: the quality is low."),
        ({"name_status": "DECLINED"}, "Example Shop · +1 555-010-0200: the display name was declined."),
    ],
)
def test_a_number_that_is_not_well_says_why(changes: dict[str, str], words: str) -> None:
    found = finding("account", NUMBER | changes)
    assert (found.ok, found.words) == (False, words)
    assert found.advice
    assert found.facts["name"] == "Example Shop"


def test_an_answer_without_a_number_is_no_number() -> None:
    assert not finding("account", {"id": "700000000000001"}).ok


def test_a_subscription_names_the_apps() -> None:
    found = finding("subscription", {"data": [APP]})
    assert (found.ok, found.words) == (True, "Webhooks are delivered to Switchboard.")
    assert found.facts == {"subscribed": True}
    assert finding("subscription", {"data": [{}]}).ok
    assert finding("subscription", {"data": [APP]}, app_id="1").ok
    other = finding("subscription", {"data": [APP]}, app_id="2")
    assert (other.ok, other.facts) == (False, {"subscribed": False})
    lost = finding("subscription", {"data": []})
    assert (lost.ok, lost.facts) == (False, {"subscribed": False})


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("account", NUMBER),
        ("scopes", {"data": {"is_valid": True, "expires_at": 1780000000, "scopes": SCOPES}}),
        ("subscription", {"data": [APP]}),
    ],
)
def test_each_part_of_an_answer_may_be_missing_or_of_another_type(code: str, answer: Any) -> None:
    check = checks(app_id="1")[code]
    for spoiled in spoilt(copy.deepcopy(answer)):
        found = check.read(HttpResponse(200, {}, json.dumps(spoiled).encode()))
        assert found.words
        assert found.ok or found.advice


@pytest.mark.parametrize(
    ("status", "code", "words", "later"),
    [
        (401, 190, "The WhatsApp connection has expired. An administrator must reconnect it.", False),
        (400, 100, "WhatsApp refused the question.", False),
        (500, 2, "WhatsApp has a problem at the moment; we keep trying.", True),
        (502, None, "WhatsApp gave no usable answer.", True),
    ],
)
def test_a_question_that_was_not_answered_is_a_finding_too(status: int, code: int, words: str, later: bool) -> None:
    for check in checks():
        found = finding(check, {"error": {"code": code, "message": f"quoting {TOKEN}"}}, status)
        assert (found.ok, found.words) == (False, words)
        assert (found.advice == "Check again in a few minutes.") is later
        assert TOKEN not in repr(found)


def test_the_account_is_subscribed_with_one_request() -> None:
    request = ADAPTER.subscribe_request(CREDENTIALS)
    assert request is not None
    assert (request.method, request.url) == ("POST", "https://graph.test/v25.0/800000000000001/subscribed_apps")


def test_the_probe_is_an_envelope_without_entries() -> None:
    probe = ADAPTER.probe(CREDENTIALS, {"app_secret": "sesame"})
    assert json.loads(probe.body) == {"object": "whatsapp_business_account", "entry": []}
