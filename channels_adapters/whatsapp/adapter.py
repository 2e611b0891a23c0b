"""The door of the WhatsApp package: fulfils `base.Adapter` and declares what the channel can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels_adapters.errors import SendError
from channels_adapters.meta.handshake import answer_challenge
from channels_adapters.meta.signing import verify_signature
from channels_adapters.types import (
    Capabilities,
    ChannelKind,
    CredentialField,
    DeliveryStatus,
    Event,
    HttpRequest,
    HttpResponse,
    MessageKind,
    OutboundMessage,
    RateLimit,
    SendResult,
    TextUnit,
    VendorError,
    WebhookRequest,
)

from . import requests
from .answers import read_answer
from .errors import send_error
from .parsing import parse

CAPABILITIES = Capabilities(
    kind=ChannelKind.WHATSAPP,
    label="WhatsApp",
    sends=frozenset({MessageKind.TEXT}),
    text_limit=requests.TEXT_LIMIT,
    text_unit=TextUnit.CHARACTERS,
    can_reply=True,
    can_mark_read=True,
    receipts=frozenset(
        {
            DeliveryStatus.SENT,
            DeliveryStatus.DELIVERED,
            DeliveryStatus.READ,
            DeliveryStatus.PLAYED,
            DeliveryStatus.FAILED,
        }
    ),
    # "Throughput": 80 messages per second and number, raised by the vendor on its own; coexistence numbers have 20.
    account_rate=RateLimit(count=80, seconds=1),
    # "Pair rate limits": one message per 6 seconds and customer. A burst of up to 45 is allowed but borrowed: it uses
    # up the following 45 times 6 seconds. A bucket of 45 per 270 s is both rules at once.
    recipient_rate=RateLimit(count=45, seconds=270),
    app_credentials=(
        CredentialField("app_secret", "App secret", "In the Meta app dashboard: App settings, Basic.", secret=True),
        CredentialField(
            "previous_app_secret",
            "Previous app secret",
            "While you replace the secret, signatures of the old one are accepted too.",
            secret=True,
            required=False,
        ),
        CredentialField(
            "verify_token",
            "Verify token",
            "A phrase of your own; enter the same one in the app's webhooks.",
            secret=True,
        ),
    ),
    account_credentials=(
        CredentialField(
            "phone_number_id",
            "Phone number ID",
            "In the Meta app dashboard: WhatsApp, API setup. Not the phone number itself.",
        ),
        CredentialField("waba_id", "WhatsApp Business account ID", "In the Meta app dashboard: WhatsApp, API setup."),
        CredentialField(
            "access_token",
            "Access token",
            "A system user's token with whatsapp_business_messaging and whatsapp_business_management.",
            secret=True,
        ),
    ),
)


class WhatsAppAdapter:
    """Stateless. `credentials` may also hold `api_version`, the version of the Graph API."""

    capabilities: Capabilities = CAPABILITIES

    def handshake(self, request: WebhookRequest, verify_token: str) -> str:
        return answer_challenge(request, verify_token)

    def verify(self, request: WebhookRequest, secrets: Sequence[str]) -> None:
        verify_signature(request, secrets)

    def parse(self, body: bytes) -> list[Event]:
        return parse(body)

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        return [requests.text_request(message, credentials)]

    def mark_read_request(self, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.mark_read_request(external_id, credentials)

    def result_of(self, response: HttpResponse) -> SendResult:
        return read_answer(response)

    def explain(self, error: VendorError) -> SendError:
        return send_error(error.code, detail=f"{error.title} {error.details}".strip())
