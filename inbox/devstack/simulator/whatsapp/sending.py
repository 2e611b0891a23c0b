"""Judging a message that the business sends, in the vendor's order and with the vendor's errors."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.devstack.simulator.accounts import Number, digits_of
from inbox.devstack.simulator.composing import react
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.people import Person, new_person
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.world import Message

from .content import Content, read_content
from .errors import refusal
from .ids import new_wamid

MAX_CALLBACK_DATA = 512


@dataclass(frozen=True)
class Order:
    """A request to send that is well formed. `person` is None when nobody has that address."""

    input: str
    address: str
    by_phone: bool
    person: Person | None
    content: Content
    reply_to: str
    callback_data: str

    @property
    def chat(self) -> str:
        """The person in the chat's key, who may be a stranger."""
        return self.person.id if self.person else self.address


def read_order(sim: Simulator, number: Number, body: JsonObject) -> Order:
    """Check a send request. Raises GraphError as the vendor would answer it."""
    require_product(body)
    to, recipient = body.get("to"), body.get("recipient")
    if not to and not recipient:
        raise refusal(100, "(#100) The parameter to is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise refusal(100, details="The simulator has no groups: recipient_type must be individual.")
    content = read_content(sim, number, body)
    reply_to = _context_of(body)
    callback_data = body.get("biz_opaque_callback_data", "")
    if not isinstance(callback_data, str) or len(callback_data) > MAX_CALLBACK_DATA:
        length = MAX_CALLBACK_DATA
        raise refusal(100, f"(#100) Param biz_opaque_callback_data must be at most {length} characters long.")
    if to:
        digits = _digits_of(number, to)
        return Order(str(to), digits, True, sim.world.people.by_phone(digits), content, reply_to, callback_data)
    person = sim.world.people.by_bsuid(str(recipient))
    address = (person.phone if person else "") or str(recipient)
    return Order(str(recipient), address, False, person, content, reply_to, callback_data)


def check_rates(sim: Simulator, number: Number, order: Order) -> None:
    """Count the message against the number's and the pair's limits. Raises GraphError when one is hit."""
    settings, now = sim.world.settings, sim.now()
    if not sim.pair_rate.allow((number.id, order.address), settings.pair_limit, now):
        raise refusal(131056)
    if not sim.number_rate.allow(number.id, settings.number_limit, now):
        raise refusal(130429)


def accept(sim: Simulator, number: Number, order: Order) -> tuple[Message, int | None]:
    """Take the message in and return it with the code of the failure that will follow, if any."""
    failure = _failure_of(sim, number, order)
    if failure is None and order.person is None:
        sim.world.people.put(new_person(order.address, phone=order.address))
    message = Message(
        id=new_wamid(order.address, outbound=True),
        account_id=number.id,
        person=order.chat,
        outbound=True,
        kind=order.content.kind,
        text=order.content.text,
        at=sim.now(),
        reply_to=order.reply_to,
        details=order.content.details,
        correlation=order.callback_data,
        by_phone=order.by_phone,
    )
    if failure is None:
        if order.content.target:
            react(sim, order.content.target, order.content.text, by="business")
        else:
            sim.world.add_message(message)
            sim.events.publish("message", message.to_json())
        sim.storage.touch()
    sim.world.sent.append(
        {
            "id": message.id,
            "account": number.id,
            "to": order.address,
            "kind": message.kind,
            "text": message.text,
            "correlation": order.callback_data,
            "reply_to": order.reply_to or order.content.target,
            "details": message.details,
            "at": message.at,
        }
    )
    return message, failure


def answer_for(order: Order, message: Message) -> JsonObject:
    contact: JsonObject = {"input": order.input}
    if order.by_phone:
        contact["wa_id"] = order.address
    if order.person:
        contact["user_id"] = order.person.bsuid
    sent: JsonObject = {"id": message.id}
    if message.kind == "template":
        sent["message_status"] = "accepted"
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]}


def require_product(body: JsonObject) -> None:
    if body.get("messaging_product") != "whatsapp":
        raise refusal(100, "(#100) The parameter messaging_product is required.")


def _failure_of(sim: Simulator, number: Number, order: Order) -> int | None:
    if (order.person is not None and not order.person.on_whatsapp) or (order.person is None and not order.by_phone):
        return 131026
    if order.content.kind != "template":
        window = sim.world.windows.last((number.id, order.chat))
        if window is None or not window.is_open(sim.now()):
            return 131047
    return 131053 if order.content.refused_later else None


def _digits_of(number: Number, to: object) -> str:
    digits = digits_of(to) if isinstance(to, str) else ""
    if not isinstance(to, str) or not 7 <= len(digits) <= 15 or to.lstrip("+").strip("0123456789 -().") != "":
        raise refusal(131009, details="Parameter to is not a valid phone number.")
    if digits == number.digits:
        raise refusal(131021)
    return digits


def _context_of(body: JsonObject) -> str:
    context = body.get("context")
    if context is None:
        return ""
    wamid = context.get("message_id") if isinstance(context, dict) else None
    if not isinstance(wamid, str) or not wamid:
        raise refusal(100, "(#100) The parameter context['message_id'] is required.")
    return wamid
