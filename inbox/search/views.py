"""The search panel of the inbox: a fragment for htmx, a page of its own otherwise."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_htmx.http import push_url, replace_url

from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.searching import has_room, too_fast

from . import pages, queries, selectors


@members_only(shows_members=True)
@require_GET
def search(request: MemberRequest) -> HttpResponse:
    """Search for `q`. The inbox keeps what was searched for in its own address, so that going back shows it again."""
    if not has_room(request.membership):
        return too_fast()
    choices = selectors.choices_of(request.membership)
    query = queries.parse(
        request.GET.dict(),
        member_ids=[*(member.pk for member in request.members), *choices.former],
        connection_ids=[each.pk for each in choices.connections],
        zone=choices.zone,
    )
    before = request.GET.get("before", "")
    page = pages.search_page(request.membership, query, request.members, choices, before=before)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if query.problems else HTTPStatus.OK
    context = {"page": page, "workspace": request.workspace}
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "search/page.html", context, status=status)
    if before:
        return render(request, "search/_hits.html", {"section": next(iter(page.sections), None)}, status=status)
    if not query.text:
        return _in_address(request, HttpResponse(), "")
    results = render(request, "search/_results.html", context, status=status)
    return _in_address(request, results, query.address(query.section))


@members_only()
@require_GET
def chats(request: MemberRequest) -> HttpResponse:
    """Name the chats of the people who are called `q`, for the palette."""
    if not has_room(request.membership):
        return JsonResponse({"chats": []}, status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "10"})
    query = queries.parse({"q": request.GET.get("q", "")}, member_ids=())
    return JsonResponse({"chats": pages.chats_called(request.membership, query)})


def _in_address(request: MemberRequest, response: HttpResponse, search: str) -> HttpResponse:
    """Let the browser's address say what is searched for: a first search is a step to go back from, a letter more no."""
    address = urlsplit(request.htmx.current_url_abs_path or "")
    if not address.path or address.path == request.path:
        return response
    given = parse_qsl(address.query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if name != "search"]
    query = urlencode([*kept, ("search", search)] if search else kept)
    new = f"{address.path}?{query}" if query else address.path
    return replace_url(response, new) if len(kept) < len(given) or not search else push_url(response, new)
