"""What leaves: messages and reactions for one person, and what a vendor answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from .content import JsonObject, MediaReference, MessageKind
from .identities import Identity, Person


@dataclass(frozen=True)
class Option:
    """One answer the customer may tap. `id` comes back in a CHOICE message as its `id`."""

    id: str
    title: str
    description: str = ""  # shown where the channel has room for it


@dataclass(frozen=True)
class TemplateMessage:
    """A WhatsApp message template with its variables filled in, as the Cloud API's `components`."""

    name: str
    language: str
    components: tuple[JsonObject, ...] = ()


@dataclass(frozen=True)
class OutboundMessage:
    """A message for one person. `correlation_id` travels to the vendor and comes back with receipts.

    `kind` decides which of the parts is used: `media` (an external id from an upload, or a public url) with `text` as
    its caption; `details` for LOCATION (latitude, longitude, name, address), LINK (url, title, text, image_url) and
    CONTACTS (contacts, each with name, phones, emails as `Content` gives them); `template`. `options` may stand under
    a text. `by_person` says that a person wrote it now: some vendors allow that for longer than they allow automatic
    messages, if `human_agent_tag` says that it comes that late.
    """

    recipient: Person
    text: str
    correlation_id: str
    reply_to: str = ""  # external id of the quoted message
    kind: MessageKind = MessageKind.TEXT
    options: tuple[Option, ...] = ()
    media: MediaReference | None = None
    details: JsonObject = field(default_factory=dict)
    template: TemplateMessage | None = None
    by_person: bool = False
    human_agent_tag: bool = False


@dataclass(frozen=True)
class OutboundReaction:
    recipient: Person
    target_id: str  # external id of the message reacted to
    emoji: str  # empty: take the reaction back


@dataclass(frozen=True)
class SendResult:
    """The vendor took the message. Not yet a delivery."""

    external_id: str  # "" where the vendor names no messages, see `Capabilities.names_messages`
    recipient: Person | None = None  # identities the vendor resolved, e.g. a corrected phone number


@dataclass(frozen=True)
class Profile:
    """What a vendor tells about a customer; empty where it tells nothing. `picture_url` dies within days."""

    name: str = ""
    picture_url: str = ""
    identities: tuple[Identity, ...] = ()
