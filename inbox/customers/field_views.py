"""Where admins define the fields of customers, and the words by which these opt out. Plain forms."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Role

from . import access, actions
from .actions import FieldDraft
from .field_pages import FieldsPage, fields_page

_LARGEST_POSITION = 10_000


@members_only()
@require_GET
def fields(request: MemberRequest) -> HttpResponse:
    """Show what is defined; only admins get forms."""
    return _page(request, fields_page(request.membership))


@members_only(Role.ADMIN)
@require_POST
def field_creation(request: MemberRequest) -> HttpResponse:
    draft = _draft(request.POST)
    try:
        actions.define_field(actor=request.membership, workspace_id=request.workspace.pk, draft=draft)
    except actions.FieldRefused as refusal:
        page = fields_page(request.membership, refused=draft, part=refusal.part, error=str(refusal))
        return _page(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _done(request)


@members_only(Role.ADMIN)
@require_POST
def field_change(request: MemberRequest, field_id: int) -> HttpResponse:
    row, draft = access.get_field_row(request.membership, field_id), _draft(request.POST)
    try:
        actions.define_field(actor=request.membership, workspace_id=request.workspace.pk, draft=draft, field=row)
    except actions.FieldRefused as refusal:
        page = fields_page(request.membership, refused=draft, of=row, part=refusal.part, error=str(refusal))
        return _page(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _done(request)


@members_only(Role.ADMIN)
@require_POST
def contact_rules(request: MemberRequest) -> HttpResponse:
    """Set the words by which customers opt out and in again."""
    stop, start = request.POST.get("stop_words", ""), request.POST.get("start_words", "")
    try:
        actions.set_contact_rules(actor=request.membership, stop_words=stop, start_words=start)
    except actions.RulesRefused as refusal:
        page = fields_page(request.membership, words=(stop, start), error=str(refusal))
        return _page(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _done(request)


def _draft(posted: QueryDict) -> FieldDraft:
    position = posted.get("position", "")
    return FieldDraft(
        label=posted.get("label", ""),
        type=posted.get("type", ""),
        key=posted.get("key", "").strip(),
        is_required="is_required" in posted,
        pattern=posted.get("pattern", "").replace("\x00", "").strip(),
        help_text=posted.get("help_text", "").replace("\x00", ""),
        choices=posted.get("choices", ""),
        position=min(int(position), _LARGEST_POSITION) if position.isdecimal() and len(position) < 19 else None,
        is_hidden="is_hidden" in posted,
    )


def _page(request: MemberRequest, page: FieldsPage, status: int = HTTPStatus.OK) -> HttpResponse:
    back_url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    context = {"page": page, "workspace": request.workspace, "back_url": back_url}
    return render(request, "customers/fields.html", context, status=status)


def _done(request: MemberRequest) -> HttpResponse:
    response = redirect("customers:fields", request.workspace.slug)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
