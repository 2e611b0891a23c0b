"""Messenger fulfils the contract of every adapter."""

from __future__ import annotations

from channels_adapters.messenger.adapter import MessengerAdapter
from channels_adapters.meta.messaging.errors import verdicts_of
from channels_adapters.types import Identity, IdentityKind, Person

from .messaging_cases import PAYLOADS
from .messaging_contract import MessagingContract


class TestMessengerContract(MessagingContract):
    adapter = MessengerAdapter()
    payloads = PAYLOADS / "messenger"
    credentials = {
        "page_id": "600000000000001",
        "access_token": "EAAtokenOfThePage0123456789",
        "base_url": "https://graph.test",
        "api_version": "v25.0",
    }
    error_codes = list(verdicts_of("Messenger"))
    recipient = Person((Identity(IdentityKind.PSID, "9000000000000001"),), "Ada Example")
