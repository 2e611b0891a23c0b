"""Webhook fields that an account's app subscribes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels_adapters.types import CredentialField

# Without it, what customers write does not arrive; the others bring what stands around it.
ESSENTIAL = "messages"

# Subscribing replaces the list, and a page has one for Messenger and for the Instagram account linked to it: both
# channels ask for the same.
PAGE_FIELDS = (
    "messages",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_deliveries",
    "message_reads",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "standby",
    "messaging_handovers",
)

# Echoes and unsends come with `messages`.
INSTAGRAM_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_seen",
    "message_reactions",
    "messaging_referral",
    "message_edit",
    "standby",
    "messaging_handovers",
)


SUBSCRIBED_FIELDS = CredentialField(
    "subscribed_fields",
    "Webhook fields",
    "Leave it empty for all that are read. Name others, separated by commas, if Meta has renamed one.",
    required=False,
)


def chosen_fields(credentials: Mapping[str, str], usual: Sequence[str]) -> Sequence[str]:
    """Return the fields to subscribe to: those that the account's `SUBSCRIBED_FIELDS` name, or else the usual ones."""
    named = [name.strip() for name in (credentials.get("subscribed_fields") or "").split(",")]
    return tuple(filter(None, named)) or usual
