"""What a customer does in a thread that is no message: comes back through a link, agrees to be written to."""

from __future__ import annotations

from channels_adapters.naming import made_id, time_or_digest
from channels_adapters.reading import moment_of, object_of, text_of
from channels_adapters.types import Activity, CustomerActed, Event, Unsupported

from .dialect import MessagingItem, Place, sides_of
from .referrals import referral_of


def read_referral(item: MessagingItem, place: Place) -> Event:
    """Return the event of a customer who came back to an existing thread."""
    sides = sides_of(item, place)
    referral = referral_of(item.get("referral"))
    if not sides.customer or not referral:
        return Unsupported(place.account_id, "unreadable referral", item)
    source = str(referral.get("source", ""))
    return CustomerActed(
        account_id=place.account_id,
        external_id=_event_id("referral", item, sides.customer, source, str(referral.get("ref", ""))),
        sender=place.dialect.person(sides.customer),
        sent_at=moment_of(item.get("timestamp")),
        activity=Activity.REFERRED,
        opens_window=source != "ad",  # an advertisement counts once the customer writes
        referral=referral,
        raw=item,
    )


def read_optin(item: MessagingItem, place: Place) -> Event:
    """Return the event of a customer who agreed to messages, or took it back."""
    sides = sides_of(item, place)
    optin = object_of(item.get("optin"))
    if not sides.customer:  # a plugin's tick box may name its user by a reference of the page's own
        return Unsupported(place.account_id, "optin without sender", item)
    kind = text_of(optin.get("type"))
    stopped = "STOP" in text_of(optin.get("notification_messages_status")).upper()
    key = text_of(optin.get("payload")) or text_of(optin.get("ref"))
    details = {"type": kind, "key": key, "title": text_of(optin.get("title"))}
    return CustomerActed(
        account_id=place.account_id,
        external_id=_event_id("optin", item, sides.customer, kind, key),
        sender=place.dialect.person(sides.customer),
        sent_at=moment_of(item.get("timestamp")),
        activity=Activity.OPTED_OUT if stopped else Activity.OPTED_IN,
        opens_window=not kind,  # the plugins name no type; a subscription to notices allows those alone
        details={name: text for name, text in details.items() if text},
        raw=item,
    )


def _event_id(kind: str, item: MessagingItem, *parts: str) -> str:
    return made_id(kind, time_or_digest(item.get("timestamp"), item), *parts)
