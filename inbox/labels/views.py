"""The labels of a customer, in the panel or on a page, and the page where the workspace's own are managed."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inbox.customers.access import get_group
from inbox.customers.selectors import Group
from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Role

from . import access, actions, pages, selectors
from .actions import LabelRefused
from .pages import LabelPage, NewLabel


@members_only()
@require_GET
def customer(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Show a customer's labels, with `name` in the box for another one."""
    return _customer(request, get_group(request.membership, customer_id), typed=request.GET.get("name", ""))


@members_only()
@require_POST
def choice(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Take the label `remove` off the customer, or put the one called `name` on, which is created where there is none."""
    group = get_group(request.membership, customer_id)
    typed = request.POST.get("name", "")
    if "remove" in request.POST:
        label = access.get_label(request.membership, number_in(request.POST["remove"]) or 0)
        actions.set_customer_labels(actor=request.membership, customers=[group.head], remove=[label])
        return _done(request, group, typed=typed)
    try:
        label = actions.ensure_label(actor=request.membership, name=typed)
    except LabelRefused as refusal:
        return _customer(request, group, HTTPStatus.UNPROCESSABLE_ENTITY, typed=typed, error=str(refusal))
    actions.set_customer_labels(actor=request.membership, customers=[group.head], add=[label])
    return _done(request, group)


@members_only()
@require_GET
def news(request: MemberRequest) -> HttpResponse:
    """Say what all labels are now, in the frame that open pages get when one changes."""
    context = {"labels": selectors.labels_of(request.workspace.pk), "is_complete": True}
    return render(request, "frames/labels/news.html", context)


@members_only()
@require_GET
def all_labels(request: MemberRequest) -> HttpResponse:
    return _all(request, pages.label_page(request.membership))


@members_only()
@require_POST
def creation(request: MemberRequest) -> HttpResponse:
    name, colour = request.POST.get("name", ""), request.POST.get("colour", "")
    try:
        actions.create_label(actor=request.membership, name=name, colour=colour)
    except LabelRefused as refusal:
        new = NewLabel(name, colour, str(refusal))
        return _all(request, pages.label_page(request.membership, new=new), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def label_change(request: MemberRequest, label_id: int) -> HttpResponse:
    """Give a label another name or colour."""
    label = access.get_label(request.membership, label_id)
    name, colour = request.POST.get("name", ""), request.POST.get("colour", "")
    try:
        actions.change_label(
            actor=request.membership, workspace_id=request.workspace.pk, label=label, name=name, colour=colour
        )
    except LabelRefused as refusal:
        page = pages.label_page(request.membership, refused={label_id: NewLabel(name, colour, str(refusal))})
        return _all(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to_all(request)


@members_only(Role.ADMIN)
@require_POST
def label_deletion(request: MemberRequest, label_id: int) -> HttpResponse:
    label = access.get_label(request.membership, label_id)
    actions.delete_label(actor=request.membership, workspace_id=request.workspace.pk, label=label)
    return _to_all(request)


def _customer(
    request: MemberRequest, group: Group, status: int = HTTPStatus.OK, *, typed: str = "", error: str = ""
) -> HttpResponse:
    context = {"panel": pages.customer_labels(request.membership, group, typed=typed, error=error)}
    if request.htmx:
        return render(request, "labels/_customer.html", context, status=status)
    customer_url = reverse("customers:panel", args=[request.workspace.slug, group.head.pk])
    back = {"workspace": request.workspace, "back_url": customer_url}
    return render(request, "labels/customer.html", context | back, status=status)


def _done(request: MemberRequest, group: Group, *, typed: str = "") -> HttpResponse:
    if request.htmx:
        return _customer(request, group, typed=typed)
    url = reverse("labels:customer", args=[request.workspace.slug, group.head.pk])
    response = redirect(f"{url}?{urlencode({'name': typed})}" if typed else url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _all(request: MemberRequest, page: LabelPage, status: int = HTTPStatus.OK) -> HttpResponse:
    inbox_url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    back_url = own_referer(request)
    if not back_url or f"{inbox_url}labels/" in back_url:
        back_url = inbox_url
    context = {"page": page, "workspace": request.workspace, "back_url": back_url}
    return render(request, "labels/all.html", context, status=status)


def _to_all(request: MemberRequest) -> HttpResponse:
    response = redirect("labels:all", request.workspace.slug)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
