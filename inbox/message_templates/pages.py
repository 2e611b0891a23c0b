"""The pages of templates as their HTML sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from inbox.connections.models import Connection

from .components import Variable, is_supported, variables_of
from .drafts import BUTTON_TYPES, CATEGORIES, HEADER_FORMATS, MOST_BUTTONS, ButtonDraft, Draft, components_of, draft_of
from .filling import preview_of
from .languages import LANGUAGES
from .models import DRAFT, MessageTemplate, OrderState, TemplateChange
from .selectors import Account, accounts_of

_EMPTY_ROWS = 3
MOST_CHANGES = 50


@dataclass(frozen=True)
class AccountRows:
    account: Account
    templates: list[MessageTemplate]

    @property
    def connection(self) -> Connection:
        return self.account.connections[0]


def template_list(workspace_id: int) -> list[AccountRows]:
    rows = MessageTemplate.objects.filter(workspace_id=workspace_id, deleted_at=None).order_by("name", "language")
    by_account: dict[str, list[MessageTemplate]] = {}
    for row in rows:
        by_account.setdefault(row.business_id, []).append(row)
    return [AccountRows(account, by_account.get(account.business_id, [])) for account in accounts_of(workspace_id)]


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Line:
    """An input that there may be several of."""

    key: str
    name: str
    value: str
    error: str = ""


@dataclass(frozen=True)
class ButtonRow:
    index: int
    button: ButtonDraft
    types: list[Choice]
    error: str


@dataclass(frozen=True)
class FormPage:
    draft: Draft
    errors: Mapping[str, str]
    languages: list[Choice]
    categories: list[Choice]
    header_formats: list[Choice]
    examples: list[Line]
    buttons: list[ButtonRow]
    preview: dict[str, Any]
    template: MessageTemplate | None = None

    @property
    def whole(self) -> str:
        """What is wrong with the whole."""
        return self.errors.get("", "")


def form_page(
    draft: Draft, errors: Mapping[str, str] | None = None, template: MessageTemplate | None = None
) -> FormPage:
    found = errors or {}
    rows = [*draft.buttons, *[ButtonDraft("")] * _EMPTY_ROWS][: max(MOST_BUTTONS, len(draft.buttons))]
    components = components_of(draft)
    return FormPage(
        draft=draft,
        errors=found,
        languages=_choices(LANGUAGES, draft.language),
        categories=_choices({value: category_word(value) for value in CATEGORIES}, draft.category),
        header_formats=_choices({value: header_word(value) for value in HEADER_FORMATS}, draft.header_format),
        examples=[
            Line(f"example.{key}", name, draft.examples.get(key, ""), found.get(f"example.{key}", ""))
            for key, name in draft.example_keys()
        ],
        buttons=[
            ButtonRow(
                index,
                button,
                _choices({value: button_word(value) for value in ("", *BUTTON_TYPES)}, button.type),
                found.get(f"button.{index}", ""),
            )
            for index, button in enumerate(rows)
        ],
        preview=preview_of(components, draft.examples),
        template=template,
    )


def draft_to_edit(row: MessageTemplate) -> Draft:
    """Return what the form shows first: what was refused if something was, else the template as it is."""
    if row.order_state in (OrderState.REFUSED, OrderState.UNKNOWN) and "components" in row.order:
        return draft_of(row.name, row.language, row.order["category"], row.order["components"])
    return draft_of(row.name, row.language, row.category, row.components)


@dataclass(frozen=True)
class TemplatePage:
    template: MessageTemplate
    preview: dict[str, Any]
    history: list[TemplateChange]
    defaults: list[Line]
    supported: bool
    is_draft: bool
    busy: bool
    refused: bool = field(default=False)


def template_page(row: MessageTemplate) -> TemplatePage:
    changes = TemplateChange.objects.filter(workspace_id=row.workspace_id, template=row).order_by("-at", "-pk")
    return TemplatePage(
        template=row,
        preview=preview_of(row.components),
        history=list(changes[:MOST_CHANGES]),
        defaults=[
            Line(variable.key, variable_word(variable), row.defaults.get(variable.key, ""))
            for variable in variables_of(row.components)
        ],
        supported=is_supported(row.components),
        is_draft=row.status == DRAFT,
        busy=row.order_state in (OrderState.WAITING, OrderState.SENDING),
        refused=row.order_state in (OrderState.REFUSED, OrderState.UNKNOWN),
    )


def _choices(labels: Mapping[str, str], chosen: str) -> list[Choice]:
    return [Choice(value, label, value == chosen) for value, label in labels.items()]


# --- words ----------------------------------------------------------------------------------------


def variable_word(variable: Variable) -> str:
    """Return what a variable is called in forms."""
    words = {
        "media": _("Picture, video or document: https:// address or upload id"),
        "url": _("End of the button's address"),
        "code": _("Code to copy"),
    }
    if variable.place in words:
        return words[variable.place]
    return f"{{{{{variable.name}}}}}" if variable.place in ("header", "body") else _(variable.name.capitalize())


def category_word(value: str) -> str:
    words = {"UTILITY": _("Utility"), "MARKETING": _("Marketing"), "AUTHENTICATION": _("Authentication")}
    return words.get(value, value)


def header_word(value: str) -> str:
    words = {
        "": _("None"),
        "TEXT": _("Text"),
        "IMAGE": _("Picture"),
        "VIDEO": _("Video"),
        "DOCUMENT": _("Document"),
        "LOCATION": _("Location"),
    }
    return words[value]


def button_word(value: str) -> str:
    words = {
        "": _("None"),
        "QUICK_REPLY": _("Quick reply"),
        "URL": _("Link"),
        "PHONE_NUMBER": _("Phone number"),
        "COPY_CODE": _("Code to copy"),
    }
    return words[value]
