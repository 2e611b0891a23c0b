"""Locations and contacts that agents send: what is typed, checked, and what a message holds of it. Pure, but for the
language of the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from channels_adapters.types import Capabilities, MessageKind
from inbox.customers.fields import Field, FieldType, ValueRefused, cleaned

from .positions import LONGEST, NoPosition, position_in, position_text

POSITION = "position"
LONGEST_TEXT = 200  # of a name or an address
KINDS = (MessageKind.LOCATION, MessageKind.CONTACTS)


class CardRefused(Exception):
    """What was typed makes no card; `errors` says why, by the names of the inputs."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class OutgoingCard:
    """A location or a contact that goes out as a message of its own. `values` are checked, by the names of the inputs."""

    kind: MessageKind
    values: Mapping[str, str]

    @property
    def value(self) -> str:
        """What a form sends for it, and a draft keeps: `location?position=22.28%2C+114.16&name=Shop`."""
        return f"{self.kind}?{urlencode([(field.key, self.values[field.key]) for field in fields_of(self.kind)])}"

    @property
    def title(self) -> str:
        return next(text for name in ("name", "address", POSITION) if (text := self.values.get(name)))

    @property
    def details(self) -> dict[str, Any]:
        """What its message holds: the same as one that a customer sends."""
        said = {name: text for name, text in self.values.items() if text}
        if self.kind is MessageKind.LOCATION:
            latitude, longitude = position_in(said.pop(POSITION))
            return {"latitude": latitude, "longitude": longitude, **said}
        contact: dict[str, Any] = {"name": said["name"], "phones": [{"phone": said["phone"]}]}
        if "email" in said:
            contact["emails"] = [{"email": said["email"]}]
        if "company" in said:
            contact["organization"] = said["company"]
        return {"contacts": [contact]}


def kinds_on(capabilities: Capabilities) -> tuple[MessageKind, ...]:
    """Return the cards that a channel carries."""
    return tuple(kind for kind in KINDS if kind in capabilities.sends)


def refusal_of(kind: MessageKind, capabilities: Capabilities) -> str:
    """Say why a channel does not carry such a card, empty where it does."""
    if kind in capabilities.sends:
        return ""
    channel = {"channel": capabilities.label}
    if kind is MessageKind.LOCATION:
        return _("%(channel)s takes no locations. Write the address as a text, or the link of a map.") % channel
    return _("%(channel)s takes no contact cards. Write the name and the number as a text.") % channel


def fields_of(kind: MessageKind) -> tuple[Field, ...]:
    """Return the inputs of a card's form."""
    if kind is MessageKind.LOCATION:
        where = _("Latitude and longitude, like 22.2819, 114.1582, or the link of a map.")
        return (
            Field(POSITION, _("Position"), is_required=True, help_text=where),
            Field("name", _("Name of the place")),
            Field("address", _("Address")),
        )
    return (
        Field("name", _("Name"), is_required=True),
        Field("phone", _("Phone number"), FieldType.PHONE.value, is_required=True),
        Field("email", _("E-mail"), FieldType.EMAIL.value),
        Field("company", _("Company")),
    )


def card_of(kind: MessageKind, typed: Mapping[str, str]) -> OutgoingCard:
    """Return the card that was typed. Raises CardRefused."""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field in fields_of(kind):
        try:
            values[field.key] = _read(field, typed.get(field.key, ""))
        except (ValueRefused, NoPosition) as refusal:
            errors[field.key] = str(refusal)
    if errors:
        raise CardRefused(errors)
    return OutgoingCard(kind, values)


def is_card(value: str) -> bool:
    """Whether what a form sends stands for a card, and for no file."""
    return value.partition("?")[0] in KINDS


def kind_of(value: str) -> MessageKind:
    """Return the kind of the card that a value stands for."""
    return MessageKind(value.partition("?")[0])


def card_from(value: str) -> OutgoingCard:
    """Return the card that `OutgoingCard.value` stands for. Raises CardRefused."""
    return card_of(kind_of(value), dict(parse_qsl(value.partition("?")[2])))


def _read(field: Field, text: str) -> str:
    """Raises ValueRefused, NoPosition."""
    is_position = field.key == POSITION
    most = LONGEST if is_position else LONGEST_TEXT
    if len(text) > most:
        raise ValueRefused(_("This is too long: at most %(count)s characters fit.") % {"count": most})
    return position_text(*position_in(text)) if is_position and text.strip() else cleaned(field, text)
