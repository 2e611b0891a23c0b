"""Meta's signature and handshake: the vectors of a widely used implementation, and the wording of refusals."""

from __future__ import annotations

import pytest

from channels_adapters.errors import HandshakeRejected, WebhookRejected
from channels_adapters.meta.graph import redacted
from channels_adapters.meta.handshake import answer_challenge
from channels_adapters.meta.signing import sign, verify_signature
from channels_adapters.types import WebhookRequest

VECTORS = [
    (b"hello world", "f39034b29165ec6a5104d9aef27266484ab26c8caa7bca8bcb2dd02e8be61b17"),
    (b"hello world2", "60905fdf409d0b4f721e99f6f25b31567a68a6b45e933d814e17a246be4c5a53"),
]


def signed(body: bytes, header: str) -> WebhookRequest:
    return WebhookRequest("POST", {}, {"x-hub-signature-256": header}, body)


@pytest.mark.parametrize(("body", "digest"), VECTORS)
def test_known_vectors_are_reproduced_and_accepted(body: bytes, digest: str) -> None:
    assert sign(body, "sesame") == f"sha256={digest}"
    verify_signature(signed(body, f"sha256={digest}"), {"app_secret": "sesame"})
    verify_signature(signed(body, f"sha256={digest.upper()}"), {"app_secret": "sesame"})


def test_the_bytes_are_signed_and_not_their_meaning() -> None:
    escaped, plain = rb'{"text":"\u00e4"}', '{"text":"ä"}'.encode()
    with pytest.raises(WebhookRejected, match="does not fit"):
        verify_signature(signed(plain, sign(escaped, "sesame")), {"app_secret": "sesame"})


@pytest.mark.parametrize("token", ["EAAB-0123456789_abc-XYZ", "IGAAtoken-0123_4567-89", "40000001|secret-of_the-app"])
def test_a_quoted_token_is_blanked_to_its_end(token: str) -> None:
    assert redacted(f'Malformed access token "{token}" (code 190)') == 'Malformed access token "[redacted]" (code 190)'


@pytest.mark.parametrize("name", ["app_secret", "previous_app_secret", "instagram_app_secret"])
def test_each_secret_of_an_app_may_have_signed(name: str) -> None:
    request = signed(b"hello world", sign(b"hello world", "sesame"))
    others = dict.fromkeys(("app_secret", "previous_app_secret", "instagram_app_secret"), "another")
    verify_signature(request, others | {name: "sesame"})
    with pytest.raises(WebhookRejected, match="does not fit"):
        verify_signature(request, others | {"verify_token": "sesame"})


@pytest.mark.parametrize(
    ("headers", "secrets", "reason"),
    [
        ({}, {"app_secret": "sesame"}, "missing"),
        ({"x-hub-signature-256": "sha1=00"}, {"app_secret": "sesame"}, "malformed"),
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, {"app_secret": "sesame"}, "does not fit"),
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, {"app_secret": ""}, "no app secret"),
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, {"verify_token": "sesame"}, "no app secret"),
    ],
)
def test_the_log_learns_why(headers: dict[str, str], secrets: dict[str, str], reason: str) -> None:
    with pytest.raises(WebhookRejected, match=reason):
        verify_signature(WebhookRequest("POST", {}, headers, b"hello world"), secrets)


@pytest.mark.parametrize(
    ("method", "changes"),
    [
        ("POST", {}),
        ("GET", {"hub.mode": "unsubscribe"}),
        ("GET", {"hub.mode": ""}),
        ("GET", {"hub.challenge": "<script>alert(1)</script>"}),
        ("GET", {"hub.challenge": "1\n2"}),
        ("GET", {"hub.challenge": "1" * 201}),
    ],
)
def test_only_a_subscription_with_a_plain_challenge_is_answered(method: str, changes: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "1158201444"}
    assert answer_challenge(WebhookRequest("GET", query, {}, b""), {"verify_token": "token"}) == "1158201444"
    with pytest.raises(HandshakeRejected):
        answer_challenge(WebhookRequest(method, query | changes, {}, b""), {"verify_token": "token"})
