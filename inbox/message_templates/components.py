"""Reading a template's components: what they say, where their variables are, and whether we can send them. Pure.

Components are kept as the vendor lists them: HEADER, BODY, FOOTER and BUTTONS, with `{{1}}` or `{{first_name}}` in their
texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Components = Sequence[Mapping[str, Any]]

MEDIA_FORMATS = ("IMAGE", "VIDEO", "DOCUMENT")
_HEADER_FORMATS = ("TEXT", "LOCATION", *MEDIA_FORMATS)
_PARTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_BUTTON_TYPES = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL", "REQUEST_CONTACT_INFO")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Place(StrEnum):
    HEADER = "header"  # a word in the header's text
    MEDIA = "media"  # the header's picture, video or document: an id of an upload, or an address
    LOCATION = "location"
    BODY = "body"
    URL = "url"  # the end of a button's address
    CODE = "code"  # what a button copies


@dataclass(frozen=True)
class Variable:
    """What has to be filled in. `key` is unique in the template and names it to forms; `name` is what stands between
    the braces, or what kind of value it is (image, video, document, latitude, longitude, name, address, url, code).

    `index` is the position of the button that it belongs to.
    """

    key: str
    place: Place
    name: str
    example: str = ""
    index: int | None = None


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


def is_supported(components: Components) -> bool:
    """Say whether every part is one that we can fill in and show: no carousels, flows or catalogues."""
    header = header_of(components)
    return (
        bool(body_of(components))
        and all(_upper(part.get("type")) in _PARTS for part in components)
        and header.format in ("", *_HEADER_FORMATS)
        and all(button_type(button) in _BUTTON_TYPES for button in buttons_of(components))
    )


def names_in(text: str) -> list[str]:
    """Return the names of the variables in a text, each once: numbers in their order, names as they come."""
    names = list(dict.fromkeys(_VARIABLE.findall(text)))
    return sorted(names, key=int) if all(name.isdecimal() for name in names) else names


def substituted(text: str, value_of: Callable[[str], str]) -> str:
    """Return the text with its variables replaced; what stands in their place is not looked at again."""
    return _VARIABLE.sub(lambda match: value_of(match[1]), text)


def variables_of(components: Components) -> list[Variable]:
    """Return what has to be filled in, from the top of the message to its bottom."""
    return [*_header_variables(header_of(components)), *_body_variables(components), *_button_variables(components)]


def _header_variables(header: Header) -> list[Variable]:
    if header.format in MEDIA_FORMATS:
        return [Variable("header.media", Place.MEDIA, header.format.lower(), _first(header.example, "header_handle"))]
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
    return [
        Variable(f"body.{name}", Place.BODY, name, named.get(name) or _at(row, index))
        for index, name in enumerate(names_in(body_of(components)))
    ]


def _button_variables(components: Components) -> list[Variable]:
    variables = []
    for index, button in enumerate(buttons_of(components)):
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
