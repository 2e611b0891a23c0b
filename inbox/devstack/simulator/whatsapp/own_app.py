"""The business writes in the vendor's own phone app: what it sends there comes back as an echo."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.composing import Composing, Written
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.world import Message

from .envelope import value_for
from .ids import new_wamid

Chat = Composing[Number]


def write_in_app(chat: Chat) -> Written:
    """Write `text`; with `target`, change that message of the business to it, or delete it where `text` is empty."""
    person, target = chat.person, chat.text("target")
    text = chat.text() if target else chat.needed()
    wamid = chat.text("id") or new_wamid(person.phone, outbound=True)
    message, part = _part(chat, wamid, text, target)
    item: JsonObject = {"from": chat.account.digits}
    if person.shows_phone:
        item["to"] = person.phone
    item |= {"to_user_id": person.bsuid, "id": wamid, "timestamp": str(int(chat.at))}
    value = value_for(chat.account, [], message_echoes=[item | part])
    return Written(wamid, message, [chat.update(value, text=text, topic="smb_message_echoes", kind="echo")])


def _part(chat: Chat, wamid: str, text: str, target: str) -> tuple[Message | None, JsonObject]:
    if not target:
        return chat.show(wamid, "text", text, by_app=True), {"type": "text", "text": {"body": text}}
    if not text:
        return chat.show_unsend(target), {"type": "revoke", "revoke": {"original_message_id": target}}
    edited = {"original_message_id": target, "message": {"type": "text", "text": {"body": text}}}
    return chat.show_edit(target, text), {"type": "edit", "edit": edited}
