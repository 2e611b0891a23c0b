"""Webhooks of the past: the bytes that a vendor sent when a customer wrote, without a running simulator. For seeds."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from .accounts import Account, Number, OfficialAccount, read_account
from .http import JsonObject
from .packing import pack
from .people import Person, bsuid_for
from .updates import Update
from .whatsapp.envelope import contact_for, value_for


def webhook_of(account_id: str, description: JsonObject, *, sender: str, name: str, text: str, at: float) -> bytes:
    """Return the webhook of a text; the same words at the same time always have the same message id.

    `description` is what `SimulatorClient.put_account` takes; `sender` is the customer's id at the vendor."""
    account = read_account(account_id, description, None)
    update = Update(account_id, _value(account, sender, name, text, at), "inbound")
    return pack([(account, update)], batched=False, forged=False, now=at).body


def _value(account: Account, sender: str, name: str, text: str, at: float) -> dict[str, Any]:
    unique = uuid5(NAMESPACE_URL, f"{account.id}/{sender}/{at}")
    if isinstance(account, Number):
        person = Person(sender, name, sender, bsuid_for(sender))
        message = {
            "from": sender,
            "from_user_id": person.bsuid,
            "id": f"wamid.{unique.hex}",
            "timestamp": str(int(at)),
            "type": "text",
            "text": {"body": text},
        }
        return value_for(account, [contact_for(person, with_phone=True)], messages=[message])
    if isinstance(account, OfficialAccount):
        return {
            "ToUserName": account.id,
            "FromUserName": sender,
            "CreateTime": int(at),
            "MsgType": "text",
            "Content": text,
            "MsgId": 24 * 10**15 + unique.int % 10**15,
        }
    return {
        "sender": {"id": sender},
        "recipient": {"id": account.id},
        "timestamp": int(at * 1000),
        "message": {"mid": f"m_{unique.hex}", "text": text},
    }
