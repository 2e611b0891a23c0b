"""Judging a template that is sent, against what the vendor has approved, and how the phone shows it.

An account that has no templates at all takes any: most tests are not about them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inbox.devstack.simulator.accounts import Number
from inbox.devstack.simulator.http import JsonObject
from inbox.devstack.simulator.simulator import Simulator
from inbox.devstack.simulator.templates import VARIABLE, Template

from .errors import refusal

MEDIA = ("IMAGE", "VIDEO", "DOCUMENT")


def shown(sim: Simulator, number: Number, name: str, language: str, components: list[JsonObject]) -> JsonObject | None:
    """Return text, header, footer and options of the template filled in; None where the account has no templates.

    Raises GraphError as the vendor would answer."""
    if not sim.world.templates_of(number.waba_id):
        return None
    template = sim.world.template(number.waba_id, name, language)
    if template is None or template.status not in ("APPROVED", "PAUSED", "DISABLED"):
        raise refusal(132001, details=f"template name ({name}) does not exist in {language}")
    if template.status != "APPROVED":
        raise refusal(132015 if template.status == "PAUSED" else 132016)
    seen = _shown(sim, number, template, components)
    cards = _cards(sim, number, template, components)
    return seen | {"cards": cards} if cards else seen


def _cards(sim: Simulator, number: Number, template: Template, components: list[JsonObject]) -> list[JsonObject]:
    listed = template.part("CAROUSEL").get("cards", [])
    carousel = next((item for item in components if item.get("type") == "carousel"), {})
    given = {item.get("card_index"): item for item in carousel.get("cards", []) if isinstance(item, dict)}
    if set(given) != set(range(len(listed))):
        raise refusal(132012, details=f"carousel: expected {len(listed)} cards")
    return [
        _shown(sim, number, replace(template, components=card["components"]), given[index].get("components", []))
        for index, card in enumerate(listed)
    ]


def _shown(sim: Simulator, number: Number, template: Template, components: list[JsonObject]) -> JsonObject:
    given = {str(item.get("type", "")).lower(): item for item in components if item.get("type") != "button"}
    header = _header(sim, number, template, _parameters(given.get("header")))
    body = _filled(template, "BODY", _parameters(given.get("body")))
    buttons = {str(item.get("index")): _parameters(item) for item in components if item.get("type") == "button"}
    return {
        "text": body,
        "header": header,
        "footer": str(template.part("FOOTER").get("text", "")),
        "options": [_option(index, button, buttons) for index, button in enumerate(template.buttons)],
    }


def _header(sim: Simulator, number: Number, template: Template, given: list[JsonObject]) -> str:
    part = template.part("HEADER")
    kind = str(part.get("format", "")).upper()
    if kind not in (*MEDIA, "LOCATION"):
        return _filled(template, "HEADER", given)
    if [item.get("type") for item in given] != [kind.lower()]:
        raise refusal(132012, details=f"header: Format mismatch, expected {kind}")
    value = given[0].get(kind.lower())
    needed = ("latitude", "longitude") if kind == "LOCATION" else ("id", "link")
    if not isinstance(value, dict) or not any(value.get(key) for key in needed):
        raise refusal(132012, details=f"header: {kind} needs {' or '.join(needed)}")
    if value.get("id") and sim.media.find(str(value["id"]), number.id, sim.now()) is None:
        words = f"Param header {kind.lower()}['id'] is not a valid whatsapp business account media attachment ID"
        raise refusal(131009, details=words)
    return kind.capitalize()


def _filled(template: Template, kind: str, given: list[JsonObject]) -> str:
    text = str(template.part(kind).get("text", ""))
    names = list(dict.fromkeys(VARIABLE.findall(text)))
    if len(names) != len(given):
        where = kind.lower()
        raise refusal(132000, details=f"{where}: number of params ({len(given)}) does not match ({len(names)})")
    if any(item.get("type") != "text" or not str(item.get("text", "")).strip() for item in given):
        raise refusal(132012, details=f"{kind.lower()}: Format mismatch, expected TEXT")
    if template.parameter_format == "NAMED":
        values = {str(item.get("parameter_name")): str(item["text"]) for item in given}
        if set(values) != set(names):
            raise refusal(132012, details=f"{kind.lower()}: parameter names do not match")
    else:
        values = {str(index + 1): str(item["text"]) for index, item in enumerate(given)}
        if any("parameter_name" in item for item in given) or set(values) != set(names):
            raise refusal(132012, details=f"{kind.lower()}: parameters are positional")
    filled = VARIABLE.sub(lambda match: values[match[1]], text)
    if len(filled) > (60 if kind == "HEADER" else 1024):
        raise refusal(132005)
    return filled


def _option(index: int, button: JsonObject, given: dict[str, list[JsonObject]]) -> JsonObject:
    kind, parameters = str(button.get("type", "")).upper(), given.get(str(index), [])
    url = str(button.get("url", ""))
    if kind == "COPY_CODE" or (kind == "URL" and VARIABLE.search(url)):
        key = "coupon_code" if kind == "COPY_CODE" else "text"
        value = str(parameters[0].get(key, "")) if parameters else ""
        if not value:
            raise refusal(131008, details=f"buttons: Button at index {index} of type {kind} requires a parameter")
        url = VARIABLE.sub(lambda _match: value, url)
    title = str(button.get("text") or "Copy code")
    return {"id": title, "title": title} | ({"url": url} if url else {})


def _parameters(component: Any) -> list[JsonObject]:
    return list(component.get("parameters", [])) if isinstance(component, dict) else []
