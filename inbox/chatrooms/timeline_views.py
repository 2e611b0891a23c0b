"""The timeline of a customer, in their panel or as a page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from inbox.customers.access import get_group
from inbox.workspaces.access import MemberRequest, members_only

from .selectors import Position
from .timeline import timeline


@members_only()
@require_GET
def customer_timeline(request: MemberRequest, customer_id: int) -> HttpResponse:
    """Show what happened with a customer; with `before`, what happened before that place."""
    group = get_group(request.membership, customer_id)
    page = timeline(request.membership, group, before=Position.parse(request.GET.get("before", "")))
    if request.htmx:
        return render(request, "chatrooms/_timeline.html", {"timeline": page})
    customer_url = reverse("customers:panel", args=[request.workspace.slug, group.head.pk])
    context = {"timeline": page, "workspace": request.workspace, "back_url": customer_url}
    return render(request, "chatrooms/timeline.html", context)
