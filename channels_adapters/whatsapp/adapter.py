"""The door of the WhatsApp package: fulfils `base.Adapter`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from channels_adapters.base import TemplateCalls
from channels_adapters.errors import OutcomeUnknown, SendError
from channels_adapters.meta.answers import Refusal
from channels_adapters.meta.handshake import answer_challenge
from channels_adapters.meta.signing import SIGNATURE_HEADER, sign, verify_signature
from channels_adapters.types import (
    Capabilities,
    DownloadedMedia,
    Event,
    HealthCheck,
    HttpRequest,
    HttpResponse,
    JsonObject,
    MediaReference,
    MediaUpload,
    OutboundMessage,
    OutboundReaction,
    Person,
    Profile,
    SendResult,
    Token,
    UploadedMedia,
    VendorError,
    WebhookRequest,
)

from . import media as files
from . import requests
from .answers import check, read_answer
from .calling import post, usable
from .capabilities import DOCUMENT_BYTES, capabilities_with
from .errors import send_error
from .health import health_checks
from .parsing import OBJECT, parse
from .refusing import refusal
from .templates import WhatsAppTemplates


class WhatsAppAdapter:
    capabilities: Capabilities
    templates: TemplateCalls | None = WhatsAppTemplates()

    def __init__(self, *, document_bytes: int = DOCUMENT_BYTES) -> None:
        self.capabilities = capabilities_with(document_bytes)

    def handshake(self, request: WebhookRequest, secrets: Mapping[str, str]) -> str:
        return answer_challenge(request, secrets)

    def verify(self, request: WebhookRequest, secrets: Mapping[str, str]) -> None:
        verify_signature(request, secrets)

    def parse(self, body: bytes, secrets: Mapping[str, str]) -> list[Event]:
        return parse(body)

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        return requests.message_requests(message, credentials)

    def result_of(self, response: HttpResponse) -> SendResult:
        return read_answer(response)

    def explain(self, error: VendorError) -> SendError:
        return send_error(Refusal(error.code, detail=f"{error.title} {error.details}".strip()))

    def upload_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        return files.upload_request(upload, credentials, self.capabilities)

    def upload_of(self, response: HttpResponse) -> UploadedMedia:
        return files.upload_of(response)

    def download_request(self, media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
        return files.download_request(media, credentials)

    def download_of(self, response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
        return files.download_of(response, credentials)

    def reaction_request(self, reaction: OutboundReaction, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.reaction_request(reaction, credentials)

    def mark_read_request(self, sender: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.mark_read_request(external_id, credentials)

    def typing_request(self, recipient: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.typing_request(external_id, credentials)

    def control_request(self, recipient: Person, credentials: Mapping[str, str]) -> HttpRequest:
        raise refusal("no_handover", "On WhatsApp no other app answers in a chat.")

    def profile_request(self, person: Person, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None  # the name comes with each message

    def profile_of(self, response: HttpResponse) -> Profile:
        check(response)
        return Profile()

    def check(self, response: HttpResponse) -> JsonObject:
        return check(response)

    def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None  # a system user's token lasts

    def renewal_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None

    def token_of(self, response: HttpResponse) -> Token:
        raise OutcomeUnknown(f"HTTP {response.status} to a question that is never asked")

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        return health_checks(credentials, secrets)

    def subscribe_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return post(credentials, usable(credentials, "waba_id"), "subscribed_apps", payload={})

    def probe(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> WebhookRequest:
        body = orjson.dumps({"object": OBJECT, "entry": []})
        headers = {"content-type": "application/json", SIGNATURE_HEADER: sign(body, secrets.get("app_secret", ""))}
        return WebhookRequest("POST", {}, headers, body)
