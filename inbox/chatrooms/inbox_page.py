"""The three-panel page as a whole: the list with no chat open, or with one. Called by views that show it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from inbox.workspaces.access import MemberRequest
from inbox.workspaces.visibility import reach_of

from .list_pages import list_page, values_of
from .lists import ListFacts
from .pages import RoomPage


def inbox_page(
    request: MemberRequest, page: RoomPage | None, facts: ListFacts, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Show the list that the address asks for, with an open chat if there is one."""
    # The cursor was read before what it stands for: what changes in between is caught up twice rather than never.
    cursor = page.seq if page else facts.seq
    slug, here, mark = request.workspace.slug, request.membership.pk, reach_of(request.membership).mark
    told = {"reach": mark} if mark else {}
    asked = values_of(request)
    if page is not None:
        asked.pop("before", None)  # a place in the chat, not in the list
    context = {
        "workspace": request.workspace,
        "membership": request.membership,
        "page": page,
        "cursor": cursor,
        "listed": list_page(request.membership, asked, facts, request.members),
        "since_url": f"{reverse('chatrooms:since', args=[slug])}?{urlencode({'member': here} | told)}",
        "socket_url": f"/ws/w/{slug}/inbox/?{urlencode({'language': translation.get_language(), 'member': here})}",
    }
    return render(request, "chatrooms/inbox.html", context, status=status)
