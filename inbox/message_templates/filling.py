"""From a template and values to what is sent and what the customer will see. Pure.

Values stand under the keys of `variables_of`. `fill` refuses what the vendor would, by the key of each variable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from .components import (
    HEADER_FILE,
    Components,
    Place,
    Variable,
    button_type,
    buttons_of,
    card_key,
    cards_of,
    is_passcode_button,
    is_supported,
    own_variables,
    unsupported_parts,
    variables_of,
)
from .previews import filename_in, preview_of

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
    "why_not",
]

HEADER_LIMIT = 60
BODY_LIMIT = 1024
CARD_LIMIT = 160
URL_LIMIT = 2000
CODE_LIMIT = 15
PLACE_LIMIT = 1000

_BROKEN = re.compile(r"[\n\r\t\v\f\x85\u2028\u2029]| {4}")
_MEDIA_ID = re.compile(r"(?!http|file:)[A-Za-z0-9_:.-]{1,255}")
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


def fill(template: Fillable, values: Mapping[str, str], *, header_file: int | None = None) -> FilledTemplate:
    """Fill the template in. Raises NotFilled with a sentence for each value that is missing or unusable.

    `header_file` is the id of a file of ours for the header: it takes the place of the value given for it.
    """
    components: Components = template.components
    if reason := why_not(components):
        raise NotFilled({"": reason})
    variables = variables_of(components)
    clean = {variable.key: values.get(variable.key, "").strip() for variable in variables}
    errors = {variable.key: problem for variable in variables if (problem := _problem(variable, clean[variable.key]))}
    if header_file is not None and HEADER_FILE in clean:
        clean[HEADER_FILE] = f"file:{header_file}"
        errors.pop(HEADER_FILE, None)
    errors = errors or _length_errors(components, variables, clean)
    if errors:
        raise NotFilled(errors)
    preview = preview_of(components, clean)
    return FilledTemplate(
        name=template.name,
        language=template.language,
        category=template.category,
        components=tuple(_sent(template, clean)),
        text=preview["body"],
        preview=preview,
    )


def why_not(components: Components) -> str:
    """Say why a template cannot be sent from here, "" if it can."""
    if is_supported(components):
        return ""
    words = {
        "FLOW": _("a form"),
        "CATALOG": _("a catalogue"),
        "MPM": _("products"),
        "SPM": _("products"),
        "PRODUCT": _("products"),
        "LIMITED_TIME_OFFER": _("an offer that runs out"),
        "OTP": _("a passcode without a place in its text"),
    }
    parts = dict.fromkeys(words.get(part, part) for part in unsupported_parts(components) if part)
    if not parts:
        return _("This template has parts that cannot be sent from here.")
    return _("It cannot be sent from here, because it has: %(parts)s.") % {"parts": ", ".join(parts)}


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
    if variable.place is Place.PASSCODE and any(sign.isspace() for sign in value):
        return _("A code has no spaces.")
    if variable.place in (Place.CODE, Place.PASSCODE) and len(value) > CODE_LIMIT:
        return _too_long(len(value), CODE_LIMIT)
    return ""


def _media_problem(value: str) -> str:
    parts = _split(value)
    if parts is not None and parts.scheme == "https" and parts.hostname and not any(char.isspace() for char in value):
        return "" if len(value) <= URL_LIMIT else _too_long(len(value), URL_LIMIT)
    return "" if _MEDIA_ID.fullmatch(value) else _("Enter an address with https://.")


def _location_problem(name: str, value: str) -> str:
    if name not in _BOUNDS:
        return "" if len(value) <= PLACE_LIMIT else _too_long(len(value), PLACE_LIMIT)
    usable = re.fullmatch(r"-?\d{1,3}(\.\d{1,15})?", value, re.ASCII) and abs(float(value)) <= _BOUNDS[name]
    return "" if usable else _("Enter degrees as a number, such as 22.3.")


def _length_errors(components: Components, variables: list[Variable], values: Mapping[str, str]) -> dict[str, str]:
    """Return errors of texts that became too long, at their longest value."""
    preview = preview_of(components, values)
    errors = {}
    for card, part in [(None, preview), *enumerate(preview["cards"])]:
        own = [variable for variable in variables if variable.card == card]
        for place, text, limit in (
            (Place.HEADER, part["header"]["text"], HEADER_LIMIT),
            (Place.BODY, part["body"], BODY_LIMIT if card is None else CARD_LIMIT),
        ):
            here = [variable for variable in own if variable.place is place]
            if here and len(text) > limit:
                longest = max(here, key=lambda variable: len(values[variable.key]))
                errors[longest.key] = _too_long(len(text), limit)
        for variable in own:
            if variable.place is Place.URL and variable.index is not None:
                length = len(part["buttons"][variable.index]["url"])
                if length > URL_LIMIT:
                    errors[variable.key] = _too_long(length, URL_LIMIT)
    return errors


def _too_long(length: int, limit: int) -> str:
    return _("Too long: %(length)d characters in all, %(limit)d are allowed.") % {"length": length, "limit": limit}


# --- what is sent ---------------------------------------------------------------------------------


def _sent(template: Fillable, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the components of the send call; parts without variables are left out."""
    named = is_named(template)
    sent = _parameters(template.components, values, named=named)
    cards = []
    for number, card in enumerate(cards_of(template.components)):
        own = {each.key: values[card_key(number, each.key)] for each in own_variables(card)}
        cards.append({"card_index": number, "components": _parameters(card, own, named=named, in_card=True)})
    return [*sent, {"type": "carousel", "cards": cards}] if cards else sent


def _parameters(
    components: Components, values: Mapping[str, str], *, named: bool, in_card: bool = False
) -> list[dict[str, Any]]:
    variables = own_variables(components)
    sent: list[dict[str, Any]] = []
    for kind, places in (("header", (Place.HEADER, Place.MEDIA)), ("body", (Place.PASSCODE, Place.BODY))):
        here = [variable for variable in variables if variable.place in places]
        if here:
            sent.append({"type": kind, "parameters": [_parameter(each, values[each.key], named) for each in here]})
    place = {each.name: values[each.key] for each in variables if each.place is Place.LOCATION and values[each.key]}
    if place:
        sent.append({"type": "header", "parameters": [{"type": "location", "location": place}]})
    passcode = next((values[each.key] for each in variables if each.place is Place.PASSCODE), "")
    of_buttons = {each.index: each for each in variables if each.index is not None}
    for index, button in enumerate(buttons_of(components)):
        variable = of_buttons.get(index)
        if is_passcode_button(button):
            sent.append(_button("url", index, {"type": "text", "text": passcode}))
        elif variable is not None and variable.place is Place.CODE:
            sent.append(_button("copy_code", index, {"type": "coupon_code", "coupon_code": values[variable.key]}))
        elif variable is not None:
            sent.append(_button("url", index, {"type": "text", "text": values[variable.key]}))
        elif in_card and button_type(button) == "QUICK_REPLY":  # tells which card's button was tapped
            sent.append(_button("quick_reply", index, {"type": "payload", "payload": str(button.get("text") or index)}))
    return sent


def _button(kind: str, index: int, parameter: dict[str, str]) -> dict[str, Any]:
    return {"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]}


def _parameter(variable: Variable, value: str, named: bool) -> dict[str, Any]:
    if variable.place is Place.MEDIA:
        return {"type": variable.name, variable.name: _media(variable.name, value)}
    parameter = {"type": "text", "text": value}
    return {**parameter, "parameter_name": variable.name} if named else parameter


def _media(kind: str, value: str) -> dict[str, str]:
    if not value.startswith("https://"):
        return {"id": value}
    filename = filename_in(value)
    return {"link": value, "filename": filename} if kind == "document" and filename else {"link": value}


def _split(value: str) -> Any:
    try:
        return urlsplit(value)
    except ValueError:
        return None
