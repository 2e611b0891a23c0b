"""What a business hears after it has sent: the echo of its own message, and that it has been received and read."""

from __future__ import annotations

from inbox.devstack.simulator.accounts import InstagramAccount, MetaAccount
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.updates import Update
from inbox.devstack.simulator.world import Message

from .content import Content

APP_ID = 1000000000000001


def milliseconds(at: float) -> int:
    return int(at * 1000)


def echo(sim: Simulator, account: MetaAccount, person: Person, message: Message, content: Content) -> Update:
    """Return the webhook in which the account's own message, sent through the API, comes back."""
    part: JsonObject = {"mid": message.id, "is_echo": True, "app_id": APP_ID}
    if content.metadata:
        part["metadata"] = content.metadata
    if content.text and not content.attachments:
        part["text"] = content.text
    if content.attachments:
        part["attachments"] = content.attachments
    if message.reply_to:
        part["reply_to"] = {"mid": message.reply_to}
    return own_message(sim, account, person, message, part)


def own_message(sim: Simulator, account: MetaAccount, person: Person, message: Message, part: JsonObject) -> Update:
    value: JsonObject = {
        "sender": {"id": account.id},
        "recipient": {"id": sim.world.people.id_at(account, person)},
        "timestamp": milliseconds(message.at),
        "message": part,
    }
    topic = "messages" if isinstance(account, InstagramAccount) else "message_echoes"
    return Update(account.id, value, "echo", "echo", person.id, message.text, topic)


def report_received(sim: Simulator, account: MetaAccount, person: Person, message: Message) -> list[Update]:
    """Return the receipts of a message just accepted: delivered, where the vendor tells, and read if it is seen."""
    message.reported = True
    updates = []
    if not isinstance(account, InstagramAccount):
        message.status = "delivered"
        part: JsonObject = {"watermark": _watermark(sim, message.at)}
        if sim.world.settings.mids_in_receipts:
            part["mids"] = [message.id]
        updates.append(_receipt(sim, account, person, "delivery", part, "message_deliveries"))
    if message.seen or sim.world.settings.auto_read or sim.events.is_open(message.chat_key):
        message.seen = True
        updates.append(_read(sim, account, person, message))
    sim.events.publish("message", message.to_json())
    if len(updates) > 1 and sim.faults.take("reorder_webhooks", account.id, message.text):
        updates.reverse()
    return updates


def report_seen(sim: Simulator, account: MetaAccount, person: Person, unseen: list[Message]) -> None:
    """The person has looked at these messages: one receipt tells of them all."""
    reported = [message for message in unseen if message.reported]
    if not reported:
        return
    update = _read(sim, account, person, reported[-1])
    for message in reported:
        message.status = "read"
        sim.events.publish("message", message.to_json())
    sim.outbox.post([update])


def _read(sim: Simulator, account: MetaAccount, person: Person, message: Message) -> Update:
    message.status = "read"
    if isinstance(account, InstagramAccount):
        return _receipt(sim, account, person, "read", {"mid": message.id}, "messaging_seen")
    return _receipt(sim, account, person, "read", {"watermark": _watermark(sim, sim.now())}, "message_reads")


def _receipt(sim: Simulator, account: MetaAccount, person: Person, name: str, part: JsonObject, topic: str) -> Update:
    value: JsonObject = {
        "sender": {"id": sim.world.people.id_at(account, person)},
        "recipient": {"id": account.id},
        "timestamp": milliseconds(sim.now()),
        name: part,
    }
    return Update(account.id, value, "status", name, person.id, topic=topic)


def _watermark(sim: Simulator, at: float) -> int | str:
    watermark = milliseconds(at)
    return str(watermark) if sim.world.settings.text_watermarks else watermark
