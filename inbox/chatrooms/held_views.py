"""Answers held until the customer writes: hold one, change it, give it up, send it now."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.message_templates.filling import FilledTemplate, NotFilled, fill
from inbox.message_templates.selectors import fallback_of, values_for
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, presenters, selectors
from .models import Chatroom, HeldAnswer
from .replies import client_id_from, conflict, done, to_room
from .windows import window_for


@members_only()
@require_GET
def held_answers(request: MemberRequest, room_id: int) -> HttpResponse:
    """List what is held in a chat."""
    chatroom = access.get_chatroom(request.membership, room_id)
    answers = presenters.held_answers(selectors.held_in(chatroom), slug=request.workspace.slug)
    context = {"held": answers, "workspace": request.workspace, "room": chatroom}
    return render(request, "chatrooms/_held.html" if request.htmx else "chatrooms/held.html", context)


@members_only()
@require_POST
def hold(request: MemberRequest, room_id: int) -> HttpResponse:
    """Hold the written answer, and send the account's fallback template, so that the customer writes."""
    chatroom = access.get_chatroom(request.membership, room_id)
    text, slug = request.POST.get("text", ""), request.workspace.slug
    window = window_for(chatroom)
    try:
        actions.hold_answer(
            actor=request.membership,
            chatroom=chatroom,
            text=text,
            client_id=client_id_from(request.POST.get("client_id", "")),
            template=_fallback(chatroom),
        )
    except actions.UnableToSend as refusal:
        if not request.htmx:
            return conflict(request, str(refusal))
        composer = presenters.composer_view(chatroom, window, slug=slug, text=text, error=str(refusal))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "chatrooms/_composer.html", {"composer": composer}, status=status)
    if request.htmx:
        composer = presenters.composer_view(chatroom, window, slug=slug)
        return render(request, "chatrooms/_composer.html", {"composer": composer})
    return to_room(request, room_id)


@members_only()
@require_POST
def held_answer(request: MemberRequest, room_id: int, held_id: int) -> HttpResponse:
    """Change the words of a held answer to `text`, `send` it now, or `cancel` it."""
    held = HeldAnswer.objects.filter(workspace_id=request.workspace.pk, chatroom_id=room_id, pk=held_id).first()
    if held is None:
        raise Http404("no such answer")
    try:
        if "cancel" in request.POST:
            actions.cancel_held_answer(actor=request.membership, held=held)
        else:
            held = actions.edit_held_answer(
                actor=request.membership, held=held, text=request.POST.get("text", held.text)
            )
            if "send" in request.POST:
                actions.send_held_answer(actor=request.membership, held=held)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return done(request, room_id)


def _fallback(chatroom: Chatroom) -> FilledTemplate:
    """Return the account's fallback template, filled in for the customer. Raises UnableToSend."""
    template = fallback_of(chatroom.connection)
    if template is None:
        raise actions.UnableToSend(
            _("No fallback template is chosen for this account. Send a template yourself, or ask an administrator.")
        )
    try:
        return fill(template, values_for(template, chatroom.customer))
    except NotFilled as error:
        raise actions.UnableToSend(" ".join(error.errors.values())) from error
