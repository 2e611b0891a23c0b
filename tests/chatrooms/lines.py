"""The shop's accounts on the four channels, each with a simulated vendor and a customer on its other side."""

from __future__ import annotations

from dataclasses import dataclass

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms.actions import dispatch_due
from inbox.chatrooms.models import Message
from inbox.connections.models import Connection
from inbox.devstack.flower_shop import Account
from inbox.devstack.simulator.client import SimulatorClient
from inbox.webhooks.actions import process_pending
from tests.world import World, news_from, reload, write

from .conversation import room_of

ADA = "85290000001"


@dataclass
class Line:
    """One account, on both sides."""

    world: World
    vendor: SimulatorClient
    account: Account
    connection: Connection

    def says(self, text: str, **more: object) -> str:
        """Let Ada write; returns the message's id."""
        delivery = self.vendor.inbound(self.account.account_id, ADA, text, **more)
        assert delivery.delivered, delivery
        process_pending()
        return delivery.id

    def answer(self, text: str, **more: object) -> Message:
        message = write(self.world.amy, room_of(self.connection), text, **more)
        dispatch_due()
        news_from(self.vendor)
        return reload(message)

    def has(self, status: DeliveryStatus) -> bool:
        return status in self.connection.adapter.capabilities.receipts
