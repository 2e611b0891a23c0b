"""The vocabulary every adapter shares: what arrives (events) and what leaves (messages, HTTP).

All values are frozen. Times are timezone-aware UTC datetimes. `raw` holds the vendor's own JSON of the
part an event was made from, so nothing that arrived is ever out of reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

JsonObject = Mapping[str, Any]

# Stands for a time the vendor left out or garbled. Parsing has no clock, so that the same bytes always give the
# same events: whoever stores an event puts the time of its arrival in this one's place.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class ChannelKind(StrEnum):
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    WECHAT = "wechat"


class IdentityKind(StrEnum):
    """The ways a vendor names a person. A person has one or more of them."""

    PHONE = "phone"  # digits only, without "+"
    BSUID = "bsuid"
    PARENT_BSUID = "parent_bsuid"
    USERNAME = "username"


class MessageKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    CHOICE = "choice"  # a tapped button or list row, or a submitted form
    ORDER = "order"
    UNSUPPORTED = "unsupported"


class DeliveryStatus(StrEnum):
    """What a vendor reports about a message of ours."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DELETED = "deleted"


# --- what arrives ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    kind: IdentityKind
    value: str


@dataclass(frozen=True)
class Person:
    """The customer at the other end: at least one identity, best first; the name they chose, if sent."""

    identities: tuple[Identity, ...]
    name: str = ""

    def value(self, kind: IdentityKind) -> str:
        return next((i.value for i in self.identities if i.kind == kind), "")


@dataclass(frozen=True)
class MediaReference:
    """A file the vendor keeps for us. `sha256` is the vendor's text (base64 or hex), not verified."""

    external_id: str
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""
    url: str = ""
    animated: bool = False


@dataclass(frozen=True)
class Content:
    """What a message says.

    `text` is the body or caption as the customer wrote it. `details` holds the facts of the kind
    (location: latitude, longitude, name, address, url; contacts: contacts; choice: id, title, …;
    order: items; unsupported: type, reason), JSON-serialisable.
    """

    kind: MessageKind
    text: str = ""
    media: MediaReference | None = None
    details: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class VendorError:
    """An error as the vendor words it. `code` is a string because vendors disagree on the type."""

    code: str
    title: str = ""
    details: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened on one account. `account_id` names the connection it belongs to:
    the WhatsApp phone number id. Empty when the vendor names none."""

    account_id: str


@dataclass(frozen=True)
class MessageReceived(Event):
    external_id: str
    sender: Person
    sent_at: datetime
    content: Content
    reply_to: str = ""  # external id of the quoted message; it may be one we do not have
    forwarded: bool = False
    referral: JsonObject | None = None  # the advertisement or post the customer came from
    group_id: str = ""
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MessageEchoed(Event):
    """The business wrote this outside our product, in the vendor's own app."""

    external_id: str
    recipient: Person
    sent_at: datetime
    content: Content
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MessageEdited(Event):
    """The words of an earlier message were replaced. `sender` is the customer of the chat, whoever edited."""

    external_id: str  # of the edit itself
    target_id: str  # external id of the message that was edited
    sender: Person
    sent_at: datetime
    content: Content
    by_business: bool = False
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MessageRevoked(Event):
    """A message was deleted for everyone. `sender` is the customer of the chat, whoever deleted."""

    external_id: str
    target_id: str
    sender: Person
    sent_at: datetime
    by_business: bool = False
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class ReactionChanged(Event):
    """A reaction was set, replaced or taken back. `sender` is the customer of the chat, whoever reacted."""

    external_id: str
    target_id: str
    sender: Person
    sent_at: datetime
    emoji: str  # empty: the reaction was taken back
    by_business: bool = False
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class IdentityChanged(Event):
    """A customer got a new phone number or user id, or a new encryption identity.

    `new_identities` is empty when only the security code changed."""

    external_id: str
    person: Person
    sent_at: datetime
    new_identities: tuple[Identity, ...]
    text: str = ""
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class StatusChanged(Event):
    """The fate of a message of ours. `correlation_id` is the text we sent along with it."""

    external_id: str
    status: DeliveryStatus
    at: datetime
    correlation_id: str = ""
    errors: tuple[VendorError, ...] = ()
    recipient: Person | None = None
    conversation: JsonObject | None = None
    pricing: JsonObject | None = None
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class AccountNotice(Event):
    """News about the account itself: quality, limits, templates, authentication errors.

    `account_id` is the number where the vendor names one; `business_id` the WABA."""

    topic: str
    business_id: str = ""
    errors: tuple[VendorError, ...] = ()
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Unsupported(Event):
    """Something real that this version does not understand: kept whole, shown by name."""

    what: str
    raw: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Malformed(Event):
    """The body could not be read as this vendor's format at all."""

    reason: str


# --- what leaves ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OutboundMessage:
    """A message for one person. `correlation_id` travels to the vendor and comes back with receipts."""

    recipient: Person
    text: str
    correlation_id: str
    reply_to: str = ""  # external id of the quoted message
    kind: MessageKind = MessageKind.TEXT


@dataclass(frozen=True)
class SendResult:
    """The vendor took the message. Not yet a delivery."""

    external_id: str
    recipient: Person | None = None  # identities the vendor resolved, e.g. a corrected phone number


@dataclass(frozen=True)
class WebhookRequest:
    """What an adapter may know of an incoming request. Header names are lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class HttpRequest:
    """A request that `transport` will execute. Secrets live in `headers`, which repr leaves out."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class HttpResponse:
    """An answer as `transport` read it. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


# --- what a channel can do ------------------------------------------------------------------------


class TextUnit(StrEnum):
    CHARACTERS = "characters"
    BYTES = "bytes"


@dataclass(frozen=True)
class RateLimit:
    count: int
    seconds: int


@dataclass(frozen=True)
class CredentialField:
    """One input of the connection form."""

    name: str
    label: str
    help_text: str = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True)
class Capabilities:
    """Differences between channels, as data. The product reads these and never asks for the kind."""

    kind: ChannelKind
    label: str
    sends: frozenset[MessageKind]
    text_limit: int
    text_unit: TextUnit
    can_reply: bool
    can_mark_read: bool
    receipts: frozenset[DeliveryStatus]
    account_rate: RateLimit
    recipient_rate: RateLimit
    app_credentials: tuple[CredentialField, ...]
    account_credentials: tuple[CredentialField, ...]
