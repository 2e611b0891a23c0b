"""A customer gets another phone number or user id: the system messages that tell the business."""

from __future__ import annotations

import secrets
from dataclasses import replace

from inbox.devstack.simulator.accounts import Number, digits_of
from inbox.devstack.simulator.composing import Composing, Written
from inbox.devstack.simulator.http import JsonObject, Refused
from inbox.devstack.simulator.people import Person

from .envelope import value_for
from .ids import new_wamid

Chat = Composing[Number]


def change_number(chat: Chat) -> Written:
    """Give the person the phone number `phone`, or one that differs in its last digits."""
    person = chat.person
    phone = digits_of(chat.text("phone")) or person.phone[:-4] + f"{secrets.randbelow(10_000):04}"
    if phone == person.phone or not 7 <= len(phone) <= 15:
        raise Refused("phone must be another phone number, with the country code.")
    body = f"{person.name} changed from {person.phone} to {phone}"
    return _change(chat, replace(person, phone=phone), "user_changed_number", {"wa_id": phone}, body)


def change_bsuid(chat: Chat) -> Written:
    """Give the person the user id `bsuid`, or a new one of the same country."""
    person = chat.person
    bsuid = chat.text("bsuid") or f"{person.bsuid.partition('.')[0]}.{secrets.randbelow(9 * 10**16) + 10**16}"
    ids = {at: bsuid if known == person.bsuid else known for at, known in person.ids.items()}
    body = f"{person.name} changed their user id"
    return _change(chat, replace(person, bsuid=bsuid, ids=ids), "user_changed_user_id", {"user_id": bsuid}, body)


def _change(chat: Chat, after: Person, kind: str, names: JsonObject, body: str) -> Written:
    before = chat.person
    chat.sim.world.people.put(after)
    chat.sim.events.publish("people", {})
    wamid = chat.text("id") or new_wamid(before.phone, outbound=False)
    item: JsonObject = {"from": before.phone} if before.shows_phone else {}
    item |= {
        "from_user_id": before.bsuid,
        "id": wamid,
        "timestamp": str(int(chat.at)),
        "type": "system",
        "system": {"body": body, "type": kind} | names,
    }
    # The vendor sends system messages without contacts.
    return Written(wamid, None, [chat.update(value_for(chat.account, [], messages=[item]))])
