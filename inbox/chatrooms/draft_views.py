"""What the composer asks for while one writes: keeping the draft, and taking back what was just sent, and for how long
that is possible. Answers are JSON for the page's script; without one, a form comes back to its chat."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from inbox.media.uploads import members_with_files
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.actions import choose_undo_seconds
from inbox.workspaces.models import MOST_UNDO_SECONDS, Workspace

from . import access, actions, lists, selectors
from .chosen_files import chosen_in, chosen_view
from .inbox_page import inbox_page
from .pages import room_page
from .presenters.drafts import draft_view
from .replies import client_id_from, conflict, to_room


@members_only()
@require_GET
def drafts(request: MemberRequest) -> HttpResponse:
    """Tell in which chats the member has begun to write."""
    return JsonResponse({"rooms": selectors.rooms_with_draft(request.membership)})


@members_only()
@require_POST
def draft(request: MemberRequest, room_id: int) -> HttpResponse:
    """Keep the member's draft, which was made of `version`. 409 answers with another device's newer one."""
    chatroom = access.get_chatroom(request.membership, room_id)
    quoted, base = request.POST.get("reply_to", ""), request.POST.get("version", "")
    if not _is_number(base):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    composed = actions.Composed(
        text=request.POST.get("text", "").replace("\r\n", "\n"),
        reply_to=access.get_message(request.membership, room_id, int(quoted)) if _is_number(quoted) else None,
        options=request.POST.getlist("option"),
        files=chosen_in(request.membership, request.POST.getlist("file")).files,
    )
    try:
        saved = actions.save_draft(
            actor=request.membership,
            chatroom=chatroom,
            composed=composed,
            base=int(base),
            client_id=client_id_from(request.POST.get("client_id", "")),
        )
    except actions.DraftOutdated as newer:
        return JsonResponse(draft_view(newer.current).as_json(), status=HTTPStatus.CONFLICT)
    except actions.UnableToSend as refusal:
        return JsonResponse({"error": str(refusal)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return JsonResponse({"version": saved.version})


@members_with_files()
@require_POST
def draft_leaving(request: MemberRequest, room_id: int) -> HttpResponseBase:
    """Keep what stands in the composer of a page without a script, and go where the button `to` leads.

    What another device has made of the draft meanwhile stands behind it. What cannot be kept comes back in the composer.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    quoted, base = request.POST.get("reply_to", ""), request.POST.get("draft_version", "")
    chosen = chosen_in(request.membership, request.POST.getlist("file"), request.FILES.getlist("upload"))
    composed = actions.Composed(
        text=request.POST.get("text", "").replace("\r\n", "\n"),
        reply_to=access.get_message(request.membership, room_id, int(quoted)) if _is_number(quoted) else None,
        options=request.POST.getlist("option"),
        files=chosen.files,
    )
    try:
        actions.save_draft(
            actor=request.membership,
            chatroom=chatroom,
            composed=composed,
            base=int(base) if _is_number(base) else 0,
            client_id=client_id_from(request.POST.get("client_id", "")),
            joins_newer=True,
        )
    except actions.UnableToSend as refusal:
        page = room_page(
            request.membership,
            chatroom,
            request.members,
            reply_to=composed.reply_to.pk if composed.reply_to else None,
            text=composed.text,
            options=composed.options,
            files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in chosen.files],
            error=" ".join([str(refusal), *chosen.problems]),
        )
        return inbox_page(request, page, lists.facts_of(request.membership), HTTPStatus.UNPROCESSABLE_ENTITY)
    for problem in chosen.problems:
        messages.warning(request, problem)
    places = {"location": "location_form", "contacts": "contacts_form", "templates": "templates"}
    place = places.get(request.POST.get("to", ""), "file_rules")
    response = redirect(f"chatrooms:{place}", request.workspace.slug, room_id)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@members_only()
@require_POST
def message_undo(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    """Take back a message that has not left. The script gets what was written; else it stands in the composer again."""
    message = access.get_message(request.membership, room_id, message_id)
    try:
        given_back = actions.take_back_message(actor=request.membership, message=message)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    if not request.htmx:
        return to_room(request, room_id)
    return JsonResponse(draft_view(given_back).as_json())


class UndoTime(forms.Form):
    """How long the member may change their mind."""

    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds in which I can take back what I send"),
        required=False,
        min_value=0,
        max_value=MOST_UNDO_SECONDS,
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _("From 0, which sends at once, to 30. Empty: %(seconds)s, as this workspace says.")
        self.fields["seconds"].help_text = words % {"seconds": workspace.undo_seconds}

    def clean(self) -> dict[str, Any]:
        if "seconds" not in self.data:  # an empty one says something
            self.add_error("seconds", self.fields["seconds"].error_messages["required"])
        return self.cleaned_data


@members_only()
@require_GET
def undo_time(request: MemberRequest) -> HttpResponse:
    """Show for how long the member can take back what they send."""
    initial = {"seconds": request.membership.undo_seconds}
    return _undo_time(request, UndoTime(initial=initial, workspace=request.workspace))


@members_only()
@require_POST
def undo_time_saving(request: MemberRequest) -> HttpResponseBase:
    """Save it; what is no such number comes back."""
    form = UndoTime(request.POST, workspace=request.workspace)
    if not form.is_valid():
        return _undo_time(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    choose_undo_seconds(member=request.membership, seconds=form.cleaned_data["seconds"])
    messages.success(request, _("Saved."))
    return redirect("chatrooms:undo_time", request.workspace.slug)


def _undo_time(request: MemberRequest, form: UndoTime, *, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {"form": form, "workspace": request.workspace}
    return render(request, "chatrooms/undo_time.html", context, status=status)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
