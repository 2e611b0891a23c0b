"""The pages where entries are looked after, as their templates see them. No queries but those of `selectors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from inbox.customers.fields import Field
from inbox.customers.selectors import fields_of
from inbox.media.models import MediaFile
from inbox.message_templates.languages import LANGUAGES
from inbox.workspaces.models import Membership, Role

from . import access, selectors
from .actions import BODY_LENGTH, CATEGORY_LENGTH, TITLE_LENGTH
from .filling import VARIABLES, fill
from .forms import TypedEntry
from .languages import name_of, own_language
from .models import FaqCategory, FaqEntry

LISTED = 100


@dataclass(frozen=True)
class EntryLine:
    """An entry of the list. The address to change it is empty for who may not."""

    title: str
    body: str
    languages: tuple[str, ...]
    category: str
    files: tuple[str, ...]
    uses: int
    last_used_at: datetime | None
    is_own: bool
    change_url: str


@dataclass(frozen=True)
class CategoryLine:
    """A category to manage. `typed` is what was refused with `error`, else what it is called."""

    category_id: int
    name: str
    typed: str
    error: str
    list_url: str
    change_url: str
    move_url: str
    deletion_url: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class TypedName:
    """What was typed for a category that could not be like that."""

    name: str = ""
    error: str = ""


@dataclass(frozen=True)
class FaqPage:
    """`faq/all.html`."""

    url: str
    new_url: str
    creation_url: str
    lines: tuple[EntryLine, ...]
    is_cut: bool
    search: str
    category_id: int | None
    categories: tuple[CategoryLine, ...]
    new: TypedName
    name_length: int
    may_manage: bool


@dataclass(frozen=True)
class TextTab:
    """One language of the form."""

    code: str
    name: str
    title: str
    body: str
    is_shown: bool
    title_error: str
    body_error: str
    preview: str  # empty unless it was asked for


@dataclass(frozen=True)
class StoredText:
    """What an entry says in one language."""

    code: str
    name: str
    title: str
    body: str


@dataclass(frozen=True)
class EntryForm:
    """`faq/entry.html`. Without `deletion_url` it is a new entry. `theirs` is what it says now, if somebody was faster."""

    url: str
    all_url: str
    deletion_url: str
    tabs: tuple[TextTab, ...]
    more_languages: tuple[tuple[str, str], ...]
    categories: tuple[tuple[int, str], ...]
    category_id: int | None
    files: tuple[MediaFile, ...]
    is_shared: bool
    may_share: bool
    version: int
    title_length: int
    body_length: int
    variables: tuple[str, ...]
    errors: tuple[str, ...]
    theirs: tuple[StoredText, ...] = ()


def faq_page(
    member: Membership,
    *,
    search: str = "",
    category_id: int | None = None,
    new: TypedName | None = None,
    refused: Mapping[int, TypedName] | None = None,
) -> FaqPage:
    """Put the list together; `refused` is what was typed, by the id of the category it was for."""
    here = [member.workspace.slug]
    listing = selectors.find_entries(member, search=search, category_id=category_id, limit=LISTED)
    url = reverse("faq:all", args=here)
    return FaqPage(
        url=url,
        new_url=reverse("faq:entry_new", args=here),
        creation_url=reverse("faq:category_creation", args=here),
        lines=tuple(_line(member, entry) for entry in listing.entries),
        is_cut=listing.is_cut,
        search=search,
        category_id=category_id,
        categories=tuple(_categories(selectors.categories_of(member.workspace_id), refused or {}, here[0])),
        new=new or TypedName(),
        name_length=CATEGORY_LENGTH,
        may_manage=member.may(Role.ADMIN),
    )


def entry_form(
    member: Membership,
    typed: TypedEntry,
    *,
    entry: FaqEntry | None = None,
    theirs: FaqEntry | None = None,
    is_preview: bool = False,
) -> EntryForm:
    here = [member.workspace.slug]
    known = [f"{part}-{code}" for code in typed.texts for part in ("title", "body")]
    fields = fields_of(member.workspace_id)
    example = _example(member, fields) if is_preview else None
    url = reverse("faq:entry_change", args=[*here, entry.pk]) if entry else reverse("faq:entry_creation", args=here)
    return EntryForm(
        url=url,
        all_url=reverse("faq:all", args=here),
        deletion_url=reverse("faq:entry_deletion", args=[*here, entry.pk]) if entry else "",
        tabs=tuple(_tab(typed, code, example) for code in typed.texts),
        more_languages=tuple((code, name) for code, name in LANGUAGES.items() if code not in typed.texts),
        categories=tuple((each.pk, each.name) for each in selectors.categories_of(member.workspace_id)),
        category_id=typed.category_id,
        files=typed.files,
        is_shared=typed.is_shared,
        may_share=member.may(Role.ADMIN),
        version=typed.version,
        title_length=TITLE_LENGTH,
        body_length=BODY_LENGTH,
        variables=tuple(f"{{{name}}}" for name in (*VARIABLES, *(field.key for field in fields))),
        errors=tuple(words for name, words in typed.errors.items() if name not in known),
        theirs=tuple(_stored_texts(theirs)) if theirs else (),
    )


def _stored_texts(entry: FaqEntry) -> Iterator[StoredText]:
    for text in entry.texts.order_by("pk"):
        yield StoredText(text.language, name_of(text.language), text.title, text.body)


def _tab(typed: TypedEntry, code: str, example: Mapping[str, str] | None) -> TextTab:
    title, body = typed.texts[code]
    return TextTab(
        code=code,
        name=name_of(code),
        title=title,
        body=body,
        is_shown=code == typed.shown,
        title_error=typed.errors.get(f"title-{code}", ""),
        body_error=typed.errors.get(f"body-{code}", ""),
        preview=fill(body, example).text if example else "",
    )


def _example(member: Membership, fields: Sequence[Field]) -> dict[str, str]:
    """Return what is known of a customer who does not exist."""
    facts = {"name": "Alex Chan", "first_name": "Alex", "phone": "+85290000000", "agent": str(member)}
    return {field.key: f"[{field.label}]" for field in fields} | facts


def _line(member: Membership, entry: FaqEntry) -> EntryLine:
    text = selectors.text_of(entry, [own_language()])
    change_url = reverse("faq:entry", args=[member.workspace.slug, entry.pk])
    return EntryLine(
        title=text.title,
        body=text.body,
        languages=tuple(name_of(code) for code in sorted(each.language for each in entry.texts.all())),
        category=entry.category.name if entry.category else "",
        files=tuple(stored["name"] for stored in entry.files),
        uses=entry.uses,
        last_used_at=entry.last_used_at,
        is_own=entry.owner_id is not None,
        change_url=change_url if access.may_change(member, entry) else "",
    )


def _categories(categories: Sequence[FaqCategory], refused: Mapping[int, TypedName], slug: str) -> list[CategoryLine]:
    lines = []
    for place, category in enumerate(categories):
        here = [slug, category.pk]
        typed = refused.get(category.pk, TypedName(category.name))
        lines.append(
            CategoryLine(
                category_id=category.pk,
                name=category.name,
                typed=typed.name,
                error=typed.error,
                list_url=f"{reverse('faq:all', args=[slug])}?{urlencode({'category': category.pk})}",
                change_url=reverse("faq:category_change", args=here),
                move_url=reverse("faq:category_move", args=here),
                deletion_url=reverse("faq:category_deletion", args=here),
                is_first=place == 0,
                is_last=place == len(categories) - 1,
            )
        )
    return lines
