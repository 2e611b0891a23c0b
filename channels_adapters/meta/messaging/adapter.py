"""The door that the adapters of Messenger and Instagram inherit: `base.Adapter`, but for what differs.

A channel fills in its capabilities, its dialect and where its calls go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from channels_adapters.base import TemplateCalls
from channels_adapters.credentials import credential
from channels_adapters.errors import SendError
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
from .answers import read_answer, read_profile, read_result, read_token
from .dialect import Dialect
from .endpoint import Endpoint
from .envelope import parse
from .errors import send_error


class MessagingAdapter:
    capabilities: Capabilities
    templates: TemplateCalls | None = None
    dialect: Dialect
    profile_fields: str

    def endpoint(self, credentials: Mapping[str, str]) -> Endpoint:
        """Return where the account's calls go. Raises SendError(OPERATOR)."""
        raise NotImplementedError

    def subscribed_fields(self, credentials: Mapping[str, str]) -> Sequence[str]:
        """Return the webhook fields that the account's app must get."""
        raise NotImplementedError

    def handshake(self, request: WebhookRequest, secrets: Mapping[str, str]) -> str:
        return answer_challenge(request, secrets)

    def verify(self, request: WebhookRequest, secrets: Mapping[str, str]) -> None:
        verify_signature(request, secrets)

    def parse(self, body: bytes, secrets: Mapping[str, str]) -> list[Event]:
        return parse(body, self.dialect, app_id=(secrets.get("app_id") or "").strip())

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        return requests.message_requests(message, self.endpoint(credentials), self.dialect, self.capabilities)

    def result_of(self, response: HttpResponse) -> SendResult:
        return read_result(response, self.dialect)

    def explain(self, error: VendorError) -> SendError:
        code, _, subcode = error.code.partition("/")
        detail = f"{error.title} {error.details}".strip()
        return send_error(self.dialect.label, Refusal(code, subcode, detail=detail))

    def upload_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        return files.upload_request(upload, self.endpoint(credentials), self.capabilities)

    def upload_of(self, response: HttpResponse) -> UploadedMedia:
        return files.upload_of(response, self.dialect)

    def download_request(self, media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
        return files.download_request(media, credentials)

    def download_of(self, response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
        return files.download_of(response, credentials, self.dialect)

    def reaction_request(self, reaction: OutboundReaction, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.reaction_request(reaction, self.endpoint(credentials), self.dialect, self.capabilities)

    def mark_read_request(self, sender: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.action_request("mark_seen", sender, self.endpoint(credentials), self.dialect)

    def typing_request(self, recipient: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.action_request("typing_on", recipient, self.endpoint(credentials), self.dialect)

    def control_request(self, recipient: Person, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.control_request(recipient, self.endpoint(credentials), self.dialect)

    def profile_request(self, person: Person, credentials: Mapping[str, str]) -> HttpRequest | None:
        external_id = person.value(self.dialect.identity)
        if not external_id:
            return None
        return self.endpoint(credentials).get_other(external_id, fields=self.profile_fields)

    def profile_of(self, response: HttpResponse) -> Profile:
        return read_profile(response, self.dialect)

    def check(self, response: HttpResponse) -> JsonObject:
        return read_answer(response, self.dialect)

    def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None

    def renewal_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None

    def token_of(self, response: HttpResponse) -> Token:
        return read_token(response, self.dialect)

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        raise NotImplementedError

    def subscribe_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        fields = ",".join(self.subscribed_fields(credentials))
        return self.endpoint(credentials).post_query("subscribed_apps", subscribed_fields=fields)

    def probe(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> WebhookRequest:
        label = self.dialect.label
        account_id = credential(credentials, self.capabilities.account_id_field, label)
        secret = credential(secrets, "app_secret", label)
        body = orjson.dumps({"object": self.dialect.subject, "entry": [{"id": account_id, "time": 0, "messaging": []}]})
        return WebhookRequest("POST", {}, {SIGNATURE_HEADER: sign(body, secret)}, body)
