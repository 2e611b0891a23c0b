"""What leaves for WhatsApp, and how its answers are read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.types import (
    HttpResponse,
    Identity,
    IdentityKind,
    MessageKind,
    OutboundMessage,
    Person,
    VendorError,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter
from channels_adapters.whatsapp.errors import VERDICTS

ADAPTER = WhatsAppAdapter()
TOKEN = "EAAtokenOfTheTests0123456789"
CREDENTIALS = {
    "phone_number_id": "700000000000001",
    "waba_id": "800000000000001",
    "access_token": TOKEN,
    "base_url": "https://graph.test",
}
PHONE = Identity(IdentityKind.PHONE, "447700900123")
USER_ID = Identity(IdentityKind.BSUID, "GB.90000000000000000001")
PARENT_ID = Identity(IdentityKind.PARENT_BSUID, "GB.ENT.70000000000000001")
USERNAME = Identity(IdentityKind.USERNAME, "ada.example")


def message(*identities: Identity, text: str = "Hello", **more: Any) -> OutboundMessage:
    return OutboundMessage(Person(identities or (PHONE,)), text, "correlation-1", **more)


def sent(message: OutboundMessage, **credentials: str) -> dict[str, Any]:
    [request] = ADAPTER.requests_for(message, {**CREDENTIALS, **credentials})
    return json.loads(request.body)


def refused(status: int, body: Any, **headers: str) -> SendError:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    with pytest.raises(SendError) as caught:
        ADAPTER.result_of(HttpResponse(status, names, json.dumps(body).encode()))
    return caught.value


def graph_error(code: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) Refused", "type": "OAuthException", "code": code, **more}}


def test_a_text_is_posted_with_the_token_in_a_header() -> None:
    [request] = ADAPTER.requests_for(message(), CREDENTIALS)
    assert (request.method, request.url) == ("POST", "https://graph.test/v25.0/700000000000001/messages")
    assert request.headers == {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+447700900123",
        "type": "text",
        "text": {"body": "Hello", "preview_url": False},
        "biz_opaque_callback_data": "correlation-1",
    }


def test_a_reply_names_the_quoted_message() -> None:
    assert sent(message(reply_to="wamid.quoted"))["context"] == {"message_id": "wamid.quoted"}


@pytest.mark.parametrize(
    ("identities", "address"),
    [
        ((PHONE, USER_ID), {"to": "+447700900123"}),
        ((USER_ID, PHONE), {"to": "+447700900123"}),
        ((Identity(IdentityKind.PHONE, "+447700900123"),), {"to": "+447700900123"}),
        ((USER_ID, PARENT_ID, USERNAME), {"recipient": "GB.90000000000000000001"}),
        ((PARENT_ID,), {"recipient": "GB.ENT.70000000000000001"}),
        ((Identity(IdentityKind.PHONE, "not a number"), USER_ID), {"recipient": "GB.90000000000000000001"}),
    ],
)
def test_the_phone_number_is_preferred_and_a_user_id_will_do(
    identities: tuple[Identity, ...], address: dict[str, str]
) -> None:
    payload = sent(message(*identities))
    assert {name: payload[name] for name in ("to", "recipient") if name in payload} == address


def test_a_username_alone_is_no_address() -> None:
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message(USERNAME), CREDENTIALS)
    assert (caught.value.code, caught.value.remedy) == ("no_recipient", Remedy.GIVE_UP)


@pytest.mark.parametrize(
    ("text", "preview"), [("see https://shop.example", True), ("http://x", True), ("shop.example", False)]
)
def test_a_link_gets_a_preview(text: str, preview: bool) -> None:
    assert sent(message(text=text))["text"] == {"body": text, "preview_url": preview}


def test_the_limit_counts_characters_and_not_bytes() -> None:
    assert sent(message(text="😀" * 4096))["text"]["body"] == "😀" * 4096
    with pytest.raises(SendError) as caught:
        ADAPTER.requests_for(message(text="😀" * 4097), CREDENTIALS)
    assert caught.value.public_text == "The message has 4097 characters; WhatsApp allows 4096. Shorten or split it."


def test_other_kinds_are_refused_in_plain_words() -> None:
    with pytest.raises(SendError, match="cannot be sent on WhatsApp"):
        ADAPTER.requests_for(message(kind=MessageKind.ORDER), CREDENTIALS)


@pytest.mark.parametrize(
    ("credentials", "url"),
    [
        ({"base_url": "http://127.0.0.1:9000/wa/"}, "http://127.0.0.1:9000/wa/v25.0/700000000000001/messages"),
        ({"base_url": ""}, "https://graph.facebook.com/v25.0/700000000000001/messages"),
        ({"api_version": "v24.0"}, "https://graph.test/v24.0/700000000000001/messages"),
        ({"phone_number_id": "../me?x=1"}, "https://graph.test/v25.0/..%2Fme%3Fx%3D1/messages"),
        ({"phone_number_id": " 700000000000001\n"}, "https://graph.test/v25.0/700000000000001/messages"),
    ],
)
def test_the_address_is_made_of_the_credentials(credentials: dict[str, str], url: str) -> None:
    [request] = ADAPTER.requests_for(message(), {**CREDENTIALS, **credentials})
    assert request.url == url


def test_reading_is_reported_with_the_id_of_the_message() -> None:
    request = ADAPTER.mark_read_request(Person((PHONE,)), "wamid.theirs", CREDENTIALS)
    assert request.url == "https://graph.test/v25.0/700000000000001/messages"
    assert json.loads(request.body) == {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.theirs"}


def test_the_answer_names_the_identities_the_vendor_resolved() -> None:
    answer = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+5511987654321", "wa_id": "551187654321", "user_id": "BR.1"}],
        "messages": [{"id": "wamid.new", "message_status": "accepted"}],
    }
    result = ADAPTER.result_of(HttpResponse(200, {}, json.dumps(answer).encode()))
    assert result.external_id == "wamid.new"
    assert result.recipient == Person(
        (Identity(IdentityKind.PHONE, "551187654321"), Identity(IdentityKind.BSUID, "BR.1"))
    )


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (401, 190, Remedy.OPERATOR),
        (403, 10, Remedy.OPERATOR),
        (403, 299, Remedy.OPERATOR),
        (400, 131047, Remedy.GIVE_UP),
        (400, "131047", Remedy.GIVE_UP),
        (400, 130429, Remedy.RETRY),
        (500, 131000, Remedy.RETRY),
        (503, 2, Remedy.RETRY),
        # not in the table: judged by the status
        (400, 999999, Remedy.GIVE_UP),
        (401, 999999, Remedy.OPERATOR),
        (403, 999999, Remedy.GIVE_UP),
        (408, 999999, Remedy.RETRY),
        (429, 999999, Remedy.RETRY),
        (500, 999999, Remedy.RETRY),
        (200, 999999, Remedy.GIVE_UP),
        (400, "new-style-code", Remedy.GIVE_UP),
    ],
)
def test_a_graph_error_has_a_remedy(status: int, code: Any, remedy: Remedy) -> None:
    error = refused(status, graph_error(code))
    assert (error.code, error.remedy) == (str(code), remedy)


@pytest.mark.parametrize("code", VERDICTS)
def test_what_a_refusal_says_about_the_window_and_the_template(code: str) -> None:
    for error in (refused(400, graph_error(code)), ADAPTER.explain(VendorError(code))):
        assert error.closes_window is (code == "131047")
        assert error.stale_template is (code in {"132001", "132015", "132016"})


def test_a_transient_error_of_an_unknown_code_is_retried() -> None:
    assert refused(400, graph_error(999999, is_transient=True)).retryable


def test_a_lost_number_is_told_from_a_bad_parameter() -> None:
    assert refused(400, graph_error(100)).remedy is Remedy.GIVE_UP
    assert refused(400, graph_error(100, error_subcode=33)).remedy is Remedy.OPERATOR


def test_the_wait_for_one_customer_grows_fourfold() -> None:
    error = refused(400, graph_error(131056))
    assert [error.wait_after(attempts) for attempts in (1, 2, 3, 4)] == [1, 4, 16, 64]


def test_a_code_worth_one_more_attempt_says_so() -> None:
    assert refused(400, graph_error(131053)).max_attempts == refused(400, graph_error(1)).max_attempts == 2
    assert refused(400, graph_error(130429)).max_attempts is None


def test_a_wait_the_vendor_names_wins_and_does_not_grow() -> None:
    error = refused(400, graph_error(131056), retry_after="30")
    assert [error.wait_after(attempts) for attempts in (1, 5)] == [30, 30]


def test_a_wait_named_by_date_is_measured_against_the_answers_own_clock() -> None:
    error = refused(429, {}, retry_after="Wed, 21 Oct 2026 07:28:30 GMT", date="Wed, 21 Oct 2026 07:28:00 GMT")
    assert (error.code, error.retry_after) == ("http_429", 30)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (301, Remedy.OPERATOR),
        (400, Remedy.GIVE_UP),
        (401, Remedy.OPERATOR),
        (403, Remedy.OPERATOR),
        (404, Remedy.GIVE_UP),
        (408, Remedy.RETRY),
        (429, Remedy.RETRY),
    ],
)
@pytest.mark.parametrize("body", [{}, {"error": "text"}, {"error": {"message": "no code"}}, [1]])
def test_a_refusal_without_a_graph_error_is_judged_by_its_status(status: int, remedy: Remedy, body: Any) -> None:
    assert refused(status, body).remedy is remedy


@pytest.mark.parametrize("body", [b"", b"upstream failed", b"{}", b'{"error":{"message":"no code"}}'])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_without_a_graph_error_leaves_the_outcome_open(status: int, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        ADAPTER.result_of(HttpResponse(status, {}, body))


def test_the_log_gets_the_vendors_words_and_trace() -> None:
    error = refused(
        400,
        graph_error(
            131047, error_data={"messaging_product": "whatsapp", "details": "24 hours passed"}, fbtrace_id="T1"
        ),
    )
    assert error.detail == "(#131047) Refused 24 hours passed · trace T1"
    assert refused(400, graph_error(100, error_data="template words")).detail == "(#100) Refused template words"


@pytest.mark.parametrize("quoted", [TOKEN, "1234567890|abcDEF-_123", "x" * 64, "IGQVJtokenOfInstagram"])
def test_a_token_quoted_by_the_vendor_does_not_reach_the_log(quoted: str) -> None:
    for error in (
        refused(400, {"error": {"message": f"Malformed access token {quoted}", "code": 190}}),
        ADAPTER.explain(VendorError("190", f"Malformed access token {quoted}")),
    ):
        assert quoted not in str(error) + repr(error) + error.detail
        assert "Malformed access token" in error.detail


def test_an_error_in_a_webhook_reads_like_one_in_an_answer() -> None:
    explained = ADAPTER.explain(VendorError("131026", "Message undeliverable", "Not on WhatsApp"))
    assert explained.public_text == refused(400, graph_error(131026)).public_text
    assert explained.detail == "Message undeliverable Not on WhatsApp"
    assert ADAPTER.explain(VendorError("")).code == "unknown"
