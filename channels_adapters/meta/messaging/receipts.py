"""Receipts: Messenger's watermarks, and Instagram's id of the last message read."""

from __future__ import annotations

from channels_adapters.reading import identifier_of, list_of, moment_of, object_of
from channels_adapters.types import UNKNOWN_TIME, DeliveryStatus, Event, ThreadReceipt, Unsupported

from .dialect import MessagingItem, Place, sides_of


def read_delivery(item: MessagingItem, place: Place) -> Event:
    return _receipt("delivery", DeliveryStatus.DELIVERED, item, place)


def read_read(item: MessagingItem, place: Place) -> Event:
    return _receipt("read", DeliveryStatus.READ, item, place)


def _receipt(name: str, status: DeliveryStatus, item: MessagingItem, place: Place) -> Event:
    receipt = object_of(item.get(name))
    sides = sides_of(item, place)
    up_to = moment_of(receipt.get("watermark"))
    message_ids = tuple(mid for value in list_of(receipt.get("mids")) if (mid := identifier_of(value)))
    last_id = identifier_of(receipt.get("mid"))
    # Where the watermark cannot be read, the last of the ids is as far as the receipt surely goes.
    up_to_id = last_id or (message_ids[-1] if message_ids else "")
    if last_id and last_id not in message_ids and up_to != UNKNOWN_TIME:
        message_ids += (last_id,)
    if not sides.customer or sides.by_business or (up_to == UNKNOWN_TIME and not up_to_id):
        return Unsupported(place.account_id, f"unreadable {name} receipt", item)
    at = moment_of(item.get("timestamp"))
    return ThreadReceipt(
        account_id=place.account_id,
        sender=place.dialect.person(sides.customer),
        status=status,
        at=up_to if at == UNKNOWN_TIME else at,
        up_to=None if up_to == UNKNOWN_TIME else up_to,
        up_to_id=up_to_id if up_to == UNKNOWN_TIME else "",
        message_ids=message_ids,
        raw=item,
    )
