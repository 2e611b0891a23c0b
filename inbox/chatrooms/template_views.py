"""Sending a message template in an open chat: the list, the form with its preview, and the send.

The picker opens above the composer, or as a page of its own for a browser without scripts.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.media.actions import FileRefused
from inbox.media.models import MediaFile
from inbox.media.uploads import members_with_files
from inbox.message_templates.components import HEADER_FILE, version_of
from inbox.message_templates.filling import NotFilled
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import (
    chosen_sendable,
    facts_of,
    languages_of,
    sendable,
    values_for,
    withheld,
)
from inbox.pricing.selectors import send_note, warning_for
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, presenters
from .header_files import filled_with, header_file_in
from .models import Chatroom
from .presenters.templates import TemplatePicker, values_in
from .replies import client_id_from, seen_in
from .template_languages import by_likelihood
from .window import Mode
from .windows import window_for


@members_only()
@require_GET
def templates(request: MemberRequest, room_id: int) -> HttpResponse:
    """List what may be sent now, or show the form of one `template`, filled in as far as it is known."""
    chatroom = access.get_chatroom(request.membership, room_id)
    template = chosen_sendable(chatroom.connection, request.GET.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.") if "template" in request.GET else ""
        return _show(request, _list(request, chatroom, notice))
    return _form(request, chatroom, template, values_for(template, chatroom.customer))


@members_with_files()
@require_POST
def template_messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a filled template, or with `preview` only show it. What is missing or refused comes back in the form."""
    chatroom = access.get_chatroom(request.membership, room_id)
    template = chosen_sendable(chatroom.connection, request.POST.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.")
        return _show(request, _list(request, chatroom, notice), HTTPStatus.UNPROCESSABLE_ENTITY)
    values, client_id = values_in(request.POST), client_id_from(request.POST.get("client_id", ""))
    show = partial(_form, request, chatroom, template, values, seen_id=seen_in(request))
    try:
        file = header_file_in(request)
    except FileRefused as refusal:
        return show(errors={HEADER_FILE: str(refusal)})
    if "preview" in request.POST:
        return show(file=file, client_id=client_id)
    try:
        if request.POST.get("version", "") not in ("", version_of(template.components)):
            raise actions.UnableToSend(_("This template was changed a moment ago. Look at it once more."))
        actions.send_template(
            actor=request.membership,
            chatroom=chatroom,
            template=filled_with(template, values, file),
            client_id=client_id,
            header_file=file,
            seen_id=seen_in(request),
        )
    except actions.AnsweredMeanwhile as asked:
        return show(file=file, errors={"": str(asked)}, seen_id=asked.answer.pk, asks_again=True)
    except (NotFilled, actions.UnableToSend) as refusal:
        errors = refusal.errors if isinstance(refusal, NotFilled) else {"": str(refusal)}
        return show(file=file, errors=errors)
    if request.htmx:
        return HttpResponse()
    response = redirect("chatrooms:room", request.workspace.slug, room_id)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _form(
    request: MemberRequest,
    chatroom: Chatroom,
    template: MessageTemplate,
    values: Mapping[str, str],
    *,
    client_id: uuid.UUID | None = None,
    errors: Mapping[str, str] | None = None,
    file: MediaFile | None = None,
    seen_id: int | None = None,
    asks_again: bool = False,
) -> HttpResponse:
    """Show the chosen template, what is wrong with what is filled in, and what it will cost."""
    in_window = window_for(chatroom).mode is Mode.FREE
    phone = facts_of(chatroom.customer)["phone"]
    form = presenters.template_form(
        chatroom,
        template,
        values,
        slug=request.workspace.slug,
        errors=errors,
        client_id=client_id,
        file=file,
        cost=send_note(chatroom.connection, phone, template.category, in_window, room_id=chatroom.pk),
        warning=warning_for(chatroom.connection),
        seen_id=seen_id,
        asks_again=asks_again,
    )
    picker = presenters.template_picker(chatroom, slug=request.workspace.slug, chosen=form)
    refused = HTTPStatus.CONFLICT if asks_again else HTTPStatus.UNPROCESSABLE_ENTITY
    return _show(request, picker, refused if errors else HTTPStatus.OK)


def _list(request: MemberRequest, chatroom: Chatroom, notice: str) -> TemplatePicker:
    search, language = request.GET.get("search", ""), request.GET.get("language", "")
    languages = by_likelihood(chatroom, languages_of(chatroom.connection))
    language = language if language in languages else ""
    return presenters.template_picker(
        chatroom,
        slug=request.workspace.slug,
        listing=sendable(chatroom.connection, search, [language] if language else languages),
        withheld=withheld(chatroom.connection),
        languages=languages,
        language=language,
        search=search,
        notice=notice,
    )


def _show(request: MemberRequest, picker: TemplatePicker, status: int = HTTPStatus.OK) -> HttpResponse:
    name = "chatrooms/_template_picker.html" if request.htmx else "chatrooms/templates.html"
    return render(request, name, {"picker": picker, "workspace": request.workspace}, status=status)
