"""What a message of the business says: the vendor's checks of `message`, and how the phone shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from inbox.devstack.simulator.accounts import MetaAccount
from inbox.devstack.simulator.content_network import content_url
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.media import file_path
from inbox.devstack.simulator.simulator import Simulator

from .errors import refusal
from .rules import Rules

MAX_METADATA = 1_000
KINDS = {"image": "image", "video": "video", "audio": "audio", "file": "document", "like_heart": "sticker"}


@dataclass(frozen=True)
class Content:
    """`attachments` are as the echo repeats them."""

    kind: str
    text: str = ""
    details: JsonObject = field(default_factory=dict)
    attachments: list[JsonObject] = field(default_factory=list)
    metadata: str = ""


def read_content(sim: Simulator, account: MetaAccount, rules: Rules, message: Any) -> Content:
    """Read `message`. Raises GraphError as the vendor would answer it."""
    if not isinstance(message, dict) or not message:
        raise refusal(100, "The parameter message is required.")
    metadata = message.get("metadata", "")
    if not isinstance(metadata, str) or len(metadata) > MAX_METADATA:
        raise refusal(100, f"Length of param message[metadata] must be less than or equal to {MAX_METADATA}")
    text, options = _text(rules, message.get("text")), _quick_replies(message.get("quick_replies"))
    parts = message.get("attachments") or ([message["attachment"]] if "attachment" in message else [])
    if not isinstance(parts, list):
        raise refusal(100, "Param message[attachments] must be an array.")
    if bool(text) == bool(parts):
        raise refusal(100, "Must upload exactly one of text or attachment in message.")
    details: JsonObject = {"style": "quick_replies", "options": options} if options else {}
    if text:
        return Content("options" if options else "text", text, details, metadata=metadata)
    if len(parts) > 1 and (len(parts) > 30 or any(_type(part) != "image" for part in parts)):
        raise refusal(100, "Param message[attachments] takes up to 30 attachments of type image.")
    if _type(parts[0]) == "template":
        return _template(parts[0], metadata)
    attachments = [_attachment(sim, account, rules, part) for part in parts]
    urls = [part["payload"]["url"] for part in attachments if "payload" in part]
    details |= _shown(sim, parts[0], urls[0]) if urls else {"heart": True}
    if len(urls) > 1:
        details["urls"] = urls
    return Content(KINDS.get(_type(parts[0]), "link"), "", details, attachments, metadata)


def text_in(body: JsonObject) -> str:
    """Return the words of a request, checked or not, for the faults that match them."""
    message = body.get("message")
    text = message.get("text") if isinstance(message, dict) else ""
    return text if isinstance(text, str) else ""


def _text(rules: Rules, text: Any) -> str:
    if text is None:
        return ""
    if not isinstance(text, str) or not text.strip():
        raise refusal(100, "Param message[text] must be a non-empty string.")
    length = len(text.encode("utf-8", "surrogatepass")) if rules.text_in_bytes else len(text)
    if length > rules.text_limit:
        unit = "bytes" if rules.text_in_bytes else "characters"
        raise refusal(100, f"Length of param message[text] must be less than or equal to {rules.text_limit} {unit}")
    return text


def _quick_replies(replies: Any) -> list[JsonObject]:
    if replies is None:
        return []
    if not isinstance(replies, list) or not 1 <= len(replies) <= 13:
        raise refusal(100, "Param message[quick_replies] must have 1 to 13 elements.")
    for reply in replies:
        if not isinstance(reply, dict) or reply.get("content_type") not in ("text", "user_phone_number", "user_email"):
            raise refusal(100, "Param message[quick_replies] has an element without a valid content_type.")
        if reply["content_type"] == "text":
            _limited(reply, "title", 20)
            _limited(reply, "payload", 1_000)
    return [{"id": reply.get("payload", ""), "title": reply.get("title", "")} for reply in replies]


def _attachment(sim: Simulator, account: MetaAccount, rules: Rules, part: Any) -> JsonObject:
    kind = _type(part)
    if kind not in rules.attachments:
        raise refusal(100, f"Param message[attachment][type] must be one of {{{', '.join(sorted(rules.attachments))}}}")
    if kind == "like_heart":
        return {"type": kind}
    payload = part.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    file = sim.media.find(str(payload.get("attachment_id", "")), account.id, sim.now())
    if file is not None and file.kind == kind:
        return {"type": kind, "payload": {"url": content_url(sim, account, file)}}
    url = payload.get("id") if kind == "MEDIA_SHARE" else payload.get("url")
    if not isinstance(url, str) or (kind != "MEDIA_SHARE" and urlsplit(url).scheme not in ("http", "https")):
        raise refusal(100, "The attachment has neither a valid url nor a valid attachment_id.", subcode=2018074)
    return {"type": kind, "payload": {"url": url}}


def _shown(sim: Simulator, part: JsonObject, url: str) -> JsonObject:
    """Return where the phone finds the file, and its name."""
    file = sim.media.get(str((part.get("payload") or {}).get("attachment_id", "")))
    if file is None:
        return {"url": url}
    return {"url": file_path(file)} | ({"filename": file.filename} if file.kind == "file" else {})


def _template(part: JsonObject, metadata: str) -> Content:
    payload = part.get("payload")
    form = payload.get("template_type") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or form not in ("button", "generic"):
        raise refusal(100, "Param message[attachment][payload][template_type] is not one the simulator plays.")
    if form == "generic":
        elements = payload.get("elements")
        if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
            raise refusal(100, "Param message[attachment][payload][elements] must have 1 to 10 elements.")
        return Content("template", "", {"elements": elements}, [part], metadata)
    text = _limited(payload, "text", 640)
    buttons = payload.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise refusal(100, "Param message[attachment][payload][buttons] must have 1 to 3 elements.")
    options = [
        {"id": str(item.get("payload") or item.get("url")), "title": _limited(item, "title", 20)} for item in buttons
    ]
    return Content("options", text, {"style": "buttons", "options": options}, [part], metadata)


def _limited(part: Any, name: str, limit: int) -> str:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value or len(value) > limit:
        raise refusal(100, f"Param {name} must be a string of 1 to {limit} characters.")
    return value


def _type(part: Any) -> str:
    return str(part.get("type", "")) if isinstance(part, dict) else ""
