"""Kept answers beside a chat: the panel, the list above the composer, putting one into the composer, sending one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.faq.access import get_entry
from inbox.faq.actions import note_use
from inbox.faq.selectors import categories_of
from inbox.lib.forms import number_in
from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions
from .actions import AnsweredMeanwhile, UnableToSend
from .answers import answer_of, find_answers
from .models import Chatroom
from .presenters.answers import RefusedAnswer, answer_choices, answer_panel
from .replies import client_id_from, seen_in, to_room
from .windows import window_for


@members_only()
@require_GET
def faq(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the answers that `search` finds, of one `category`, in one `language` where they have it."""
    return _panel(request, access.get_chatroom(request.membership, room_id))


@members_only()
@require_GET
def faq_choices(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show what `search` finds as a list to choose from above the composer."""
    chatroom = access.get_chatroom(request.membership, room_id)
    if not request.htmx:
        return _panel(request, chatroom)
    found = find_answers(request.membership, chatroom, search=request.GET.get("search", ""))
    choices = answer_choices(chatroom, window_for(chatroom), found, slug=request.workspace.slug)
    return render(request, "faq/_choices.html", {"choices": choices})


@members_only()
@require_POST
def faq_insertion(request: MemberRequest, room_id: int, entry_id: int) -> HttpResponse:
    """Count that an answer was put into the composer; without a script, put it there."""
    chatroom = access.get_chatroom(request.membership, room_id)
    entry = get_entry(request.membership, entry_id)
    note_use(entry=entry)
    if request.htmx:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    fields = [("faq", str(entry.pk)), ("language", request.GET.get("language", ""))]
    return to_room(request, chatroom.pk, composer=fields)


@members_only()
@require_POST
def faq_sending(request: MemberRequest, room_id: int, entry_id: int) -> HttpResponse:
    """Send an answer as it is shown. What is refused is said beside it."""
    chatroom = access.get_chatroom(request.membership, room_id)
    entry = get_entry(request.membership, entry_id)
    answer = answer_of(request.membership, chatroom, entry, request.POST.get("language", ""))
    try:
        if request.POST.get("version", "") not in ("", str(entry.version)):
            raise UnableToSend(_("This answer was changed a moment ago. Look at it once more."))
        if answer.filled.unknown:
            names = ", ".join(f"{{{name}}}" for name in answer.filled.unknown)
            words = _("Not known of this customer: %(names)s. Put the answer into the message box and complete it.")
            raise UnableToSend(words % {"names": names})
        actions.send_answer(
            actor=request.membership,
            chatroom=chatroom,
            answer=answer,
            client_id=client_id_from(request.POST.get("client_id", "")),
            seen_id=seen_in(request),
        )
    except AnsweredMeanwhile as asked:
        refused = RefusedAnswer(entry.pk, str(asked), asked.answer.pk)
        return _panel(request, chatroom, HTTPStatus.CONFLICT, refused=refused)
    except UnableToSend as refusal:
        return _panel(request, chatroom, HTTPStatus.UNPROCESSABLE_ENTITY, refused=RefusedAnswer(entry.pk, str(refusal)))
    if request.htmx:
        return _panel(request, chatroom, notice=_("Sent: %(title)s") % {"title": answer.title})
    return to_room(request, chatroom.pk)


@dataclass(frozen=True)
class Inserted:
    """What of an answer goes into the composer: its text, and the files' ids."""

    text: str = ""
    files: tuple[str, ...] = ()


def inserted_in(request: MemberRequest, chatroom: Chatroom) -> Inserted:
    """Return what an address of the chat names with `faq`; nothing where it names none. Raises Http404."""
    if "faq" not in request.GET:
        return Inserted()
    entry = get_entry(request.membership, number_in(request.GET["faq"]) or 0)
    answer = answer_of(request.membership, chatroom, entry, request.GET.get("language", ""))
    return Inserted(answer.filled.text, tuple(str(file.pk) for file in answer.files))


def _panel(
    request: MemberRequest,
    chatroom: Chatroom,
    status: int = HTTPStatus.OK,
    *,
    notice: str = "",
    refused: RefusedAnswer | None = None,
) -> HttpResponse:
    asked = request.GET if request.method == "GET" else request.POST
    search, language = asked.get("search", ""), asked.get("shown_language" if asked is request.POST else "language", "")
    category_id = number_in(asked.get("category", "")) or None
    found = find_answers(request.membership, chatroom, search=search, category_id=category_id, language=language)
    panel = answer_panel(
        chatroom,
        window_for(chatroom),
        found,
        categories_of(request.workspace.pk),
        slug=request.workspace.slug,
        search=search,
        language=language if language in found.languages else "",
        category_id=category_id,
        notice=notice,
        refused=refused,
    )
    name = "faq/_panel.html" if request.htmx else "faq/panel.html"
    return render(request, name, {"panel": panel, "workspace": request.workspace}, status=status)
