"""Messages that were sent, what the vendor reports of them, and what then is in the books."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from channels_adapters.types import Identity, IdentityKind, Person
from inbox.chatrooms.actions._costs import note_sends
from inbox.chatrooms.models import Chatroom, Direction, Message, MessageState
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.pricing.models import BillingConversation, Charge, MonthlyTotal, PlatformRate, WorkspaceRate
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, receive, status, webhook

PAYLOADS = Path(__file__).parents[1] / "channels_adapters" / "payloads" / "whatsapp"
PHONE = "85290000001"
PMP = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"}
FREE = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}


def add_rate(
    amount: str, *, category: str = "utility", country: str = "HK", workspace_id: int = 0, **more: Any
) -> None:
    facts = {
        "channel": "whatsapp",
        "country": country,
        "category": category,
        "amount": Decimal(amount),
        "valid_from": date(2020, 1, 1),
        **more,
    }
    if workspace_id:
        with scope(workspace_id):
            WorkspaceRate.objects.create(workspace_id=workspace_id, **facts)
    else:
        PlatformRate.objects.create(**facts)


def sent(room: Chatroom, *, at: datetime | None = None, template: str = "", noted: bool = True) -> Message:
    """A message of ours that the vendor took; a template has a category."""
    moment = at or clock.now()
    with scope(room.workspace_id):
        message = Message.objects.create(
            workspace_id=room.workspace_id,
            chatroom=room,
            connection=room.connection,
            direction=Direction.OUTBOUND,
            kind="template" if template else "text",
            details={"template": {"name": "offer", "category": template}} if template else {},
            state=MessageState.SENT,
            sent_at=moment,
            accepted_at=moment,
        )
        message.external_id = f"wamid.ours-{message.pk}"
        message.save(update_fields=["external_id"])
        if noted:
            person = Person((Identity(IdentityKind.PHONE, PHONE),))
            note_sends(workspace_id=room.workspace_id, sends=[(message, person)])
    return message


def report(
    world: World, message: Message, state: str = "sent", *, connection: Connection | None = None, **words: Any
) -> None:
    """Let the vendor report of a message through the front door."""
    body = {
        **status(message.external_id or "", state, error=words.pop("error", None)),
        **words,
        "delivery": uuid4().hex,
    }
    receive(world.app, webhook(connection or world.shop, statuses=[body]))


def payload(name: str, message: Message) -> dict[str, Any]:
    """One of the vendor's real shapes, about this message."""
    body: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    value = body["entry"][0]["changes"][0]["value"]
    value["metadata"]["phone_number_id"] = message.connection.account_id
    value["statuses"][0].update(id=message.external_id, biz_opaque_callback_data="")
    return body


def charges_of(room: Chatroom) -> list[Charge]:
    with scope(room.workspace_id):
        return list(Charge.objects.filter(chatroom=room).order_by("message_id"))


def charge_of(message: Message) -> Charge:
    with scope(message.workspace_id):
        return Charge.objects.get(message=message)


def conversations_of(room: Chatroom) -> list[BillingConversation]:
    with scope(room.workspace_id):
        return list(BillingConversation.objects.filter(chatroom=room).order_by("opened_at", "pk"))


def totals() -> dict[tuple[str, str], tuple[int, int, int, str]]:
    """What the running totals say, by connection and category; those of nothing are left out."""
    with platform_scope("test"):
        return {
            (row.connection.name, row.category): (
                row.messages,
                row.paid_messages,
                row.unpriced_messages,
                f"{row.amount.normalize():f}",
            )
            for row in MonthlyTotal.objects.select_related("connection")
            if row.messages
        }


def totals_agree() -> bool:
    """Say whether the running totals are what the charges add up to."""
    sums: dict[tuple[object, ...], Decimal] = {}
    with platform_scope("test"):
        for charge in Charge.objects.all():
            key = (charge.connection_id, charge.at.date().replace(day=1), charge.category, charge.currency)
            sums[key] = sums.get(key, Decimal(0)) + charge.amount
        kept = {
            (row.connection_id, row.month, row.category, row.currency): row.amount
            for row in MonthlyTotal.objects.filter(messages__gt=0)
        }
    return sums == kept


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type]
