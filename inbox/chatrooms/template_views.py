"""Sending a message template in an open chat: the list, the form with its preview, and the send.

The picker opens above the composer, or as a page of its own for a browser without scripts.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.media.access import get_file
from inbox.media.actions import FileRefused
from inbox.media.models import MediaFile
from inbox.message_templates.components import HEADER_FILE, version_of
from inbox.message_templates.filling import FilledTemplate, NotFilled, fill
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import facts_of, get_sendable, matches, offer, values_for
from inbox.pricing.selectors import send_note, warning_for
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, presenters
from .chosen_files import store_upload
from .models import Chatroom
from .presenters.templates import TemplatePicker, values_in
from .replies import client_id_from
from .template_languages import by_likelihood
from .window import Mode
from .windows import window_for


@members_only()
@require_GET
def templates(request: MemberRequest, room_id: int) -> HttpResponse:
    """List what may be sent now, or show the form of one `template`, filled in as far as it is known."""
    chatroom = access.get_chatroom(request.membership, room_id)
    template = _sendable(chatroom, request.GET.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.") if "template" in request.GET else ""
        return _show(request, _list(request, chatroom, notice))
    return _form(request, chatroom, template, values_for(template, chatroom.customer))


@members_only()
@require_POST
def template_messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a filled template, or with `preview` only show it. What is missing or refused comes back in the form."""
    chatroom = access.get_chatroom(request.membership, room_id)
    template = _sendable(chatroom, request.POST.get("template", ""))
    if template is None:
        notice = _("This template can no longer be sent. Choose another one.")
        return _show(request, _list(request, chatroom, notice), HTTPStatus.UNPROCESSABLE_ENTITY)
    values, client_id = values_in(request.POST), client_id_from(request.POST.get("client_id", ""))
    show = partial(_form, request, chatroom, template, values)
    try:
        file = _header_file(request)
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
            template=_filled(template, values, file),
            client_id=client_id,
            header_file=file,
        )
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
    )
    picker = presenters.template_picker(chatroom, slug=request.workspace.slug, chosen=form)
    return _show(request, picker, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK)


def _list(request: MemberRequest, chatroom: Chatroom, notice: str) -> TemplatePicker:
    search, language = request.GET.get("search", ""), request.GET.get("language", "")
    found = offer(chatroom.connection)
    languages = by_likelihood(chatroom, {template.language for template in found.templates})
    language = language if language in languages else ""
    shown = [row for row in found.templates if language in ("", row.language) and matches(row, search)]
    return presenters.template_picker(
        chatroom,
        slug=request.workspace.slug,
        templates=sorted(shown, key=lambda row: languages.index(row.language)),
        withheld=found.withheld,
        languages=languages,
        language=language,
        search=search,
        notice=notice,
    )


def _show(request: MemberRequest, picker: TemplatePicker, status: int = HTTPStatus.OK) -> HttpResponse:
    name = "chatrooms/_template_picker.html" if request.htmx else "chatrooms/templates.html"
    return render(request, name, {"picker": picker, "workspace": request.workspace}, status=status)


def _filled(template: MessageTemplate, values: Mapping[str, str], file: MediaFile | None) -> FilledTemplate:
    """Raises NotFilled."""
    if file is None:
        return fill(template, values)
    filled = fill(template, values, header_file=file.pk)
    return replace(filled, preview=presenters.preview_with_file(filled.preview, file))


def _header_file(request: MemberRequest) -> MediaFile | None:
    """Return the file chosen for the header, now or with an earlier form. Raises FileRefused."""
    upload, known = request.FILES.get("header_file"), request.POST.get("header_file_id", "")
    if upload is not None:
        return store_upload(request.membership, upload)
    if not (known.isdecimal() and len(known) < 19):
        return None
    try:
        return get_file(request.membership, int(known))
    except Http404:
        raise FileRefused(_("The file is no longer in our store. Choose it again.")) from None


def _sendable(chatroom: Chatroom, template_id: str) -> MessageTemplate | None:
    known = template_id.isdecimal() and len(template_id) < 19
    return get_sendable(chatroom.connection, int(template_id)) if known else None
