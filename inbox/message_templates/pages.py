"""The pages of templates as their HTML sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.media.models import MediaFile

from .components import Variable, variables_of
from .drafts import (
    BUTTON_TYPES,
    CATEGORIES,
    HEADER_FORMATS,
    MOST_BUTTONS,
    ButtonDraft,
    Draft,
    can_hold,
    components_of,
    draft_of,
)
from .fallbacks import NumberFallback, fallbacks_of
from .filling import why_not
from .forms import sample_of
from .languages import LANGUAGES
from .models import DRAFT, MessageTemplate, OrderState, TemplateChange
from .passcodes import COPY, ONE_TAP, with_vendors_words
from .previews import preview_of
from .rules import EDITABLE
from .selectors import Account, Listing, accounts_of, listed, numbers_of
from .words import category_word

_EMPTY_ROWS = 3
MOST_CHANGES = 50


@dataclass(frozen=True)
class TemplateRow:
    """A template, and the names of the numbers that send it by themselves."""

    template: MessageTemplate
    numbers: list[str]


@dataclass(frozen=True)
class AccountRows:
    """An account with the first of its templates, or further ones; `more` asks for those that follow, if any do."""

    account: Account
    templates: list[TemplateRow]
    fallbacks: list[NumberFallback]
    more: str = ""

    @property
    def connection(self) -> Connection:
        return self.account.connections[0]


@dataclass(frozen=True)
class TemplateList:
    """`message_templates/list.html`. `is_rest`: these are further templates of one account."""

    accounts: list[AccountRows]
    search: str = ""
    is_rest: bool = False


def template_list(workspace_id: int, *, search: str = "", after: MessageTemplate | None = None) -> TemplateList:
    """Put the list together, or with `after` what of its account follows that template. Four queries at most."""
    found = listed(workspace_id, search, after)
    accounts = [each for each in accounts_of(workspace_id) if after is None or each.business_id == after.business_id]
    fallbacks = fallbacks_of(workspace_id, [each for account in accounts for each in account.connections])
    return TemplateList(
        [_account(account, found.get(account.business_id, Listing([])), fallbacks, search) for account in accounts],
        search,
        is_rest=after is not None,
    )


def _account(account: Account, listing: Listing, fallbacks: Mapping[int, NumberFallback], search: str) -> AccountRows:
    more = {"search": search, "after": listing.templates[-1].pk} if listing.is_cut else {}
    return AccountRows(
        account,
        [_row(template, fallbacks.values()) for template in listing.templates],
        [fallbacks[connection.pk] for connection in account.connections],
        f"?{urlencode(more)}" if more else "",
    )


def _row(template: MessageTemplate, fallbacks: Iterable[NumberFallback]) -> TemplateRow:
    return TemplateRow(template, [each.connection.name for each in fallbacks if each.template == template])


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
    passcode_kinds: list[Choice]
    passcode_lines: list[Line]
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
        passcode_kinds=_choices(
            {COPY: _("Copies the code"), ONE_TAP: _("Fills in an Android app")}, draft.passcode.kind
        ),
        passcode_lines=[
            Line(f"passcode-{name}", label, getattr(draft.passcode, name), found.get(f"passcode.{name}", ""))
            for name, label in _passcode_labels().items()
        ],
        preview=preview_of(with_vendors_words(components), draft.examples),
        template=template,
    )


def draft_to_edit(row: MessageTemplate) -> Draft:
    """Return what the form shows first: what was refused if something was, else the template as it is."""
    if row.order_state in (OrderState.REFUSED, OrderState.UNKNOWN) and "components" in row.order:
        draft = draft_of(row.name, row.language, row.order["category"], row.order["components"])
        file = MediaFile.objects.filter(workspace_id=row.workspace_id, pk=row.order.get("sample")).first()
        return replace(draft, sample=sample_of(file) if file else None)
    return draft_of(row.name, row.language, row.category, row.components)


@dataclass(frozen=True)
class NumberChoice:
    """One of the account's numbers; `other` is what it sends by itself now, if that is another template."""

    value: str
    label: str
    chosen: bool
    other: str


@dataclass(frozen=True)
class TemplatePage:
    template: MessageTemplate
    preview: dict[str, Any]
    history: list[TemplateChange]
    defaults: list[Line]
    numbers: list[NumberChoice]  # that may send it by themselves; of one that is gone, those that would
    reason: str  # why it cannot be sent from here, "" if it can
    is_editable: bool
    is_draft: bool
    busy: bool
    refused: bool = field(default=False)


def template_page(row: MessageTemplate) -> TemplatePage:
    changes = TemplateChange.objects.filter(workspace_id=row.workspace_id, template=row).order_by("-at", "-pk")
    return TemplatePage(
        template=row,
        preview=preview_of(with_vendors_words(row.components)),
        history=list(changes[:MOST_CHANGES]),
        defaults=[
            Line(variable.key, variable_word(variable), row.defaults.get(variable.key, ""))
            for variable in variables_of(row.components)
        ],
        numbers=_numbers(row),
        reason=why_not(row.components) if row.status != DRAFT else "",
        is_editable=row.status == DRAFT or (can_hold(row.category, row.components) and row.status in EDITABLE),
        is_draft=row.status == DRAFT,
        busy=row.order_state in (OrderState.WAITING, OrderState.SENDING),
        refused=row.order_state in (OrderState.REFUSED, OrderState.UNKNOWN),
    )


def _numbers(row: MessageTemplate) -> list[NumberChoice]:
    if row.status == DRAFT:
        return []
    found = fallbacks_of(row.workspace_id, numbers_of(row)).values()
    choices = [
        NumberChoice(
            value=str(each.connection.pk),
            label=each.connection.name,
            chosen=each.template == row,
            other=str(each.template) if each.template not in (None, row) else "",
        )
        for each in found
    ]
    return [choice for choice in choices if choice.chosen or row.deleted_at is None]


def _passcode_labels() -> dict[str, str]:
    return {
        "minutes": _("Minutes until the code expires"),
        "text": _("Text of the button that copies the code"),
        "autofill_text": _("Text of the button that fills in the app"),
        "package": _("Package name of the Android app"),
        "signature": _("Hash of the app's signature"),
    }


def _choices(labels: Mapping[str, str], chosen: str) -> list[Choice]:
    return [Choice(value, label, value == chosen) for value, label in labels.items()]


# --- words ----------------------------------------------------------------------------------------


def variable_word(variable: Variable) -> str:
    """Return what a variable is called in forms."""
    words = {
        "media": _("Picture, video or document: https:// address or upload id"),
        "url": _("End of the button's address"),
        "code": _("Code to copy"),
        "passcode": _("Passcode"),
    }
    word = words.get(variable.place) or f"{{{{{variable.name}}}}}"
    if variable.place == "location":
        word = {
            "latitude": _("Latitude"),
            "longitude": _("Longitude"),
            "name": _("Name of the place"),
            "address": _("Address of the place"),
        }[variable.name]
    if variable.card is None:
        return word
    return _("Card %(number)d: %(variable)s") % {"number": variable.card + 1, "variable": word}


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
