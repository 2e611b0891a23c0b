"""What arrives: the handshake, the signature, and parsing that is total."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_adapters.errors import HandshakeRejected, WebhookRejected
from channels_adapters.types import Malformed

from .checks import assert_secretless, assert_storable, damage, damaged_xml, junk, outcome_of, quick, spoilt, texts, xml
from .subject import FOREIGN_SECRET, OLD_SECRET, SECRET, Subject

CHALLENGE = "1158201444"


class ReceivingContract(Subject):
    # --- handshake --------------------------------------------------------------------------------

    def test_the_handshake_is_answered_with_the_challenge(self) -> None:
        assert self.adapter.handshake(self.handshake_request(self.secrets, CHALLENGE), self.secrets) == CHALLENGE

    def test_a_wrong_handshake_is_refused(self) -> None:
        wrong = self.wrong_handshakes()
        assert wrong
        for reason, request in wrong.items():
            refusal = outcome_of(self.adapter.handshake, request, self.secrets)
            assert isinstance(refusal, HandshakeRejected), reason
            assert_secretless(refusal, self.secret_values())

    def test_without_configured_secrets_no_handshake_succeeds(self) -> None:
        blank = dict.fromkeys(self.secrets, "")
        for signer in (self.secrets, blank):
            for configured in (blank, {}):
                with pytest.raises(HandshakeRejected):
                    self.adapter.handshake(self.handshake_request(signer, CHALLENGE), configured)

    # --- signature --------------------------------------------------------------------------------

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
    def test_a_signature_of_ours_is_accepted_and_a_foreign_one_refused(self, method: str) -> None:
        body, ours, foreign = self.a_body(), self.keyed(SECRET), self.keyed(FOREIGN_SECRET)
        self.adapter.verify(self.signed(body, ours, method=method), ours)
        with pytest.raises(WebhookRejected):
            self.adapter.verify(self.signed(body, foreign, method=method), ours)

    def test_while_a_secret_is_replaced_both_are_accepted(self) -> None:
        body, replaced = self.a_body(), self.keyed(SECRET, OLD_SECRET)
        for secret in (SECRET, OLD_SECRET):
            self.adapter.verify(self.signed(body, self.keyed(secret)), replaced)
        with pytest.raises(WebhookRejected):
            self.adapter.verify(self.signed(body, self.keyed(OLD_SECRET)), self.keyed(SECRET))

    def test_a_body_that_was_tampered_with_is_refused(self) -> None:
        if not self.signs_body:
            pytest.skip("this vendor's signature does not cover the body")
        request = self.signed(self.a_body(), self.secrets)
        for body in (request.body + b" ", request.body[:-1], b"", request.body.swapcase()):
            with pytest.raises(WebhookRejected):
                self.adapter.verify(replace(request, body=body), self.secrets)

    def test_forgeries_are_refused_without_naming_a_secret(self) -> None:
        forgeries = self.forgeries(self.a_body())
        assert forgeries
        for reason, request in forgeries.items():
            refusal = outcome_of(self.adapter.verify, request, self.secrets)
            assert isinstance(refusal, WebhookRejected), reason
            assert_secretless(refusal, self.secret_values())

    def test_without_a_secret_nothing_is_accepted(self) -> None:
        body, blank = self.a_body(), self.keyed("")
        for signer in (self.secrets, blank):
            for configured in (blank, dict.fromkeys(self.secrets, ""), {}):
                with pytest.raises(WebhookRejected):
                    self.adapter.verify(self.signed(body, signer), configured)

    @quick
    @given(body=st.binary(max_size=200), secret=texts.filter(str.strip))
    def test_any_body_under_any_secret_is_verified(self, body: bytes, secret: str) -> None:
        self.adapter.verify(self.signed(body, self.keyed(secret)), self.keyed("another", secret))

    # --- parsing ----------------------------------------------------------------------------------

    def test_every_payload_yields_storable_events_and_always_the_same(self) -> None:
        bodies = self.bodies()
        assert bodies
        assert self.unreadable <= set(bodies)
        for name, body in bodies.items():
            events = self.parsed(body)
            assert events == self.adapter.parse(body, self.secrets), name
            assert any(isinstance(event, Malformed) for event in events) is (name in self.unreadable), name

    def test_no_event_shows_a_secret(self) -> None:
        for name, body in self.bodies().items():
            shown = repr(self.adapter.parse(body, self.secrets))
            assert not any(secret in shown for secret in self.secret_values()), name

    @quick
    @given(body=st.binary(max_size=300))
    def test_any_bytes_yield_events(self, body: bytes) -> None:
        assert self.parsed(body)

    @quick
    @given(payload=junk)
    def test_any_json_yields_events(self, payload: Any) -> None:
        self.parsed(json.dumps(payload).encode())

    @settings(quick, max_examples=100)
    @given(data=st.data())
    def test_a_damaged_payload_yields_events(self, data: st.DataObject) -> None:
        payloads = self.json_bodies()
        if not payloads:
            pytest.skip("this vendor's payloads are not JSON")
        payload = copy.deepcopy(data.draw(st.sampled_from(list(payloads.values()))))
        for _ in range(data.draw(st.integers(1, 3))):
            damage(payload, data)
        self.parsed(json.dumps(payload).encode())

    def test_each_part_of_a_payload_may_be_missing_or_of_another_type(self) -> None:
        for name, payload in self.json_bodies().items():
            for spoiled in spoilt(payload):
                body = json.dumps(spoiled).encode()
                assert self.adapter.parse(body, self.secrets) or self.means_nothing(body), name

    @quick
    @given(body=xml)
    def test_any_xml_yields_events(self, body: bytes) -> None:
        assert self.parsed(body)

    @settings(quick, max_examples=100)
    @given(data=st.data())
    def test_a_damaged_xml_payload_yields_events(self, data: st.DataObject) -> None:
        bodies = [body for body in self.bodies().values() if body.lstrip().startswith(b"<")]
        if not bodies:
            pytest.skip("this vendor's payloads are not XML")
        body = data.draw(st.sampled_from(bodies))
        for _ in range(data.draw(st.integers(1, 3))):
            body = damaged_xml(body, data)
        self.parsed(body)

    @settings(quick, max_examples=100)
    @given(data=st.data())
    def test_a_payload_cut_short_or_with_wrong_bytes_yields_events(self, data: st.DataObject) -> None:
        body = data.draw(st.sampled_from(list(self.bodies().values())))
        position = data.draw(st.integers(0, len(body) - 1))
        self.parsed(body[:position])
        # The byte may land in the one key that makes the payload hold anything: only totality is promised.
        changed = body[:position] + data.draw(st.binary(max_size=3)) + body[position + 1 :]
        assert_storable(self.adapter.parse(changed, self.secrets))

    @pytest.mark.parametrize(
        "nested",
        [
            b"[" * 100_000,
            b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            b"[" * 900 + b"]" * 900,
            b"<xml>" * 20_000,
            b"<xml>" * 5_000 + b"</xml>" * 5_000,
        ],
    )
    def test_deep_nesting_yields_events(self, nested: bytes) -> None:
        assert self.parsed(nested)

    @pytest.mark.parametrize("configured", [{}, {"": ""}])
    def test_without_secrets_parsing_is_total_too(self, configured: dict[str, str]) -> None:
        for body in self.bodies().values():
            events = self.adapter.parse(body, configured)
            assert events or self.means_nothing(body)
            assert_storable(events)
