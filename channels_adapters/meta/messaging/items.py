"""One item of `messaging` or `standby` to its events: what a customer or the business did in one thread.

In every event the person is the customer. What could not be filed, because it names nobody or nothing, is Unsupported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from channels_adapters.naming import digest_of, made_id, time_or_digest
from channels_adapters.reading import identifier_of, moment_of, number_of, object_of, text_of
from channels_adapters.types import (
    Content,
    Event,
    MessageEchoed,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageRevoked,
    Person,
    ReactionChanged,
    Unsupported,
)

from .activities import read_optin, read_referral
from .content import content_of, postback_content
from .dialect import MessagingItem, Place, sides_of
from .handovers import read_pass, read_take
from .notices import read_policy
from .reactions import emoji_of
from .receipts import read_delivery, read_read
from .referrals import referral_of

_ABOUT = frozenset({"sender", "recipient", "timestamp"})


def read_item(item: Any, place: Place) -> Iterator[Event]:
    """Return the events of an item: as a rule one, and never none."""
    fields = object_of(item)
    known = [name for name in fields if name in _READERS]
    for name in known:
        yield _READERS[name](fields, place)
    if not known:
        names = [identifier_of(name) for name in fields if name not in _ABOUT]
        yield Unsupported(place.account_id, f"event {', '.join(names)[:200] or 'without a name'}", item)


def _message(item: MessagingItem, place: Place) -> Event:
    message = object_of(item.get("message"))
    echo = message.get("is_echo") is True
    name = "echo" if echo else "message"
    external_id = identifier_of(message.get("mid"))
    deleted = message.get("is_deleted") is True
    sides = sides_of(item, place, echo=echo)
    # What we wrote is matched by its id, and what is gone is found by it; what a customer wrote is shown without one.
    if not external_id and (sides.by_business or deleted):
        return Unsupported(place.account_id, f"{name} without id", item)
    if not sides.customer:
        return Unsupported(place.account_id, f"{name} without {'recipient' if echo else 'sender'}", item)
    customer = place.dialect.person(sides.customer)
    at = moment_of(item.get("timestamp"))
    if deleted:
        return MessageRevoked(
            place.account_id, made_id("revoke", external_id), external_id, customer, at, sides.by_business, item
        )
    content = content_of(message)
    reply_to = identifier_of(object_of(message.get("reply_to")).get("mid"))
    if sides.by_business:
        return MessageEchoed(
            account_id=place.account_id,
            external_id=external_id,
            recipient=customer,
            sent_at=at,
            content=content,
            reply_to=reply_to,
            correlation_id=text_of(message.get("metadata")),
            raw=item,
        )
    return MessageReceived(
        account_id=place.account_id,
        external_id=external_id or made_id("message", sides.customer, text_of(item.get("timestamp")), digest_of(item)),
        sender=customer,
        sent_at=at,
        content=content,
        reply_to=reply_to,
        referral=referral_of(message.get("referral")),
        on_standby=place.on_standby,
        raw=item,
    )


def _postback(item: MessagingItem, place: Place) -> Event:
    postback = object_of(item.get("postback"))
    sides = sides_of(item, place)
    content = postback_content(postback)
    if not sides.customer or sides.by_business:
        return Unsupported(place.account_id, "postback without sender", item)
    # Older samples have no id.
    external_id = identifier_of(postback.get("mid")) or made_id(
        "postback", sides.customer, _time(item), text_of(postback.get("payload"))
    )
    return MessageReceived(
        account_id=place.account_id,
        external_id=external_id,
        sender=place.dialect.person(sides.customer),
        sent_at=moment_of(item.get("timestamp")),
        content=content,
        referral=referral_of(postback.get("referral")),
        on_standby=place.on_standby,
        raw=item,
    )


def _edit(item: MessagingItem, place: Place) -> Event:
    edit = object_of(item.get("message_edit"))
    target_id = identifier_of(edit.get("mid"))
    text = edit.get("text")
    count = number_of(edit.get("num_edit")) or 0
    # Instagram reports new messages this way too: edited no times, without a text.
    if not target_id or not (isinstance(text, str) or count > 0):
        return Unsupported(place.account_id, "unreadable edit", item)
    sides = sides_of(item, place)
    # Seen without a sender; the message it is about says whose it is.
    person = place.dialect.person(sides.customer) if sides.customer else Person(())
    # Without a count, the time tells one edit from the next.
    number = str(count) if count > 0 else f"0:{_time(item)}"
    content = (
        Content(MessageKind.TEXT, text)
        if isinstance(text, str)
        else Content(MessageKind.UNSUPPORTED, details={"type": "edit", "reason": "The new words were not sent along."})
    )
    return MessageEdited(
        account_id=place.account_id,
        external_id=made_id("edit", target_id, number),
        target_id=target_id,
        sender=person,
        sent_at=moment_of(item.get("timestamp")),
        content=content,
        by_business=sides.by_business,
        raw=item,
    )


def _reaction(item: MessagingItem, place: Place) -> Event:
    reaction = object_of(item.get("reaction"))
    target_id = identifier_of(reaction.get("mid"))
    sides = sides_of(item, place)
    action = reaction.get("action")
    emoji = emoji_of(reaction)
    # "react" and "unreact"; without either, what stands there tells which.
    taken_back = action == "unreact" or (action != "react" and not emoji)
    if not target_id or not sides.customer or action not in ("react", "unreact", None):
        return Unsupported(place.account_id, "unreadable reaction", item)
    actor = "business" if sides.by_business else sides.customer
    return ReactionChanged(
        account_id=place.account_id,
        external_id=made_id("reaction", target_id, text_of(action), actor, _time(item)),
        target_id=target_id,
        sender=place.dialect.person(sides.customer),
        sent_at=moment_of(item.get("timestamp")),
        emoji="" if taken_back else emoji or "❔",
        by_business=sides.by_business,
        raw=item,
    )


def _time(item: MessagingItem) -> str:
    return time_or_digest(item.get("timestamp"), item)


_READERS: Mapping[str, Callable[[MessagingItem, Place], Event]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "referral": read_referral,
    "optin": read_optin,
    "delivery": read_delivery,
    "read": read_read,
    "policy_enforcement": read_policy,
    "pass_thread_control": read_pass,
    "take_thread_control": read_take,
}
