"""The vendor's rules for new templates, checked before anything is submitted. Pure.

Problems are sentences by the name of the form's input: the draft's fields, `button.<index>`, `example.<key>` and
`passcode.<field>`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from . import passcodes
from .components import MEDIA_FORMATS, names_in, substituted
from .drafts import BUTTON_TYPES, CATEGORIES, HEADER_FORMATS, MOST_BUTTONS, ButtonDraft, Draft
from .languages import LANGUAGES

NAME_LIMIT = 512
HEADER_LIMIT = FOOTER_LIMIT = 60
BODY_LIMIT = 1024
BUTTON_TEXT_LIMIT = 25
URL_LIMIT = 2000
PHONE_LIMIT = 20
CODE_LIMIT = 15
APPROVED = "APPROVED"
EDITABLE = (APPROVED, "REJECTED", "PAUSED")
MOST_EDITS = 10  # of an approved template in 30 days
SAMPLE_TYPES = {
    "IMAGE": ("image/jpeg", "image/png"),
    "VIDEO": ("video/mp4",),
    "DOCUMENT": ("application/pdf",),
}
_MOST = {"URL": 2, "PHONE_NUMBER": 1, "COPY_CODE": 1}

_NAME = re.compile(r"[a-z0-9_]+")
_VARIABLE_NAME = re.compile(r"[1-9][0-9]{0,2}|[a-z_][a-z0-9_]*")
_MARK = "\ue000"  # stands for a variable while its neighbours are looked at


def problems_of(draft: Draft) -> dict[str, str]:
    """Return what the vendor would refuse, empty when nothing."""
    problems = {
        "name": _name_problem(draft.name),
        "language": "" if draft.language in LANGUAGES else _("Choose a language."),
        "category": "" if draft.category in CATEGORIES else _("Choose a category."),
    }
    if draft.is_passcode:
        problems |= {f"passcode.{name}": problem for name, problem in passcodes.problems_of(draft.passcode).items()}
    else:
        problems |= _text_problems(draft)
    return {name: problem for name, problem in problems.items() if problem}


def _text_problems(draft: Draft) -> dict[str, str]:
    problems = {
        "header_format": "" if draft.header_format in HEADER_FORMATS else _("Choose one of the list."),
        "header_text": _header_problem(draft),
        "header_handle": _handle_problem(draft),
        "body": _body_problem(draft),
        "footer": _footer_problem(draft.footer),
        "buttons": _buttons_problem(draft.buttons),
        **{f"button.{index}": _button_problem(button) for index, button in enumerate(draft.buttons)},
    }
    for key, name in draft.example_keys():
        text = "header_text" if key.startswith("header.") else "body"
        # A text that has to change may lose the variable too.
        if not problems[text] and not draft.examples.get(key, "").strip():
            problems[f"example.{key}"] = _("Give an example for {{%s}}.") % name
    return problems


def edit_problems(
    draft: Draft, *, status: str, category: str, edits: Sequence[datetime], now: datetime
) -> dict[str, str]:
    """Return why a template that the vendor has, in this status and category, cannot become the draft now.

    `edits` are the times of its edits in the last 30 days."""
    if status not in EDITABLE:
        return {"": _("A template cannot be changed while it is being reviewed, or after it was disabled.")}
    if status != APPROVED:
        return {}
    if draft.category != category:
        return {"category": _("The category of an approved template cannot be changed.")}
    if any(edit > now - timedelta(hours=24) for edit in edits):
        return {"": _("An approved template can be changed once in 24 hours.")}
    if len({edit.date() for edit in edits}) >= MOST_EDITS:
        return {"": _("An approved template can be changed ten times in 30 days.")}
    return {}


def _name_problem(name: str) -> str:
    if not name:
        return _("Give it a name.")
    if not _NAME.fullmatch(name):
        return _("Only small letters a to z, digits and _ are allowed.")
    return _longer_than(name, NAME_LIMIT)


def _header_problem(draft: Draft) -> str:
    text = draft.header_text
    if draft.header_format != "TEXT":
        return ""
    if not text.strip():
        return _("Write a header, or choose none.")
    if "\n" in text:
        return _("A header has one line.")
    if len(names_in(text)) > 1:
        return _("A header can have one variable only.")
    return _longer_than(text, HEADER_LIMIT) or _variables_problem(text, draft)


def _handle_problem(draft: Draft) -> str:
    if draft.header_format not in MEDIA_FORMATS:
        return ""
    if draft.sample is not None:
        types = SAMPLE_TYPES[draft.header_format]
        return "" if draft.sample.mime_type in types else _("WhatsApp takes as a sample: a JPEG, PNG, MP4 or PDF file.")
    if not draft.header_handle:
        return _("Choose a sample file: WhatsApp's review wants to see one.")
    if draft.header_handle.startswith("http"):
        return _("Choose the sample file again: WhatsApp does not take back its own copy.")
    return ""


def _body_problem(draft: Draft) -> str:
    text = draft.body
    if not text.strip():
        return _("Write the message.")
    problem = _longer_than(text, BODY_LIMIT) or _variables_problem(text, draft)
    if problem or not names_in(text):
        return problem
    marked = substituted(text.strip(), lambda _name: _MARK)
    if marked.startswith(_MARK) or marked.endswith(_MARK):
        return _("The message cannot begin or end with a variable.")
    if re.search(f"{_MARK}\\s*{_MARK}", marked):
        return _("Two variables cannot stand side by side: put words between them.")
    words = [word for word in re.split(rf"[\s{_MARK}]+", marked) if re.search(r"\w", word)]
    # Languages without spaces have few words and many signs: any sign of theirs counts.
    signs = sum(1 for sign in marked if sign.isalpha() and ord(sign) > 0x2E7F)
    if len(words) + signs <= marked.count(_MARK):
        return _("There are too many variables for so short a message.")
    return ""


def _variables_problem(text: str, draft: Draft) -> str:
    rest = substituted(text, lambda name: "" if _VARIABLE_NAME.fullmatch(name) else "{{")
    if "{{" in rest or "}}" in rest:
        return _("Write variables as {{1}} or {{first_name}}: small letters, digits and _.")
    names = names_in(text)
    if any(name.isdecimal() == draft.is_named for name in names):
        return _("Use either numbers or names for the variables, not both.")
    if not draft.is_named and names != [str(number + 1) for number in range(len(names))]:
        return _("Number the variables {{1}}, {{2}} and so on, without gaps.")
    return ""


def _footer_problem(footer: str) -> str:
    if "{{" in footer:
        return _("A footer has no variables.")
    return _("A footer has one line.") if "\n" in footer else _longer_than(footer, FOOTER_LIMIT)


def _buttons_problem(buttons: tuple[ButtonDraft, ...]) -> str:
    if len(buttons) > MOST_BUTTONS:
        return _("At most %d buttons are allowed.") % MOST_BUTTONS
    counts = Counter(button.type for button in buttons)
    for kind, most in _MOST.items():
        if counts[kind] > most:
            return _("Too many buttons of one kind: at most two links, one phone number and one code.")
    texts = Counter(button.text for button in buttons if button.type != "COPY_CODE")
    if any(count > 1 for count in texts.values()):
        return _("Two buttons have the same text.")
    replies = [button.type == "QUICK_REPLY" for button in buttons]
    if sum(before != after for before, after in pairwise(replies)) > 1:
        return _("Put the quick replies side by side, before or after the other buttons.")
    return ""


def _button_problem(button: ButtonDraft) -> str:
    if button.type not in BUTTON_TYPES:
        return _("Choose one of the list.")
    if button.type == "COPY_CODE":
        return _longer_than(button.example, CODE_LIMIT) if button.example else _("Give an example of the code.")
    if not button.text.strip():
        return _("Write what stands on the button.")
    if "{{" in button.text:
        return _("A button's text has no variables.")
    if problem := _longer_than(button.text, BUTTON_TEXT_LIMIT):
        return problem
    if button.type == "URL":
        return _url_problem(button)
    if button.type == "PHONE_NUMBER" and not re.fullmatch(r"\+?[0-9][0-9 ()-]{4,18}", button.value, re.ASCII):
        return _("Enter the phone number with its country code.")
    return ""


def _url_problem(button: ButtonDraft) -> str:
    if not _is_address(button.value.replace("{{1}}", "x")):
        return _("Enter an address with https://.")
    rest = button.value.removesuffix("{{1}}")
    if "{{" in rest or "}}" in rest:
        return _("The address can have one variable, {{1}}, at its end.")
    if rest != button.value and not (_is_address(button.example) and button.example.startswith(rest)):
        return _("Give an example: the whole address as it would be sent.")
    return _longer_than(button.value, URL_LIMIT)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    usable = parts.scheme in ("http", "https") and bool(parts.netloc)
    return usable and not any(sign.isspace() for sign in value)


def _longer_than(text: str, limit: int) -> str:
    if len(text) <= limit:
        return ""
    return _("%(length)d characters are too long: %(limit)d are allowed.") % {"length": len(text), "limit": limit}
