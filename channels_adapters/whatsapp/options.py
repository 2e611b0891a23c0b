"""Options under a text: up to three as buttons, more as a list ("Interactive reply buttons", "Interactive lists")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels_adapters.types import Option

from .capabilities import OPTIONS
from .refusing import refusal

BUTTONS = 3
LIST_LABEL = "Choose"

_BUTTON_TITLE, _ROW_TITLE = OPTIONS.title, 24
_BUTTON_ID, _ROW_ID = 256, 200
_DESCRIPTION = 72


def options_body(text: str, options: Sequence[Option]) -> dict[str, Any]:
    """Return the body of a text with options under it. Raises SendError."""
    if not text.strip():
        raise refusal("text_empty", "The message is empty.")
    if len(text) > OPTIONS.text:
        raise refusal(
            "text_too_long",
            f"The message has {len(text)} characters; with options under it, WhatsApp allows {OPTIONS.text}.",
        )
    if len(options) > OPTIONS.count:
        raise refusal("too_many_options", f"There are {len(options)} options; WhatsApp allows {OPTIONS.count}.")
    buttons = len(options) <= BUTTONS
    _check(options, title=_BUTTON_TITLE if buttons else _ROW_TITLE, id_length=_BUTTON_ID if buttons else _ROW_ID)
    interactive = {
        "type": "button" if buttons else "list",
        "body": {"text": text},
        "action": _buttons(options) if buttons else _list(options),
    }
    return {"type": "interactive", "interactive": interactive}


def _check(options: Sequence[Option], *, title: int, id_length: int) -> None:
    for option in options:
        if not option.title.strip() or not option.id.strip():
            raise refusal("option_empty", "An option has no title.")
        if len(option.title) > title:
            raise refusal(
                "option_too_long",
                f"An option has {len(option.title)} characters; WhatsApp allows {title} for {len(options)} options.",
            )
        if len(option.description) > _DESCRIPTION:
            raise refusal("option_too_long", f"The description of an option has more than {_DESCRIPTION} characters.")
        if len(option.id) > id_length:
            raise refusal("option_too_long", f"The id of an option has more than {id_length} characters.")
    for values in ({option.id for option in options}, {option.title for option in options}):
        if len(values) < len(options):
            raise refusal("option_twice", "Two options are the same.")


def _buttons(options: Sequence[Option]) -> dict[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": each.id, "title": each.title}} for each in options]}


def _list(options: Sequence[Option]) -> dict[str, Any]:
    return {"button": LIST_LABEL, "sections": [{"rows": [_row(each) for each in options]}]}


def _row(option: Option) -> dict[str, str]:
    row = {"id": option.id, "title": option.title}
    return {**row, "description": option.description} if option.description else row
