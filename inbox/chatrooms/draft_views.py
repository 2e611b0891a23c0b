"""What the composer asks for while one writes: keeping the draft, and taking back what was just sent. Answers are JSON
for the page's script; without one, a form comes back to its chat."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from inbox.workspaces.access import MemberRequest, members_only

from . import access, actions, selectors
from .chosen_files import chosen_in
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


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
