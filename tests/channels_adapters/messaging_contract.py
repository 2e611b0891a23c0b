"""The hooks of the contract that Messenger and Instagram fill in alike."""

from __future__ import annotations

import json
from collections.abc import Mapping

from channels_adapters.meta.signing import sign
from channels_adapters.types import HttpResponse, MediaReference, MessageKind, WebhookRequest

from .contract import FOREIGN_SECRET, SECRET, VERIFY_TOKEN, AdapterContract, json_of


class MessagingContract(AdapterContract):
    sent_file = MediaReference(MessageKind.IMAGE, url="https://graph.test/media/files/1")

    def keyed(self, secret: str, previous: str = "") -> Mapping[str, str]:
        return {
            "app_id": "40000001",
            "app_secret": secret,
            "previous_app_secret": previous,
            "verify_token": VERIFY_TOKEN,
        }

    def signed(self, body: bytes, secrets: Mapping[str, str], *, method: str = "POST") -> WebhookRequest:
        return WebhookRequest(method, {}, {"x-hub-signature-256": sign(body, secrets["app_secret"])}, body)

    def forgeries(self, body: bytes) -> Mapping[str, WebhookRequest]:
        right = sign(body, SECRET)
        headers = {
            "no header": {},
            "the legacy header alone": {"x-hub-signature": "sha1=" + "0" * 40},
            "empty": {"x-hub-signature-256": ""},
            "wrong scheme": {"x-hub-signature-256": right.replace("sha256", "sha1")},
            "short": {"x-hub-signature-256": right[:-1]},
            "not hexadecimal": {"x-hub-signature-256": f"sha256={'z' * 64}"},
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
            "no challenge": asked(token=VERIFY_TOKEN, challenge=None),
        }

    def means_nothing(self, body: bytes) -> bool:
        payload = json_of(body)
        entries = payload.get("entry") if isinstance(payload, dict) else None
        if not isinstance(entries, list):
            return False
        return all(isinstance(entry, dict) and only_empty_lists(entry) for entry in entries)

    def refusal(self, code: str) -> HttpResponse:
        number, _, subcode = code.partition("/")
        error = {
            "message": f"(#{number}) Refused",
            "type": "OAuthException",
            "code": int(number),
            "fbtrace_id": "trace",
        }
        if subcode:
            error["error_subcode"] = int(subcode)
        return HttpResponse(400, {}, json.dumps({"error": error}).encode())

    def acceptance(self, external_id: str) -> HttpResponse:
        return HttpResponse(200, {}, json.dumps({"recipient_id": "1", "message_id": external_id}).encode())

    def complaint(self, words: str) -> HttpResponse:
        return HttpResponse(401, {}, json.dumps({"error": {"message": words, "code": 190}}).encode())

    def stored(self, external_id: str) -> HttpResponse:
        return HttpResponse(200, {}, json.dumps({"attachment_id": external_id}).encode())

    def lost_file(self) -> HttpResponse:
        return HttpResponse(403, {"content-type": "text/plain"}, b"URL signature expired")

    def unknown_file(self) -> HttpResponse:
        return self.refusal("100/2018074")


def only_empty_lists(entry: Mapping[str, object]) -> bool:
    lists = [part for name, part in entry.items() if name not in {"id", "time", "uid"} and isinstance(part, list)]
    unreadable = {"messaging", "standby", "changes"} - {name for name, part in entry.items() if isinstance(part, list)}
    return bool(lists) and not any(lists) and unreadable.isdisjoint(entry)


def asked(*, token: str | None, challenge: str | None) -> WebhookRequest:
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    return WebhookRequest("GET", {name: text for name, text in query.items() if text is not None}, {}, b"")
