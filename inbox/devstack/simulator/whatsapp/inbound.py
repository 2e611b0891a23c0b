"""The customer writes: from a plain description to the vendor's webhook, and to the bubble on the phone.

`text` is the body or caption; the further fields of each kind are read in the function that makes it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from inbox.devstack.simulator.http import JsonObject, Refused
from inbox.devstack.simulator.outbox import Outcome, Update
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.world import Message, Number, Person

from .envelope import contact_for, value_for
from .ids import new_wamid

MAX_TEXT = 65_536


@dataclass(frozen=True)
class Draft:
    """What a kind of message adds to the webhook (`payload` under `type`), and how the phone shows it."""

    type: str
    payload: object
    details: JsonObject
    text: str = ""
    target: Message | None = None
    extra: JsonObject | None = None


@dataclass(frozen=True)
class Composing:
    """The description of one message, with the chat it belongs to."""

    sim: Simulator
    number: Number
    person: Person
    fields: JsonObject

    def text(self, name: str = "text", default: str = "") -> str:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            raise Refused(f"{name} must be a text of at most {MAX_TEXT} characters.")
        return value

    def decimal(self, name: str, default: float) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Refused(f"{name} must be a number.")
        return float(value)

    def target(self, *, outbound: bool) -> str:
        """Return the id of the message this one is about: the named one, or the latest of that side."""
        wamid = self.text("target_id")
        if wamid:
            return wamid
        chat = reversed(list(self.sim.world.thread(self.number.id, self.person.phone)))
        latest = next((message for message in chat if message.outbound is outbound and not message.revoked), None)
        if latest is None:
            side = "the business" if outbound else "the customer"
            raise Refused(f"There is no message of {side} in this chat; name one in target_id.")
        return latest.wamid


def write(sim: Simulator, number: Number, person: Person, fields: JsonObject) -> tuple[str, asyncio.Future[Outcome]]:
    """Let the person write to the number. Returns the message id and what tells how its webhook ended.

    Raises Refused, in words, when the description is not understood. A known `wamid` is sent again as it is
    described now, without a second bubble."""
    kind = fields.get("type", "text")
    maker = KINDS.get(kind) if isinstance(kind, str) else None
    if maker is None:
        raise Refused(f"Unknown type “{kind}”. Known: {', '.join(KINDS)}.")
    composing = Composing(sim, number, person, fields)
    draft = maker(composing)
    at = _timestamp(composing)
    # The id holds the address it was made for, so it must not give a hidden phone number away.
    address = person.bsuid if person.hide_phone else person.phone
    wamid = composing.text("wamid") or new_wamid(address, outbound=False)
    _show(composing, draft, wamid, at)
    if kind not in ("edit", "revoke"):
        sim.world.wrote(number.id, person.phone, at)
    sim.storage.touch()
    outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    contacts = [contact_for(person, with_phone=not person.hide_phone)]
    value = value_for(number, contacts, messages=[_message(composing, draft, wamid, at)])
    update = Update(number.id, value, "inbound", str(kind), person.phone, draft.text, outcome=outcome)
    sim.outbox.post([update])
    return wamid, outcome


def _message(composing: Composing, draft: Draft, wamid: str, at: float) -> JsonObject:
    message: JsonObject = {}
    context = _context(composing)
    if context:
        message["context"] = context
    if not composing.person.hide_phone:
        message["from"] = composing.person.phone
    message |= {"from_user_id": composing.person.bsuid, "id": wamid, "timestamp": str(int(at)), "type": draft.type}
    if draft.payload is not None:
        message[draft.type] = draft.payload
    if isinstance(composing.fields.get("referral"), dict):
        message["referral"] = composing.fields["referral"]
    return message | (draft.extra or {})


def _context(composing: Composing) -> JsonObject:
    quoted = composing.text("context_id")
    context: JsonObject = {}
    if quoted:
        message = composing.sim.world.messages.get(quoted)
        by_business = message is None or message.outbound
        context = {"id": quoted}
        if by_business or not composing.person.hide_phone:
            context["from"] = composing.number.digits if by_business else composing.person.phone
    if composing.fields.get("forwarded"):
        context["forwarded"] = True
    return context


def _timestamp(composing: Composing) -> float:
    value = composing.fields.get("timestamp")
    if value is None:
        return composing.sim.now()
    try:
        at = float(value)
    except (TypeError, ValueError):
        at = -1.0
    if not 0 <= at < 10**11:
        raise Refused("timestamp must be a number of unix seconds.")
    return at


def _show(composing: Composing, draft: Draft, wamid: str, at: float) -> None:
    world, events = composing.sim.world, composing.sim.events
    target = draft.target
    if target is None and wamid not in world.messages and draft.type not in ("reaction", "edit", "revoke"):
        message = Message(
            wamid=wamid,
            number_id=composing.number.id,
            person=composing.person.phone,
            outbound=False,
            type=draft.type,
            text=draft.text,
            at=at,
            context_id=composing.text("context_id"),
            details=draft.details,
        )
        world.add_message(message)
        events.publish("message", message.to_json())
    elif target is not None:
        if draft.type == "reaction":
            target.reactions.pop("customer", None)
            if draft.details["emoji"]:
                target.reactions["customer"] = draft.details["emoji"]
        elif draft.type == "edit":
            target.text, target.edited = draft.text, True
        else:
            target.text, target.details, target.revoked = "", {}, True
        events.publish("message", target.to_json())


# --- kinds ----------------------------------------------------------------------------------------


def _text(composing: Composing) -> Draft:
    text = composing.text()
    if not text:
        raise Refused("A text message needs a text.")
    return Draft("text", {"body": text}, {}, text)


def _media(kind: str, mime_type: str, extra: Callable[[Composing], JsonObject]) -> Callable[[Composing], Draft]:
    def make(composing: Composing) -> Draft:
        media_id = composing.text("media_id") or str(secrets.randbelow(9 * 10**14) + 10**14)
        digest = base64.b64encode(hashlib.sha256(media_id.encode()).digest()).decode("ascii")
        caption = composing.text("caption") or composing.text()
        payload: JsonObject = {
            "mime_type": composing.text("mime_type", mime_type),
            "sha256": composing.text("sha256", digest),
            "id": media_id,
        }
        if caption and kind in ("image", "video", "document"):
            payload["caption"] = caption
        payload |= extra(composing)
        shown = {"mime_type", "filename", "voice", "animated"}
        details = {key: value for key, value in payload.items() if key in shown}
        return Draft(kind, payload, details, caption)

    return make


def _location(composing: Composing) -> Draft:
    payload: JsonObject = {
        "latitude": composing.decimal("latitude", 22.2819),
        "longitude": composing.decimal("longitude", 114.1581),
    }
    payload |= {name: composing.text(name) for name in ("name", "address", "url") if composing.text(name)}
    return Draft("location", payload, payload)


def _contacts(composing: Composing) -> Draft:
    contacts = composing.fields.get("contacts")
    if contacts is None:
        name, phone = composing.text("name", "Mei Chan"), composing.text("phone", "+852 5555 0199")
        first, _, last = name.partition(" ")
        contacts = [
            {
                "name": {"formatted_name": name, "first_name": first} | ({"last_name": last} if last else {}),
                "phones": [{"phone": phone, "type": "CELL"}],
            }
        ]
    if not isinstance(contacts, list) or not contacts:
        raise Refused("contacts must be a list of contact cards in the vendor's form.")
    return Draft("contacts", contacts, {"contacts": contacts})


def _reaction(composing: Composing) -> Draft:
    emoji = composing.text("emoji", "👍")
    wamid = composing.target(outbound=True)
    target = composing.sim.world.messages.get(wamid)
    return Draft("reaction", {"message_id": wamid, "emoji": emoji}, {"emoji": emoji}, emoji, target)


def _button(composing: Composing) -> Draft:
    """A quick reply of a template, the vendor's own type `button`."""
    text = composing.text(default="Yes") or "Yes"
    payload = composing.text("payload") or text
    return Draft("button", {"payload": payload, "text": text}, {"payload": payload}, text)


def _reply(kind: str) -> Callable[[Composing], Draft]:
    """A choice from an interactive message: `button_reply` or `list_reply`."""

    def make(composing: Composing) -> Draft:
        title = composing.text("title") or composing.text() or "Choice 1"
        reply: JsonObject = {"id": composing.text("id") or composing.text("payload") or "choice-1", "title": title}
        if kind == "list_reply" and composing.text("description"):
            reply["description"] = composing.text("description")
        return Draft("interactive", {"type": kind, kind: reply}, {"reply": reply}, title)

    return make


def _edit(composing: Composing) -> Draft:
    wamid, text = composing.target(outbound=False), composing.text()
    if not text:
        raise Refused("An edit needs the new text.")
    target = composing.sim.world.messages.get(wamid)
    kind = target.type if target is not None and target.type in ("image", "video", "document") else "text"
    content = {"body": text} if kind == "text" else (target.details if target else {}) | {"caption": text}
    edited: JsonObject = {"type": kind, kind: content}
    if target is not None and target.context_id:
        edited["context"] = {"id": target.context_id}
    return Draft("edit", {"original_message_id": wamid, "message": edited}, {}, text, target)


def _revoke(composing: Composing) -> Draft:
    wamid = composing.target(outbound=False)
    return Draft("revoke", {"original_message_id": wamid}, {}, "", composing.sim.world.messages.get(wamid))


def _unsupported(composing: Composing) -> Draft:
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    what = composing.text("unsupported_type", "poll")
    return Draft("unsupported", {"type": what}, {"type": what}, extra={"errors": [error]})


KINDS: dict[str, Callable[[Composing], Draft]] = {
    "text": _text,
    "image": _media("image", "image/jpeg", lambda _: {}),
    "audio": _media("audio", "audio/ogg; codecs=opus", lambda c: {"voice": bool(c.fields.get("voice", True))}),
    "video": _media("video", "video/mp4", lambda _: {}),
    "document": _media("document", "application/pdf", lambda c: {"filename": c.text("filename", "document.pdf")}),
    "sticker": _media("sticker", "image/webp", lambda c: {"animated": bool(c.fields.get("animated", False))}),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "button_reply": _reply("button_reply"),
    "list": _reply("list_reply"),
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
}
