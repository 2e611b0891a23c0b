"""Writing a location or a contact for a message: above the composer, or on a page of its own without a script."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from channels_adapters.types import MessageKind
from inbox.workspaces.access import MemberRequest, members_only

from . import access
from .chosen_files import chosen_view
from .models import Chatroom
from .outgoing_cards import CardRefused, card_of, refusal_of
from .presenters.card_forms import card_form
from .selectors import own_numbers


@members_only()
@require_GET
def form(request: MemberRequest, room_id: int, kind: MessageKind) -> HttpResponse:
    """Show the empty form of a card; 422 says that the channel has no such messages."""
    return _form(request, access.get_chatroom(request.membership, room_id), kind)


@members_only()
@require_POST
def add(request: MemberRequest, room_id: int, kind: MessageKind) -> HttpResponse:
    """Make what was typed a part of the answer that is being written; 422 says beside each input what is wrong."""
    chatroom = access.get_chatroom(request.membership, room_id)
    if refusal_of(kind, chatroom.connection.adapter.capabilities):
        return _form(request, chatroom, kind)
    try:
        card = card_of(kind, request.POST.dict())
    except CardRefused as refusal:
        return _form(request, chatroom, kind, refusal.errors)
    if not request.htmx:
        room_url = reverse("chatrooms:room", args=[request.workspace.slug, room_id])
        return redirect(f"{room_url}?{urlencode({'file': card.value})}")
    chip = chosen_view(chatroom, card, slug=request.workspace.slug)
    return render(request, "chatrooms/_composer_file.html", {"file": chip})


def _form(
    request: MemberRequest, chatroom: Chatroom, kind: MessageKind, errors: Mapping[str, str] | None = None
) -> HttpResponse:
    problem = refusal_of(kind, chatroom.connection.adapter.capabilities)
    view = card_form(
        chatroom,
        kind,
        slug=request.workspace.slug,
        typed=request.POST.dict(),
        errors=errors or {},
        problem=problem,
        own_numbers=own_numbers(chatroom.workspace_id) if kind is MessageKind.CONTACTS else [],
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors or problem else HTTPStatus.OK
    template = "chatrooms/_card_form.html" if request.htmx else "chatrooms/card_form.html"
    response = render(request, template, {"card": view, "workspace": request.workspace}, status=status)
    if request.method == "POST":
        response["HX-Retarget"], response["HX-Reswap"] = "#card-form", "outerHTML"
    return response
