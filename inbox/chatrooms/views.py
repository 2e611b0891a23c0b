"""The three-panel page and what agents do on it. Thin: check, call an action, render.

Every write answers a plain form with a redirect and htmx with 204, because the live frames change the page; what was
refused comes back as 409 or 422 with the text still in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Membership

from . import access, actions, presenters, selectors
from .catch_up import changes_since, current_seq
from .chosen_files import chosen_in, chosen_view, outgoing_of
from .models import Chatroom, RoomStatus
from .pages import RoomPage, room_page
from .replies import client_id_from, conflict, done, to_room
from .selectors import Position
from .window import Window
from .windows import window_for, windows_of

TABS = ("mine", "unassigned", "all")


@dataclass(frozen=True)
class Choice:
    """One link of a row of alternatives."""

    key: str
    label: str
    url: str
    is_current: bool


@members_only()
@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """Show the list with no chat open; with `before`, only the next older rows."""
    if "before" in request.GET and request.htmx:
        return render(request, "chatrooms/_room_rows.html", _list_context(request))
    return _page(request, None)


@members_only()
@require_GET
def room(request: MemberRequest, room_id: int) -> HttpResponse:
    """Open one chat, with each `file` and `option` in its composer: the page, or for htmx the chat and its functions."""
    chatroom = access.get_chatroom(request.membership, room_id)
    reply_to = _number(request.GET.get("reply_to", ""))
    react_to = _number(request.GET.get("react_to", ""))
    files = [outgoing_of(request.membership, value) for value in dict.fromkeys(request.GET.getlist("file"))]
    page = room_page(
        request.membership,
        chatroom,
        request.members,
        reply_to=reply_to,
        react_to=react_to,
        options=request.GET.getlist("option"),
        files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in files],
    )
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "chatrooms/_room.html", {"page": page, "workspace": request.workspace})
    return _page(request, page)


@members_only()
@require_GET
def room_row(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show one row of the list as this member sees it, with its unread count."""
    chatroom = access.get_chatroom(request.membership, room_id)
    return render(request, "chatrooms/_room_row.html", {"row": _row(request, chatroom, window_for(chatroom))})


@members_only()
@require_GET
def history(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the messages before a position."""
    chatroom = access.get_chatroom(request.membership, room_id)
    page = room_page(
        request.membership, chatroom, request.members, before=Position.parse(request.GET.get("before", ""))
    )
    if request.htmx:
        return render(request, "chatrooms/_history.html", {"page": page})
    return _page(request, page)


@members_only()
@require_GET
def window(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show what may be sent now: the composer follows it."""
    chatroom = access.get_chatroom(request.membership, room_id)
    bar = presenters.window_bar(chatroom, window_for(chatroom), slug=request.workspace.slug)
    seq: int = chatroom.seq  # type: ignore[attr-defined]
    return render(request, "chatrooms/_window.html", {"window": bar, "seq": seq, "oob": True})


@members_only()
@require_GET
def since(request: MemberRequest) -> HttpResponse:
    """Catch up: everything that changed after `cursor` in the list and in the open `room`, as frames.

    205 tells the page that it missed too much and should reload.
    """
    room_id = _number(request.GET.get("room", ""))
    open_room = access.get_chatroom(request.membership, room_id) if room_id is not None else None
    cursor = _number(request.GET.get("cursor", ""))
    if cursor is None:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST, content=_("The cursor must be a number."))
    frames = changes_since(request.membership, cursor, open_room)
    if frames is None:
        return HttpResponse(status=HTTPStatus.RESET_CONTENT, headers={"HX-Refresh": "true"})
    return HttpResponse(frames)


@members_only()
@require_POST
def messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a message. A refused one comes back in the composer, with the reason."""
    chatroom = access.get_chatroom(request.membership, room_id)
    text = request.POST.get("text", "")
    reply_to = _number(request.POST.get("reply_to", ""))
    client_id = client_id_from(request.POST.get("client_id", ""))
    chosen = chosen_in(request.membership, request.POST.getlist("file"), request.FILES.getlist("upload"))
    try:
        if chosen.problems:
            raise actions.UnableToSend(" ".join(chosen.problems))
        quoted = access.get_message(request.membership, room_id, reply_to) if reply_to is not None else None
        actions.send_message(
            actor=request.membership,
            chatroom=chatroom,
            text=text,
            client_id=client_id,
            reply_to=quoted,
            options=request.POST.getlist("option"),
            files=chosen.files,
            split_agreed=request.POST.get("split") == "yes",
        )
    except actions.UnableToSend as refusal:
        page = room_page(
            request.membership,
            chatroom,
            request.members,
            reply_to=reply_to,
            text=text,
            options=request.POST.getlist("option"),
            files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in chosen.files],
            error=str(refusal),
        )
        if request.htmx:
            context = {"composer": page.composer, "page": page}
            return render(request, "chatrooms/_composer.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return _page(request, page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.htmx:
        composer = presenters.composer_view(chatroom, window_for(chatroom), slug=request.workspace.slug)
        return render(request, "chatrooms/_composer.html", {"composer": composer})
    return to_room(request, room_id)


@members_only()
@require_POST
def message_retry(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    message = access.get_message(request.membership, room_id, message_id)
    try:
        actions.retry_message(actor=request.membership, message=message)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return done(request, room_id)


@members_only()
@require_POST
def message_confirm(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    message = access.get_message(request.membership, room_id, message_id)
    try:
        actions.confirm_arrival(actor=request.membership, message=message)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return done(request, room_id)


@members_only()
@require_POST
def message_reaction(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    """Set our reaction to a message to `emoji`, or take it back with an empty one."""
    message = access.get_message(request.membership, room_id, message_id)
    try:
        actions.react(actor=request.membership, message=message, emoji=request.POST.get("emoji", ""))
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return done(request, room_id)


@members_only()
@require_GET
def message_versions(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    """Show what an edited message said before."""
    message = access.get_message(request.membership, room_id, message_id)
    context = {
        "workspace": request.workspace,
        "message": message,
        "versions": selectors.versions_of(message),
        "back_url": reverse("chatrooms:room", args=[request.workspace.slug, room_id]),
    }
    return render(request, "chatrooms/_versions.html" if request.htmx else "chatrooms/versions.html", context)


@members_only()
@require_POST
def typing(request: MemberRequest, room_id: int) -> HttpResponse:
    """Note that an agent is typing, for the customer to see."""
    chatroom = access.get_chatroom(request.membership, room_id)
    actions.signal_typing(workspace=request.workspace, chatroom=chatroom)
    return done(request, room_id)


@members_only()
@require_POST
def assignment(request: MemberRequest, room_id: int) -> HttpResponse:
    """Take (`take`), give up (`unassign`) or hand over (`member`) a chat.

    `take` and `unassign` carry the assignee the person saw, `member` has it in `expected`; empty is nobody.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    assignee: Membership | None
    if "take" in request.POST:
        assignee, expected = request.membership, request.POST["take"]
    elif "unassign" in request.POST:
        assignee, expected = None, request.POST["unassign"]
    else:
        assignee = next((m for m in request.members if str(m.pk) == request.POST.get("member")), None)
        if assignee is None:
            return conflict(request, _("Choose a member of this workspace."))
        expected = request.POST.get("expected", str(chatroom.assignee_id or ""))
    try:
        actions.assign_chatroom(
            actor=request.membership,
            chatroom=chatroom,
            assignee=assignee,
            expected_id=_number(expected),
        )
    except actions.AlreadyAssigned as faster:
        if faster.winner is None:
            return conflict(request, _("Nobody has this chat any more. Look again."))
        return conflict(request, _("%(winner)s has already taken this chat.") % {"winner": faster.winner})
    return done(request, room_id)


@members_only()
@require_POST
def closure(request: MemberRequest, room_id: int) -> HttpResponse:
    actions.close_chatroom(actor=request.membership, chatroom=access.get_chatroom(request.membership, room_id))
    return done(request, room_id)


@members_only()
@require_POST
def reopening(request: MemberRequest, room_id: int) -> HttpResponse:
    actions.reopen_chatroom(actor=request.membership, chatroom=access.get_chatroom(request.membership, room_id))
    return done(request, room_id)


@members_only()
@require_POST
def reading(request: MemberRequest, room_id: int) -> HttpResponse:
    """Note that the member has seen the first `seen` inbound messages."""
    chatroom = access.get_chatroom(request.membership, room_id)
    seen = _number(request.POST.get("seen", ""))
    actions.mark_room_read(
        member=request.membership, chatroom=chatroom, seen_count=chatroom.inbound_count if seen is None else seen
    )
    return done(request, room_id)


def _page(request: MemberRequest, page: RoomPage | None, status: int = HTTPStatus.OK) -> HttpResponse:
    # The cursor is read before what it stands for: what changes in between is caught up twice rather than never.
    cursor = page.seq if page else current_seq(request.workspace.pk)
    slug = request.workspace.slug
    context = {
        "workspace": request.workspace,
        "membership": request.membership,
        "page": page,
        "cursor": cursor,
        "since_url": reverse("chatrooms:since", args=[slug]),
        "socket_url": f"/ws/w/{slug}/inbox/?language={translation.get_language()}",
        **_list_context(request),
    }
    return render(request, "chatrooms/inbox.html", context, status=status)


def _list_context(request: MemberRequest) -> dict[str, object]:
    tab = request.GET.get("tab", "all")
    tab = tab if tab in TABS else "all"
    status = request.GET.get("status", RoomStatus.OPEN)
    status = status if status in RoomStatus.values else RoomStatus.OPEN.value
    before = Position.parse(request.GET.get("before", ""))
    rooms = selectors.room_list(request.membership, tab=tab, status=status, after=before)
    windows = windows_of(rooms)
    url = reverse("chatrooms:inbox", args=[request.workspace.slug])
    labels = {"mine": _("Mine"), "unassigned": _("Unassigned"), "all": _("All")}
    older = ""
    if len(rooms) == selectors.ROWS_PER_PAGE:
        position = Position(rooms[-1].last_message_at, rooms[-1].pk)
        older = f"{url}?{urlencode({'tab': tab, 'status': status, 'before': str(position)})}"
    return {
        "tab": tab,
        "status": status,
        "tabs": [Choice(key, labels[key], f"{url}?tab={key}&status={status}", key == tab) for key in TABS],
        "statuses": [
            Choice(choice.value, str(choice.label), f"{url}?tab={tab}&status={choice.value}", choice.value == status)
            for choice in RoomStatus
        ],
        "rows": [_row(request, room, windows[room.pk]) for room in rooms],
        "seen_counts": {str(room.pk): room.seen_count for room in rooms},  # type: ignore[attr-defined]
        "older_url": older,
    }


def _row(request: MemberRequest, chatroom: Chatroom, window: Window) -> presenters.RoomRow:
    seen: int = chatroom.seen_count  # type: ignore[attr-defined]
    unread = max(chatroom.inbound_count - seen, 0)
    return presenters.room_row(chatroom, window, slug=request.workspace.slug, unread=unread)


def _number(text: str) -> int | None:
    """Return an id or a count from a form or an address; None for anything that is neither."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
