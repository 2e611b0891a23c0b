"""What people do in Messenger and on Instagram alike: from a plain description to one `messaging` item.

`messenger.inbound` and `instagram.inbound` add what only one of them has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inbox.devstack.simulator.accounts import InstagramAccount, MetaAccount
from inbox.devstack.simulator.composing import Composing, Written
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject, Refused
from inbox.devstack.simulator.media import file_path, new_id
from inbox.devstack.simulator.world import DAY, Message

from .emoji import name_of
from .ids import new_mid
from .receipts import milliseconds, own_message
from .rules import Rules

Chat = Composing[MetaAccount]
MAX_EDITS = 5


@dataclass(frozen=True)
class Draft:
    """What a kind of message adds to `message`, and how the phone shows it."""

    part: JsonObject
    text: str = ""
    details: JsonObject = field(default_factory=dict)
    kind: str = ""


Drafts = dict[str, Callable[[Chat], Draft]]
Acts = dict[str, Callable[[Chat], Written]]


def write_message(chat: Chat, draft: Draft) -> Written:
    """Send a message. A known `id` is sent again as described now, without a second bubble."""
    mid = chat.text("id") or new_mid(chat.account)
    part: JsonObject = {"mid": mid} | draft.part
    if chat.reply_to and "reply_to" not in part:
        part["reply_to"] = {"mid": chat.reply_to}
    if isinstance(chat.fields.get("referral"), dict):
        part.setdefault("referral", chat.fields["referral"])
    message = chat.show(mid, draft.kind or chat.kind, draft.text, draft.details)
    open_window(chat)
    return Written(mid, message, [chat.update(item(chat, message=part), text=draft.text)])


def item(chat: Chat, **part: object) -> JsonObject:
    person = chat.sim.world.people.id_at(chat.account, chat.person)
    return {"sender": {"id": person}, "recipient": {"id": chat.account.id}, "timestamp": milliseconds(chat.at)} | part


def open_window(chat: Chat) -> None:
    chat.sim.world.windows.wrote(chat.key, chat.at, DAY)


# --- messages -------------------------------------------------------------------------------------


def text(chat: Chat) -> Draft:
    words = chat.needed()
    return Draft({"text": words}, words)


def attachment(type: str, mime_type: str) -> Callable[[Chat], Draft]:
    def make(chat: Chat) -> Draft:
        file = chat.sim.media.put_customers(chat.account.id, chat.text("mime_type", mime_type), new_id(), chat.fields)
        url = content_url(chat.sim, chat.account, file)
        words = chat.text()
        part: JsonObject = {"attachments": [{"type": type, "payload": {"url": url}}]}
        details: JsonObject = {"url": file_path(file), "mime_type": file.mime_type}
        if type == "file":
            details["filename"] = chat.text("filename", "document.pdf")
        return Draft(part | ({"text": words} if words else {}), words, details)

    return make


def shared(chat: Chat, type: str, title: str, url: str) -> Draft:
    """Make a shared post, reel or page."""
    part: JsonObject = {"attachments": [{"type": type, "payload": {"url": url, "title": title}}]}
    words = chat.text()
    details = {"title": title, "url": url, "type": chat.text("link_type", "link")}
    return Draft(part | ({"text": words} if words else {}), words, details, "link")


# --- other acts -----------------------------------------------------------------------------------


def choose(chat: Chat) -> Written:
    """Tap a quick reply, or a button of the template that `reply_to` names."""
    asked = chat.quoted()
    if asked is not None and asked.details.get("style") == "buttons":
        return post_back(chat)
    title = chat.text("title") or chat.text() or "Choice 1"
    option_id = chat.text("option_id") or title
    part: JsonObject = {"text": title, "quick_reply": {"payload": option_id}}
    # The vendor does not say which message a quick reply belonged to.
    mid = chat.text("id") or new_mid(chat.account)
    message = chat.show(mid, "choice", title, {"option_id": option_id})
    open_window(chat)
    return Written(mid, message, [chat.update(item(chat, message={"mid": mid} | part), text=title)])


def post_back(chat: Chat) -> Written:
    """Tap Get Started, an entry of the menu or a button: a postback."""
    title = chat.text("title") or "Get Started"
    payload = chat.text("option_id") or chat.text("payload") or title.upper().replace(" ", "_")
    mid = chat.text("id") or new_mid(chat.account)
    part: JsonObject = {"mid": mid, "title": title, "payload": payload}
    if isinstance(chat.fields.get("referral"), dict):
        part["referral"] = chat.fields["referral"]
    message = chat.show(mid, "choice", title, {"option_id": payload})
    open_window(chat)
    return Written(mid, message, [chat.update(item(chat, postback=part), text=title, topic="messaging_postbacks")])


def react(chat: Chat) -> Written:
    emoji = chat.text("emoji", "❤️")
    target = chat.target(outbound=None if chat.text("target") else True)
    part: JsonObject = {"mid": target, "action": "react" if emoji else "unreact"}
    if emoji:
        part |= {"reaction": name_of(emoji), "emoji": emoji}
    open_window(chat)
    message = chat.show_reaction(target, emoji)
    return Written(target, message, [chat.update(item(chat, reaction=part), topic="message_reactions")])


def edit(rules: Rules) -> Callable[[Chat], Written]:
    def make(chat: Chat) -> Written:
        target, words = chat.target(outbound=False), chat.needed()
        known = chat.sim.world.messages.get(target)
        if known is not None and known.edited >= MAX_EDITS:
            raise Refused(f"A message can be edited {MAX_EDITS} times.")
        message = chat.show_edit(target, words)
        part = {"mid": target, "text": words, "num_edit": message.edited if message else 1}
        return Written(
            target, message, [chat.update(item(chat, message_edit=part), text=words, topic=rules.edit_topic)]
        )

    return make


def unsend(chat: Chat) -> Written:
    target = chat.target(outbound=False)
    message = chat.show_unsend(target)
    return Written(target, message, [chat.update(item(chat, message={"mid": target, "is_deleted": True}))])


def refer(rules: Rules) -> Callable[[Chat], Written]:
    def make(chat: Chat) -> Written:
        """Come through an advertisement or a link: with the first words, or, without a text, back into the chat."""
        referral = _referral(chat)
        if chat.text():
            shown = {"referral": {"headline": referral.get("ads_context_data", {}).get("ad_title", "A link")}}
            return write_message(chat, Draft({"text": chat.text(), "referral": referral}, chat.text(), shown, "text"))
        open_window(chat)
        update = chat.update(item(chat, referral=referral), topic=rules.referral_topic)
        return Written("", None, [update])

    return make


def _referral(chat: Chat) -> JsonObject:
    given = chat.fields.get("referral")
    if given == "link":
        return {"ref": chat.text("ref", "window-sticker"), "source": "SHORTLINK", "type": "OPEN_THREAD"}
    picture = content_url(chat.sim, chat.account, chat.sim.media.put_sample(chat.account.id, "image/png", "ad"))
    return {
        "ref": chat.text("ref", "summer"),
        "source": "ADS",
        "type": "OPEN_THREAD",
        "ad_id": "120200000000000001",
        "ads_context_data": {"ad_title": "Fresh every morning", "photo_url": picture, "post_id": "1_2"},
    } | (given if isinstance(given, dict) else {})


def write_in_app(chat: Chat) -> Written:
    """The business writes in the vendor's own inbox: an echo without our app's id. With `target` it unsends."""
    target = chat.text("target")
    mid = target or chat.text("id") or new_mid(chat.account)
    message: Message | None
    if target:
        message = chat.show_unsend(target)
        part: JsonObject = {"mid": mid, "is_echo": True, "is_deleted": True}
    else:
        words = chat.needed()
        message = chat.show(mid, "text", words, by_app=True)
        part = {"mid": mid, "is_echo": True, "text": words}
        if chat.reply_to:
            part["reply_to"] = {"mid": chat.reply_to}
    if not isinstance(chat.account, InstagramAccount):
        part["app_id"] = 2600000000000009
    if message is None:
        raise Refused(f"There is no message “{target}”.")
    return Written(mid, message, [own_message(chat.sim, chat.account, chat.person, message, part)])


DRAFTS: Drafts = {
    "text": text,
    "image": attachment("image", "image/png"),
    "video": attachment("video", "video/mp4"),
    "voice": attachment("audio", "audio/wav"),
    "audio": attachment("audio", "audio/wav"),
    "document": attachment("file", "application/pdf"),
}
ACTS: Acts = {
    "choice": choose,
    "postback": post_back,
    "reaction": react,
    "unsend": unsend,
    "app_message": write_in_app,
}
