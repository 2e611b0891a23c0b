"""One item of `messages` or `message_echoes` to exactly one event.

An echo is what the business wrote in its own WhatsApp app ("smb_message_echoes webhook reference"). In every event
the person is the customer. An item without an id, or that names nobody, is Unsupported: it could not be filed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels_adapters.naming import digest_of, made_id
from channels_adapters.reading import identifier_of, moment_of, object_of, text_of
from channels_adapters.types import (
    Event,
    Identity,
    IdentityChanged,
    IdentityKind,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageRevoked,
    Person,
    ReactionChanged,
)

from .content import content_of
from .people import Source, phone_of, read_person
from .referrals import read_referral


@dataclass(frozen=True, slots=True)
class _Header:
    external_id: str
    customer: Person
    at: datetime
    by_business: bool


def read_message(item: Any, source: Source) -> Event:
    """Return the event of something a customer did."""
    kind, external_id = _kind_and_id(item)
    if not external_id and (not kind or kind == "system" or kind in _CHANGES):
        return source.unsupported("message without id", item)
    if kind == "system":
        return _system(item, external_id, source)
    if kind == "request_welcome":  # the chat was opened for the first time; nothing was said
        return source.unsupported(kind, item)
    sender = read_person(item.get("from"), item.get("from_user_id"), item.get("from_parent_user_id"), source.contacts)
    if sender is None:
        return source.unsupported("message without sender", item)
    if not external_id:  # what the customer wrote is shown even so
        external_id = made_id("message", sender.identities[0].value, text_of(item.get("timestamp")), digest_of(item))
    header = _Header(external_id, sender, moment_of(item.get("timestamp")), by_business=False)
    if kind in _CHANGES:
        return _change(kind, item, header, source)
    context = object_of(item.get("context"))
    return MessageReceived(
        account_id=source.account_id,
        external_id=external_id,
        sender=sender,
        sent_at=header.at,
        content=content_of(item),
        reply_to=identifier_of(context.get("id")),
        forwarded=context.get("forwarded") is True or context.get("frequently_forwarded") is True,
        referral=read_referral(item.get("referral")),
        group_id=identifier_of(item.get("group_id")),
        raw=item,
    )


def read_echo(item: Any, source: Source) -> Event:
    """Return the event of something the business did outside our product."""
    kind, external_id = _kind_and_id(item)
    if not external_id:
        return source.unsupported("echo without id", item)
    customer = _customer_of_echo(item, source)
    if customer is None:
        return source.unsupported("echo without recipient", item)
    header = _Header(external_id, customer, moment_of(item.get("timestamp")), by_business=True)
    if kind in _CHANGES:
        return _change(kind, item, header, source)
    return MessageEchoed(
        account_id=source.account_id,
        external_id=external_id,
        recipient=customer,
        sent_at=header.at,
        content=content_of(item),
        reply_to=identifier_of(object_of(item.get("context")).get("id")),
        raw=item,
    )


def _kind_and_id(item: Any) -> tuple[str, str]:
    fields = object_of(item)
    return text_of(fields.get("type")), identifier_of(fields.get("id"))


def _customer_of_echo(item: Mapping[str, Any], source: Source) -> Person | None:
    # Some samples of echoed edits and revokes name the customer in `from` and the business in `to`.
    turned = source.own_number and phone_of(item.get("to")) == source.own_number
    side = "from" if turned else "to"
    return read_person(item.get(side), item.get(f"{side}_user_id"), item.get(f"{side}_parent_user_id"), source.contacts)


_CHANGES = {"edit": "original_message_id", "revoke": "original_message_id", "reaction": "message_id"}


def _change(kind: str, item: dict[str, Any], header: _Header, source: Source) -> Event:
    """Return the event of an edit, a revocation or a reaction; Unsupported when it does not say of what."""
    part = object_of(item.get(kind))
    target_id = identifier_of(part.get(_CHANGES[kind]))
    emoji = part.get("emoji")
    if not target_id or not isinstance(emoji, str | None):
        return source.unsupported(f"unreadable {kind}", item)
    account_id, external_id, customer, at = source.account_id, header.external_id, header.customer, header.at
    if kind == "reaction":  # a missing and an empty emoji both take the reaction back
        return ReactionChanged(
            account_id, external_id, target_id, customer, at, emoji or "", by_business=header.by_business, raw=item
        )
    if kind == "revoke":
        return MessageRevoked(
            account_id, external_id, target_id, customer, at, by_business=header.by_business, raw=item
        )
    content = content_of(object_of(part.get("message")))
    return MessageEdited(
        account_id, external_id, target_id, customer, at, content, by_business=header.by_business, raw=item
    )


_RENAMINGS = frozenset({"user_changed_number", "user_changed_user_id", "customer_changed_number"})
_NEW_SECURITY_CODES = frozenset({"customer_identity_changed", "user_identity_changed"})


def _system(item: dict[str, Any], external_id: str, source: Source) -> Event:
    """Return the event of a system message; it comes without contacts ("System messages webhook reference")."""
    system = object_of(item.get("system"))
    kind = identifier_of(system.get("type"))
    new = read_person(
        system.get("wa_id") or system.get("new_wa_id"), system.get("user_id"), system.get("parent_user_id"), {}
    )
    fresh = new.identities if new is not None and kind in _RENAMINGS else ()
    person = _renamed_person(item, system, fresh, source)
    added = tuple(identity for identity in fresh if person is not None and identity not in person.identities)
    if person is None or not (added or kind in _NEW_SECURITY_CODES):
        return source.unsupported(f"system message {kind}".strip(), item)
    return IdentityChanged(
        account_id=source.account_id,
        external_id=external_id,
        person=person,
        sent_at=moment_of(item.get("timestamp")),
        new_identities=added,
        text=text_of(system.get("body")),
        raw=item,
    )


def _renamed_person(
    item: Mapping[str, Any], system: Mapping[str, Any], fresh: tuple[Identity, ...], source: Source
) -> Person | None:
    """Return the person as known until now: the fields of the old names, less what is in truth a new one."""
    person = read_person(
        item.get("from") or system.get("customer"),
        system.get("previous_user_id") or item.get("from_user_id"),
        system.get("previous_parent_user_id") or item.get("from_parent_user_id"),
        source.contacts,
    )
    if person is None:
        return None
    # It is not documented whether `from_user_id` of such a message is the old id or the new one.
    user_ids = (IdentityKind.BSUID, IdentityKind.PARENT_BSUID)
    old = tuple(i for i in person.identities if not (i.kind in user_ids and i in fresh))
    return Person(old, person.name) if old else None
