"""WhatsApp fulfils the contract of every adapter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from channels_adapters.meta.signing import sign
from channels_adapters.types import (
    HttpResponse,
    Identity,
    IdentityKind,
    MediaReference,
    MessageKind,
    Person,
    WebhookRequest,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter
from channels_adapters.whatsapp.errors import VERDICTS

from .contract import FOREIGN_SECRET, SECRET, VERIFY_TOKEN, AdapterContract, json_of


class TestWhatsAppContract(AdapterContract):
    adapter = WhatsAppAdapter()
    payloads = Path(__file__).parent / "payloads" / "whatsapp"
    credentials = {
        "phone_number_id": "700000000000001",
        "waba_id": "800000000000001",
        "access_token": "EAAtokenOfTheTests0123456789",
        "base_url": "https://graph.test",
        "api_version": "v25.0",
        "app_id": "60001",
    }
    error_codes = list(VERDICTS)
    recipient = Person((Identity(IdentityKind.PHONE, "447700900123"),), "Ada Example")
    sent_file = MediaReference(MessageKind.IMAGE, "700100", url="https://lookaside.fbsbx.com/700100")

    def keyed(self, secret: str, previous: str = "") -> Mapping[str, str]:
        return {"app_secret": secret, "previous_app_secret": previous, "verify_token": VERIFY_TOKEN, "app_id": "60001"}

    def signed(self, body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
        return WebhookRequest(method, {}, {"x-hub-signature-256": sign(body, secrets["app_secret"])}, body)

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        right = sign(body, SECRET)
        digest = right.removeprefix("sha256=")
        headers = {
            "no header": {},
            "the legacy header alone": {"x-hub-signature": f"sha1={digest[:40]}"},
            "empty": {"x-hub-signature-256": ""},
            "no scheme": {"x-hub-signature-256": digest},
            "wrong scheme": {"x-hub-signature-256": f"sha1={digest}"},
            "short": {"x-hub-signature-256": right[:-1]},
            "long": {"x-hub-signature-256": f"{right}0"},
            "not hexadecimal": {"x-hub-signature-256": f"sha256={'z' * 64}"},
            "not ascii": {"x-hub-signature-256": f"sha256={'ä' * 64}"},
            "of another secret": {"x-hub-signature-256": sign(body, FOREIGN_SECRET)},
            "of another body": {"x-hub-signature-256": sign(body + b" ", SECRET)},
            "of no secret": {"x-hub-signature-256": sign(body, "")},
        }
        return {reason: WebhookRequest("POST", {}, header, body) for reason, header in headers.items()}

    def handshake_request(self, secrets: Mapping[str, str], challenge: str) -> WebhookRequest:
        return asked(token=secrets["verify_token"], challenge=challenge)

    def wrong_handshakes(self) -> Mapping[str, WebhookRequest]:
        return {
            "another token": asked(token="wrong", challenge="1158201444"),
            "no token": asked(token=None, challenge="1158201444"),
            "an empty token": asked(token="", challenge="1158201444"),
            "half a character": asked(token="t\udc80", challenge="1158201444"),
            "no challenge": asked(token=VERIFY_TOKEN, challenge=None),
        }

    def means_nothing(self, body: bytes) -> bool:
        payload = json_of(body)
        return isinstance(payload, dict) and payload.get("entry") == []

    def refusal(self, code: str) -> HttpResponse:
        error = {"message": f"(#{code}) Refused", "type": "OAuthException", "code": int(code), "fbtrace_id": "trace"}
        return HttpResponse(400, {}, json.dumps({"error": error}).encode())

    def acceptance(self, external_id: str) -> HttpResponse:
        answer = {"messaging_product": "whatsapp", "messages": [{"id": external_id}]}
        return HttpResponse(200, {}, json.dumps(answer).encode())

    def complaint(self, words: str) -> HttpResponse:
        return HttpResponse(401, {}, json.dumps({"error": {"message": words, "code": 190}}).encode())

    def stored(self, external_id: str) -> HttpResponse:
        return HttpResponse(200, {}, json.dumps({"id": external_id}).encode())

    def lost_file(self) -> HttpResponse:
        error = {
            "message": "Unsupported get request. Object with ID '1' does not exist",
            "code": 100,
            "error_subcode": 33,
        }
        return HttpResponse(400, {}, json.dumps({"error": error}).encode())

    def unknown_file(self) -> HttpResponse:
        told = {"details": "Param image['id'] is not a valid whatsapp business account media attachment ID"}
        error = {"message": "(#131009) Parameter value is not valid", "code": 131009, "error_data": told}
        return HttpResponse(400, {}, json.dumps({"error": error}).encode())


def asked(*, token: str | None, challenge: str | None) -> WebhookRequest:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    return WebhookRequest("GET", {name: text for name, text in query.items() if text is not None}, {}, b"")
