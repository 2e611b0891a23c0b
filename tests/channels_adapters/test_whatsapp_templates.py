"""Message templates at WhatsApp: the calls, their answers, and what webhooks say about one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given

from channels_adapters.errors import OutcomeUnknown, Remedy, SendError
from channels_adapters.registry import adapter_for, kinds
from channels_adapters.types import ChannelKind, HttpRequest, HttpResponse, TemplateDraft, TemplatePage, VendorTemplate
from channels_adapters.whatsapp.templates import WhatsAppTemplates, read_news

from .contract import assert_secretless, junk, outcome_of, quick
from .contract.checks import answers, assert_storable_value

CALLS = WhatsAppTemplates()
CREDENTIALS = {
    "phone_number_id": "700000000000001",
    "waba_id": "800000000000001",
    "access_token": "EAAtokenOfTheTests0123456789",
    "base_url": "https://graph.test",
    "api_version": "v25.0",
}
BODY = {"type": "BODY", "text": "Dear {{1}}, it is ready.", "example": {"body_text": [["Ada"]]}}
DRAFT = TemplateDraft("order_ready", "en_GB", "UTILITY", (BODY,))
PLACE = "/v25.0/800000000000001/message_templates"


def answer(document: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(document).encode())


def query_of(request: HttpRequest) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


@pytest.mark.parametrize("kind", kinds())
def test_a_channel_has_calls_for_templates_if_it_says_that_it_has_templates(kind: ChannelKind) -> None:
    adapter = adapter_for(kind)

    assert (adapter.templates is not None) == adapter.capabilities.has_templates
    assert adapter.capabilities.has_templates == (kind is ChannelKind.WHATSAPP)


def test_a_list_is_asked_for_page_by_page() -> None:
    first, second = CALLS.list_request(CREDENTIALS), CALLS.list_request(CREDENTIALS, "QVFI/&=")

    assert (first.method, urlsplit(first.url).path) == ("GET", PLACE)
    assert "components" in query_of(first)["fields"].split(",")
    assert "after" not in query_of(first)
    assert query_of(second)["after"] == "QVFI/&="


def test_a_page_is_read_with_what_asks_for_the_next() -> None:
    listed = {
        "id": "40001",
        "name": "order_ready",
        "language": "en-GB",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "quality_score": {"score": "GREEN", "date": 1780000000},
        "rejected_reason": "NONE",
        "components": [BODY],
    }
    cursors = {"before": "A", "after": "B"}

    page = CALLS.page_of(answer({"data": [listed], "paging": {"cursors": cursors, "next": "https://graph.test/x"}}))

    expected = VendorTemplate("40001", "order_ready", "en_GB", "APPROVED", "UTILITY", "GREEN", "", "NAMED", (BODY,))
    assert page == TemplatePage((expected,), "B")
    assert CALLS.page_of(answer({"data": [], "paging": {"cursors": cursors}})).after == ""


@quick
@given(item=junk)
def test_whatever_is_listed_the_rest_is_read(item: Any) -> None:
    sound = {"id": "1", "name": "sound", "language": "en", "status": "APPROVED"}

    page = CALLS.page_of(answer({"data": [item, sound]}))

    assert page.templates[-1].name == "sound"
    assert_storable_value(page)
    assert all(template.name and template.language for template in page.templates)


def test_a_template_is_submitted() -> None:
    request = CALLS.create_request(DRAFT, CREDENTIALS)

    assert (request.method, urlsplit(request.url).path) == ("POST", PLACE)
    assert json.loads(request.body) == {
        "name": "order_ready",
        "language": "en_GB",
        "category": "UTILITY",
        "parameter_format": "positional",
        "components": [BODY],
    }
    told = CALLS.check(answer({"id": "40001", "status": "PENDING", "category": "MARKETING"}))
    assert (told.external_id, told.status, told.category) == ("40001", "PENDING", "MARKETING")


def test_other_texts_go_to_the_templates_own_address() -> None:
    request = CALLS.edit_request("40001", DRAFT, CREDENTIALS)

    assert (request.method, urlsplit(request.url).path) == ("POST", "/v25.0/40001")
    assert json.loads(request.body) == {"category": "UTILITY", "components": [BODY]}


def test_one_language_is_removed_and_not_all() -> None:
    request = CALLS.delete_request("40001", "order_ready", CREDENTIALS)

    assert (request.method, urlsplit(request.url).path) == ("DELETE", PLACE)
    assert query_of(request) == {"name": "order_ready", "hsm_id": "40001"}
    with pytest.raises(SendError) as refused:  # without an id the vendor would remove all languages
        CALLS.delete_request("", "order_ready", CREDENTIALS)
    assert refused.value.remedy is Remedy.GIVE_UP


def test_requests_show_no_token() -> None:
    requests = [
        CALLS.list_request(CREDENTIALS),
        CALLS.create_request(DRAFT, CREDENTIALS),
        CALLS.edit_request("40001", DRAFT, CREDENTIALS),
        CALLS.delete_request("40001", "order_ready", CREDENTIALS),
    ]
    for request in requests:
        assert CREDENTIALS["access_token"] not in repr(request)
        assert request.headers["authorization"] == f"Bearer {CREDENTIALS['access_token']}"


@pytest.mark.parametrize("missing", ["waba_id", "access_token"])
def test_without_credentials_a_person_has_to_act(missing: str) -> None:
    with pytest.raises(SendError) as refused:
        CALLS.list_request({**CREDENTIALS, missing: ""})
    assert refused.value.remedy is Remedy.OPERATOR


def test_a_refusal_holds_the_words_for_the_author_and_no_token() -> None:
    words = f"Variables can't be at the start. {CREDENTIALS['access_token']}"
    error = {"message": "Invalid parameter", "code": 100, "error_subcode": 2388299, "error_user_msg": words}

    with pytest.raises(SendError) as refused:
        CALLS.check(answer({"error": error}, 400))

    assert (refused.value.code, refused.value.remedy) == ("2388299", Remedy.GIVE_UP)
    assert refused.value.detail.startswith("Variables can't be at the start.")
    assert_secretless(refused.value, [CREDENTIALS["access_token"]])


def test_a_stale_token_is_no_refusal_of_the_template() -> None:
    error = {"message": "Session has expired", "code": 190, "error_user_msg": "Log in again"}

    with pytest.raises(SendError) as refused:
        CALLS.check(answer({"error": error}, 401))

    assert refused.value.remedy is Remedy.OPERATOR


@quick
@given(body=answers)
def test_any_answer_is_read_or_named_by_an_error(body: bytes) -> None:
    for status in (200, 400, 502):
        for read in (CALLS.check, CALLS.page_of):
            outcome = outcome_of(read, HttpResponse(status, {}, body))
            assert isinstance(outcome, VendorTemplate | TemplatePage | SendError | OutcomeUnknown)


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        ({"event": "APPROVED", "reason": "NONE"}, {"status": "APPROVED", "rejection_reason": ""}),
        ({"event": "REINSTATED", "reason": "NONE"}, {"status": "APPROVED", "rejection_reason": ""}),
        (
            {"event": "APPROVED", "reason": "NONE", "other_info": {"title": "UNPAUSE"}},
            {"status": "APPROVED", "rejection_reason": ""},
        ),
        (
            {"event": "PAUSED", "reason": "NONE", "other_info": {"title": "SECOND_PAUSE"}},
            {"status": "PAUSED", "rejection_reason": "SECOND_PAUSE"},
        ),
        (
            {"event": "REJECTED", "reason": "INVALID_FORMAT", "rejection_info": {"reason": "Put words between."}},
            {"status": "REJECTED", "rejection_reason": "Put words between."},
        ),
        (
            {"event": "PENDING", "message_template_category": "MARKETING"},
            {"status": "PENDING", "rejection_reason": "", "category": "MARKETING"},
        ),
        ({"event": "FLAGGED", "reason": "NONE"}, {}),
        ({"event": "SOMETHING_NEW"}, {"status": "SOMETHING_NEW", "rejection_reason": ""}),
        ({}, {}),
    ],
)
def test_a_status_is_told_with_its_reason(value: dict[str, Any], changes: dict[str, str]) -> None:
    about = {"message_template_id": 1, "message_template_name": "a", "message_template_language": "en-US"}

    told = read_news("message_template_status_update", about | value)

    assert told is not None
    assert (told.external_id, told.name, told.language, told.changes) == ("1", "a", "en_US", changes)


@quick
@given(value=junk.filter(lambda value: isinstance(value, dict)))
def test_news_about_nothing_are_none(value: dict[str, Any]) -> None:
    for topic in ("message_template_status_update", "template_category_update", "security"):
        told = read_news(topic, value)
        assert told is None or told.name
