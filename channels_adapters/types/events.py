"""What arrives: everything a webhook can tell. `raw` holds the vendor's own JSON of the part an event was made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .content import Content, JsonObject
from .identities import Identity, Person
from .templates import TemplateNews

# Stands for a time the vendor left out or garbled. Parsing has no clock, so that the same bytes always give the
# same events: whoever stores an event puts the time of its arrival in this one's place.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class Activity(StrEnum):
    """What a customer can do that is no message."""

    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    MENU = "menu"  # tapped an entry of the account's menu
    SCANNED = "scanned"  # scanned the account's QR code
    REFERRED = "referred"  # came back through a link or an advertisement
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


class DeliveryStatus(StrEnum):
    """What a vendor reports about a message of ours."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    DELETED = "deleted"


@dataclass(frozen=True)
class VendorError:
    """An error as the vendor words it. `code` is a string because vendors disagree on the type."""

    code: str
    title: str = ""
    details: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened on one account. `account_id` names the connection it belongs to: the WhatsApp phone
    number id, the Facebook page id, the Instagram account id, the WeChat original id (gh_…). Empty when the vendor
    names none."""

    account_id: str


@dataclass(frozen=True)
class MessageReceived(Event):
    external_id: str
    sender: Person
    sent_at: datetime
    content: Content
    reply_to: str = ""  # external id of the quoted message; it may be one we do not have
    forwarded: bool = False
    referral: JsonObject | None = None  # where the customer came from, see CustomerActed
    group_id: str = ""
    on_standby: bool = False  # another app of the business's has control of the thread, and answers
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class MessageEchoed(Event):
    """The business wrote this: in the vendor's own app, or through us, where the vendor echoes that too.

    `correlation_id` is the text we sent along with a message of ours, where the vendor returns it."""

    external_id: str
    recipient: Person
    sent_at: datetime
    content: Content
    reply_to: str = ""
    correlation_id: str = ""
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
class ThreadReceipt(Event):
    """A receipt for a stretch of one customer's thread: every message of ours up to a time or a message.

    Exactly one of `up_to` (the vendor's time, inclusive) and `up_to_id` (external id, inclusive) is set; `message_ids`
    are covered explicitly as well, whatever their time."""

    sender: Person
    status: DeliveryStatus
    at: datetime
    up_to: datetime | None = None
    up_to_id: str = ""
    message_ids: tuple[str, ...] = ()
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class ThreadControlChanged(Event):
    """Another of the business's apps has control of one customer's thread from now on, or we have.

    Whose app it is can only be told with our own app's id: without it, what is passed is ours and what is taken is not.
    """

    sender: Person
    at: datetime
    is_ours: bool
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class CustomerActed(Event):
    """A customer did something that is no message: followed, scanned, tapped the menu, came through a link.

    `details` holds what was tapped or scanned (key, title, url). `referral` says where the customer came from: source
    (ad, post, link, qr, product, …), title, text, url, image_url, ref, ad_id, click_id, as far as the vendor tells.
    """

    external_id: str
    sender: Person
    sent_at: datetime
    activity: Activity
    opens_window: bool = False  # the vendor lets us write because of it
    details: JsonObject = field(default_factory=dict)
    referral: JsonObject | None = None
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class AccountNotice(Event):
    """News about the account itself: quality, limits, templates, authentication errors.

    `account_id` is the number or page where the vendor names one; `business_id` the WABA, whose numbers are all meant
    then. `attention`: what an administrator should do, in one sentence; empty where nothing needs doing.
    `stops_sending`: the vendor refuses sends until it is done. `facts` are values of the account that the notice
    brings up to date: quality, messaging_limit, name, name_status, account_status, subscribed. `phone` (digits): of the
    business's numbers, only this one is meant. `template`: it is about one of the business's message templates.
    """

    topic: str
    business_id: str = ""
    phone: str = ""
    errors: tuple[VendorError, ...] = ()
    attention: str = ""
    stops_sending: bool = False
    facts: JsonObject = field(default_factory=dict)
    template: TemplateNews | None = None
    raw: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Unsupported(Event):
    """Something real that this version does not understand: kept whole, shown by name.

    `business_id` names the business whose account it may be about, where no account is named."""

    what: str
    raw: Any = field(default=None, repr=False)
    business_id: str = ""


@dataclass(frozen=True)
class Malformed(Event):
    """The body could not be read as this vendor's format at all."""

    reason: str
