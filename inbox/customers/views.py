"""The Customer panel of the function menu and what agents do in it: fragments for htmx, pages of their own otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.searching import has_room, too_fast

from . import access, actions, pages, selectors
from .fields import ValueRefused, shown
from .pages import FieldLine
from .selectors import Group

_A_DAY = 86400


@members_only()
@require_GET
def panel(request: MemberRequest, customer_id: int) -> HttpResponse:
    return _panel(request, access.get_group(request.membership, customer_id))


@members_only()
@require_POST
def name(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Call the customer `name`; empty gives the vendor's word back."""
    group = access.get_group(request.membership, customer_id)
    typed = request.POST.get("name", "")
    try:
        actions.rename_customer(actor=request.membership, customer=group.head, name=typed)
    except actions.NameRefused as refusal:
        status, part = HTTPStatus.UNPROCESSABLE_ENTITY, "customers/_head.html"
        return _panel(request, group, status, typed=typed, error=str(refusal), part=part)
    return _done(request, customer_id, part="customers/_head.html")


@members_only()
@require_POST
def field_value(request: MemberRequest, customer_id: int, key: str) -> HttpResponse:
    """Give the customer `value` for a field. Where somebody was faster than who saw `seen`, both come back."""
    member = request.membership
    group, field = access.get_group(member, customer_id), access.get_field(member, key)
    typed, seen = request.POST.get("value", ""), request.POST.get("seen", "")
    try:
        stored = actions.set_value(actor=member, group=group, field=field, typed=typed, seen=seen)
    except ValueRefused as refusal:
        stored = selectors.values_of(group).get(key, "")
        line = pages.field_line(member, group, field, stored, typed=typed, seen=seen, error=str(refusal))
        return _field(request, group, line, HTTPStatus.UNPROCESSABLE_ENTITY)
    except actions.ValueChanged as conflict:
        error = _("Somebody changed this while you were editing it. Save again to replace it with yours.")
        line = pages.field_line(
            member,
            group,
            field,
            conflict.current,
            typed=typed,
            error=error,
            theirs=shown(field, conflict.current) or _("nothing"),
        )
        return _field(request, group, line, HTTPStatus.CONFLICT)
    if request.htmx:
        return _field(request, group, pages.field_line(member, group, field, stored))
    return _to_panel(request, customer_id)


@members_only()
@require_POST
def blocking(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Block the customer with `blocked` yes, and unblock them with anything else."""
    group = access.get_group(request.membership, customer_id)
    is_blocked = request.POST.get("blocked") == "yes"
    actions.block_customer(actor=request.membership, customer=group.head, is_blocked=is_blocked)
    return _contact(request, customer_id)


@members_only()
@require_POST
def opt_out(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Note with `opted_out` yes that the customer wants no more messages, and with anything else that they do."""
    group = access.get_group(request.membership, customer_id)
    is_opted_out = request.POST.get("opted_out") == "yes"
    actions.opt_out_customer(actor=request.membership, customer=group.head, is_opted_out=is_opted_out)
    return _contact(request, customer_id)


@members_only()
@require_GET
def picture(request: MemberRequest, customer_id: int) -> HttpResponseBase:
    """Serve the profile picture. Its address changes with it, so the browser may keep it."""
    found = access.get_picture(request.membership, customer_id)
    etag = quote_etag(found.customer.picture_version)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(bytes(found.content), content_type=found.mime_type)
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={_A_DAY}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@members_only()
@require_GET
def candidates(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Search for whom this customer could be merged with."""
    group = access.get_group(request.membership, customer_id)
    typed = request.GET.get("q", "").replace("\x00", "").strip()
    if typed and not has_room(request.membership):
        return too_fast()
    context = {"candidates": pages.candidate_list(request.membership, group, typed)}
    return _render(request, "customers/_candidates.html", context)


@members_only()
@require_GET
def merge_preview(request: MemberRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Show what merging the other customer into this one would do."""
    keep = access.get_group(request.membership, customer_id)
    other = access.get_group(request.membership, other_id)
    return _render(request, "customers/_merge.html", {"preview": pages.merge_preview(request.membership, keep, other)})


@members_only()
@require_POST
def merge(request: MemberRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Merge the other customer into this one. A refusal comes back in the preview."""
    keep = access.get_group(request.membership, customer_id)
    other = access.get_group(request.membership, other_id)
    try:
        actions.merge_customers(actor=request.membership, keep=keep.head, merge=other.head)
    except actions.MergeRefused as refusal:
        preview = pages.merge_preview(request.membership, keep, other, refusal=str(refusal))
        response = _render(request, "customers/_merge.html", {"preview": preview}, HTTPStatus.CONFLICT)
        if request.htmx:
            response["HX-Retarget"] = "#customer-merge"
        return response
    return _done(request, customer_id)


@members_only()
@require_POST
def separation(request: MemberRequest, customer_id: int, merge_id: int) -> HttpResponse:
    """Take a merge back."""
    found = access.get_merge(request.membership, customer_id, merge_id)
    try:
        actions.unmerge_customer(actor=request.membership, merge=found)
    except actions.MergeRefused as refusal:
        group = access.get_group(request.membership, customer_id)
        return _panel(request, group, HTTPStatus.CONFLICT, refusal=str(refusal))
    return _done(request, customer_id)


def _panel(
    request: MemberRequest,
    group: Group,
    status: int = HTTPStatus.OK,
    *,
    typed: str | None = None,
    error: str = "",
    refusal: str = "",
    refused: FieldLine | None = None,
    part: str = "",
) -> HttpResponse:
    """Answer with the panel; for htmx with `part` of it alone, so that what is being written in others stays."""
    here = (request.htmx.current_url_abs_path or "").partition("?")[0]
    page = pages.customer_panel(
        request.membership, group, here=here, typed=typed, error=error, refusal=refusal, refused=refused
    )
    partial = part if part and request.htmx else "customers/_panel.html"
    return _render(request, partial, {"panel": page}, status)


def _field(request: MemberRequest, group: Group, line: FieldLine, status: int = HTTPStatus.OK) -> HttpResponse:
    if request.htmx:
        return render(request, "customers/_field.html", {"line": line}, status=status)
    return _panel(request, group, status, refused=line)


def _contact(request: MemberRequest, customer_id: int) -> HttpResponse:
    if not request.htmx:
        return _to_panel(request, customer_id)
    group = access.get_group(request.membership, customer_id)
    return render(request, "customers/_contact.html", {"contact": pages.contact(request.membership, group)})


def _render(
    request: MemberRequest, partial: str, context: Mapping[str, object], status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a fragment, or with a page around it that leads back to the chat."""
    if request.htmx:
        return render(request, partial, context, status=status)
    inbox_url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    back_url = own_referer(request)
    if not back_url or f"{inbox_url}customers/" in back_url:  # a page of customers leads to another one
        back_url = inbox_url
    context = {**context, "workspace": request.workspace, "partial": partial, "back_url": back_url}
    return render(request, "customers/panel.html", context, status=status)


def _done(request: MemberRequest, customer_id: int, *, part: str = "") -> HttpResponse:
    if request.htmx:
        return _panel(request, access.get_group(request.membership, customer_id), part=part)
    return _to_panel(request, customer_id)


def _to_panel(request: MemberRequest, customer_id: int) -> HttpResponse:
    response = redirect("customers:panel", request.workspace.slug, customer_id)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
