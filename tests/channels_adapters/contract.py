"""What every channel adapter must do, whatever its vendor. Inherit AdapterContract and fill in the hooks.

    class TestWhatsAppContract(AdapterContract):
        adapter = WhatsAppAdapter()
        ...

The property tests feed it arbitrary bytes, arbitrary JSON and damaged copies of the channel's own payload folder.
"""

from __future__ import annotations

import copy
import json
import math
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_adapters.base import Adapter
from channels_adapters.errors import (
    HandshakeRejected,
    OutcomeUnknown,
    Remedy,
    SendError,
    TransportError,
    WebhookRejected,
)
from channels_adapters.registry import adapter_for
from channels_adapters.types import (
    Event,
    HttpRequest,
    HttpResponse,
    Malformed,
    MessageKind,
    OutboundMessage,
    Person,
    SendResult,
    TextUnit,
    VendorError,
    WebhookRequest,
)

quick = settings(
    max_examples=100,
    deadline=None,
    # Several adapters inherit the same test functions: that is the point of this class.
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow, HealthCheck.data_too_large],
)

SECRET, OLD_SECRET, FOREIGN_SECRET = "current-app-secret-0001", "previous-app-secret-0002", "foreign-app-secret-0003"
VERIFY_TOKEN = "verify-token-0004"

# Surrogates, NUL, NaN and integers beyond 64 bits included: whatever JSON can spell.
texts = st.text(st.characters(exclude_categories=()), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | st.floats() | texts
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)


class AdapterContract:
    # --- hooks ------------------------------------------------------------------------------------

    adapter: Adapter
    payloads: Path  # a folder of *.json webhook bodies
    credentials: Mapping[str, str]  # complete, with recognisable values
    error_codes: Iterable[str]  # every code in the adapter's table
    recipient: Person  # somebody the channel can reach

    def signed(self, body: bytes, secret: str, *, method: str = "POST") -> WebhookRequest:
        raise NotImplementedError

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        """Return requests that must be refused, by the reason: no signature, malformed, another scheme, …"""
        raise NotImplementedError

    def handshake_request(self, *, token: str | None, challenge: str | None) -> WebhookRequest:
        raise NotImplementedError

    def means_nothing(self, payload: Any) -> bool:
        """Tell whether a payload legitimately holds no event."""
        raise NotImplementedError

    def refusal(self, code: str) -> HttpResponse:
        """Return the vendor's answer that refuses a message with this code."""
        raise NotImplementedError

    def acceptance(self, external_id: str) -> HttpResponse:
        raise NotImplementedError

    # --- handshake --------------------------------------------------------------------------------

    def test_the_handshake_is_answered_with_the_challenge(self) -> None:
        request = self.handshake_request(token=VERIFY_TOKEN, challenge="1158201444")
        assert self.adapter.handshake(request, VERIFY_TOKEN) == "1158201444"

    @pytest.mark.parametrize(
        ("token", "challenge"),
        [("wrong", "1158201444"), (None, "1158201444"), ("", "1158201444"), (VERIFY_TOKEN, None), ("t\udc80", "1")],
    )
    def test_a_wrong_handshake_is_refused(self, token: str | None, challenge: str | None) -> None:
        with pytest.raises(HandshakeRejected) as refused:
            self.adapter.handshake(self.handshake_request(token=token, challenge=challenge), VERIFY_TOKEN)
        assert_secretless(refused.value, [VERIFY_TOKEN])

    def test_without_a_configured_token_no_handshake_succeeds(self) -> None:
        with pytest.raises(HandshakeRejected):
            self.adapter.handshake(self.handshake_request(token="", challenge="1158201444"), "")

    # --- signature --------------------------------------------------------------------------------

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
    def test_a_signature_of_ours_is_accepted_and_a_foreign_one_refused(self, method: str) -> None:
        body = self.a_body()
        self.adapter.verify(self.signed(body, SECRET, method=method), [SECRET])
        with pytest.raises(WebhookRejected):
            self.adapter.verify(self.signed(body, FOREIGN_SECRET, method=method), [SECRET])

    def test_while_a_secret_is_replaced_both_are_accepted(self) -> None:
        body = self.a_body()
        for secret in (SECRET, OLD_SECRET):
            self.adapter.verify(self.signed(body, secret), [SECRET, OLD_SECRET])
        with pytest.raises(WebhookRejected):
            self.adapter.verify(self.signed(body, OLD_SECRET), [SECRET])

    def test_a_body_that_was_tampered_with_is_refused(self) -> None:
        request = self.signed(self.a_body(), SECRET)
        for body in (request.body + b" ", request.body[:-1], b"", request.body.swapcase()):
            with pytest.raises(WebhookRejected):
                self.adapter.verify(replace(request, body=body), [SECRET])

    def test_forgeries_are_refused_without_naming_a_secret(self) -> None:
        for reason, request in self.forgeries(self.a_body()).items():
            refusal = outcome_of(self.adapter.verify, request, [SECRET, OLD_SECRET])
            assert isinstance(refusal, WebhookRejected), reason
            assert_secretless(refusal, [SECRET, OLD_SECRET])

    @pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
    def test_without_a_secret_nothing_is_accepted(self, secrets: Sequence[str]) -> None:
        body = self.a_body()
        for signer in (SECRET, ""):
            with pytest.raises(WebhookRejected):
                self.adapter.verify(self.signed(body, signer), secrets)

    @quick
    @given(body=st.binary(max_size=200), secret=texts.filter(bool))
    def test_any_body_under_any_secret_is_verified(self, body: bytes, secret: str) -> None:
        self.adapter.verify(self.signed(body, secret), ["another", secret])

    # --- parsing ----------------------------------------------------------------------------------

    def test_every_payload_yields_storable_events_and_always_the_same(self) -> None:
        for name, payload in self.all_payloads().items():
            body = json.dumps(payload).encode()
            events = self.parsed(body, payload)
            assert events == self.adapter.parse(body), name
            assert not any(isinstance(event, Malformed) for event in events), name

    @quick
    @given(body=st.binary(max_size=300))
    def test_any_bytes_yield_events(self, body: bytes) -> None:
        assert self.parsed(body)

    @quick
    @given(payload=junk)
    def test_any_json_yields_events(self, payload: Any) -> None:
        self.parsed(json.dumps(payload).encode(), payload)

    @settings(quick, max_examples=200)
    @given(data=st.data())
    def test_a_damaged_payload_yields_events(self, data: st.DataObject) -> None:
        payload = copy.deepcopy(data.draw(st.sampled_from(list(self.all_payloads().values()))))
        for _ in range(data.draw(st.integers(1, 3))):
            damage(payload, data)
        self.parsed(json.dumps(payload).encode(), payload)

    @quick
    @given(data=st.data())
    def test_a_payload_cut_short_or_with_wrong_bytes_yields_events(self, data: st.DataObject) -> None:
        body = json.dumps(data.draw(st.sampled_from(list(self.all_payloads().values())))).encode()
        position = data.draw(st.integers(0, len(body) - 1))
        self.parsed(body[:position])
        # The byte may land in the one key that makes the payload hold anything: only totality is promised.
        assert_storable(self.adapter.parse(body[:position] + data.draw(st.binary(max_size=3)) + body[position + 1 :]))

    @pytest.mark.parametrize(
        "nested", [b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"[" * 900 + b"]" * 900]
    )
    def test_deep_nesting_yields_events(self, nested: bytes) -> None:
        assert self.parsed(nested)

    # --- sending ----------------------------------------------------------------------------------

    def test_a_text_of_exactly_the_limit_is_described(self) -> None:
        limit = self.adapter.capabilities.text_limit
        assert self.requests(text="x" * limit)

    def test_a_text_over_the_limit_is_refused_in_clear_words(self) -> None:
        capabilities = self.adapter.capabilities
        too_long = ["x" * (capabilities.text_limit + 1)]
        if capabilities.text_unit is TextUnit.BYTES:
            too_long.append("ä" * (capabilities.text_limit // 2 + 1))
        for text in too_long:
            with pytest.raises(SendError) as refused:
                self.requests(text=text)
            assert refused.value.remedy is Remedy.GIVE_UP
            assert str(capabilities.text_limit) in refused.value.public_text

    @pytest.mark.parametrize("text", ["", " \n\t"])
    def test_an_empty_text_is_refused(self, text: str) -> None:
        with pytest.raises(SendError) as refused:
            self.requests(text=text)
        assert refused.value.remedy is Remedy.GIVE_UP

    @pytest.mark.parametrize("kind", list(MessageKind))
    def test_only_the_declared_kinds_are_described(self, kind: MessageKind) -> None:
        if kind in self.adapter.capabilities.sends:
            assert self.requests(kind=kind)
        else:
            with pytest.raises(SendError) as refused:
                self.requests(kind=kind)
            assert refused.value.remedy is Remedy.GIVE_UP

    def test_a_customer_without_an_identity_of_this_channel_is_refused(self) -> None:
        with pytest.raises(SendError) as refused:
            self.requests(recipient=Person((), "Nobody"))
        assert refused.value.remedy is Remedy.GIVE_UP

    def test_the_correlation_id_and_the_quoted_message_travel_along(self) -> None:
        sent = b"".join(request.body for request in self.requests(reply_to="quoted-id-77"))
        assert b"correlation-id-55" in sent
        assert (b"quoted-id-77" in sent) is self.adapter.capabilities.can_reply

    @quick
    @given(text=texts, correlation_id=texts, reply_to=texts)
    def test_any_text_is_described_or_refused(self, text: str, correlation_id: str, reply_to: str) -> None:
        outcome = outcome_of(self.requests, text=text, correlation_id=correlation_id, reply_to=reply_to)
        if isinstance(outcome, SendError):
            assert outcome.public_text
        else:
            for request in outcome:
                assert request.url.startswith(self.credentials["base_url"] + "/")
                request.body.decode()

    def test_reading_is_reported_if_the_channel_can(self) -> None:
        if self.adapter.capabilities.can_mark_read:
            request = self.adapter.mark_read_request("read-id-88", self.credentials)
            assert b"read-id-88" in request.body
            assert request.url.startswith(self.credentials["base_url"] + "/")

    def test_missing_or_unusable_credentials_are_a_matter_for_the_operator(self) -> None:
        for field in self.adapter.capabilities.account_credentials:
            for value in (None, "", "  ", "broken\nvalue-99", "no-äscii-99"):
                credentials = {name: text for name, text in self.credentials.items() if name != field.name}
                if value is not None:
                    credentials[field.name] = value
                outcome = outcome_of(self.requests, credentials=credentials)
                if isinstance(outcome, SendError):  # a field that no request needs may be missing
                    assert outcome.remedy is Remedy.OPERATOR
                    assert_secretless(outcome, ["value-99", "scii-99", *self.secret_values()])

    # --- answers ----------------------------------------------------------------------------------

    def test_an_accepted_message_has_the_id_of_the_vendor(self) -> None:
        assert self.adapter.result_of(self.acceptance("external-id-66")).external_id == "external-id-66"

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"OK", b"\xff", b'{"messages":[{"id":null}]}'])
    def test_success_without_an_id_is_an_unknown_outcome(self, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            self.adapter.result_of(HttpResponse(200, {}, body))

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_trouble_on_the_way_is_an_unknown_outcome(self, status: int) -> None:
        with pytest.raises(OutcomeUnknown):
            self.adapter.result_of(HttpResponse(status, {}, b"<html>bad gateway</html>"))

    def test_too_many_requests_is_worth_a_retry_after_the_named_time(self) -> None:
        with pytest.raises(SendError) as refused:
            self.adapter.result_of(HttpResponse(429, {"retry-after": "17"}, b"slow down"))
        assert refused.value.retryable
        assert refused.value.wait_after(1) == refused.value.wait_after(3) == 17

    def test_every_known_code_is_explained_alike_on_both_ways(self) -> None:
        for code in self.error_codes:
            explained = self.adapter.explain(VendorError(code, "title", "details"))
            assert_usable(explained)
            with pytest.raises(SendError) as refused:
                self.adapter.result_of(self.refusal(code))
            assert_usable(refused.value)
            assert (refused.value.remedy, refused.value.public_text) == (explained.remedy, explained.public_text), code
            assert refused.value.code == explained.code == code

    @quick
    @given(code=texts | st.integers().map(str), title=texts, details=texts)
    def test_any_code_is_explained(self, code: str, title: str, details: str) -> None:
        assert_usable(self.adapter.explain(VendorError(code, title, details)))

    @quick
    @given(
        status=st.integers(100, 599), body=st.binary(max_size=60) | junk.map(lambda value: json.dumps(value).encode())
    )
    def test_any_answer_is_a_result_a_refusal_or_unknown(self, status: int, body: bytes) -> None:
        outcome = outcome_of(self.adapter.result_of, HttpResponse(status, {"retry-after": "soon"}, body))
        if isinstance(outcome, SendError):
            assert_usable(outcome)
            assert status < 500
        elif isinstance(outcome, OutcomeUnknown):
            assert not 300 <= status < 500
        else:
            assert isinstance(outcome, SendResult)
            assert outcome.external_id

    # --- secrets and capabilities -----------------------------------------------------------------

    def test_no_repr_shows_a_secret(self) -> None:
        secrets = self.secret_values()
        assert secrets
        requests = self.requests()
        if self.adapter.capabilities.can_mark_read:
            requests = [*requests, self.adapter.mark_read_request("read-id-88", self.credentials)]
        webhook = self.signed(b"body-of-a-webhook", SECRET)
        answer = HttpResponse(200, {}, " ".join(secrets).encode())
        for shown in (repr(requests), repr(webhook), repr(answer), repr(self.adapter), str(requests)):
            for secret in (*secrets, SECRET):
                assert secret not in shown

    def test_the_adapter_is_registered_under_its_kind(self) -> None:
        assert type(adapter_for(self.adapter.capabilities.kind)) is type(self.adapter)

    def test_the_capabilities_are_complete(self) -> None:
        capabilities = self.adapter.capabilities
        assert capabilities.label
        assert MessageKind.TEXT in capabilities.sends
        assert capabilities.text_limit > 0
        for rate in (capabilities.account_rate, capabilities.recipient_rate):
            assert rate.count > 0
            assert rate.seconds > 0
        inputs = (*capabilities.app_credentials, *capabilities.account_credentials)
        names = [field.name for field in inputs]
        assert len(set(names)) == len(names)
        assert all(field.label for field in inputs)
        assert all(field.secret for field in inputs if "token" in field.name or "secret" in field.name)
        assert {field.name for field in capabilities.account_credentials} <= set(self.credentials)

    # --- what the tests are made of ---------------------------------------------------------------

    def all_payloads(self) -> dict[str, Any]:
        loaded = {path.stem: json.loads(path.read_text()) for path in sorted(self.payloads.glob("*.json"))}
        assert loaded
        return loaded

    def a_body(self) -> bytes:
        return json.dumps(next(iter(self.all_payloads().values()))).encode()

    def secret_values(self) -> list[str]:
        return [self.credentials[field.name] for field in self.adapter.capabilities.account_credentials if field.secret]

    def parsed(self, body: bytes, payload: Any = None) -> list[Event]:
        events = self.adapter.parse(body)
        assert events or self.means_nothing(payload)
        assert_storable(events)
        return events

    def requests(self, *, credentials: Mapping[str, str] | None = None, **changes: Any) -> list[HttpRequest]:
        message = OutboundMessage(recipient=self.recipient, text="Hello", correlation_id="correlation-id-55")
        return self.adapter.requests_for(replace(message, **changes), credentials or self.credentials)


def outcome_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what the call returns, or the named error it raises; any other exception fails the test."""
    try:
        return call(*args, **kwargs)
    except (WebhookRejected, SendError, TransportError) as error:
        return error


def damage(payload: Any, data: st.DataObject) -> None:
    """Replace or remove one node of a JSON value, chosen anywhere."""
    places = list(places_in(payload))
    if not places:
        return
    container, key = data.draw(st.sampled_from(places))
    if data.draw(st.booleans()):
        container[key] = data.draw(junk)
    else:
        del container[key]


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from places_in(inner)


def assert_storable(events: Sequence[Event]) -> None:
    """Assert that jsonb and text columns of PostgreSQL take everything in the events."""
    for event in events:
        for value in values_in(event):
            if isinstance(value, str):
                assert "\0" not in value
                value.encode()  # a lone surrogate raises
            elif isinstance(value, float):
                assert math.isfinite(value)
            elif isinstance(value, dict):
                json.dumps(value, allow_nan=False)
                orjson.dumps(value)


def values_in(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from values_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from values_in(key)
            yield from values_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from values_in(inner)


def assert_usable(error: SendError) -> None:
    assert error.public_text.strip().endswith(".")
    assert error.code
    assert isinstance(error.remedy, Remedy)
    waits = [error.wait_after(attempts) for attempts in (1, 2, 5, 1_000_000)]
    assert waits == sorted(waits)
    assert all(math.isfinite(wait) and wait >= 0 for wait in waits)


def assert_secretless(error: BaseException, secrets: Iterable[str]) -> None:
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    for secret in secrets:
        assert secret not in shown
