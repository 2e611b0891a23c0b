"""The fate of a message the business sent: which statuses come, when, and in what order."""

from __future__ import annotations

import asyncio

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.updates import Outcome, Update
from inbox.devstack.simulator.world import Message

from .envelope import contact_for, value_for
from .errors import status_error

PRICE_OF_ANSWERS: JsonObject = {
    "billable": False,
    "pricing_model": "PMP",
    "type": "free_customer_service",
    "category": "service",
}
PRICE_OF_TEMPLATES: JsonObject = {
    "billable": True,
    "pricing_model": "PMP",
    "type": "regular",
    "category": "utility",
}


def report(sim: Simulator, message: Message, failure: int | None) -> list[asyncio.Future[Outcome]]:
    """Send the statuses of a message just accepted, `failed` with that code or the steps of a delivery.

    Returns what tells when each has reached the business; empty when a fault keeps them back."""
    number = sim.world.number(message.account_id)
    if number is None or sim.faults.take("no_statuses", number.id, message.text):
        message.silent = True
        return []
    delay = sim.faults.take("status_delay", number.id, message.text)
    if delay is None:
        return _post(sim, number, message, failure)
    release = sim.outbox.expect()

    def late() -> None:
        _post(sim, number, message, failure)
        release()

    sim.outbox.later(delay.seconds, late)
    return []


def report_seen(sim: Simulator, number: Number, unseen: list[Message]) -> None:
    """The person has looked at these messages: report it of each whose delivery is reported."""
    for message in unseen:
        # One that is not reported yet gets its `read` after its `delivered`.
        if message.reported and not message.silent:
            _step(sim, message, "read")
            sim.outbox.post([_update(sim, number, message, "read")])


def _post(sim: Simulator, number: Number, message: Message, failure: int | None) -> list[asyncio.Future[Outcome]]:
    steps = ["failed"] if failure else ["sent", "delivered"]
    if message.kind == "reaction":
        steps = steps[:1]
    elif not failure and (message.seen or sim.world.settings.auto_read or sim.events.is_open(message.chat_key)):
        message.seen = True
        steps.append("read")
    message.reported = True
    updates = [_update(sim, number, message, step, failure) for step in steps]
    _step(sim, message, steps[-1])
    if len(updates) > 1 and sim.faults.take("reorder_webhooks", number.id, message.text):
        updates.reverse()
    outcomes = [update.expect() for update in updates]
    sim.outbox.post(updates)
    return outcomes


def _step(sim: Simulator, message: Message, status: str) -> None:
    message.status = status
    if status != "failed" and message.id in sim.world.messages:
        sim.events.publish("message", message.to_json())


def _update(sim: Simulator, number: Number, message: Message, step: str, failure: int | None = None) -> Update:
    person = sim.world.people.by_id.get(message.person) or Person(message.person, "", message.person, "")
    status: JsonObject = {"id": message.id, "status": step, "timestamp": str(int(sim.now()))}
    # A hidden phone number is hidden here too, unless the business used it to send.
    knows_phone = bool(person.phone) and (message.by_phone or not person.hide_phone)
    if knows_phone:
        status["recipient_id"] = person.phone
    if person.bsuid:
        status["recipient_user_id"] = person.bsuid
    if message.correlation:
        status["biz_opaque_callback_data"] = message.correlation
    if step in ("sent", "delivered"):
        status["pricing"] = PRICE_OF_TEMPLATES if message.kind == "template" else PRICE_OF_ANSWERS
    contacts = []
    if failure:
        status["errors"] = [status_error(failure)]
    elif person.bsuid:
        contacts = [contact_for(person, with_phone=knows_phone, with_username=step != "sent")]
    return Update(
        number.id,
        value_for(number, contacts, statuses=[status]),
        "status",
        label=step,
        person=message.person,
        text=message.text,
    )
