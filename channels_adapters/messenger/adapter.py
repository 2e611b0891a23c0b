"""The door of the Messenger package: fulfils `base.Adapter` and declares what the channel can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels_adapters.meta.credentials import APP_CREDENTIALS
from channels_adapters.meta.graph import DEFAULT_BASE_URL
from channels_adapters.meta.messaging import health
from channels_adapters.meta.messaging.adapter import MessagingAdapter
from channels_adapters.meta.messaging.dialect import Dialect
from channels_adapters.meta.messaging.endpoint import Endpoint, endpoint_of
from channels_adapters.meta.messaging.fields import PAGE_FIELDS, SUBSCRIBED_FIELDS, chosen_fields
from channels_adapters.meta.messaging.reactions import EMOJI
from channels_adapters.types import (
    ANY_TYPE,
    AfterWindow,
    Capabilities,
    ChannelKind,
    CredentialField,
    DeliveryStatus,
    HealthCheck,
    IdentityKind,
    MediaRule,
    MessageKind,
    OptionLimits,
    RateLimit,
    ReplyPolicy,
    TextUnit,
)

DIALECT = Dialect(label="Messenger", subject="page", identity=IdentityKind.PSID)

SCOPES = ("pages_messaging", "pages_manage_metadata")

TEXT_LIMIT = 2000

_MB = 1024 * 1024
_AUDIO = MediaRule(("audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/ogg"), 25 * _MB)

CAPABILITIES = Capabilities(
    kind=ChannelKind.MESSENGER,
    label="Messenger",
    own_app="Meta Business Suite",
    sends=frozenset(
        {
            MessageKind.TEXT,
            MessageKind.IMAGE,
            MessageKind.VIDEO,
            MessageKind.AUDIO,
            MessageKind.VOICE,
            MessageKind.DOCUMENT,
        }
    ),
    text_limit=TEXT_LIMIT,
    text_unit=TextUnit.CHARACTERS,
    caption_limit=0,
    can_reply=True,
    can_mark_read=True,
    typing_seconds=20,
    reactions=tuple(EMOJI.values()),
    options=OptionLimits(count=13, title=20, text=TEXT_LIMIT),
    receipts=frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ}),
    reply_policy=ReplyPolicy(
        window=timedelta(hours=24),
        after=AfterWindow.PERSON,
        person_until=timedelta(days=7),
        opened_by_reactions=True,
    ),
    media={
        MessageKind.IMAGE: MediaRule(("image/jpeg", "image/png", "image/gif"), 8 * _MB),
        MessageKind.VIDEO: MediaRule(("video/mp4", "video/quicktime", "video/webm", "video/ogg"), 25 * _MB),
        MessageKind.AUDIO: _AUDIO,
        MessageKind.VOICE: _AUDIO,
        MessageKind.DOCUMENT: MediaRule((ANY_TYPE,), 25 * _MB),
    },
    # "Send API rate limits": 300 texts per second and page. Per customer nothing is documented; this is a person's pace.
    account_rate=RateLimit(count=300, seconds=1),
    recipient_rate=RateLimit(count=20, seconds=20),
    app_label="Meta app",
    app_credentials=APP_CREDENTIALS,
    account_credentials=(
        CredentialField("page_id", "Page ID", "On the Facebook page: About, Page transparency."),
        CredentialField(
            "access_token",
            "Page access token",
            "A token of the page with pages_messaging and pages_manage_metadata.",
            secret=True,
        ),
        SUBSCRIBED_FIELDS,
    ),
    account_id_field="page_id",
)


class MessengerAdapter(MessagingAdapter):
    capabilities: Capabilities = CAPABILITIES
    dialect = DIALECT
    profile_fields = "first_name,last_name,profile_pic"

    def endpoint(self, credentials: Mapping[str, str]) -> Endpoint:
        return endpoint_of(credentials, DIALECT.label, host=DEFAULT_BASE_URL, node_field="page_id")

    def subscribed_fields(self, credentials: Mapping[str, str]) -> Sequence[str]:
        return chosen_fields(credentials, PAGE_FIELDS)

    def health_checks(self, credentials: Mapping[str, str], secrets: Mapping[str, str]) -> Sequence[HealthCheck]:
        endpoint = self.endpoint(credentials)
        return (
            health.account_check(endpoint.get(fields="id,name"), DIALECT),
            health.scopes_check(endpoint, secrets, DIALECT, SCOPES),
            health.subscription_check(endpoint, secrets, DIALECT, self.subscribed_fields(credentials)),
        )
