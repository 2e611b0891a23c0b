"""The pages where a workspace's admins look after message templates. They need no JavaScript."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from inbox.media.actions import FileRefused
from inbox.media.uploads import members_with_files
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Role

from . import access, actions, pages
from .drafts import Draft, can_hold
from .forms import draft_from, sample_from
from .models import DRAFT, MessageTemplate
from .rules import problems_of


@members_only(Role.ADMIN)
@require_GET
def template_list(request: MemberRequest) -> HttpResponse:
    """List the templates that hold the words of `search`; with `after`, those that follow that one in its account."""
    after = request.GET.get("after", "")
    last = access.get_template(request.membership, int(after)) if after.isdecimal() and len(after) < 19 else None
    page = pages.template_list(request.workspace.pk, search=request.GET.get("search", ""), after=last)
    return render(request, "message_templates/list.html", {"workspace": request.workspace, "page": page})


@members_only(Role.ADMIN)
@require_POST
def sync(request: MemberRequest, connection_id: int) -> HttpResponse:
    """Have the account's templates read now."""
    connection = access.get_connection(request.membership, connection_id)
    actions.ask_for_sync(actor=request.membership, connection=connection)
    return _see_other(request, "message_templates:list")


@members_with_files(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def new(request: MemberRequest, connection_id: int) -> HttpResponse:
    """Write a template and submit it; `do=check` only looks at it."""
    connection = access.get_connection(request.membership, connection_id)
    if request.method == "GET":
        return _form(request, Draft())
    draft, refused = _typed(request)
    if refused or request.POST.get("do") == "check":
        return _form(request, draft, problems_of(draft) | refused, checked=True)
    try:
        row = actions.submit_template(actor=request.membership, connection=connection, draft=draft)
    except actions.TemplateRefused as refusal:
        return _form(request, draft, refusal.errors)
    return _see_other(request, "message_templates:detail", row.pk)


@members_only(Role.ADMIN)
@require_GET
def detail(request: MemberRequest, template_id: int) -> HttpResponse:
    return _detail(request, access.get_template(request.membership, template_id))


@members_with_files(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def edit(request: MemberRequest, template_id: int) -> HttpResponse:
    """Write other texts for a template and submit them; `do=check` only looks at them."""
    row = access.get_template(request.membership, template_id)
    if row.status != DRAFT and not can_hold(row.category, row.components):
        return _detail(request, row, problem=_("This template has parts that cannot be changed here."))
    if request.method == "GET":
        problem = {"": row.order_problem} if row.order_problem else {}
        return _form(request, pages.draft_to_edit(row), problem, row)
    draft, refused = _typed(request, name=row.name, language=row.language)
    if refused or request.POST.get("do") == "check":
        return _form(request, draft, problems_of(draft) | refused, row, checked=True)
    try:
        actions.submit_edit(actor=request.membership, template=row, draft=draft)
    except actions.TemplateRefused as refusal:
        return _form(request, draft, refusal.errors, row)
    return _see_other(request, "message_templates:detail", row.pk)


@members_only(Role.ADMIN)
@require_POST
def defaults(request: MemberRequest, template_id: int) -> HttpResponse:
    """Keep what the variables are filled in with at first."""
    row = access.get_template(request.membership, template_id)
    typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    actions.set_defaults(actor=request.membership, template=row, defaults=typed)
    return _see_other(request, "message_templates:detail", row.pk)


@members_only(Role.ADMIN)
@require_POST
def fallback(request: MemberRequest, template_id: int) -> HttpResponse:
    """Have those numbers send this template by themselves that are chosen, and no others."""
    row = access.get_template(request.membership, template_id)
    numbers = access.get_numbers(row, request.POST.getlist("number"))
    try:
        actions.set_fallback(actor=request.membership, template=row, connections=numbers)
    except actions.TemplateRefused as refusal:
        return _detail(request, row, problem=str(refusal))
    return _see_other(request, "message_templates:detail", row.pk)


@members_only(Role.ADMIN)
@require_POST
def deletion(request: MemberRequest, template_id: int) -> HttpResponse:
    """Remove the template in its language, here and at the vendor."""
    row = access.get_template(request.membership, template_id)
    try:
        actions.delete_template(actor=request.membership, template=row)
    except actions.TemplateRefused as refusal:
        return _detail(request, row, problem=str(refusal))
    return _see_other(request, "message_templates:list")


def _detail(request: MemberRequest, row: MessageTemplate, problem: str = "") -> HttpResponse:
    context = {"workspace": request.workspace, "page": pages.template_page(row), "problem": problem}
    status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
    return render(request, "message_templates/detail.html", context, status=status)


def _typed(request: MemberRequest, **fixed: str) -> tuple[Draft, dict[str, str]]:
    """Return what was typed, and what is wrong with the chosen file."""
    try:
        return draft_from(request.POST, fixed, sample_from(request)), {}
    except FileRefused as refusal:
        return draft_from(request.POST, fixed), {"header_handle": str(refusal)}


def _form(
    request: MemberRequest,
    draft: Draft,
    errors: dict[str, str] | None = None,
    template: MessageTemplate | None = None,
    *,
    checked: bool = False,
) -> HttpResponse:
    page = pages.form_page(draft, errors, template)
    context = {"workspace": request.workspace, "page": page, "sound": checked and not errors, "action": request.path}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors and request.method == "POST" else HTTPStatus.OK
    return render(request, "message_templates/form.html", context, status=status)


def _see_other(request: MemberRequest, name: str, *args: int) -> HttpResponse:
    response = redirect(name, request.workspace.slug, *args)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
