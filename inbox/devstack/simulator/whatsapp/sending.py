"""Judging a message that the business sends, in the vendor's order and with the vendor's errors."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.world import Message, Number, Person, digits_of

from .errors import GraphError
from .ids import new_wamid

MAX_TEXT = 4096
MAX_CALLBACK_DATA = 512
TYPES = (
    "AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LINK_PREVIEW, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO"
)


@dataclass(frozen=True)
class Order:
    """A request to send a text that is well formed. `person` is None when nobody has that address."""

    input: str
    address: str
    by_phone: bool
    person: Person | None
    text: str
    context_id: str
    callback_data: str


def read_order(sim: Simulator, number: Number, body: JsonObject) -> Order:
    """Check a send request. Raises GraphError as the vendor would answer it."""
    require_product(body)
    to, recipient = body.get("to"), body.get("recipient")
    if not to and not recipient:
        raise GraphError(100, "(#100) The parameter to is required.")
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, details="The simulator has no groups: recipient_type must be individual.")
    text = _text_of(body)
    context_id = _context_of(body)
    callback_data = body.get("biz_opaque_callback_data", "")
    if not isinstance(callback_data, str) or len(callback_data) > MAX_CALLBACK_DATA:
        length = MAX_CALLBACK_DATA
        raise GraphError(100, f"(#100) Param biz_opaque_callback_data must be at most {length} characters long.")
    if to:
        return _by_phone(sim, number, to, text, context_id, callback_data)
    person = sim.world.person_by_bsuid(str(recipient))
    address = person.phone if person else str(recipient)
    return Order(str(recipient), address, False, person, text, context_id, callback_data)


def check_rates(sim: Simulator, number: Number, order: Order) -> None:
    """Count the message against the number's and the pair's limits. Raises GraphError when one is hit."""
    settings, now = sim.world.settings, sim.now()
    if not sim.pair_rate.allow((number.id, order.address), settings.pair_limit, now):
        raise GraphError(131056)
    if not sim.number_rate.allow(number.id, settings.number_limit, now):
        raise GraphError(130429)


def accept(sim: Simulator, number: Number, order: Order) -> tuple[Message, int | None]:
    """Take the message in and return it with the code of the failure that will follow, if any."""
    message = Message(
        wamid=new_wamid(order.address, outbound=True),
        number_id=number.id,
        person=order.address,
        outbound=True,
        type="text",
        text=order.text,
        at=sim.now(),
        context_id=order.context_id,
        callback_data=order.callback_data,
        by_phone=order.by_phone,
    )
    failure = _failure_of(sim, number, order)
    if failure is None:
        sim.world.add_message(message)
        sim.events.publish("message", message.to_json())
        sim.storage.touch()
    sim.world.sent.append(
        {
            "wamid": message.wamid,
            "phone_number_id": number.id,
            "to": order.address,
            "text": order.text,
            "biz_opaque_callback_data": order.callback_data,
            "context_id": order.context_id,
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
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.wamid}]}


def require_product(body: JsonObject) -> None:
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "(#100) The parameter messaging_product is required.")


def _failure_of(sim: Simulator, number: Number, order: Order) -> int | None:
    if (order.person is not None and not order.person.on_whatsapp) or (order.person is None and not order.by_phone):
        return 131026
    return None if sim.world.window_is_open(number.id, order.address) else 131047


def _by_phone(sim: Simulator, number: Number, to: object, text: str, context_id: str, callback_data: str) -> Order:
    digits = digits_of(to) if isinstance(to, str) else ""
    if not isinstance(to, str) or not 7 <= len(digits) <= 15 or to.lstrip("+").strip("0123456789 -().") != "":
        raise GraphError(131009, details="Parameter to is not a valid phone number.")
    if digits == number.digits:
        raise GraphError(131021)
    return Order(to, digits, True, sim.world.people.get(digits), text, context_id, callback_data)


def _text_of(body: JsonObject) -> str:
    kind = body.get("type", "text")
    if not isinstance(kind, str) or kind.upper() not in TYPES.split(", "):
        raise GraphError(100, f'(#100) Param type must be one of {{{TYPES}}} - got "{kind}".')
    if kind.lower() != "text":
        raise GraphError(131051, details=f"The simulator does not play messages of type {kind} yet.")
    content = body.get("text")
    text = content.get("body") if isinstance(content, dict) else None
    if text is None or text == "":
        raise GraphError(100, "(#100) The parameter text['body'] is required.")
    if not isinstance(text, str):
        raise GraphError(100, "(#100) Param text['body'] must be a string.")
    if len(text) > MAX_TEXT:
        raise GraphError(100, f"(#100) Param text['body'] must be at most {MAX_TEXT} characters long.")
    if not text.strip():
        raise GraphError(131009, details="Message text cannot consist of white space only.")
    return text


def _context_of(body: JsonObject) -> str:
    context = body.get("context")
    if context is None:
        return ""
    wamid = context.get("message_id") if isinstance(context, dict) else None
    if not isinstance(wamid, str) or not wamid:
        raise GraphError(100, "(#100) The parameter context['message_id'] is required.")
    return wamid
