"""The door of the Instagram package: fulfils `base.Adapter` and declares what the channel can do.

An account is reached through the Facebook page it is linked to, or by itself ("Instagram Login"). Webhooks are the
same and name the account in both cases; host, node and life of the token differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels_adapters.credentials import credential
from channels_adapters.errors import Remedy, SendError
from channels_adapters.meta.credentials import APP_CREDENTIALS
from channels_adapters.meta.graph import DEFAULT_BASE_URL
from channels_adapters.meta.messaging import health
from channels_adapters.meta.messaging import media as files
from channels_adapters.meta.messaging.adapter import MessagingAdapter
from channels_adapters.meta.messaging.dialect import Dialect
from channels_adapters.meta.messaging.endpoint import Endpoint, endpoint_of
from channels_adapters.meta.messaging.fields import INSTAGRAM_FIELDS, PAGE_FIELDS, SUBSCRIBED_FIELDS, chosen_fields
from channels_adapters.types import (
    AfterWindow,
    Capabilities,
    ChannelKind,
    CredentialField,
    DeliveryStatus,
    HealthCheck,
    HttpRequest,
    IdentityKind,
    MediaRule,
    MediaUpload,
    MessageKind,
    OptionLimits,
    RateLimit,
    ReplyPolicy,
    TextUnit,
)

DIALECT = Dialect(label="Instagram", subject="instagram", identity=IdentityKind.IGSID)

INSTAGRAM_HOST = "https://graph.instagram.com"
PAGE, INSTAGRAM = "page", "instagram"  # the values of `login`
PAGE_SCOPES = ("instagram_manage_messages", "pages_manage_metadata")

TEXT_LIMIT = 1000  # bytes

_MB = 1024 * 1024
_AUDIO = MediaRule(("audio/mp4", "audio/x-m4a", "audio/aac", "audio/wav"), 25 * _MB)

CAPABILITIES = Capabilities(
    kind=ChannelKind.INSTAGRAM,
    label="Instagram",
    own_app="Instagram app",
    sends=frozenset(
        {
            MessageKind.TEXT,
            MessageKind.IMAGE,
            MessageKind.VIDEO,
            MessageKind.AUDIO,
            MessageKind.VOICE,
            MessageKind.DOCUMENT,
            MessageKind.STICKER,
        }
    ),
    text_limit=TEXT_LIMIT,
    text_unit=TextUnit.BYTES,
    caption_limit=0,
    can_reply=True,
    can_mark_read=True,
    typing_seconds=20,
    reactions=("❤️",),
    options=OptionLimits(count=13, title=20, text=TEXT_LIMIT),
    receipts=frozenset({DeliveryStatus.READ}),
    reply_policy=ReplyPolicy(window=timedelta(hours=24), after=AfterWindow.NOTHING, person_until=timedelta(days=7)),
    media={
        MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png", "image/gif"), 8 * _MB),
        MessageKind.VIDEO: MediaRule(
            ("video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"), 25 * _MB
        ),
        MessageKind.AUDIO: _AUDIO,
        MessageKind.VOICE: _AUDIO,
        MessageKind.DOCUMENT: MediaRule(("application/pdf",), 25 * _MB),
    },
    # Newer documentation says 300 texts per second, older 100. Per customer nothing is documented.
    account_rate=RateLimit(count=100, seconds=1),
    recipient_rate=RateLimit(count=20, seconds=20),
    app_label="Meta app",
    app_credentials=(
        *APP_CREDENTIALS,
        CredentialField(
            "instagram_app_secret",
            "Instagram app secret",
            "In the Meta app dashboard: Instagram, API setup with Instagram login. Leave it empty without that login.",
            secret=True,
            required=False,
        ),
    ),
    account_credentials=(
        CredentialField(
            "login",
            "Access through",
            "How the account was connected to your Meta app.",
            choices=((PAGE, "Linked to a Facebook page"), (INSTAGRAM, "Instagram Login")),
        ),
        CredentialField(
            "instagram_id",
            "Instagram account ID",
            "The number of the professional account, not its name. The Meta app dashboard shows it.",
        ),
        CredentialField(
            "page_id",
            "Page ID",
            "The Facebook page that the account is linked to. Leave it empty with Instagram Login.",
            required=False,
        ),
        CredentialField(
            "access_token",
            "Access token",
            "Of the page, with instagram_manage_messages and pages_manage_metadata; with Instagram Login, of the account, "
            "with instagram_business_manage_messages.",
            secret=True,
        ),
        SUBSCRIBED_FIELDS,
        files.UPLOAD_PATH,
    ),
    account_id_field="instagram_id",
)


class InstagramAdapter(MessagingAdapter):
    capabilities: Capabilities = CAPABILITIES
    dialect = DIALECT
    profile_fields = (
        "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"
    )

    def endpoint(self, credentials: Mapping[str, str]) -> Endpoint:
        if _has_own_login(credentials):
            return endpoint_of(credentials, DIALECT.label, host=INSTAGRAM_HOST, node_field="instagram_id")
        credential(
            credentials,
            "page_id",
            DIALECT.label,
            public_text="The Instagram connection lacks the ID of its Facebook page. An administrator must enter it.",
        )
        return endpoint_of(credentials, DIALECT.label, host=DEFAULT_BASE_URL, node_field="page_id")

    def upload_request(self, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
        edge = (credentials.get(files.UPLOAD_PATH.name) or "").strip() or files.UPLOAD_EDGE
        return files.upload_request(
            upload, self.endpoint(credentials), self.capabilities, edge=edge, platform="instagram"
        )

    def subscribed_fields(self, credentials: Mapping[str, str]) -> Sequence[str]:
        return chosen_fields(credentials, INSTAGRAM_FIELDS if _has_own_login(credentials) else PAGE_FIELDS)

    def renewal_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        if not _has_own_login(credentials):
            return None
        endpoint = self.endpoint(credentials)
        return HttpRequest(
            "GET",
            f"{endpoint.root}/refresh_access_token?grant_type=ig_refresh_token",
            secret_query={"access_token": endpoint.token},
        )

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        endpoint = self.endpoint(credentials)
        subscription = health.subscription_check(endpoint, secrets, DIALECT, self.subscribed_fields(credentials))
        if _has_own_login(credentials):  # the permissions of such a token cannot be asked for
            return (health.account_check(endpoint.get(fields="id,name,username"), DIALECT), subscription)
        instagram_id = credential(credentials, "instagram_id", DIALECT.label)
        account = endpoint.get(fields="id,name,instagram_business_account")
        return (
            health.account_check(account, DIALECT, linked_id=instagram_id),
            health.scopes_check(endpoint, secrets, DIALECT, PAGE_SCOPES),
            subscription,
        )


def _has_own_login(credentials: Mapping[str, str]) -> bool:
    login = (credentials.get("login") or PAGE).strip() or PAGE
    if login not in (PAGE, INSTAGRAM):
        raise SendError(
            "credentials",
            remedy=Remedy.OPERATOR,
            public_text="The Instagram connection is incomplete. An administrator must check it.",
            detail="login is unusable",
        )
    return login == INSTAGRAM
