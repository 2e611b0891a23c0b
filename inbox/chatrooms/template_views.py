"""Sending a message template in an open chat: the list, the form with its preview, and the send.

The picker opens above the composer, or as a page of its own for a browser without scripts.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.message_templates.filling import NotFilled, fill
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import get_sendable, sendable, values_for
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, presenters
from .models import Chatroom
from .presenters.templates import VALUE, TemplatePicker
from .replies import client_id_from

MOST_SHOWN = 50


@members_only()
@require_GET
def templates(request: MemberRequest, room_id: int) -> HttpResponse:
    """List what may be sent now, or show the form of one `template`, filled in as far as it is known."""
    chatroom = access.get_chatroom(request.membership, room_id)
    template = _sendable(chatroom, request.GET.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.") if "template" in request.GET else ""
        return _show(request, _list(request, chatroom, notice))
    values = values_for(template, chatroom.customer)
    form = presenters.template_form(chatroom, template, values, slug=request.workspace.slug)
    return _show(request, presenters.template_picker(chatroom, slug=request.workspace.slug, chosen=form))


@members_only()
@require_POST
def template_messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a filled template, or with `preview` only show it. What is missing or refused comes back in the form."""
    chatroom = access.get_chatroom(request.membership, room_id)
    slug = request.workspace.slug
    template = _sendable(chatroom, request.POST.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.")
        return _show(request, _list(request, chatroom, notice), HTTPStatus.UNPROCESSABLE_ENTITY)
    values, client_id = _values(request.POST), client_id_from(request.POST.get("client_id", ""))
    if "preview" in request.POST:
        form = presenters.template_form(chatroom, template, values, slug=slug, client_id=client_id)
        return _show(request, presenters.template_picker(chatroom, slug=slug, chosen=form))
    try:
        actions.send_template(
            actor=request.membership, chatroom=chatroom, template=fill(template, values), client_id=client_id
        )
    except (NotFilled, actions.UnableToSend) as refusal:
        errors = refusal.errors if isinstance(refusal, NotFilled) else {"": str(refusal)}
        form = presenters.template_form(chatroom, template, values, slug=slug, errors=errors, client_id=client_id)
        picker = presenters.template_picker(chatroom, slug=slug, chosen=form)
        return _show(request, picker, HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.htmx:
        return HttpResponse()
    response = redirect("chatrooms:room", slug, room_id)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _list(request: MemberRequest, chatroom: Chatroom, notice: str) -> TemplatePicker:
    search = request.GET.get("search", "")
    found = sendable(chatroom.connection, search)[:MOST_SHOWN]
    return presenters.template_picker(
        chatroom, slug=request.workspace.slug, templates=found, search=search, notice=notice
    )


def _show(request: MemberRequest, picker: TemplatePicker, status: int = HTTPStatus.OK) -> HttpResponse:
    name = "chatrooms/_template_picker.html" if request.htmx else "chatrooms/templates.html"
    return render(request, name, {"picker": picker, "workspace": request.workspace}, status=status)


def _sendable(chatroom: Chatroom, template_id: str) -> MessageTemplate | None:
    known = template_id.isdecimal() and len(template_id) < 19
    return get_sendable(chatroom.connection, int(template_id)) if known else None


def _values(sent: QueryDict) -> dict[str, str]:
    """Return what a form says of the variables, by their keys."""
    return {
        name.removeprefix(VALUE): str(value).replace("\x00", "")
        for name, value in sent.items()
        if name.startswith(VALUE)
    }
