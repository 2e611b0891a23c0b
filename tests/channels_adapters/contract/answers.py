"""What the vendor answers: accepted, refused, or nobody knows; and the reading of every other answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.errors import OutcomeUnknown, SendError
from channels_adapters.types import HttpResponse, Profile, SendResult, Token, VendorError

from .checks import answers, assert_secretless, assert_storable_value, assert_usable, outcome_of, quick, texts
from .subject import Subject


class AnswersContract(Subject):
    def test_an_accepted_message_has_the_id_of_the_vendor(self) -> None:
        external_id = self.adapter.result_of(self.acceptance("external-id-66")).external_id
        assert external_id == ("external-id-66" if self.adapter.capabilities.names_messages else "")

    @pytest.mark.parametrize("body", [b"", b"[]", b"OK", b"\xff"])
    def test_success_that_says_nothing_is_an_unknown_outcome(self, body: bytes) -> None:
        with pytest.raises(OutcomeUnknown):
            self.adapter.result_of(HttpResponse(200, {}, body))

    def test_success_without_an_id_is_an_unknown_outcome(self) -> None:
        if not self.adapter.capabilities.names_messages:
            pytest.skip("this vendor names no messages")
        for body in (b"{}", b'{"messages":[{"id":null}]}', b'{"message_id":null}'):
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
        codes = list(self.error_codes)
        assert codes
        for code in codes:
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
    @given(status=st.integers(100, 599), body=answers)
    def test_any_answer_is_a_result_a_refusal_or_unknown(self, status: int, body: bytes) -> None:
        outcome = outcome_of(self.adapter.result_of, HttpResponse(status, {"retry-after": "soon"}, body))
        if isinstance(outcome, SendError):
            assert_usable(outcome)
            assert status < 500
        elif isinstance(outcome, OutcomeUnknown):
            assert not 300 <= status < 500
        else:
            assert isinstance(outcome, SendResult)
            assert outcome.external_id or not self.adapter.capabilities.names_messages

    @quick
    @given(status=st.integers(100, 599), body=answers)
    def test_any_other_answer_is_read_or_an_error_by_name(self, status: int, body: bytes) -> None:
        response = HttpResponse(status, {"retry-after": "soon"}, body)
        facts = outcome_of(self.adapter.check, response)
        profile = outcome_of(self.adapter.profile_of, response)
        token = outcome_of(self.adapter.token_of, response)
        for outcome, kind in ((facts, dict), (profile, Profile), (token, Token)):
            if isinstance(outcome, SendError):
                assert_usable(outcome)
            elif not isinstance(outcome, OutcomeUnknown):
                assert isinstance(outcome, kind)
                assert_storable_value(outcome)

    def test_an_answer_that_is_no_message_is_returned_or_refused(self) -> None:
        assert self.adapter.check(HttpResponse(200, {}, b'{"success":true}')) == {"success": True}
        for code in self.error_codes:
            with pytest.raises(SendError) as refused:
                self.adapter.check(self.refusal(code))
            assert refused.value.code == code
        for status, body in ((200, b"OK"), (502, b"<html>bad gateway</html>"), (502, b'{"status":"down"}')):
            with pytest.raises(OutcomeUnknown):
                self.adapter.check(HttpResponse(status, {}, body))

    def test_a_secret_that_the_vendor_quotes_reaches_no_error(self) -> None:
        for secret in self.secret_values():
            complaint = self.complaint(f"Malformed access token {secret}")
            for read in (self.adapter.result_of, self.adapter.check, self.adapter.profile_of, self.adapter.token_of):
                outcome = outcome_of(read, complaint)
                if isinstance(outcome, Exception) and secret in self.credentials.values():
                    assert_secretless(outcome, [secret])

    @quick
    @given(body=answers)
    def test_a_health_check_never_raises(self, body: bytes) -> None:
        for check in self.adapter.health_checks(self.credentials, self.secrets):
            for status in (200, 400, 401, 500):
                finding = check.read(HttpResponse(status, {}, body))
                assert finding.words
                assert finding.ok or finding.advice
                assert status == 200 or not finding.ok
                assert_storable_value(finding)
                assert all(isinstance(value, str | int | float | bool | list) for value in finding.facts.values())

    def test_a_failed_health_check_says_what_to_do_and_shows_no_secret(self) -> None:
        for check in self.adapter.health_checks(self.credentials, self.secrets):
            for secret in self.secret_values():
                finding = check.read(self.complaint(f"Malformed access token {secret}"))
                assert not finding.ok
                assert finding.advice
                assert secret not in repr(finding)

    def test_a_token_tells_how_long_it_lives_and_hides_itself(self) -> None:
        if self.adapter.token_request(self.credentials) is None and not self.adapter.renewal_request(self.credentials):
            pytest.skip("this channel's tokens last")
        token = self.adapter.token_of(HttpResponse(200, {}, b'{"access_token":"fresh-token-12","expires_in":7200}'))
        assert (token.value, token.seconds) == ("fresh-token-12", 7200)
        assert "fresh-token-12" not in repr(token)
