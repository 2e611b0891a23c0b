"""Billing conversations by the rules of the brief, as a pure policy. They say what is paid for, never what may be sent.

A conversation lasts 24 hours. The customer opens one by writing first: it begins when the business answers and none is
open. The business opens one with a template when none is open. Everything in between belongs to it, whoever writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from channels_adapters.types import JsonObject

from .estimating import Category, base_of

LASTS = timedelta(hours=24)
# After an ad brought the customer: from the business's answer on.
ENTRY_POINT_LASTS = timedelta(hours=72)
# How soon the business has to answer them for that.
ENTRY_POINT_WAITS = timedelta(hours=24)
# A message that we noted may have left a little earlier by the vendor's clock.
_CLOCKS_DIFFER = timedelta(minutes=5)


class OpenedBy(StrEnum):
    CUSTOMER = "customer"
    BUSINESS = "business"


@dataclass(frozen=True)
class Conversation:
    opened_by: str
    category: str
    opened_at: datetime
    expires_at: datetime
    is_entry_point: bool = False
    external_id: str = ""

    def is_open_at(self, moment: datetime) -> bool:
        """Say whether a message of that time belongs to it; a send that is noted late may be older than it."""
        return moment < self.expires_at


def opened_by_sending(current: Conversation | None, *, at: datetime, template_category: str) -> Conversation | None:
    """Return what a message of the business opens, None if it belongs to `current`. "" is no template."""
    if current is not None and current.is_open_at(at):
        return None
    if template_category:
        return Conversation(OpenedBy.BUSINESS, base_of(template_category), at, at + LASTS)
    return Conversation(OpenedBy.CUSTOMER, Category.SERVICE, at, at + LASTS)


def as_reported(
    current: Conversation | None, *, at: datetime, conversation: JsonObject, pricing: JsonObject
) -> Conversation | None:
    """Return what the vendor's words about a message that left `at` make of the conversation; None if nothing changes.

    Some versions of the vendor name another conversation with every message: only the first name is kept. A message
    from before the conversation says nothing of it.
    """
    if current is not None and at < current.opened_at - _CLOCKS_DIFFER:
        return None
    external_id = str(conversation.get("id") or "")[:255]
    origin = conversation.get("origin")
    kind = str(origin.get("type") or "") if isinstance(origin, dict) else ""
    is_entry_point = kind == "referral_conversion" or pricing.get("type") == "free_entry_point"
    if not (external_id or is_entry_point):
        return None
    found = current if current is not None and current.is_open_at(at) else None
    if found is not None and found.external_id and found.external_id != external_id and not is_entry_point:
        return None
    before = found
    if found is None:
        by = OpenedBy.CUSTOMER if is_entry_point or kind in ("service", "user_initiated") else OpenedBy.BUSINESS
        found = Conversation(by, _category(kind) or Category.SERVICE, at, at + LASTS)
    if is_entry_point and not found.is_entry_point:
        expires_at = found.opened_at + ENTRY_POINT_LASTS
        found = replace(found, category=Category.REFERRAL, expires_at=expires_at, is_entry_point=True)
    elif not is_entry_point:
        found = replace(found, category=_category(kind) or found.category)
    expires_at = _expiry(conversation, found) or found.expires_at
    found = replace(found, external_id=found.external_id or external_id, expires_at=expires_at)
    return found if found != before else None


def _category(origin: str) -> str:
    category = base_of(origin)
    return category if category in list(Category) else ""


def _expiry(conversation: JsonObject, found: Conversation) -> datetime | None:
    """Return the vendor's end of the conversation, if it is one that can be."""
    seconds = conversation.get("expiration_timestamp")
    try:
        moment = datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if found.opened_at < moment <= found.opened_at + ENTRY_POINT_LASTS + LASTS else None
