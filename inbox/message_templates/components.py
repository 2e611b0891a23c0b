"""Reading a template's components: what they say, where their variables are, and whether we can send them. Pure.

Components are kept as the vendor lists them: HEADER, BODY, FOOTER and BUTTONS, with `{{1}}` or `{{first_name}}` in their
texts, and CAROUSEL, whose cards have components of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

Components = Sequence[Mapping[str, Any]]

HEADER_FILE = "header.media"  # the key of the header's picture, video or document
MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")
_HEADER_FORMATS = ("TEXT", "LOCATION", *MEDIA_FORMATS)
_PARTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_BUTTON_TYPES = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "OTP", "VOICE_CALL", "REQUEST_CONTACT_INFO")
# Buttons for a passcode are submitted as OTP, and listed as links to here.
_PASSCODE_PAGE = re.compile(r"https://(www\.)?whatsapp\.com/otp/", re.IGNORECASE)
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Place(StrEnum):
    HEADER = "header"  # a word in the header's text
    MEDIA = "media"  # the header's picture, video or document: an id of an upload, or an address
    LOCATION = "location"
    BODY = "body"
    PASSCODE = "passcode"  # stands in the body, and goes to the button that copies it
    URL = "url"  # the end of a button's address
    CODE = "code"  # what a button copies


@dataclass(frozen=True)
class Variable:
    """What has to be filled in. `key` is unique in the template and names it to forms; `name` is what stands between
    the braces, or what kind of value it is (image, video, document, latitude, longitude, name, address, url, code).

    `index` is the position of the button that it belongs to, `card` that of the carousel's card.
    """

    key: str
    place: Place
    name: str
    example: str = ""
    index: int | None = None
    card: int | None = None


@dataclass(frozen=True)
class Header:
    format: str = ""
    text: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)


def header_of(components: Components) -> Header:
    part = _part(components, "HEADER")
    return Header(_upper(part.get("format")) or ("TEXT" if part else ""), _text(part), _object(part.get("example")))


def body_of(components: Components) -> str:
    return _text(_part(components, "BODY"))


def footer_of(components: Components) -> str:
    return _text(_part(components, "FOOTER"))


def buttons_of(components: Components) -> list[Mapping[str, Any]]:
    buttons = _part(components, "BUTTONS").get("buttons")
    return [_object(button) for button in buttons] if isinstance(buttons, list) else []


def button_type(button: Mapping[str, Any]) -> str:
    return _upper(button.get("type"))


def is_passcode_button(button: Mapping[str, Any]) -> bool:
    """Say whether a button copies, or hands over, the code that stands in the body."""
    return button_type(button) == "OTP" or bool(_PASSCODE_PAGE.match(_string(button.get("url"))))


def cards_of(components: Components) -> list[Components]:
    """Return the components of each card of a carousel."""
    cards = _part(components, "CAROUSEL").get("cards")
    found = [_object(card).get("components") for card in cards] if isinstance(cards, list) else []
    return [[_object(part) for part in parts] if isinstance(parts, list) else [] for parts in found]


def card_key(number: int, key: str) -> str:
    """Return the key of a variable in a card."""
    return f"card.{number}.{key}"


def is_supported(components: Components) -> bool:
    """Say whether every part is one that we can fill in and show."""
    return bool(body_of(components)) and not unsupported_parts(components)


def unsupported_parts(components: Components) -> list[str]:
    """Return the vendor's names of parts that we cannot fill in or show: forms, catalogues, products and the like."""
    header = header_of(components)
    parts = [_upper(part.get("type")) for part in components]
    cards = cards_of(components)
    found = [part for part in parts if part not in (*_PARTS, "CAROUSEL")]
    found += [header.format] if header.format not in ("", *_HEADER_FORMATS) else []
    found += [button_type(button) for button in buttons_of(components) if button_type(button) not in _BUTTON_TYPES]
    found += ["CAROUSEL"] if "CAROUSEL" in parts and not cards else []
    if any(is_passcode_button(button) for button in buttons_of(components)) and not names_in(body_of(components)):
        found.append("OTP")
    for card in cards:
        found += ["CAROUSEL"] if cards_of(card) else unsupported_parts(card)
    return list(dict.fromkeys(found))


def texts_of(components: Any) -> Any:
    """Return components without their examples: the vendor gives those another address each time."""
    if isinstance(components, Mapping):
        return {name: texts_of(value) for name, value in components.items() if name != "example"}
    if isinstance(components, Sequence) and not isinstance(components, str):
        return [texts_of(each) for each in components]
    return components


def version_of(components: Components) -> str:
    """Return a short word that is another one when the texts are."""
    return sha256(json.dumps(texts_of(components), sort_keys=True).encode()).hexdigest()[:16]


def names_in(text: str) -> list[str]:
    """Return the names of the variables in a text, each once: numbers in their order, names as they come."""
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def substituted(text: str, value_of: Callable[[str], str]) -> str:
    """Return the text with its variables replaced; what stands in their place is not looked at again."""
    return _VARIABLE.sub(lambda match: value_of(match[1]), text)


def variables_of(components: Components) -> list[Variable]:
    """Return what has to be filled in, from the top of the message to its bottom, then card by card."""
    found = own_variables(components)
    for number, card in enumerate(cards_of(components)):
        found += [replace(each, key=card_key(number, each.key), card=number) for each in own_variables(card)]
    return found


def own_variables(components: Components) -> list[Variable]:
    """Return the variables of a message, or of a card, without those of its cards."""
    return [*_header_variables(header_of(components)), *_body_variables(components), *_button_variables(components)]


def _header_variables(header: Header) -> list[Variable]:
    if header.format in MEDIA_FORMATS:
        return [Variable(HEADER_FILE, Place.MEDIA, header.format.lower(), _first(header.example, "header_handle"))]
    if header.format == "LOCATION":
        names = ("latitude", "longitude", "name", "address")
        return [Variable(f"header.{name}", Place.LOCATION, name) for name in names]
    named = _named_examples(header.example.get("header_text_named_params"))
    positional = header.example.get("header_text")
    return [
        Variable(f"header.{name}", Place.HEADER, name, named.get(name) or _at(positional, index))
        for index, name in enumerate(names_in(header.text))
    ]


def _body_variables(components: Components) -> list[Variable]:
    example = _object(_part(components, "BODY").get("example"))
    named = _named_examples(example.get("body_text_named_params"))
    rows = example.get("body_text")
    # A list of rows by the reference; some answers hold one row alone.
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else rows
    has_passcode = any(is_passcode_button(button) for button in buttons_of(components))
    place = Place.PASSCODE if has_passcode else Place.BODY
    return [
        Variable(f"body.{name}", place if index == 0 else Place.BODY, name, named.get(name) or _at(row, index))
        for index, name in enumerate(names_in(body_of(components)))
    ]


def _button_variables(components: Components) -> list[Variable]:
    variables = []
    for index, button in enumerate(buttons_of(components)):
        if is_passcode_button(button):
            continue  # it takes what stands in the body
        if button_type(button) == "URL" and names_in(_string(button.get("url"))):
            example = _at(button.get("example"), 0)
            variables.append(Variable(f"button.{index}", Place.URL, "url", _suffix(button, example), index))
        elif button_type(button) == "COPY_CODE":
            code = button.get("example")
            example = code if isinstance(code, str) else _at(code, 0)
            variables.append(Variable(f"button.{index}", Place.CODE, "code", example, index))
    return variables


def _suffix(button: Mapping[str, Any], example: str) -> str:
    """Return the variable part of a button's example address, which the vendor gives whole."""
    return example.removeprefix(_string(button.get("url")).partition("{{")[0])


def _part(components: Components, kind: str) -> Mapping[str, Any]:
    return next((part for part in components if _upper(part.get("type")) == kind), {})


def _named_examples(value: Any) -> dict[str, str]:
    rows = [_object(row) for row in value] if isinstance(value, list) else []
    return {_string(row.get("param_name")): _string(row.get("example")) for row in rows}


def _first(example: Mapping[str, Any], name: str) -> str:
    return _at(example.get(name), 0)


def _at(value: Any, index: int) -> str:
    return _string(value[index]) if isinstance(value, list) and index < len(value) else ""


def _text(part: Mapping[str, Any]) -> str:
    return _string(part.get("text"))


def _upper(value: Any) -> str:
    return _string(value).upper()


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
