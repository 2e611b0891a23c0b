"""A template as a person writes it in a form, and as the vendor takes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels_adapters.types import TemplateDraft

from . import passcodes
from .components import (
    MEDIA_FORMATS,
    Components,
    Place,
    body_of,
    button_type,
    buttons_of,
    cards_of,
    footer_of,
    header_of,
    is_passcode_button,
    is_supported,
    names_in,
    variables_of,
)
from .passcodes import AUTHENTICATION, PasscodeDraft

CATEGORIES = ("UTILITY", "MARKETING", AUTHENTICATION)
HEADER_FORMATS = ("", "TEXT", "LOCATION", *MEDIA_FORMATS)
BUTTON_TYPES = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE")
MOST_BUTTONS = 10


@dataclass(frozen=True)
class ButtonDraft:
    """`value` is the address or the phone number, `example` a whole address or a code to copy."""

    type: str
    text: str = ""
    value: str = ""
    example: str = ""


@dataclass(frozen=True)
class Sample:
    """A file of ours that shows the vendor what will stand in the header; it is uploaded with the draft."""

    file_id: int
    filename: str
    mime_type: str


@dataclass(frozen=True)
class Draft:
    """`examples` are by variable key; `header_handle` is the vendor's name of a sample that it has.

    A template of the category AUTHENTICATION consists of its `passcode` alone.
    """

    name: str = ""
    language: str = ""
    category: str = CATEGORIES[0]
    header_format: str = ""
    header_text: str = ""
    header_handle: str = ""
    sample: Sample | None = None
    body: str = ""
    footer: str = ""
    buttons: tuple[ButtonDraft, ...] = ()
    examples: Mapping[str, str] = field(default_factory=dict)
    passcode: PasscodeDraft = field(default_factory=PasscodeDraft)

    @property
    def is_passcode(self) -> bool:
        return self.category == AUTHENTICATION

    @property
    def is_named(self) -> bool:
        return any(not name.isdecimal() for _key, name in self.example_keys())

    def example_keys(self) -> list[tuple[str, str]]:
        """Return key and name of each variable in the texts, which all need an example."""
        if self.is_passcode:
            return []
        header = names_in(self.header_text) if self.header_format == "TEXT" else []
        return [
            *((f"header.{name}", name) for name in header),
            *((f"body.{name}", name) for name in names_in(self.body)),
        ]

    def for_vendor(self) -> TemplateDraft:
        return TemplateDraft(
            name=self.name,
            language=self.language,
            category=self.category,
            components=tuple(components_of(self)),
            parameter_format="NAMED" if self.is_named else "POSITIONAL",
        )


def components_of(draft: Draft) -> list[dict[str, Any]]:
    """Return the components to submit."""
    if draft.is_passcode:
        return passcodes.components_of(draft.passcode)
    parts = [_header(draft), _body(draft)]
    if draft.footer:
        parts.append({"type": "FOOTER", "text": draft.footer})
    if draft.buttons:
        parts.append({"type": "BUTTONS", "buttons": [_button(button) for button in draft.buttons]})
    return [part for part in parts if part]


def can_hold(category: str, components: Components) -> bool:
    """Say whether a draft has a place for all of a template that exists."""
    buttons = buttons_of(components)
    if category == AUTHENTICATION:
        return any(is_passcode_button(button) for button in buttons)
    is_plain = is_supported(components) and not cards_of(components)
    return is_plain and all(button_type(button) in BUTTON_TYPES for button in buttons)


def draft_of(name: str, language: str, category: str, components: Components) -> Draft:
    """Return what to show in the form for a template that exists."""
    if category == AUTHENTICATION:
        return Draft(name=name, language=language, category=category, passcode=passcodes.draft_of(components))
    header = header_of(components)
    handles = header.example.get("header_handle")
    variables = variables_of(components)
    return Draft(
        name=name,
        language=language,
        category=category,
        header_format=header.format,
        header_text=header.text,
        header_handle=str(handles[0]) if isinstance(handles, list) and handles else "",
        body=body_of(components),
        footer=footer_of(components),
        buttons=tuple(_button_draft(button) for button in buttons_of(components)),
        examples={each.key: each.example for each in variables if each.place in (Place.HEADER, Place.BODY)},
    )


def with_handle(part: Mapping[str, Any], handle: str) -> dict[str, Any]:
    """Return a header with a picture, video or document whose sample is called so at the vendor."""
    return {**part, "example": {"header_handle": [handle]}}


def _header(draft: Draft) -> dict[str, Any]:
    if not draft.header_format:
        return {}
    part: dict[str, Any] = {"type": "HEADER", "format": draft.header_format}
    if draft.header_format in MEDIA_FORMATS:
        return with_handle(part, "" if draft.sample else draft.header_handle)
    if draft.header_format != "TEXT":
        return part
    example = _examples(draft, "header", names_in(draft.header_text), "header_text", nested=False)
    return {**part, "text": draft.header_text, **example}


def _body(draft: Draft) -> dict[str, Any]:
    return {
        "type": "BODY",
        "text": draft.body,
        **_examples(draft, "body", names_in(draft.body), "body_text", nested=True),
    }


def _examples(draft: Draft, part: str, names: list[str], field_name: str, *, nested: bool) -> dict[str, Any]:
    values = [draft.examples.get(f"{part}.{name}", "") for name in names]
    if not names:
        return {}
    if draft.is_named:
        rows = [{"param_name": name, "example": value} for name, value in zip(names, values, strict=True)]
        return {"example": {f"{field_name}_named_params": rows}}
    return {"example": {field_name: [values] if nested else values}}


def _button(button: ButtonDraft) -> dict[str, Any]:
    match button.type:
        case "URL":
            example = {"example": [button.example]} if names_in(button.value) else {}
            return {"type": "URL", "text": button.text, "url": button.value, **example}
        case "PHONE_NUMBER":
            return {"type": "PHONE_NUMBER", "text": button.text, "phone_number": button.value}
        case "COPY_CODE":
            return {"type": "COPY_CODE", "example": button.example}
    return {"type": button.type, "text": button.text}


def _button_draft(button: Mapping[str, Any]) -> ButtonDraft:
    example = button.get("example")
    if isinstance(example, list):
        example = example[0] if example else ""
    return ButtonDraft(
        type=button_type(button),
        text=str(button.get("text") or ""),
        value=str(button.get("url") or button.get("phone_number") or ""),
        example=str(example or ""),
    )
