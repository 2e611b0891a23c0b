"""The form in which a location or a contact is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from channels_adapters.types import MessageKind
from inbox.connections.models import Connection
from inbox.customers.fields import FieldType

from ..models import Chatroom
from ..outgoing_cards import fields_of
from .details import phone_address

_TYPES = {FieldType.PHONE: "tel", FieldType.EMAIL: "email"}


@dataclass(frozen=True)
class CardInput:
    name: str
    label: str
    type: str  # of HTML
    is_required: bool
    help_text: str
    value: str
    error: str


@dataclass(frozen=True)
class OwnNumber:
    """A number of the workspace, as a choice for a contact's."""

    number: str
    name: str


@dataclass(frozen=True)
class CardForm:
    """`chatrooms/_card_form.html`. `problem` says why there are no inputs."""

    url: str
    room_url: str
    title: str
    inputs: tuple[CardInput, ...]
    own_numbers: tuple[OwnNumber, ...]
    problem: str


def card_form(
    room: Chatroom,
    kind: MessageKind,
    *,
    slug: str,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    problem: str,
    own_numbers: Sequence[Connection],
) -> CardForm:
    """Needs connection loaded."""
    here = [slug, room.pk]
    fields = () if problem else fields_of(kind)
    return CardForm(
        url=reverse(f"chatrooms:{kind}_adding", args=here),
        room_url=reverse("chatrooms:room", args=here),
        title=_("Send a location") if kind is MessageKind.LOCATION else _("Send a contact"),
        inputs=tuple(
            CardInput(
                name=field.key,
                label=field.label,
                type=_TYPES.get(FieldType(field.type), "text"),
                is_required=field.is_required,
                help_text=field.help_text,
                value=typed.get(field.key, ""),
                error=errors.get(field.key, ""),
            )
            for field in fields
        ),
        own_numbers=tuple(OwnNumber(each.address, each.name) for each in own_numbers if phone_address(each.address)),
        problem=problem,
    )
