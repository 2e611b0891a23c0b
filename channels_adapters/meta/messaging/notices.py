"""News about the account among its threads: what the vendor forbids it."""

from __future__ import annotations

from channels_adapters.reading import identifier_of, object_of, text_of
from channels_adapters.types import AccountNotice, Event, VendorError

from .dialect import MessagingItem, Place


def read_policy(item: MessagingItem, place: Place) -> Event:
    """Return the notice that the vendor restricts the account, or lifts a restriction."""
    policy = object_of(item.get("policy_enforcement"))
    action, reason = identifier_of(policy.get("action")), text_of(policy.get("reason"))
    lifted = action == "unblock"
    return AccountNotice(
        place.account_id,
        "policy_enforcement",
        errors=(VendorError(action, "policy_enforcement", reason),) if reason else (),
        attention=""
        if lifted
        else f"Meta has restricted this {place.dialect.label} account. Look into its Support Inbox and appeal there.",
        raw=item,
    )
