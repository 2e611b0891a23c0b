"""The costs of a workspace, for its admins, and those of a room, for whoever answers in it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inbox.lib import clock
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Role

from . import access, actions, pages
from .rate_files import MOST_BYTES, RatesRefused, RowProblem
from .selectors import month_of


@members_only(Role.ADMIN)
@require_GET
def costs(request: MemberRequest) -> HttpResponse:
    """Show what each connection's messages cost in a month, its budget, and the rates."""
    imported = request.GET.get("imported", "")
    return _page(request, imported=int(imported) if imported.isdecimal() and len(imported) < 6 else None)


@members_only(Role.ADMIN)
@require_GET
def export(request: MemberRequest) -> HttpResponse:
    month = _month(request)
    response = HttpResponse(pages.month_as_csv(request.membership, month), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="costs-{month:%Y-%m}.csv"'
    return response


@members_only(Role.ADMIN)
@require_POST
def budget(request: MemberRequest, connection_id: int) -> HttpResponse:
    """Set how much a connection may spend a month; empty takes the limit away."""
    connection = access.get_connection(request.membership, connection_id)
    typed = request.POST.get("amount", "").replace("\x00", "")
    try:
        actions.set_budget(actor=request.membership, connection=connection, typed=typed)
    except actions.BudgetRefused as refusal:
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, refused=(connection.pk, typed, str(refusal)))
    return _see(request, f"#budget-{connection.pk}")


@members_only(Role.ADMIN)
@require_POST
def rates(request: MemberRequest) -> HttpResponse:
    """Import the workspace's own rates. A file with problems comes back with all of them, and nothing of it is kept."""
    file = request.FILES.get("file")
    content = file.read(MOST_BYTES + 1) if file is not None else b""
    try:
        count = actions.import_rates(actor=request.membership, content=content)
    except RatesRefused as refusal:
        return _page(request, HTTPStatus.UNPROCESSABLE_ENTITY, problems=refusal.problems)
    return _see(request, f"?imported={count}#rates")


@members_only()
@require_GET
def room(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show what a room has cost, and its open conversation."""
    found = access.get_room(request.membership, room_id)
    context: dict[str, Any] = {"costs": pages.room_costs(request.membership, found.pk, found.connection)}
    if request.htmx:
        return render(request, "pricing/_room.html", context)
    back_url = reverse("chatrooms:room", args=[request.workspace.slug, found.pk])
    return render(request, "pricing/room.html", {**context, "back_url": back_url})


def _page(
    request: MemberRequest,
    status: int = HTTPStatus.OK,
    *,
    problems: list[RowProblem] | None = None,
    imported: int | None = None,
    refused: tuple[int, str, str] | None = None,
) -> HttpResponse:
    page = pages.costs_page(
        request.membership, _month(request), problems=problems or (), imported=imported, refused=refused
    )
    context = {"page": page, "workspace": request.workspace}
    return render(request, "pricing/costs.html", context, status=status)


def _month(request: MemberRequest) -> date:
    """Return the month in the address, this one where it names none."""
    try:
        return date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return month_of(clock.now())


def _see(request: MemberRequest, where: str) -> HttpResponse:
    response = redirect(reverse("pricing:costs", args=[request.workspace.slug]) + where)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
