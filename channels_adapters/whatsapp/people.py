"""Who stands behind a message: reads phone numbers, user ids and usernames into a Person.

A customer with a username may come without a phone number ("Business-scoped user IDs"), so no single field is
certain. Used by the parsers of messages and statuses and by the reader of send answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_adapters.reading import identifier_of, list_of, object_of, text_of
from channels_adapters.types import Identity, IdentityKind, Person, Unsupported

Contacts = Mapping[str, dict[str, Any]]

_BSUID = re.compile(r"[A-Z]{2}\.")
_PARENT_BSUID = re.compile(r"[A-Z]{2}\.ENT\.")
_PHONE = re.compile(r"\+?([0-9]{1,20})")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a part of a webhook stands: the account it came to and the contacts sent along with it."""

    account_id: str
    business_id: str
    own_number: str  # digits of the business's number, "" if not named
    contacts: Contacts

    def unsupported(self, what: str, raw: Any) -> Unsupported:
        """Return the event of a part that no reader knows, filed under the business where no account is named."""
        return Unsupported(self.account_id, what, raw, business_id="" if self.account_id else self.business_id)


def read_source(entry: Mapping[str, Any], value: Mapping[str, Any]) -> Source:
    metadata = object_of(value.get("metadata"))
    return Source(
        account_id=identifier_of(metadata.get("phone_number_id")),
        business_id=identifier_of(entry.get("id")),
        own_number=re.sub(r"[^0-9]", "", identifier_of(metadata.get("display_phone_number"))),
        contacts=_by_id(value.get("contacts")),
    )


def read_person(address: Any, user_id: Any, parent_id: Any, contacts: Contacts) -> Person | None:
    """Return whom these fields name, completed from the contact that shares one of them; None for nobody."""
    known: dict[IdentityKind, str] = {}
    _add(known, IdentityKind.BSUID, identifier_of(user_id))
    _add(known, IdentityKind.PARENT_BSUID, identifier_of(parent_id))
    _add_address(known, address)
    name = ""
    # Never by position: a batch may carry the contacts of several people in any order.
    contact = next((contacts[value] for value in known.values() if value in contacts), None)
    if contact is not None:
        _add(known, IdentityKind.BSUID, identifier_of(contact.get("user_id")))
        _add(known, IdentityKind.PARENT_BSUID, identifier_of(contact.get("parent_user_id")))
        _add_address(known, contact.get("wa_id"))
        profile = object_of(contact.get("profile"))
        _add(known, IdentityKind.USERNAME, identifier_of(profile.get("username")).removeprefix("@"))
        name = text_of(profile.get("name"))
    identities = tuple(Identity(kind, known[kind]) for kind in IdentityKind if kind in known)
    return Person(identities, name) if identities else None


def phone_of(address: Any) -> str:
    """Return the digits of a phone number, "" for anything else."""
    match = _PHONE.fullmatch(identifier_of(address))
    return match[1] if match else ""


def _add(known: dict[IdentityKind, str], kind: IdentityKind, value: str) -> None:
    if value:
        known.setdefault(kind, value)


def _add_address(known: dict[IdentityKind, str], address: Any) -> None:
    # Seen in the wild: a user id in `from` and `wa_id`, where the documentation promises a phone number.
    text = identifier_of(address)
    if _PARENT_BSUID.match(text):
        _add(known, IdentityKind.PARENT_BSUID, text)
    elif _BSUID.match(text):
        _add(known, IdentityKind.BSUID, text)
    else:
        _add(known, IdentityKind.PHONE, phone_of(text))


def _by_id(value: Any) -> Contacts:
    contacts: dict[str, dict[str, Any]] = {}
    for contact in list_of(value):
        if not isinstance(contact, dict):
            continue
        wa_id = contact.get("wa_id")
        for key in (phone_of(wa_id) or identifier_of(wa_id), identifier_of(contact.get("user_id"))):
            if key:
                contacts.setdefault(key, contact)
    return contacts
