"""What a channel can do: the differences between channels, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .content import MessageKind
from .events import DeliveryStatus
from .identities import ChannelKind
from .media import MediaRule


class TextUnit(StrEnum):
    CHARACTERS = "characters"
    BYTES = "bytes"


@dataclass(frozen=True)
class RateLimit:
    count: int
    seconds: int


class AfterWindow(StrEnum):
    """What may still be sent once the reply window has closed."""

    TEMPLATE = "template"
    PERSON = "person"  # what a person writes, for some days more
    NOTHING = "nothing"


@dataclass(frozen=True)
class ReplyPolicy:
    """When a business may write to a customer. Defaults: a connection's settings may say otherwise.

    `person_until` is given wherever the vendor lets a person answer late, even if `after` does not use it. `messages` is
    how many messages one message of the customer allows, None for any number; the same for what an Activity that opens
    the window allows.
    """

    window: timedelta
    after: AfterWindow
    person_until: timedelta | None = None  # from the customer's last message
    messages: int | None = None
    activity_window: timedelta | None = None
    activity_messages: int | None = None
    opened_by_reactions: bool = False


@dataclass(frozen=True)
class OptionLimits:
    """How many options fit under a text, and how long each may be: a title in characters, that text in the channel's
    `text_unit`. A title of this length fits whatever the number of options."""

    count: int
    title: int
    text: int


@dataclass(frozen=True)
class TextMarks:
    """What the channel's app shows a text between as bold, italic, struck out and in letters of equal width."""

    bold: str
    italic: str
    strike: str
    mono: str


@dataclass(frozen=True)
class CredentialField:
    """One input of the connection form. `choices` are (value, label) pairs, the first being the default.

    `chosen_here`: a phrase of our own making, which the vendor's console asks for."""

    name: str
    label: str
    help_text: str = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    chosen_here: bool = False


@dataclass(frozen=True)
class Capabilities:
    """Differences between channels, as data. The product reads these and never asks for the kind.

    `reactions` are the emoji the vendor takes, empty for any; None where we cannot react. `typing_seconds` is how long
    the indicator lasts, 0 where there is none. `own_app` names the vendor's app in which the business may write too.
    `account_id_field` and `business_id_field` name the credentials that events are routed by. `captioned` are the kinds
    that have a caption, where `caption_limit` is not 0; a text beside any other goes out as a message of its own before
    it. `carries_correlation`: the vendor returns our correlation id. `names_messages`: it tells the id of what we sent.
    `bills_messages`: it charges for messages and reports how it counted each. `has_templates`: it has texts
    that were approved beforehand, see `Adapter.templates`. `text_marks`: None where its app shows a text as it stands.
    """

    kind: ChannelKind
    label: str
    own_app: str
    sends: frozenset[MessageKind]
    text_limit: int
    text_unit: TextUnit
    caption_limit: int  # 0: no captions
    can_reply: bool
    can_mark_read: bool
    typing_seconds: int
    reactions: tuple[str, ...] | None
    options: OptionLimits | None
    receipts: frozenset[DeliveryStatus]
    reply_policy: ReplyPolicy
    media: Mapping[MessageKind, MediaRule]
    account_rate: RateLimit
    recipient_rate: RateLimit
    app_label: str  # what signs the webhooks: "Meta app"
    app_credentials: tuple[CredentialField, ...]
    account_credentials: tuple[CredentialField, ...]
    account_id_field: str
    business_id_field: str = ""
    carries_correlation: bool = True
    names_messages: bool = True
    bills_messages: bool = False
    has_templates: bool = False
    text_marks: TextMarks | None = None
    captioned: frozenset[MessageKind] = frozenset({MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.DOCUMENT})
