"""The page on which admins say what is to be known of customers, and by which words these opt out."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from inbox.workspaces.models import Membership, Role

from . import selectors
from .actions import FieldDraft
from .fields import FieldType
from .models import CustomerField


@dataclass(frozen=True)
class FieldForm:
    """`customers/_field_form.html`: of a field, or of a new one. `part` is where the `error` is."""

    dom_id: str
    url: str
    draft: FieldDraft
    is_new: bool = True
    part: str = ""
    error: str = ""


@dataclass(frozen=True)
class FieldRow:
    label: str
    key: str
    type_label: str
    is_required: bool
    is_hidden: bool
    form: FieldForm


@dataclass(frozen=True)
class WordsForm:
    url: str
    stop_words: str
    start_words: str
    error: str = ""


@dataclass(frozen=True)
class FieldsPage:
    """`customers/fields.html`."""

    rows: tuple[FieldRow, ...]
    new: FieldForm
    words: WordsForm
    may_manage: bool
    types: tuple[tuple[str, str], ...] = field(
        default_factory=lambda: tuple((value, str(label)) for value, label in FieldType.choices)
    )


def fields_page(
    member: Membership,
    *,
    refused: FieldDraft | None = None,
    of: CustomerField | None = None,
    part: str = "",
    error: str = "",
    words: tuple[str, str] | None = None,
) -> FieldsPage:
    """Put the page together. `refused` is what was typed for the field `of`, or for a new one; `words` likewise."""
    slug = member.workspace.slug
    standing = selectors.words_of(member.workspace_id)
    new = refused if refused and of is None else None
    return FieldsPage(
        rows=tuple(
            _row(slug, row, refused if of and of.pk == row.pk else None, part, error)
            for row in selectors.all_fields(member.workspace_id)
        ),
        new=FieldForm(
            dom_id="field-new",
            url=reverse("customers:field_creation", args=[slug]),
            draft=new or FieldDraft(""),
            part=part if new else "",
            error=error if new else "",
        ),
        words=WordsForm(reverse("customers:contact_rules", args=[slug]), *(words or standing), error if words else ""),
        may_manage=member.may(Role.ADMIN),
    )


def draft_of(row: CustomerField) -> FieldDraft:
    return FieldDraft(
        label=row.label,
        type=row.type,
        key=row.key,
        is_required=row.is_required,
        pattern=row.pattern,
        help_text=row.help_text,
        choices="\n".join(row.choices),
        position=row.position,
        is_hidden=row.is_hidden,
    )


def _row(slug: str, row: CustomerField, refused: FieldDraft | None, part: str, error: str) -> FieldRow:
    return FieldRow(
        label=row.label,
        key=row.key,
        type_label=str(FieldType(row.type).label),
        is_required=row.is_required,
        is_hidden=row.is_hidden,
        form=FieldForm(
            dom_id=f"field-{row.pk}",
            url=reverse("customers:field_change", args=[slug, row.pk]),
            draft=refused or draft_of(row),
            is_new=False,
            part=part if refused else "",
            error=error if refused else "",
        ),
    )
