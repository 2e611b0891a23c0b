"""A template as the customer's phone shows it, however little of it is filled in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from .components import (
    MEDIA_FORMATS,
    Components,
    body_of,
    button_type,
    buttons_of,
    card_key,
    cards_of,
    footer_of,
    header_of,
    is_passcode_button,
    names_in,
    own_variables,
    substituted,
)

FILENAME_LIMIT = 240


def preview_of(components: Components, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return header (format, text, media, filename, location), body, footer, buttons (type, text, url, phone, code) and cards,
    which have all of these but cards of their own.

    A variable without a value stays as it is written in the template.
    """
    given = {key: value.strip() for key, value in (values or {}).items()}
    return _shown(components, given) | {
        "cards": [
            _shown(card, {each.key: given.get(card_key(number, each.key), "") for each in own_variables(card)})
            for number, card in enumerate(cards_of(components))
        ]
    }


def filename_in(address: str) -> str:
    """Return what a file is called at the end of its https address, "" if nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return unquote(PurePosixPath(parts.path).name)[:FILENAME_LIMIT] if parts.scheme == "https" else ""


def _shown(components: Components, given: Mapping[str, str]) -> dict[str, Any]:
    def filled(text: str, prefix: str) -> str:
        return substituted(text, lambda name: given.get(f"{prefix}.{name}") or f"{{{{{name}}}}}")

    header = header_of(components)
    media = given.get("header.media", "") if header.format in MEDIA_FORMATS else ""
    place = {name: given.get(f"header.{name}", "") for name in ("latitude", "longitude", "name", "address")}
    return {
        "header": {
            "format": header.format,
            "text": filled(header.text, "header"),
            "media": media,
            "filename": filename_in(media),
            "location": place if header.format == "LOCATION" else {},
        },
        "body": filled(body_of(components), "body"),
        "footer": footer_of(components),
        "buttons": [
            _button(button, given.get(f"button.{index}", "")) for index, button in enumerate(buttons_of(components))
        ],
    }


def _button(button: Mapping[str, Any], value: str) -> dict[str, str]:
    kind = "OTP" if is_passcode_button(button) else button_type(button)
    url = str(button.get("url") or "") if kind != "OTP" else ""
    copies = kind in ("COPY_CODE", "OTP")
    return {
        "type": kind,
        "text": str(button.get("text") or (_("Copy code") if copies else "")),
        "url": substituted(url, lambda name: value or f"{{{{{name}}}}}") if names_in(url) else url,
        "phone": str(button.get("phone_number") or ""),
        "code": value if kind == "COPY_CODE" else "",
    }
