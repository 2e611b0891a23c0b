"""The customer acts: from a plain description to the vendor's webhook, and to the bubble on the phone.

`text` is the body or caption; the further fields of each kind are read in the function that makes it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.composing import Composing, Written
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject, Refused
from inbox.devstack.simulator.media import file_path, new_id
from inbox.devstack.simulator.world import DAY, Message

from .envelope import contact_for, value_for
from .identity import change_bsuid, change_number
from .ids import new_wamid
from .own_app import write_in_app

Chat = Composing[Number]

ORDER: list[JsonObject] = [
    {"product_retailer_id": "roses-12", "quantity": 2, "item_price": 180.0, "currency": "HKD"},
    {"product_retailer_id": "card", "quantity": 1, "item_price": 15.0, "currency": "HKD"},
]


@dataclass(frozen=True)
class Draft:
    """What a kind of message adds to the webhook (`payload` under `type`), and how the phone shows it."""

    type: str
    payload: object
    details: JsonObject
    text: str = ""
    kind: str = ""
    extra: JsonObject | None = None


def write(chat: Chat) -> Written:
    """Let the person write to the number. A known `id` is sent again as described now, without a second bubble."""
    special = ACTS.get(chat.kind)
    if special is not None:
        return special(chat)
    draft = DRAFTS[chat.kind](chat)
    wamid = _wamid(chat)
    message = chat.show(wamid, draft.kind or draft.type, draft.text, draft.details)
    chat.sim.world.windows.wrote(chat.key, chat.at, DAY)
    return _written(chat, draft, wamid, message)


def _written(chat: Chat, draft: Draft, wamid: str, message: Message | None) -> Written:
    contacts = [contact_for(chat.person, with_phone=chat.person.shows_phone)]
    value = value_for(chat.account, contacts, messages=[_message(chat, draft, wamid)])
    return Written(wamid, message, [chat.update(value, text=draft.text)])


def _message(chat: Chat, draft: Draft, wamid: str) -> JsonObject:
    message: JsonObject = {}
    context = _context(chat)
    if context:
        message["context"] = context
    if chat.person.shows_phone:
        message["from"] = chat.person.phone
    message |= {"from_user_id": chat.person.bsuid, "id": wamid, "timestamp": str(int(chat.at)), "type": draft.type}
    if draft.payload is not None:
        message[draft.type] = draft.payload
    if chat.kind == "referral" or chat.fields.get("referral"):
        message["referral"] = _referral(chat)
    return message | (draft.extra or {})


def _context(chat: Chat) -> JsonObject:
    context: JsonObject = {}
    if chat.reply_to:
        quoted = chat.quoted()
        by_business = quoted is None or quoted.outbound
        context = {"id": chat.reply_to}
        if by_business or chat.person.shows_phone:
            context["from"] = chat.account.digits if by_business else chat.person.phone
    if chat.flag("forwarded"):
        context["forwarded"] = True
    return context


def _referral(chat: Chat) -> JsonObject:
    given = chat.fields.get("referral")
    return {
        "source_type": "post" if given == "post" else "ad",
        "source_id": "120200000000000001",
        "source_url": "https://fb.me/simulated",
        "headline": "Fresh every morning",
        "body": "Write to us about today's offer.",
        "media_type": "image",
        "image_url": content_url(chat.sim, chat.account, chat.sim.media.put_sample(chat.account.id, "image/png", "ad")),
        "ctwa_clid": "ARA" + new_id(),
    } | (given if isinstance(given, dict) else {})


def _wamid(chat: Chat) -> str:
    # The id holds the address it was made for, so it must not give a hidden phone number away.
    address = chat.person.phone if chat.person.shows_phone else chat.person.bsuid
    return chat.text("id") or new_wamid(address, outbound=False)


# --- messages -------------------------------------------------------------------------------------


def _text(chat: Chat) -> Draft:
    text = chat.needed()
    return Draft("text", {"body": text}, {}, text)


def _first_words(chat: Chat) -> Draft:
    """Write for the first time after a tap on an advertisement."""
    text = chat.text() or "Hello! Can you tell me more about this?"
    return Draft("text", {"body": text}, {"referral": _referral(chat)}, text, "text")


def _media(type: str, mime_type: str, extra: Callable[[Chat], JsonObject] = lambda _: {}) -> Callable[[Chat], Draft]:
    def make(chat: Chat) -> Draft:
        mime = chat.text("mime_type", mime_type)
        file = chat.sim.media.put_customers(chat.account.id, mime, chat.text("media_id") or new_id(), chat.fields)
        digest = base64.b64encode(hashlib.sha256(file.make()).digest()).decode("ascii")
        payload: JsonObject = {"mime_type": mime, "sha256": chat.text("sha256", digest), "id": file.id} | extra(chat)
        caption = chat.text() if type in ("image", "video", "document") else ""
        details = payload | {"url": file_path(file)}
        payload |= {"url": content_url(chat.sim, chat.account, file)} | ({"caption": caption} if caption else {})
        return Draft(type, payload, details, caption, chat.kind)

    return make


def _location(chat: Chat) -> Draft:
    payload: JsonObject = {
        "latitude": chat.decimal("latitude", 22.2819),
        "longitude": chat.decimal("longitude", 114.1581),
    }
    payload |= {name: chat.text(name) for name in ("name", "address", "url") if chat.text(name)}
    return Draft("location", payload, payload)


def _contacts(chat: Chat) -> Draft:
    contacts = chat.fields.get("contacts")
    if contacts is None:
        name, phone = chat.text("name", "Mei Chan"), chat.text("phone", "+852 5555 0199")
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


def _order(chat: Chat) -> Draft:
    items = chat.fields.get("items", ORDER)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refused("items must be a list of products in the vendor's form.")
    payload: JsonObject = {"catalog_id": "300000000000001", "product_items": items}
    if chat.text():
        payload["text"] = chat.text()
    shown = [
        {"name": item.get("product_retailer_id"), "price": item.get("item_price")}
        | {name: item.get(name) for name in ("quantity", "currency")}
        for item in items
    ]
    return Draft("order", payload, {"items": shown}, chat.text())


def _choice(chat: Chat) -> Draft:
    """A tap: on a button or a list row of the message it answers, or on the quick reply of a template."""
    asked = chat.quoted()
    title = chat.text("title") or chat.text() or "Choice 1"
    option_id = chat.text("option_id") or title
    details: JsonObject = {"option_id": option_id}
    if asked is not None and asked.kind == "template":
        return Draft("button", {"payload": option_id, "text": title}, details, title, "choice")
    description = chat.text("description")
    from_list = description or (asked is not None and asked.details.get("style") == "list")
    form = "list_reply" if from_list else "button_reply"
    reply: JsonObject = {"id": option_id, "title": title} | ({"description": description} if description else {})
    return Draft("interactive", {"type": form, form: reply}, details, title, "choice")


def _unsupported(chat: Chat) -> Draft:
    error = {
        "code": 131051,
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    what = chat.text("unsupported_type", "poll")
    return Draft("unsupported", {"type": what}, {"type": what}, extra={"errors": [error]})


# --- changes of what is there ---------------------------------------------------------------------


def _react(chat: Chat) -> Written:
    emoji = chat.text("emoji", "👍")
    target = chat.target(outbound=None if chat.text("target") else True)
    chat.sim.world.windows.wrote(chat.key, chat.at, DAY)
    draft = Draft("reaction", {"message_id": target, "emoji": emoji}, {}, emoji)
    return _written(chat, draft, _wamid(chat), chat.show_reaction(target, emoji))


def _edit(chat: Chat) -> Written:
    wamid, text = chat.target(outbound=False), chat.needed()
    target = chat.show_edit(wamid, text)
    kind = target.kind if target is not None and target.kind in ("image", "video", "document") else "text"
    content = {"body": text} if kind == "text" else (target.details if target else {}) | {"caption": text}
    edited: JsonObject = {"type": kind, kind: content}
    if target is not None and target.reply_to:
        edited["context"] = {"id": target.reply_to}
    payload = {"original_message_id": wamid, "message": edited}
    return _written(chat, Draft("edit", payload, {}, text), _wamid(chat), target)


def _unsend(chat: Chat) -> Written:
    wamid = chat.target(outbound=False)
    draft = Draft("revoke", {"original_message_id": wamid}, {})
    return _written(chat, draft, _wamid(chat), chat.show_unsend(wamid))


def _sticker_facts(chat: Chat) -> JsonObject:
    return {"animated": chat.flag("animated")}


DRAFTS: dict[str, Callable[[Chat], Draft]] = {
    "text": _text,
    "image": _media("image", "image/png"),
    "video": _media("video", "video/mp4"),
    "voice": _media("audio", "audio/ogg; codecs=opus", lambda _: {"voice": True}),
    "audio": _media("audio", "audio/ogg", lambda _: {"voice": False}),
    "document": _media("document", "application/pdf", lambda chat: {"filename": chat.text("filename", "document.pdf")}),
    "sticker": _media("sticker", "image/webp", _sticker_facts),
    "location": _location,
    "contacts": _contacts,
    "order": _order,
    "choice": _choice,
    "referral": _first_words,
    "unsupported": _unsupported,
}
ACTS: dict[str, Callable[[Chat], Written]] = {
    "reaction": _react,
    "edit": _edit,
    "unsend": _unsend,
    "number_change": change_number,
    "bsuid_change": change_bsuid,
    "app_message": write_in_app,
}
KINDS = (*DRAFTS, *ACTS)
