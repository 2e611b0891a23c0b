"""Handovers of a thread between the apps of one account ("messaging_handovers")."""

from __future__ import annotations

from channels_adapters.reading import identifier_of, moment_of, object_of
from channels_adapters.types import Event, ThreadControlChanged, Unsupported

from .dialect import MessagingItem, Place, sides_of


def read_pass(item: MessagingItem, place: Place) -> Event:
    """Return who has the thread now: as a rule it was passed to us."""
    return _changed("pass_thread_control", item, place, is_ours=True)


def read_take(item: MessagingItem, place: Place) -> Event:
    """Return who has the thread now: as a rule it was taken from us."""
    return _changed("take_thread_control", item, place, is_ours=False)


def _changed(name: str, item: MessagingItem, place: Place, *, is_ours: bool) -> Event:
    sides = sides_of(item, place)
    if not sides.customer:
        return Unsupported(place.account_id, f"{name} without sender", item)
    owner = identifier_of(object_of(item.get(name)).get("new_owner_app_id"))
    # Other apps' handovers are told to all, so the owner decides; it is not named where nobody has the thread now.
    if owner and place.app_id:
        is_ours = owner == place.app_id
    return ThreadControlChanged(
        account_id=place.account_id,
        sender=place.dialect.person(sides.customer),
        at=moment_of(item.get("timestamp")),
        is_ours=is_ours,
        raw=item,
    )
