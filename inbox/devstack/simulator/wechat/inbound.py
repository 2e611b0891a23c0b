"""What followers do: from a plain description to the fields of the vendor's XML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inbox.devstack.simulator.accounts import OfficialAccount
from inbox.devstack.simulator.composing import Composing, Written
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject, Refused
from inbox.devstack.simulator.media import File, file_path, new_id
from inbox.devstack.simulator.world import DAY

Chat = Composing[OfficialAccount]

MESSAGE_WINDOW, MESSAGES = 2 * DAY, 5
ACT_WINDOW, MESSAGES_AFTER_ACT = 60, 3


@dataclass(frozen=True)
class Draft:
    """What a kind of message adds to the XML, and how the phone shows it."""

    fields: JsonObject
    text: str = ""
    details: JsonObject = field(default_factory=dict)
    kind: str = ""


def write(chat: Chat) -> Written:
    """Let the follower write or act. A known `id` is sent again as described now, without a second bubble."""
    act = ACTS.get(chat.kind)
    if act is not None:
        return act(chat)
    if not follows(chat):
        raise Refused(f"{chat.person.name} does not follow {chat.account.name}: follow first.")
    draft = DRAFTS[chat.kind](chat)
    message_id = chat.text("id") or f"24{new_id()}"
    if not message_id.isdigit():
        raise Refused("The id of a WeChat message consists of digits.")
    message = chat.show(message_id, draft.kind or chat.kind, draft.text, draft.details)
    chat.sim.world.windows.wrote(chat.key, chat.at, MESSAGE_WINDOW, MESSAGES)
    fields = _base(chat) | draft.fields | {"MsgId": int(message_id)}
    return Written(message_id, message, [chat.update(fields, text=draft.text)])


def follows(chat: Chat) -> bool:
    return chat.person.followed.get(chat.account.id, True)


def _base(chat: Chat) -> JsonObject:
    return {
        "ToUserName": chat.account.id,
        "FromUserName": chat.sim.world.people.id_at(chat.account, chat.person),
        "CreateTime": int(chat.at),
    }


# --- messages -------------------------------------------------------------------------------------


def _text(chat: Chat) -> Draft:
    words = chat.needed()
    return Draft({"MsgType": "text", "Content": words}, words)


def _image(chat: Chat) -> Draft:
    file = _sent(chat, "image/png")
    fields = {"MsgType": "image", "PicUrl": content_url(chat.sim, chat.account, file), "MediaId": file.id}
    return Draft(fields, "", {"url": file_path(file)})


def _voice(chat: Chat) -> Draft:
    file = _sent(chat, "audio/amr")
    heard = {"Recognition": chat.text("recognition")} if chat.text("recognition") else {}
    details = {"url": file_path(file)}
    return Draft({"MsgType": "voice", "MediaId": file.id, "Format": "amr"} | heard, "", details)


def _video(chat: Chat) -> Draft:
    file, still = _sent(chat, "video/mp4"), _sample(chat, "image/png")
    fields = {"MsgType": "video", "MediaId": file.id, "ThumbMediaId": still.id}
    return Draft(fields, "", {"url": file_path(file)})


def _location(chat: Chat) -> Draft:
    latitude, longitude = chat.decimal("latitude", 22.2819), chat.decimal("longitude", 114.1581)
    label = chat.text("name", "Star Ferry Pier")
    fields = {"MsgType": "location", "Location_X": latitude, "Location_Y": longitude, "Scale": 15, "Label": label}
    return Draft(fields, "", {"latitude": latitude, "longitude": longitude, "name": label})


def _link(chat: Chat) -> Draft:
    title = chat.text("title", "Peony care")
    if chat.text("link_type") == "mini_program":
        file = _sample(chat, "image/png")
        fields: JsonObject = {"MsgType": "miniprogrampage", "Title": title, "AppId": "wx0123456789abcdef"}
        fields |= {
            "PagePath": "pages/index",
            "ThumbUrl": content_url(chat.sim, chat.account, file),
            "ThumbMediaId": file.id,
        }
        return Draft(fields, "", {"title": title, "type": "mini_program"})
    url, words = chat.text("url", "https://example.com/peonies"), chat.text()
    fields = {"MsgType": "link", "Title": title, "Description": words, "Url": url}
    return Draft(fields, words, {"title": title, "url": url})


def _choice(chat: Chat) -> Draft:
    """Tap an entry of a menu message: a text with the entry's id."""
    title = chat.text("title") or chat.text() or "Choice 1"
    option_id = chat.text("option_id") or title
    return Draft({"MsgType": "text", "Content": title, "bizmsgmenuid": option_id}, title, {"option_id": option_id})


def _unsupported(chat: Chat) -> Draft:
    what = chat.text("unsupported_type", "emoji")
    return Draft({"MsgType": what}, "", {"type": what})


def _sent(chat: Chat, mime_type: str) -> File:
    return chat.sim.media.put_customers(chat.account.id, mime_type, f"wx{new_id()}", chat.fields)


def _sample(chat: Chat, mime_type: str) -> File:
    return chat.sim.media.put_sample(chat.account.id, mime_type, f"wx{new_id()}")


# --- events ---------------------------------------------------------------------------------------


def _follow(chat: Chat) -> Written:
    scene = chat.text("scene")
    by_code = {"EventKey": f"qrscene_{scene}", "Ticket": "gQH" + new_id()} if scene else {"EventKey": ""}
    _set_followed(chat, True)
    return _act(chat, {"Event": "subscribe"} | by_code)


def _unfollow(chat: Chat) -> Written:
    _set_followed(chat, False)
    chat.sim.world.windows.close(chat.key)
    return _event(chat, {"Event": "unsubscribe", "EventKey": ""})


def _scan(chat: Chat) -> Written:
    """Scan the account's code: whoever does not follow yet does so by it."""
    scene = chat.text("scene", "shop-window")
    if not follows(chat):
        _set_followed(chat, True)
        return _act(chat, {"Event": "subscribe", "EventKey": f"qrscene_{scene}", "Ticket": "gQH" + new_id()})
    return _act(chat, {"Event": "SCAN", "EventKey": scene, "Ticket": "gQH" + new_id()})


def _menu(chat: Chat) -> Written:
    """Tap an entry of the account's menu: a key, or a page where `url` names one, which allows no answer."""
    if chat.text("url"):
        return _event(chat, {"Event": "VIEW", "EventKey": chat.text("url"), "MenuId": 1})
    return _act(chat, {"Event": "CLICK", "EventKey": chat.text("key", "OPENING_HOURS")})


def _act(chat: Chat, fields: JsonObject) -> Written:
    chat.sim.world.windows.acted(chat.key, chat.at, ACT_WINDOW, MESSAGES_AFTER_ACT)
    return _event(chat, fields)


def _event(chat: Chat, fields: JsonObject) -> Written:
    return Written("", None, [chat.update(_base(chat) | {"MsgType": "event"} | fields)])


def _set_followed(chat: Chat, followed: bool) -> None:
    chat.person.followed[chat.account.id] = followed
    chat.sim.events.publish("people", {})


DRAFTS: dict[str, Callable[[Chat], Draft]] = {
    "text": _text,
    "image": _image,
    "sticker": _image,
    "voice": _voice,
    "video": _video,
    "location": _location,
    "link": _link,
    "choice": _choice,
    "unsupported": _unsupported,
}
ACTS: dict[str, Callable[[Chat], Written]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "scan": _scan,
    "menu": _menu,
}
KINDS = (*DRAFTS, *ACTS)
