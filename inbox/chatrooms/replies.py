"""What views of chats answer when there is nothing to show: done, back to the chat, or a refusal as a notice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest


def done(request: MemberRequest, room_id: int) -> HttpResponse:
    """The live frames show what changed."""
    if request.htmx:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return to_room(request, room_id)


def to_room(request: MemberRequest, room_id: int, *, composer: Sequence[tuple[str, str]] = ()) -> HttpResponse:
    """Go back to a chat, with these fields of its composer filled in."""
    url = reverse("chatrooms:room", args=[request.workspace.slug, room_id])
    response = redirect(f"{url}?{urlencode(composer)}" if composer else url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def conflict(request: MemberRequest, text: str) -> HttpResponse:
    template = "chatrooms/_notice.html" if request.htmx else "chatrooms/conflict.html"
    back = own_referer(request) or reverse("chatrooms:inbox", args=[request.workspace.slug])
    response = render(request, template, {"text": text, "back": back}, status=HTTPStatus.CONFLICT)
    response["HX-Retarget"] = "#notices"
    response["HX-Reswap"] = "beforeend"
    return response


def seen_in(request: MemberRequest) -> int | None:
    """Return the newest message that stood in the sender's page; None where their form does not say."""
    return number_in(request.POST.get("seen", ""))


def waited_in(request: MemberRequest) -> timedelta:
    """Return how long what is sent lay in the browser, in which it waited for a connection."""
    seconds = request.POST.get("waited", "")
    return timedelta(seconds=int(seconds) if seconds.isdecimal() and len(seconds) < 10 else 0)


def client_id_from(text: str) -> uuid.UUID:
    """Return the id that makes a double submit one message; a new one for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
