"""The Notes panel of the function menu: fragments for htmx, a page of its own otherwise.

What was typed comes back with every refusal; of two who edit one note, the second sees both texts.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.chatrooms.replies import client_id_from
from inbox.customers.access import get_group
from inbox.customers.selectors import Group
from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, pages, selectors
from .actions import NoteChanged, NoteRefused
from .models import CustomerNote
from .pages import NoteForm, Theirs


@members_only(shows_members=True)
@require_GET
def notes(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Show a customer's notes; with `change` the form of that one, with `before` older ones, with `at` the page of one."""
    group = get_group(request.membership, customer_id)
    form = None
    if "change" in request.GET:
        note = access.get_note(request.membership, group, number_in(request.GET["change"]) or 0)
        access.require_change(request.membership, note)
        form = pages.change_form(request.membership, group, request.members, note)
    at = number_in(request.GET.get("at", ""))
    before = (
        number_in(request.GET.get("before", "")) if at is None else selectors.page_with(request.membership, group, at)
    )
    return _panel(request, group, form, before=before, at=at)


@members_only()
@require_GET
def note_list(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Show the notes alone, as they are now."""
    group = get_group(request.membership, customer_id)
    if not request.htmx:
        return redirect("notes:notes", request.workspace.slug, customer_id)
    before = number_in(request.GET.get("before", ""))
    return render(request, "notes/_list.html", {"list": pages.note_list(request.membership, group, before=before)})


@members_only()
@require_POST
def adding(request: MemberRequest, customer_id: int) -> HttpResponse:
    group = get_group(request.membership, customer_id)
    text, client_id = request.POST.get("text", ""), client_id_from(request.POST.get("client_id", ""))
    try:
        actions.add_note(actor=request.membership, group=group, text=text, client_id=client_id)
    except NoteRefused as refusal:
        form = pages.new_form(
            request.membership, group, request.members, text=text, client_id=str(client_id), error=str(refusal)
        )
        return _panel(request, group, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _done(request, group)


@members_only()
@require_POST
def note_change(request: MemberRequest, customer_id: int, note_id: int) -> HttpResponse:
    """Save what was made of `version`. Where somebody was faster, both texts come back."""
    group = get_group(request.membership, customer_id)
    text, seen = request.POST.get("text", ""), number_in(request.POST.get("version", "")) or 0
    note = selectors.note_of(request.membership, group, note_id)
    if note is None:
        return _gone(request, group, text)
    access.require_change(request.membership, note)
    try:
        actions.edit_note(actor=request.membership, group=group, note=note, text=text, seen=seen)
    except NoteRefused as refusal:
        form = pages.change_form(
            request.membership, group, request.members, note, text=text, version=seen, error=str(refusal)
        )
        return _panel(request, group, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NoteChanged as conflict:
        if conflict.current is None:
            return _gone(request, group, text)
        return _both(request, group, conflict.current, text)
    return _done(request, group)


@members_only()
@require_POST
def note_deletion(request: MemberRequest, customer_id: int, note_id: int) -> HttpResponse:
    group = get_group(request.membership, customer_id)
    note = access.get_note(request.membership, group, note_id)
    access.require_change(request.membership, note)
    seen = number_in(request.POST.get("version", "")) or 0
    try:
        actions.delete_note(actor=request.membership, group=group, note=note, seen=seen)
    except NoteChanged:
        refusal = _("Somebody changed this note meanwhile. Read it again before you delete it.")
        return _panel(request, group, refusal=refusal, status=HTTPStatus.CONFLICT)
    return _done(request, group, is_list=True)


@members_only()
@require_POST
def note_pin(request: MemberRequest, customer_id: int, note_id: int) -> HttpResponse:
    """Pin a note with `pinned` yes, and unpin it with anything else."""
    group = get_group(request.membership, customer_id)
    note = access.get_note(request.membership, group, note_id)
    is_pinned = request.POST.get("pinned") == "yes"
    try:
        actions.pin_note(actor=request.membership, group=group, note=note, is_pinned=is_pinned)
    except NoteRefused as refusal:
        return _panel(request, group, refusal=str(refusal), status=HTTPStatus.CONFLICT)
    return _done(request, group, is_list=True)


def _both(request: MemberRequest, group: Group, current: CustomerNote, text: str) -> HttpResponse:
    """Show what was typed above what the note says now; saving again then replaces the latter knowingly."""
    theirs = Theirs(current.text, str(current.edited_by or current.author))
    error = _("%(name)s changed this note while you were editing it. Nothing was saved yet.") % {"name": theirs.by}
    form = pages.change_form(request.membership, group, request.members, current, text=text, error=error, theirs=theirs)
    return _panel(request, group, form, status=HTTPStatus.CONFLICT)


def _gone(request: MemberRequest, group: Group, text: str) -> HttpResponse:
    """Offer what was typed as a new note, since the one that was edited is not there any more."""
    error = _("This note was deleted meanwhile. Add your text as a new note if it is still needed.")
    form = pages.new_form(request.membership, group, request.members, text=text, error=error)
    return _panel(request, group, form, status=HTTPStatus.CONFLICT)


def _panel(
    request: MemberRequest,
    group: Group,
    form: NoteForm | None = None,
    *,
    before: int | None = None,
    at: int | None = None,
    refusal: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    form = form or pages.new_form(request.membership, group, request.members)
    panel = pages.note_panel(request.membership, group, form, before=before, at=at, refusal=refusal)
    if request.htmx:
        response = render(request, "notes/_panel.html", {"panel": panel}, status=status)
        if status != HTTPStatus.OK:  # also where only the list was asked for
            response["HX-Retarget"], response["HX-Reswap"] = "#note-panel", "outerHTML"
        return response
    inbox_url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    back_url = own_referer(request)
    if not back_url or f"{inbox_url}notes/" in back_url:
        back_url = inbox_url
    context = {"panel": panel, "workspace": request.workspace, "back_url": back_url}
    return render(request, "notes/panel.html", context, status=status)


def _done(request: MemberRequest, group: Group, *, is_list: bool = False) -> HttpResponse:
    if request.htmx and is_list:
        return render(request, "notes/_list.html", {"list": pages.note_list(request.membership, group)})
    if request.htmx:
        return _panel(request, group)
    response = redirect("notes:notes", request.workspace.slug, group.head.pk)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
