"""From a template and values to what is sent and what the customer will see. Pure.

Values stand under the keys of `variables_of`. `fill` refuses what the vendor would, by the key of each variable;
`preview_of` shows the template however little is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from .components import (
    MEDIA_FORMATS,
    Components,
    Place,
    Variable,
    body_of,
    button_type,
    buttons_of,
    footer_of,
    header_of,
    is_supported,
    names_in,
    substituted,
    variables_of,
)

__all__ = [
    "FilledTemplate",
    "NotFilled",
    "Place",
    "Variable",
    "fill",
    "is_named",
    "prefilled",
    "preview_of",
    "variables_of",
]

HEADER_LIMIT = 60
BODY_LIMIT = 1024
URL_LIMIT = 2000
CODE_LIMIT = 15
PLACE_LIMIT = 1000
FILENAME_LIMIT = 240

_BROKEN = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {4}")
_MEDIA_ID = re.compile(r"[A-Za-z0-9_:.-]{1,255}")
_BOUNDS = {"latitude": 90, "longitude": 180}

_FACTS = ("name", "first_name", "phone")
_KNOWN_AS = {
    "name": "{name}",
    "customer_name": "{name}",
    "full_name": "{name}",
    "first_name": "{first_name}",
    "phone": "{phone}",
    "phone_number": "{phone}",
}


class Fillable(Protocol):
    """What of a MessageTemplate is needed."""

    name: str
    language: str
    category: str
    parameter_format: str
    components: Any


@dataclass(frozen=True)
class FilledTemplate:
    """A template ready to be sent. `components` are those of the vendor's API, `text` the body as the customer reads it,
    `preview` all of it as the phone shows it (see `preview_of`)."""

    name: str
    language: str
    category: str
    components: tuple[dict[str, Any], ...]
    text: str
    preview: dict[str, Any] = field(default_factory=dict)


class NotFilled(Exception):
    """Values are missing or unusable. `errors` are sentences by variable key; those under "" are about the template."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def is_named(template: Fillable) -> bool:
    """Say whether the variables have names; else they have numbers."""
    return template.parameter_format.upper() == "NAMED"


def fill(template: Fillable, values: Mapping[str, str]) -> FilledTemplate:
    """Fill the template in. Raises NotFilled with a sentence for each value that is missing or unusable."""
    components: Components = template.components
    if not is_supported(components):
        raise NotFilled({"": _("This template has parts that cannot be sent from here.")})
    variables = variables_of(components)
    clean = {variable.key: values.get(variable.key, "").strip() for variable in variables}
    errors = {variable.key: problem for variable in variables if (problem := _problem(variable, clean[variable.key]))}
    errors = errors or _length_errors(components, variables, clean)
    if errors:
        raise NotFilled(errors)
    preview = preview_of(components, clean)
    return FilledTemplate(
        name=template.name,
        language=template.language,
        category=template.category,
        components=tuple(_parameters(template, variables, clean)),
        text=preview["body"],
        preview=preview,
    )


def preview_of(components: Components, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return header (format, text, media, location), body, footer and buttons (type, text, url, phone, code).

    A variable without a value stays as it is written in the template.
    """
    given = {key: value.strip() for key, value in (values or {}).items()}

    def filled(text: str, prefix: str) -> str:
        return substituted(text, lambda name: given.get(f"{prefix}.{name}") or f"{{{{{name}}}}}")

    header = header_of(components)
    place = {name: given.get(f"header.{name}", "") for name in ("latitude", "longitude", "name", "address")}
    return {
        "header": {
            "format": header.format,
            "text": filled(header.text, "header"),
            "media": given.get("header.media", "") if header.format in MEDIA_FORMATS else "",
            "location": place if header.format == "LOCATION" else {},
        },
        "body": filled(body_of(components), "body"),
        "footer": footer_of(components),
        "buttons": [
            _button_preview(button, given.get(f"button.{index}", ""))
            for index, button in enumerate(buttons_of(components))
        ],
    }


def prefilled(template: Fillable, defaults: Mapping[str, str], customer: Mapping[str, str]) -> dict[str, str]:
    """Return what can be filled in by itself: the defaults, else variables that are called like a fact of the customer.

    A default may hold `{name}`, `{first_name}` and `{phone}`; one whose fact is unknown fills in nothing.
    """
    values = {}
    for variable in variables_of(template.components):
        default = defaults.get(variable.key, "") or _KNOWN_AS.get(variable.name.lower(), "")
        facts = re.findall(r"\{(\w+)\}", default)
        if default and all(customer.get(fact) for fact in facts if fact in _FACTS):
            value = re.sub(r"\{(\w+)\}", lambda match: customer.get(match[1], match[0]), default)
            # A customer's name is what they made of it: what the vendor refuses in it is only white space.
            values[variable.key] = " ".join(value.split()) if facts else value
    return values


# --- what is wrong --------------------------------------------------------------------------------


def _problem(variable: Variable, value: str) -> str:
    if not value:
        return "" if variable.place is Place.LOCATION and variable.name in ("name", "address") else _("Fill this in.")
    if _BROKEN.search(value):
        return _("Line breaks, tabs and four spaces in a row are not allowed here.")
    if variable.place is Place.MEDIA:
        return _media_problem(value)
    if variable.place is Place.LOCATION:
        return _location_problem(variable.name, value)
    if variable.place is Place.URL and any(char.isspace() for char in value):
        return _("An address has no spaces.")
    if variable.place is Place.CODE and len(value) > CODE_LIMIT:
        return _too_long(len(value), CODE_LIMIT)
    return ""


def _media_problem(value: str) -> str:
    parts = _split(value)
    if parts is not None and parts.scheme == "https" and parts.hostname and not any(char.isspace() for char in value):
        return "" if len(value) <= URL_LIMIT else _too_long(len(value), URL_LIMIT)
    return "" if _MEDIA_ID.fullmatch(value) and not value.startswith("http") else _("Enter an address with https://.")


def _location_problem(name: str, value: str) -> str:
    if name not in _BOUNDS:
        return "" if len(value) <= PLACE_LIMIT else _too_long(len(value), PLACE_LIMIT)
    usable = re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", value, re.ASCII) and abs(float(value)) <= _BOUNDS[name]
    return "" if usable else _("Enter degrees as a number, such as 22.3.")


def _length_errors(components: Components, variables: list[Variable], values: Mapping[str, str]) -> dict[str, str]:
    """Return errors of texts that became too long, at their longest value."""
    preview = preview_of(components, values)
    errors = {}
    for place, text, limit in (
        (Place.HEADER, preview["header"]["text"], HEADER_LIMIT),
        (Place.BODY, preview["body"], BODY_LIMIT),
    ):
        here = [variable for variable in variables if variable.place is place]
        if here and len(text) > limit:
            longest = max(here, key=lambda variable: len(values[variable.key]))
            errors[longest.key] = _too_long(len(text), limit)
    for variable in variables:
        if variable.place is Place.URL and variable.index is not None:
            length = len(preview["buttons"][variable.index]["url"])
            if length > URL_LIMIT:
                errors[variable.key] = _too_long(length, URL_LIMIT)
    return errors


def _too_long(length: int, limit: int) -> str:
    return _("Too long: %(length)d characters in all, %(limit)d are allowed.") % {"length": length, "limit": limit}


# --- what is sent ---------------------------------------------------------------------------------


def _parameters(template: Fillable, variables: list[Variable], values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the components of the send call; parts without variables are left out."""
    named = is_named(template)
    sent: list[dict[str, Any]] = []
    for kind, places in (("header", (Place.HEADER, Place.MEDIA)), ("body", (Place.BODY,))):
        here = [variable for variable in variables if variable.place in places]
        if here:
            sent.append({"type": kind, "parameters": [_parameter(each, values[each.key], named) for each in here]})
    place = {each.name: values[each.key] for each in variables if each.place is Place.LOCATION and values[each.key]}
    if place:
        sent.append({"type": "header", "parameters": [{"type": "location", "location": place}]})
    for variable in variables:
        if variable.index is not None:
            sent.append(_button_parameter(variable, values[variable.key]))
    return sent


def _parameter(variable: Variable, value: str, named: bool) -> dict[str, Any]:
    if variable.place is Place.MEDIA:
        return {"type": variable.name, variable.name: _media(variable.name, value)}
    parameter = {"type": "text", "text": value}
    return {**parameter, "parameter_name": variable.name} if named else parameter


def _media(kind: str, value: str) -> dict[str, str]:
    if not value.startswith("https://"):
        return {"id": value}
    filename = unquote(PurePosixPath(urlsplit(value).path).name)[:FILENAME_LIMIT]
    return {"link": value, "filename": filename} if kind == "document" and filename else {"link": value}


def _button_parameter(variable: Variable, value: str) -> dict[str, Any]:
    code = variable.place is Place.CODE
    return {
        "type": "button",
        "sub_type": "copy_code" if code else "url",
        "index": str(variable.index),
        "parameters": [{"type": "coupon_code", "coupon_code": value} if code else {"type": "text", "text": value}],
    }


# --- what is seen ---------------------------------------------------------------------------------


def _button_preview(button: Mapping[str, Any], value: str) -> dict[str, str]:
    url = str(button.get("url") or "")
    code = button_type(button) == "COPY_CODE"
    return {
        "type": button_type(button),
        "text": str(button.get("text") or (_("Copy code") if code else "")),
        "url": substituted(url, lambda name: value or f"{{{{{name}}}}}") if names_in(url) else url,
        "phone": str(button.get("phone_number") or ""),
        "code": value if code else "",
    }


def _split(value: str) -> Any:
    try:
        return urlsplit(value)
    except ValueError:
        return None
