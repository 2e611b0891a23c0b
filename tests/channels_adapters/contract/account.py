"""The connection itself: what the channel declares, its secrets, its health checks and its probe."""

from __future__ import annotations

import re

from channels_adapters.registry import adapter_for
from channels_adapters.types import ANY_TYPE, AfterWindow, HttpResponse, MessageKind

from .subject import SECRET, Subject

MIME_TYPE = re.compile(r"(?:application|audio|image|text|video)/[a-z0-9.+-]+")


class AccountContract(Subject):
    # --- secrets ----------------------------------------------------------------------------------

    def test_no_repr_and_no_url_shows_a_secret(self) -> None:
        secrets = self.secret_values()
        assert secrets
        requests = self.every_request()
        assert requests
        webhook = self.signed(b"body-of-a-webhook", self.keyed(SECRET))
        answer = HttpResponse(200, {}, " ".join(secrets).encode())
        checks = self.adapter.health_checks(self.credentials, self.secrets)
        urls = [request.url for request in requests.values()]
        for shown in (repr(requests), str(requests), repr(urls), repr(webhook), repr(answer), repr(self.adapter)):
            assert not any(secret in shown for secret in secrets)
        for check in checks:
            assert not any(secret in check.code + check.label + repr(check.request) for secret in secrets)

    def test_every_request_goes_to_the_configured_address(self) -> None:
        for name, request in self.every_request().items():
            assert request.url.startswith(self.credentials["base_url"] + "/"), name
            assert request.method in {"GET", "POST", "DELETE"}, name

    def test_without_an_address_the_vendor_itself_is_asked_and_only_by_https(self) -> None:
        credentials = {**self.credentials, "base_url": ""}
        for request in self.adapter.requests_for(self.message(), credentials):
            assert request.url.startswith("https://")

    # --- health -----------------------------------------------------------------------------------

    def test_the_probe_is_a_webhook_that_verifies_and_means_nothing(self) -> None:
        probe = self.adapter.probe(self.credentials, self.secrets)
        assert probe.method == "POST"
        self.adapter.verify(probe, self.secrets)
        assert self.adapter.parse(probe.body, self.secrets) == []

    def test_the_probe_is_signed_with_the_current_secret(self) -> None:
        probe = self.adapter.probe(self.credentials, self.secrets)
        self.adapter.verify(probe, self.keyed(SECRET))

    def test_health_checks_have_names_of_their_own(self) -> None:
        checks = self.adapter.health_checks(self.credentials, self.secrets)
        assert checks
        codes = [check.code for check in checks]
        assert len(set(codes)) == len(codes)
        assert all(check.code.isidentifier() and check.label for check in checks)

    # --- capabilities -----------------------------------------------------------------------------

    def test_the_adapter_is_registered_under_its_kind(self) -> None:
        assert type(adapter_for(self.adapter.capabilities.kind)) is type(self.adapter)

    def test_the_capabilities_are_complete(self) -> None:
        capabilities = self.adapter.capabilities
        assert capabilities.label
        assert capabilities.own_app
        assert capabilities.app_label
        assert MessageKind.TEXT in capabilities.sends
        assert capabilities.text_limit > 0
        assert capabilities.caption_limit >= 0
        assert capabilities.typing_seconds >= 0
        for rate in (capabilities.account_rate, capabilities.recipient_rate):
            assert rate.count > 0
            assert rate.seconds > 0
        if capabilities.options:
            assert min(capabilities.options.count, capabilities.options.title, capabilities.options.text) > 0
        if capabilities.reactions is not None:
            assert len(set(capabilities.reactions)) == len(capabilities.reactions)

    def test_the_inputs_of_the_connection_form_are_complete(self) -> None:
        capabilities = self.adapter.capabilities
        inputs = (*capabilities.app_credentials, *capabilities.account_credentials)
        for form in (capabilities.app_credentials, capabilities.account_credentials):
            assert len({field.name for field in form}) == len(form)
        assert all(field.label for field in inputs)
        assert all(field.secret for field in inputs if re.search("token|secret|_key$", field.name))
        assert not any(field.secret for field in inputs if field.choices)
        account = {field.name: field for field in capabilities.account_credentials}
        assert {field.name for field in account.values() if field.required} <= set(self.credentials)
        assert {field.name for field in capabilities.app_credentials if field.required} <= set(self.secrets)
        assert set(self.secrets) <= {field.name for field in capabilities.app_credentials}
        # Events are routed by these: they stand in clear.
        routed = {capabilities.account_id_field, capabilities.business_id_field} - {""}
        assert routed <= set(account)
        assert account[capabilities.account_id_field].required
        assert not any(account[name].secret for name in routed)

    def test_the_media_table_covers_exactly_the_files_that_are_sent(self) -> None:
        capabilities = self.adapter.capabilities
        assert set(capabilities.media) == self.files & capabilities.sends
        for kind, rule in capabilities.media.items():
            assert rule.mime_types, kind
            assert rule.mime_types == (ANY_TYPE,) or all(map(MIME_TYPE.fullmatch, rule.mime_types)), kind
            assert all(re.fullmatch("[a-z0-9_]+", codec) for codec in rule.codecs | rule.mono_codecs), kind
            assert rule.mono_codecs <= rule.codecs, kind
            assert rule.max_side is None or rule.max_side > 0, kind
            assert rule.max_animated_bytes is None or rule.max_animated_bytes >= rule.max_bytes, kind
            assert rule.max_bytes > 0, kind
            assert rule.max_seconds is None or rule.max_seconds > 0, kind

    def test_the_reply_policy_is_sound(self) -> None:
        policy = self.adapter.capabilities.reply_policy
        assert policy.window.total_seconds() > 0
        assert policy.person_until is not None or policy.after is not AfterWindow.PERSON
        assert policy.person_until is None or policy.person_until > policy.window
        assert policy.messages is None or policy.messages > 0
        assert (policy.activity_messages is None) or policy.activity_window is not None
        if policy.after is AfterWindow.TEMPLATE:
            assert MessageKind.TEMPLATE in self.adapter.capabilities.sends
