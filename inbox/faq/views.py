"""The pages where entries and their categories are looked after. They need no JavaScript.

Everybody writes answers of their own; those of everybody, and the categories, are the admins'.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.lib.forms import number_in
from inbox.media.uploads import members_with_files
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Role

from . import access, actions, pages, selectors
from .actions import EntryChanged, FaqRefused
from .forms import TypedEntry, blank, stored, typed_in
from .models import FaqEntry
from .pages import FaqPage, TypedName


@members_only()
@require_GET
def all_entries(request: MemberRequest) -> HttpResponse:
    """List the entries that the member may use: those that `search` finds, of one `category`."""
    search, category_id = request.GET.get("search", ""), number_in(request.GET.get("category", ""))
    return _all(request, pages.faq_page(request.membership, search=search, category_id=category_id or None))


@members_only()
@require_GET
def entry_new(request: MemberRequest) -> HttpResponse:
    return _form(request, blank(request.membership))


@members_with_files()
@require_POST
def entry_creation(request: MemberRequest) -> HttpResponse:
    """Store a new entry; with `add` or `preview` only show the form with a language more, or as customers read it."""
    typed = typed_in(request)
    if shown := _only_shown(request, typed, None):
        return shown
    try:
        if typed.errors:
            raise FaqRefused(typed.errors)
        categories = selectors.categories_of(request.workspace.pk)
        actions.create_entry(actor=request.membership, draft=typed.draft(categories))
    except FaqRefused as refusal:
        return _refused(request, typed, refusal, None)
    return _to_all(request)


@members_only()
@require_GET
def entry(request: MemberRequest, entry_id: int) -> HttpResponse:
    """Show the form of an entry, open at `language`."""
    row = access.get_entry(request.membership, entry_id)
    access.require_change(request.membership, row)
    return _form(request, stored(row, selectors.files_of([row]), shown=request.GET.get("language", "")), row)


@members_with_files()
@require_POST
def entry_change(request: MemberRequest, entry_id: int) -> HttpResponse:
    """Save what was made of `version`; with `add` or `preview` nothing is saved yet."""
    row = selectors.entry_of(request.membership, entry_id)
    typed = typed_in(request)
    if row is None:
        return _gone(request, typed)
    access.require_change(request.membership, row)
    if shown := _only_shown(request, typed, row):
        return shown
    try:
        if typed.errors:
            raise FaqRefused(typed.errors)
        categories = selectors.categories_of(request.workspace.pk)
        actions.edit_entry(actor=request.membership, entry=row, draft=typed.draft(categories), seen=typed.version)
    except FaqRefused as refusal:
        return _refused(request, typed, refusal, row)
    except EntryChanged as conflict:
        if conflict.current is None:
            return _gone(request, typed)
        words = _(
            "Somebody changed this answer meanwhile. Nothing was saved yet: saving again replaces what they wrote."
        )
        typed = replace(typed, errors={"": words}, version=conflict.current.version)
        return _form(request, typed, row, HTTPStatus.CONFLICT, theirs=conflict.current)
    return _to_all(request)


@members_only()
@require_POST
def entry_deletion(request: MemberRequest, entry_id: int) -> HttpResponse:
    row = access.get_entry(request.membership, entry_id)
    access.require_change(request.membership, row)
    actions.delete_entry(actor=request.membership, entry=row)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def category_creation(request: MemberRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    try:
        actions.create_category(actor=request.membership, name=name)
    except FaqRefused as refusal:
        page = pages.faq_page(request.membership, new=TypedName(name, str(refusal)))
        return _all(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def category_change(request: MemberRequest, category_id: int) -> HttpResponse:
    category = access.get_category(request.membership, category_id)
    name = request.POST.get("name", "")
    try:
        actions.rename_category(actor=request.membership, category=category, name=name)
    except FaqRefused as refusal:
        page = pages.faq_page(request.membership, refused={category_id: TypedName(name, str(refusal))})
        return _all(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def category_move(request: MemberRequest, category_id: int) -> HttpResponse:
    """Move a category up, or with `to=later` down."""
    category = access.get_category(request.membership, category_id)
    by = 1 if request.POST.get("to") == "later" else -1
    actions.move_category(actor=request.membership, category=category, by=by)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def category_deletion(request: MemberRequest, category_id: int) -> HttpResponse:
    category = access.get_category(request.membership, category_id)
    actions.delete_category(actor=request.membership, category=category)
    return _to_all(request)


def _only_shown(request: MemberRequest, typed: TypedEntry, row: FaqEntry | None) -> HttpResponse | None:
    """Answer a form that is not to be saved yet."""
    if "add" in request.POST:
        return _form(request, typed.with_language(request.POST.get("more", "")), row)
    if "preview" in request.POST:
        return _form(request, typed, row, is_preview=True)
    return None


def _refused(request: MemberRequest, typed: TypedEntry, refusal: FaqRefused, row: FaqEntry | None) -> HttpResponse:
    """Show what was typed, open at the first language with which something is wrong."""
    wrong = [name.partition("-")[2] for name in refusal.errors if "-" in name]
    shown = typed.shown if typed.shown in wrong or not wrong else wrong[0]
    typed = replace(typed, errors=refusal.errors, shown=shown)
    return _form(request, typed, row, HTTPStatus.UNPROCESSABLE_ENTITY)


def _gone(request: MemberRequest, typed: TypedEntry) -> HttpResponse:
    """Offer what was typed as a new entry, since the one that was changed is not there any more."""
    words = _("This answer was deleted meanwhile. Save it as a new one if it is still needed.")
    return _form(request, replace(typed, errors={"": words}), None, HTTPStatus.NOT_FOUND)


def _form(
    request: MemberRequest,
    typed: TypedEntry,
    row: FaqEntry | None = None,
    status: int = HTTPStatus.OK,
    *,
    theirs: FaqEntry | None = None,
    is_preview: bool = False,
) -> HttpResponse:
    form = pages.entry_form(request.membership, typed, entry=row, theirs=theirs, is_preview=is_preview)
    return render(request, "faq/entry.html", {"entry": form, "workspace": request.workspace}, status=status)


def _all(request: MemberRequest, page: FaqPage, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "faq/all.html", {"page": page, "workspace": request.workspace}, status=status)


def _to_all(request: MemberRequest) -> HttpResponse:
    response = redirect("faq:all", request.workspace.slug)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
