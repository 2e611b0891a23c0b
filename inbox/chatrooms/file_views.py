"""Files of a chat: choosing them for a message, asking the vendor again, the gallery, and what the channel takes."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.lib.forms import number_in
from inbox.media.access import get_file
from inbox.media.actions import FileRefused
from inbox.media.names import clean_name
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.tenancy import scope

from . import access, actions, chosen_files, presenters, selectors
from .models import Attachment, Chatroom
from .presenters.chosen_files import ChosenFile, refused_file
from .presenters.file_rules import file_rules as rules_view
from .presenters.files import file_view
from .presenters.gallery import CHAT, CUSTOMER, DOCUMENTS, PICTURES
from .presenters.gallery import gallery as gallery_view
from .replies import conflict, done, to_room
from .window import Alternative
from .windows import window_for


@members_only(in_transaction=False)
@require_POST
def files(request: MemberRequest, room_id: int) -> HttpResponse:
    """Keep one `file` for a message that is being written, or see one of `chosen` another way (`send_as`).

    What is refused is answered with why, and changes nothing else. No transaction waits while a file is looked into.
    """
    upload, value, name = request.FILES.get("file"), request.POST.get("chosen"), ""
    try:
        with scope(request.workspace.pk):
            chatroom = access.get_chatroom(request.membership, room_id)
            _require_use(chatroom)
            outgoing = None if value is None else chosen_files.outgoing_of(request.membership, value)
        if outgoing is None:
            if upload is None:
                raise actions.UnableToSend(_("No file arrived. Choose it again."))
            name = clean_name(upload.name or "")
            way = chosen_files.way_of(request.POST.get("send_as", ""))
            outgoing = chosen_files.take_in(request.membership, chatroom, upload, way)
        name = outgoing.file.filename
        with scope(request.workspace.pk):
            chosen_files.prepare(chatroom, outgoing)
            view = chosen_files.chosen_view(chatroom, outgoing, slug=request.workspace.slug)
    except (FileRefused, actions.UnableToSend) as refusal:
        if value is not None:
            return conflict(request, str(refusal))  # the file stays as it was
        problem = str(refusal).removeprefix(f"{name}: ")
        refused = refused_file(f"refused-{uuid.uuid4().hex[:8]}", name, problem)
        return _chips(request, [refused], HTTPStatus.UNPROCESSABLE_ENTITY)
    if not request.htmx:
        return to_room(request, room_id)
    return _chips(request, [view])


@members_only()
@require_GET
def chosen(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show chosen files as they are now: those that a draft names, or one that is being converted."""
    chatroom = access.get_chatroom(request.membership, room_id)
    if not request.htmx:
        return to_room(request, room_id)
    found = chosen_files.chosen_in(request.membership, request.GET.getlist("file")).files
    for each in found:
        chosen_files.prepare_forgotten(chatroom, each)
    return _chips(request, [chosen_files.chosen_view(chatroom, each, slug=request.workspace.slug) for each in found])


@members_only()
@require_GET
def file(request: MemberRequest, room_id: int, attachment_id: int) -> HttpResponse:
    """Show a file of a message anew: its small picture may be there now."""
    attachment = _attachment(request, room_id, attachment_id)
    if not request.htmx:
        return to_room(request, room_id)
    capabilities = attachment.message.connection.adapter.capabilities
    view = file_view(attachment, attachment.message, slug=request.workspace.slug, capabilities=capabilities)
    return render(request, "chatrooms/_file.html", {"file": view})


@members_only()
@require_POST
def file_fetch(request: MemberRequest, room_id: int, attachment_id: int) -> HttpResponse:
    """Ask the vendor again for a file that did not come."""
    attachment = _attachment(request, room_id, attachment_id)
    try:
        actions.fetch_again(actor=request.membership, attachment=attachment)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return done(request, room_id)


@members_only()
@require_POST
def file_discard(request: MemberRequest, file_id: int) -> HttpResponse:
    """Let go of a file that was taken out of a form. What is used, or is somebody else's, stays."""
    chosen_files.let_go(request.membership, get_file(request.membership, file_id))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@members_only()
@require_GET
def gallery(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the files of a chat, or with `of=customer` of all chats of its customer, newest first.

    Pictures and videos, or with `show=documents` the others.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    show = DOCUMENTS if request.GET.get("show") == DOCUMENTS else PICTURES
    of = CUSTOMER if request.GET.get("of") == CUSTOMER else CHAT
    found = selectors.files_in(
        request.membership,
        chatroom,
        pictures=show == PICTURES,
        of_customer=of == CUSTOMER,
        before=number_in(request.GET.get("before", "")),
    )
    context = {"gallery": gallery_view(chatroom, found, slug=request.workspace.slug, show=show, of=of)}
    return render(request, "chatrooms/_file_gallery.html" if request.htmx else "chatrooms/file_gallery.html", context)


@members_only()
@require_GET
def file_rules(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show what files the channel takes."""
    chatroom = access.get_chatroom(request.membership, room_id)
    context = {"rules": rules_view(chatroom, slug=request.workspace.slug)}
    return render(request, "chatrooms/_file_rules.html" if request.htmx else "chatrooms/file_rules.html", context)


def _attachment(request: MemberRequest, room_id: int, attachment_id: int) -> Attachment:
    """Raises Http404, also when the message was removed."""
    found = selectors.attachment_of(request.membership, room_id, attachment_id)
    if found is None:
        raise Http404("no such file")
    return found


def _require_use(chatroom: Chatroom) -> None:
    """Raises UnableToSend when a file may neither leave now nor be held: nothing is uploaded for nothing."""
    window = window_for(chatroom)
    reason = presenters.why_not_writable(chatroom, window)
    if reason and Alternative.HOLD not in window.alternatives:
        raise actions.UnableToSend(_("Files cannot be sent now. %(reason)s") % {"reason": reason})


def _chips(request: MemberRequest, files: list[ChosenFile], status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "chatrooms/_composer_files.html", {"files": files}, status=status)
