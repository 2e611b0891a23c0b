"""The vocabulary every adapter shares: what arrives (events) and what leaves (messages, HTTP).

All values are frozen. Times are timezone-aware UTC datetimes. `raw` holds the vendor's own JSON of the
part an event was made from, so nothing that arrived is ever out of reach.
"""

from .capabilities import (
    AfterWindow,
    Capabilities,
    CredentialField,
    OptionLimits,
    RateLimit,
    ReplyPolicy,
    TextMarks,
    TextUnit,
)
from .content import Content, JsonObject, MediaReference, MessageKind
from .events import (
    UNKNOWN_TIME,
    AccountNotice,
    Activity,
    CustomerActed,
    DeliveryStatus,
    Event,
    IdentityChanged,
    Malformed,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    ReactionChanged,
    StatusChanged,
    ThreadControlChanged,
    ThreadReceipt,
    Unsupported,
    VendorError,
)
from .health import Finding, HealthCheck
from .http import HttpRequest, HttpResponse, Token, WebhookRequest
from .identities import IDENTITY_REACH, ChannelKind, Identity, IdentityKind, IdentityReach, Person
from .media import ANY_TYPE, DownloadedMedia, MediaRule, MediaUpload, UploadedMedia
from .messages import Option, OutboundMessage, OutboundReaction, Profile, SendResult, TemplateMessage
from .templates import TemplateDraft, TemplateNews, TemplatePage, VendorTemplate

__all__ = [
    "ANY_TYPE",
    "IDENTITY_REACH",
    "UNKNOWN_TIME",
    "AccountNotice",
    "Activity",
    "AfterWindow",
    "Capabilities",
    "ChannelKind",
    "Content",
    "CredentialField",
    "CustomerActed",
    "DeliveryStatus",
    "DownloadedMedia",
    "Event",
    "Finding",
    "HealthCheck",
    "HttpRequest",
    "HttpResponse",
    "Identity",
    "IdentityChanged",
    "IdentityKind",
    "IdentityReach",
    "JsonObject",
    "Malformed",
    "MediaReference",
    "MediaRule",
    "MediaUpload",
    "MessageEchoed",
    "MessageEdited",
    "MessageKind",
    "MessageReceived",
    "MessageRevoked",
    "Option",
    "OptionLimits",
    "OutboundMessage",
    "OutboundReaction",
    "Person",
    "Profile",
    "RateLimit",
    "ReactionChanged",
    "ReplyPolicy",
    "SendResult",
    "StatusChanged",
    "TemplateDraft",
    "TemplateMessage",
    "TemplateNews",
    "TemplatePage",
    "TextMarks",
    "TextUnit",
    "ThreadControlChanged",
    "ThreadReceipt",
    "Token",
    "Unsupported",
    "UploadedMedia",
    "VendorError",
    "VendorTemplate",
    "WebhookRequest",
]
