"""The door of the WeChat package: fulfils `base.Adapter` and declares what the channel can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels_adapters.base import TemplateCalls
from channels_adapters.errors import SendError
from channels_adapters.types import (
    AfterWindow,
    Capabilities,
    ChannelKind,
    CredentialField,
    DownloadedMedia,
    Event,
    HealthCheck,
    HttpRequest,
    HttpResponse,
    JsonObject,
    MediaReference,
    MediaRule,
    MediaUpload,
    MessageKind,
    OptionLimits,
    OutboundMessage,
    OutboundReaction,
    Person,
    Profile,
    RateLimit,
    ReplyPolicy,
    SendResult,
    TextUnit,
    Token,
    UploadedMedia,
    VendorError,
    WebhookRequest,
)

from . import health, requests
from . import media as files
from .answers import read_answer, read_profile, read_send, read_token
from .errors import send_error
from .parsing import parse
from .signing import COMPATIBLE, PLAINTEXT, SECURE, answer_handshake, verify_signature

_KB, _MB = 1024, 1024 * 1024
_SOUND = MediaRule(("audio/mpeg", "audio/amr"), 2 * _MB, max_seconds=60, codecs=frozenset({"mp3", "amr_nb"}))

CAPABILITIES = Capabilities(
    kind=ChannelKind.WECHAT,
    label="WeChat",
    own_app="WeChat customer service console",
    sends=requests.SENDS,
    text_limit=requests.TEXT_LIMIT,
    text_unit=TextUnit.BYTES,
    caption_limit=0,
    can_reply=False,
    can_mark_read=False,
    typing_seconds=15,
    reactions=None,
    options=OptionLimits(requests.OPTION_COUNT, requests.OPTION_TITLE, requests.TEXT_LIMIT),
    receipts=frozenset(),
    # The vendor gives 48 hours; replies are promised within 24. What a menu, a scan or a follow allows is 3 in a minute.
    reply_policy=ReplyPolicy(
        window=timedelta(hours=24),
        after=AfterWindow.NOTHING,
        messages=5,
        activity_window=timedelta(minutes=1),
        activity_messages=3,
    ),
    # The vendor's page names 2 MB and 10 MB for images: the smaller one holds.
    media={
        MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png", "image/gif"), 2 * _MB),
        MessageKind.VIDEO: MediaRule(
            # UNVERIFIED: the vendor names no codecs; these are what its phones play.
            ("video/mp4",),
            10 * _MB,
            codecs=frozenset({"h264", "aac"}),
            thumb_bytes=64 * _KB,
        ),
        MessageKind.VOICE: _SOUND,
        MessageKind.AUDIO: _SOUND,
    },
    # Not the vendor's figures: it names a limit per day and one per minute, and neither in numbers.
    account_rate=RateLimit(count=50, seconds=1),
    recipient_rate=RateLimit(count=5, seconds=5),
    app_label="WeChat server settings",
    app_credentials=(
        CredentialField(
            "token",
            "Token",
            "A phrase of your own of 3 to 32 letters and digits; enter the same one in the console, under Server"
            " configuration.",
            secret=True,
            chosen_here=True,
        ),
        CredentialField(
            "previous_token",
            "Previous token",
            "While you replace the token, signatures of the old one are accepted too.",
            secret=True,
            required=False,
        ),
        CredentialField(
            "appid", "AppID", "In the console: Settings and Development. Encrypted messages for another are refused."
        ),
        CredentialField(
            "encoding_aes_key",
            "EncodingAESKey",
            "In the console, under Server configuration: 43 letters and digits. Not needed in plaintext mode.",
            secret=True,
            required=False,
        ),
        CredentialField(
            "previous_encoding_aes_key",
            "Previous EncodingAESKey",
            "While you replace the key, messages encrypted with the old one are read too.",
            secret=True,
            required=False,
        ),
        CredentialField(
            "encryption",
            "Message encryption",
            "As chosen in the console. In the other two modes, with the key above, what is not encrypted is refused.",
            required=False,
            choices=((PLAINTEXT, "Plaintext mode"), (COMPATIBLE, "Compatible mode"), (SECURE, "Secure mode")),
        ),
    ),
    account_credentials=(
        CredentialField("original_id", "Original ID", "In the console: Settings, Account details. It begins with gh_."),
        CredentialField("appid", "AppID", "In the console: Settings and Development."),
        CredentialField(
            "app_secret",
            "AppSecret",
            "In the console: Settings and Development. The addresses of our servers must be in its IP whitelist.",
            secret=True,
        ),
    ),
    account_id_field="original_id",
    carries_correlation=False,
    names_messages=False,
)


class WeChatAdapter:
    capabilities: Capabilities = CAPABILITIES
    templates: TemplateCalls | None = None

    def handshake(self, request: WebhookRequest, secrets: Mapping[str, str]) -> str:
        return answer_handshake(request, secrets)

    def verify(self, request: WebhookRequest, secrets: Mapping[str, str]) -> None:
        verify_signature(request, secrets)

    def parse(self, body: bytes, secrets: Mapping[str, str]) -> list[Event]:
        return parse(body, secrets)

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        return requests.message_requests(message, credentials)

    def result_of(self, response: HttpResponse) -> SendResult:
        return read_send(response)

    def explain(self, error: VendorError) -> SendError:
        return send_error(error.code, detail=f"{error.title} {error.details}".strip())

    def upload_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        return files.upload_request(upload, credentials, CAPABILITIES)

    def upload_of(self, response: HttpResponse) -> UploadedMedia:
        return files.upload_of(response)

    def download_request(self, media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
        return files.download_request(media, credentials)

    def download_of(self, response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
        return files.download_of(response, credentials)

    def reaction_request(self, reaction: OutboundReaction, credentials: Mapping[str, str]) -> HttpRequest:
        raise requests.refusal("no_reactions", "WeChat has no reactions.")

    def mark_read_request(self, sender: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        raise requests.refusal("no_receipts", "WeChat does not show customers that a message was read.")

    def typing_request(self, recipient: Person, external_id: str, credentials: Mapping[str, str]) -> HttpRequest:
        return requests.typing_request(recipient, credentials)

    def control_request(self, recipient: Person, credentials: Mapping[str, str]) -> HttpRequest:
        raise requests.refusal("no_handover", "On WeChat no other app answers in a chat.")

    def profile_request(self, person: Person, credentials: Mapping[str, str]) -> HttpRequest | None:
        return requests.profile_request(person, credentials)

    def profile_of(self, response: HttpResponse) -> Profile:
        return read_profile(response)

    def check(self, response: HttpResponse) -> JsonObject:
        return read_answer(response)

    def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return requests.token_request(credentials)

    def renewal_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None

    def token_of(self, response: HttpResponse) -> Token:
        return read_token(response)

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        return health.health_checks(credentials)

    def subscribe_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        return None

    def probe(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> WebhookRequest:
        return health.probe(credentials, secrets)
