"""Judging a customer message: who may get it, what it says, and what is left of the quota."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from inbox.devstack.simulator.accounts import OfficialAccount
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.media import file_path, new_id
from inbox.devstack.simulator.people import Person
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.world import Message

from .errors import WeChatError
from .files import find

MAX_TEXT = 2_048  # bytes


@dataclass(frozen=True)
class Content:
    kind: str
    text: str = ""
    details: JsonObject = field(default_factory=dict)


def accept(sim: Simulator, account: OfficialAccount, body: JsonObject) -> Message:
    """Take the message in, and one off what may still be sent. Raises WeChatError."""
    person = recipient(sim, account, body)
    content = _content(sim, account, body)
    key = (account.id, person.id)
    if not sim.world.windows.in_time(key, sim.now()):
        raise WeChatError(45015)
    windows = sim.world.windows.open_ones(key, sim.now())
    if not windows:
        raise WeChatError(45047)
    if windows[0].left is not None:
        windows[0].left -= 1
    message = Message(
        id=f"wx{new_id()}",
        account_id=account.id,
        person=person.id,
        outbound=True,
        kind=content.kind,
        text=content.text,
        at=sim.now(),
        details=content.details,
        status="sent",
        seen=sim.events.is_open(key),
    )
    sim.world.add_message(message)
    sim.events.publish("message", message.to_json())
    sim.storage.touch()
    sim.world.sent.append(
        {
            "id": message.id,
            "account": account.id,
            "to": body["touser"],
            "kind": message.kind,
            "text": message.text,
            "correlation": "",
            "reply_to": "",
            "details": message.details,
            "at": message.at,
        }
    )
    return message


def recipient(sim: Simulator, account: OfficialAccount, body: JsonObject) -> Person:
    """Return the follower that `touser` names. Raises WeChatError."""
    person = sim.world.people.by_scoped_id(account.id, str(body.get("touser", "")))
    if person is None:
        raise WeChatError(40003)
    if not person.followed.get(account.id, True):
        raise WeChatError(43004)
    return person


def text_in(body: JsonObject) -> str:
    """Return the words of a request, checked or not, for the faults that match them."""
    for name, key in (("text", "content"), ("msgmenu", "head_content")):
        part = body.get(name)
        if isinstance(part, dict):
            return str(part.get(key, ""))
    return ""


def _content(sim: Simulator, account: OfficialAccount, body: JsonObject) -> Content:
    kind = body.get("msgtype")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise WeChatError(40008)
    part = body.get(str(kind))
    if not isinstance(part, dict):
        raise WeChatError(44002)
    return reader(sim, account, part)


def _text(sim: Simulator, account: OfficialAccount, part: JsonObject) -> Content:
    return Content("text", _words(part, "content"))


def _file(kind: str) -> Callable[[Simulator, OfficialAccount, JsonObject], Content]:
    def read(sim: Simulator, account: OfficialAccount, part: JsonObject) -> Content:
        file = find(sim, account, str(part.get("media_id", "")), kind)
        if kind == "video":
            find(sim, account, str(part.get("thumb_media_id", "")), "thumb")
        details = {"url": file_path(file), "title": str(part.get("title", ""))}
        return Content(kind, str(part.get("description", "")), details)

    return read


def _news(sim: Simulator, account: OfficialAccount, part: JsonObject) -> Content:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], dict):
        raise WeChatError(44003)
    if len(articles) > 1:
        raise WeChatError(45002)
    article = articles[0]
    details = {name: str(article.get(name, "")) for name in ("title", "url", "description")}
    details["image_url"] = str(article.get("picurl", "")).removeprefix(sim.base_url)
    return Content("link", details["title"], details)


def _menu(sim: Simulator, account: OfficialAccount, part: JsonObject) -> Content:
    entries: Any = part.get("list")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise WeChatError(47001)
    options = [{"id": str(entry.get("id", "")), "title": _words(entry, "content")} for entry in entries]
    text = "\n".join(filter(None, (_words(part, "head_content"), str(part.get("tail_content", "")))))
    return Content("options", text, {"style": "menu", "options": options})


def _program(sim: Simulator, account: OfficialAccount, part: JsonObject) -> Content:
    return Content("link", str(part.get("title", "")), {"title": str(part.get("title", "")), "type": "mini_program"})


def _words(part: JsonObject, name: str) -> str:
    words = part.get(name)
    if not isinstance(words, str) or not words.strip():
        raise WeChatError(44004)
    if len(words.encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise WeChatError(45002)
    return words


READERS: dict[str, Callable[[Simulator, OfficialAccount, JsonObject], Content]] = {
    "text": _text,
    "image": _file("image"),
    "voice": _file("voice"),
    "video": _file("video"),
    "news": _news,
    "msgmenu": _menu,
    "miniprogrampage": _program,
}
