"""The outermost shape of a WhatsApp webhook."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.updates import Update


def entries(number: Number, updates: list[Update], *, batched: bool = False) -> list[JsonObject]:
    """Wrap a number's updates; `batched` puts several messages into a change and makes several entries."""
    if not batched:
        changes = [{"value": update.value, "field": update.topic} for update in updates]
        return [{"id": number.waba_id, "changes": changes}]
    pairs = [updates[index : index + 2] for index in range(0, len(updates), 2)]
    return [{"id": number.waba_id, "changes": [{"value": _merged(pair), "field": pair[0].topic}]} for pair in pairs]


def value_for(number: Number, contacts: list[JsonObject], **parts: object) -> JsonObject:
    value: JsonObject = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
    }
    if contacts:
        value["contacts"] = contacts
    return value | parts


def contact_for(person: Person, *, with_phone: bool, with_username: bool = True) -> JsonObject:
    profile: JsonObject = {"name": person.name}
    if person.username and with_username:
        profile["username"] = person.username
    contact: JsonObject = {"profile": profile}
    if with_phone:
        contact["wa_id"] = person.phone
    return contact | {"user_id": person.bsuid}


def _merged(updates: list[Update]) -> JsonObject:
    contacts: list[JsonObject] = []
    for update in updates:
        contacts += [contact for contact in update.value.get("contacts", []) if contact not in contacts]
    messages = [message for update in updates for message in update.value.get("messages", [])]
    merged: JsonObject = updates[0].value | {"messages": messages}
    return merged | ({"contacts": contacts} if contacts else {})
