"""Handing a file on to another chat: it is chosen here, and waits there in the composer until somebody sends it."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from inbox.media.access import get_file
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.searching import has_room, in_time, limit_statements, too_fast

from . import selectors
from .presenters.forwarding import forwarding
from .selectors import Position
from .windows import windows_of


@members_only()
@require_GET
def forward(request: MemberRequest, file_id: int) -> HttpResponse:
    """List the chats that a file could go to, newest first, or those of a customer that `search` means."""
    file = get_file(request.membership, file_id)
    search = request.GET.get("search", "").replace("\x00", "").strip()
    before = Position.parse(request.GET.get("before", ""))
    choose = partial(selectors.rooms_to_choose, request.membership, search=search, after=before)
    if search:
        if not has_room(request.membership):
            return too_fast()
        limit_statements()
    found = in_time(choose) if search else choose()
    rooms = found or []
    page = forwarding(file, rooms, windows_of(rooms), slug=request.workspace.slug, search=search, is_cut=found is None)
    name = "chatrooms/_file_forward.html" if request.htmx else "chatrooms/file_forward.html"
    return render(request, name, {"forward": page})
