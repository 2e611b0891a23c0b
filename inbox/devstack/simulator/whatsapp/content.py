"""What a message of the business says, by its type: the vendor's checks, and how the phone shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.media import File, file_path
from inbox.devstack.simulator.simulator import Simulator

from .errors import refusal
from .files import is_deliverable
from .template_sends import shown

MAX_TEXT = 4096
MAX_CAPTION = 1024


@dataclass(frozen=True)
class Content:
    """`kind` and `details` are the phone's; `target` is the message a reaction is about. `refused_later`: its file turns
    out to be unusable once the message is taken."""

    kind: str
    text: str = ""
    details: JsonObject = field(default_factory=dict)
    target: str = ""
    refused_later: bool = False


def read_content(sim: Simulator, number: Number, body: JsonObject) -> Content:
    """Read the part that `type` names. Raises GraphError as the vendor would answer it."""
    kind = body.get("type", "text")
    reader = READERS.get(kind.lower()) if isinstance(kind, str) else None
    if reader is None:
        known = ", ".join(sorted(name.upper() for name in READERS))
        raise refusal(100, f'(#100) Param type must be one of {{{known}}} - got "{kind}".')
    name = str(kind).lower()
    part = body.get(name)
    expected = list if name == "contacts" else dict
    if not isinstance(part, expected) or not part:
        needed = "text['body']" if name == "text" else name
        raise refusal(100, f"(#100) The parameter {needed} is required.")
    if beside := sorted(READERS.keys() & body.keys() - {name}):  # a text has no place beside a sound or a place
        raise refusal(100, f'(#100) Unexpected key "{beside[0]}" on a message of type {name}.')
    return reader(sim, number, name, part)


def text_in(body: JsonObject) -> str:
    """Return the words of a request, checked or not, for the faults that match them."""
    for name, key in (("text", "body"), ("image", "caption"), ("video", "caption"), ("document", "caption")):
        part = body.get(name)
        if isinstance(part, dict):
            text = part.get(key)
            return text if isinstance(text, str) else ""
    part = body.get("interactive")
    words = part.get("body") if isinstance(part, dict) else None
    text = words.get("text") if isinstance(words, dict) else ""
    return text if isinstance(text, str) else ""


def _text(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    text = _string(part, name, "body", MAX_TEXT)
    if not text.strip():
        raise refusal(131009, details="Message text cannot consist of white space only.")
    return Content("text", text)


def _media(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    allowed = {"id", "link"} | MEDIA_KEYS[name]
    for key in part:
        if key not in allowed:
            raise refusal(100, f'(#100) Unexpected key "{key}" on param "{name}".')
    caption = _string(part, name, "caption", MAX_CAPTION, required=False)
    file, voice = _stored(sim, number, name, part), part.get("voice") is True
    details: JsonObject = {"url": file_path(file) if file else _link(name, part)}
    if name == "document":
        details["filename"] = _string(part, name, "filename", 240, required=False) or "document"
    refused = file is not None and not is_deliverable(file, name, voice=voice)
    refused = bool(sim.faults.take("file_refused", number.id, caption)) or refused
    return Content("voice" if voice else name, caption, details, refused_later=refused)


def _stored(sim: Simulator, number: Number, name: str, part: JsonObject) -> File | None:
    media_id = part.get("id")
    if not media_id:
        return None
    file = sim.media.find(str(media_id), number.id, sim.now())
    if file is None:
        words = f"Param {name}['id'] is not a valid whatsapp business account media attachment ID"
        raise refusal(131009, details=words)
    return file


def _link(name: str, part: JsonObject) -> str:
    link = part.get("link")
    if not isinstance(link, str) or not link:
        raise refusal(100, f"(#100) The parameter {name}['id'] or {name}['link'] is required.")
    if urlsplit(link).scheme not in ("http", "https"):
        raise refusal(100, f"(#100) Param {name}['link'] is not a valid URI.")
    return link


def _location(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    if strange := sorted(part.keys() - LOCATION_KEYS):
        raise refusal(100, f'(#100) Unexpected key "{strange[0]}" on param "location".')
    for key, limit in (("latitude", 90), ("longitude", 180)):
        value = part.get(key)
        try:
            usable = not isinstance(value, bool) and abs(float(value)) <= limit
        except (TypeError, ValueError):
            usable = False
        if not usable:
            raise refusal(100, f"(#100) Param location['{key}'] must be a number.")
    return Content("location", "", dict(part))


def _contacts(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    for index, card in enumerate(part):
        full = card.get("name") if isinstance(card, dict) else None
        if not isinstance(full, dict) or not full.get("formatted_name") or len(full) < 2:
            raise refusal(131009, details=f"contacts[{index}]['name'] needs formatted_name and one other part.")
    return Content("contacts", "", {"contacts": part})


def _reaction(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    target, emoji = part.get("message_id"), part.get("emoji")
    if not isinstance(emoji, str):
        raise refusal(100, "(#100) The parameter reaction['emoji'] is required.")
    message = sim.world.messages.get(str(target))
    if message is None or message.account_id != number.id or message.revoked:
        raise refusal(131009, details="Parameter reaction['message_id'] is not the id of a message in this chat.")
    return Content("reaction", emoji, target=message.id)


def _template(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    title = _string(part, name, "name", 512)
    language = part.get("language")
    if not isinstance(language, dict) or not language.get("code"):
        raise refusal(100, "(#100) The parameter template['language']['code'] is required.")
    components = part.get("components", [])
    if not isinstance(components, list):
        raise refusal(100, "(#100) Param template['components'] must be an array.")
    values = [str(value) for component in components for value in _parameters(component)]
    if any(mark in value for value in values for mark in ("\n", "\t", "     ")):
        raise refusal(132012, "(#132012) Parameter format does not match format in the created template")
    details = {"name": title, "language": language["code"], "values": values}
    seen = shown(sim, number, title, str(language["code"]), components)
    return Content("template", "", details) if seen is None else Content("template", seen.pop("text"), details | seen)


def _parameters(component: Any) -> list[Any]:
    if not isinstance(component, dict) or str(component.get("type", "")).lower() not in (
        "header",
        "body",
        "button",
        "carousel",
    ):
        raise refusal(100, "(#100) Param template['components'] has a component of an unknown type.")
    parameters = component.get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(item, dict) and item.get("type") for item in parameters):
        raise refusal(132012, "(#132012) Parameter format does not match format in the created template")
    return [item["text"] for item in parameters if "text" in item]


def _interactive(sim: Simulator, number: Number, name: str, part: Any) -> Content:
    words = part.get("body")
    text = _string(words if isinstance(words, dict) else {}, "interactive['body']", "text", 1024)
    action = part.get("action")
    if not isinstance(action, dict):
        raise refusal(100, "(#100) The parameter interactive['action'] is required.")
    if part.get("type") == "button":
        return Content("options", text, {"style": "buttons", "options": _buttons(action.get("buttons"))})
    if part.get("type") == "list":
        label = _string(action, "interactive['action']", "button", 20)
        return Content("options", text, {"style": "list", "button": label, "options": _rows(action.get("sections"))})
    raise refusal(131051, details=f"The simulator does not play interactive messages of type {part.get('type')}.")


def _buttons(buttons: Any) -> list[JsonObject]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise refusal(131009, details="Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3.")
    replies = [item.get("reply") if isinstance(item, dict) else None for item in buttons]
    return _options(replies, "buttons", id_limit=256, title_limit=20)


def _rows(sections: Any) -> list[JsonObject]:
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        raise refusal(131009, details="Invalid sections count. Min allowed sections: 1, Max allowed sections: 10.")
    rows = [row for item in sections if isinstance(item, dict) for row in item.get("rows", [])]
    if not 1 <= len(rows) <= 10:
        raise refusal(131009, details="Total row count exceed max allowed count: 10")
    if len(sections) > 1 and not all(isinstance(item, dict) and item.get("title") for item in sections):
        raise refusal(131009, details="Section title is required when there is more than one section.")
    return _options(rows, "rows", id_limit=200, title_limit=24)


def _options(rows: list[Any], name: str, *, id_limit: int, title_limit: int) -> list[JsonObject]:
    options = []
    for row in rows:
        fields = row if isinstance(row, dict) else {}
        option = {"id": _string(fields, name, "id", id_limit), "title": _string(fields, name, "title", title_limit)}
        description = _string(fields, name, "description", 72, required=False)
        options.append(option | ({"description": description} if description else {}))
    for key in ("id", "title"):
        if len({option[key] for option in options}) < len(options):
            raise refusal(131009, details=f"Duplicated {key} among {name}.")
    return options


def _string(part: JsonObject, name: str, key: str, limit: int, *, required: bool = True) -> str:
    value = part.get(key)
    if not required and value is None:
        return ""
    if value is None or value == "":
        raise refusal(100, f"(#100) The parameter {name}['{key}'] is required.")
    if not isinstance(value, str):
        raise refusal(100, f"(#100) Param {name}['{key}'] must be a string.")
    if len(value) > limit:
        raise refusal(100, f"(#100) Param {name}['{key}'] must be at most {limit} characters long.")
    return value


MEDIA_KEYS: dict[str, set[str]] = {
    "image": {"caption"},
    "video": {"caption"},
    "document": {"caption", "filename"},
    "audio": {"voice"},
    "sticker": set(),
}
LOCATION_KEYS = {"latitude", "longitude", "name", "address"}
READERS: dict[str, Callable[[Simulator, Number, str, Any], Content]] = {
    "text": _text,
    **dict.fromkeys(MEDIA_KEYS, _media),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "template": _template,
    "interactive": _interactive,
}
