"""The form of a template, read from what was posted. Whatever was typed comes back, right or wrong."""

from __future__ import annotations

import re

from django.http import QueryDict

from .drafts import MOST_BUTTONS, ButtonDraft, Draft

_EXAMPLE = "example."
_LONGEST = 5000


def draft_from(posted: QueryDict, **fixed: str) -> Draft:
    """Return the draft that a person typed; `fixed` values cannot be changed any more."""
    typed = {name: _clean(value) for name, value in posted.items() if isinstance(value, str)} | fixed
    rows = [_button(typed, index) for index in range(MOST_BUTTONS)]
    return Draft(
        name=typed.get("name", "").strip(),
        language=typed.get("language", ""),
        category=typed.get("category", ""),
        header_format=typed.get("header_format", ""),
        header_text=typed.get("header_text", "").strip(),
        header_handle=typed.get("header_handle", "").strip(),
        body=typed.get("body", "").strip(),
        footer=typed.get("footer", "").strip(),
        buttons=tuple(button for button in rows if button != ButtonDraft("")),
        examples={
            name.removeprefix(_EXAMPLE): value.strip() for name, value in typed.items() if name.startswith(_EXAMPLE)
        },
    )


def _button(typed: dict[str, str], index: int) -> ButtonDraft:
    fields = ("type", "text", "value", "example")
    return ButtonDraft(*(typed.get(f"button-{index}-{name}", "").strip() for name in fields))


def _clean(value: str) -> str:
    return re.sub(r"\r\n?", "\n", value.replace("\x00", ""))[:_LONGEST]
