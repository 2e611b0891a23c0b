"""The three-panel page and what agents do on it. Thin: check, call an action, render.

Every write answers a plain form with a redirect and htmx with 204, because the live frames change the page; what was
refused comes back as 409 or 422 with the text still in it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.media.uploads import members_with_files
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.visibility import reach_of

from . import access, actions, lists, presenters, selectors
from .assignment import team_of
from .catch_up import changes_since
from .chosen_files import chosen_in, chosen_view, outgoing_of
from .faq_views import inserted_in
from .list_pages import list_page, row_of, values_of
from .lists import ListFacts
from .outgoing_cards import is_card
from .pages import RoomPage, room_page
from .presenters.drafts import draft_in
from .replies import client_id_from, conflict, done, to_room
from .selectors import Position
from .windows import window_for


@members_only()
@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """Show the list with no chat open; with `before`, only the next older rows."""
    values = values_of(request)
    if "before" in values and request.htmx:
        page = list_page(request.membership, values, lists.facts_of(request.membership), request.members)
        return render(request, "chatrooms/_room_rows.html", {"rows": page.rows, "older_url": page.older_url})
    return _page(request, None, lists.facts_of(request.membership))


@members_only()
@require_GET
def room(request: MemberRequest, room_id: int) -> HttpResponse:
    """Open one chat, with the member's draft and each `file` and `option` in its composer: the page, or for htmx the chat
    and its functions.

    With `at`, it is open at that message, which may be an old one; with `faq`, that kept answer follows the draft.
    """
    is_part = request.htmx and not request.htmx.history_restore_request
    chatroom = access.get_chatroom(request.membership, room_id, {} if is_part else lists.facts_for(request.membership))
    reply_to = _number(request.GET.get("reply_to", ""))
    react_to = _number(request.GET.get("react_to", ""))
    begun = draft_in(chatroom)
    answer = inserted_in(request, chatroom)
    brought = list(dict.fromkeys([*request.GET.getlist("file"), *answer.files]))
    cards = [value for value in brought if is_card(value)]
    files: list[actions.Outgoing] = [outgoing_of(request.membership, value) for value in brought if value not in cards]
    files += chosen_in(request.membership, [*cards, *(value for value in begun.files if value not in brought)]).files
    page = room_page(
        request.membership,
        chatroom,
        request.members,
        at=_number(request.GET.get("at", "")),
        reply_to=reply_to or begun.reply_to,
        react_to=react_to,
        text="\n".join(filter(None, (begun.text, answer.text))),
        options=request.GET.getlist("option") or begun.options,
        files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in files],
    )
    if is_part:
        return render(request, "chatrooms/_room.html", {"page": page, "workspace": request.workspace})
    return _page(request, page, lists.facts_from(chatroom))


@members_only()
@require_GET
def room_row(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show one row of the list as this member sees it, with its unread count."""
    chatroom = access.get_chatroom(request.membership, room_id)
    row = row_of(chatroom, window_for(chatroom), slug=request.workspace.slug)
    return render(request, "chatrooms/_room_row.html", {"row": row})


@members_only()
@require_GET
def history(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show the messages before a position, or those after one."""
    more = {} if request.htmx else lists.facts_for(request.membership)
    chatroom = access.get_chatroom(request.membership, room_id, more)
    after = Position.parse(request.GET.get("after", ""))
    before = Position.parse(request.GET.get("before", "")) if after is None else None
    page = room_page(request.membership, chatroom, request.members, before=before, after=after)
    if request.htmx:
        page = replace(page, newer_url="") if after is None else replace(page, older_url="")
        return render(request, "chatrooms/_history.html", {"page": page})
    return _page(request, page, lists.facts_from(chatroom))


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

    205 tells the page to reload: it missed too much, or its member sees other chats by now (`reach`).
    """
    if request.GET.get("reach", "") != reach_of(request.membership).mark:
        return _reload()
    room_id = _number(request.GET.get("room", ""))
    open_room = access.get_chatroom(request.membership, room_id) if room_id is not None else None
    cursor = _number(request.GET.get("cursor", ""))
    if cursor is None:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST, content=_("The cursor must be a number."))
    frames = changes_since(request.membership, cursor, open_room)
    return _reload() if frames is None else HttpResponse(frames)


def _reload() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.RESET_CONTENT, headers={"HX-Refresh": "true"})


@members_with_files()
@require_POST
def messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a message, `then` close the chat if that is wanted. A refused one comes back in the composer, with the
    reason; 409 asks about a colleague's answer.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    text = request.POST.get("text", "")
    reply_to = _number(request.POST.get("reply_to", ""))
    client_id = client_id_from(request.POST.get("client_id", ""))
    chosen = chosen_in(request.membership, request.POST.getlist("file"), request.FILES.getlist("upload"))
    try:
        if chosen.problems:
            raise actions.UnableToSend(" ".join(chosen.problems))
        quoted = access.get_message(request.membership, room_id, reply_to) if reply_to is not None else None
        sent = actions.send_message(
            actor=request.membership,
            chatroom=chatroom,
            text=text,
            client_id=client_id,
            reply_to=quoted,
            options=request.POST.getlist("option"),
            files=chosen.files,
            split_agreed=request.POST.get("split") == "yes",
            seen_id=_number(request.POST.get("seen", "")),
            undo_for=timedelta(seconds=request.workspace.undo_seconds),
        )
    except actions.UnableToSend as refusal:
        asks = isinstance(refusal, actions.AnsweredMeanwhile)
        status = HTTPStatus.CONFLICT if asks else HTTPStatus.UNPROCESSABLE_ENTITY
        page = room_page(
            request.membership,
            chatroom,
            request.members,
            reply_to=reply_to,
            text=text,
            options=request.POST.getlist("option"),
            files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in chosen.files],
            error=str(refusal),
            asks_again=asks,
        )
        if request.htmx:
            context = {"composer": page.composer, "page": page}
            return render(request, "chatrooms/_composer.html", context, status=status)
        return _page(request, page, lists.facts_of(request.membership), status=status)
    if request.POST.get("then") == "close":
        actions.close_chatroom(actor=request.membership, chatroom=chatroom)
    if request.htmx:
        composer = presenters.composer_view(
            chatroom,
            window_for(chatroom),
            slug=request.workspace.slug,
            draft_version=selectors.draft_version(request.membership, chatroom),
            seen_id=sent.pk,
        )
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
def message_withdraw(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    """Give up a message that waits for its template."""
    message = access.get_message(request.membership, room_id, message_id)
    try:
        actions.withdraw_message(actor=request.membership, message=message)
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
    """Take (`take`), give up (`unassign`) or hand over (`member`) a chat; `member` may be a team, as `team-7`.

    `take` and `unassign` carry the assignee the person saw, `member` has it in `expected`; empty is nobody.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    assignee: Membership | None = None
    team: Team | None = None
    if "take" in request.POST:
        assignee, expected = request.membership, request.POST["take"]
    elif "unassign" in request.POST:
        assignee, expected = None, request.POST["unassign"]
    else:
        chosen = request.POST.get("member", "")
        assignee = next((m for m in request.members if str(m.pk) == chosen), None)
        if chosen.startswith("team-"):
            team = team_of(request.workspace.pk, _number(chosen.removeprefix("team-")) or 0)
        if assignee is None and team is None:
            return conflict(request, _("Choose a member of this workspace."))
        expected = request.POST.get("expected", str(chatroom.assignee_id or ""))
    actor, expected_id = request.membership, _number(expected)
    try:
        if team is not None:
            now = actions.assign_to_team(actor=actor, chatroom=chatroom, team=team, expected_id=expected_id)
        else:
            now = actions.assign_chatroom(actor=actor, chatroom=chatroom, assignee=assignee, expected_id=expected_id)
    except actions.MayNotTakeOver as kept:
        words = _("Only %(assignee)s or an admin may hand this chat over.")
        return conflict(request, words % {"assignee": kept.assignee})
    except actions.AlreadyAssigned as faster:
        if faster.winner is None:
            return conflict(request, _("Nobody has this chat any more. Look again."))
        return conflict(request, _("%(winner)s has already taken this chat.") % {"winner": faster.winner})
    reach = reach_of(actor)
    if request.htmx or reach.is_all or reach.sees(now):
        return done(request, room_id)
    return redirect("chatrooms:inbox", request.workspace.slug)


@members_only()
@require_POST
def control(request: MemberRequest, room_id: int) -> HttpResponse:
    """Take a chat over from the app that answers there."""
    chatroom = access.get_chatroom(request.membership, room_id)
    try:
        actions.take_over(actor=request.membership, chatroom=chatroom)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
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


def _page(request: MemberRequest, page: RoomPage | None, facts: ListFacts, status: int = HTTPStatus.OK) -> HttpResponse:
    # The cursor was read before what it stands for: what changes in between is caught up twice rather than never.
    cursor = page.seq if page else facts.seq
    slug, mark = request.workspace.slug, reach_of(request.membership).mark
    asked = values_of(request)
    if page is not None:
        asked.pop("before", None)  # a place in the chat, not in the list
    context = {
        "workspace": request.workspace,
        "membership": request.membership,
        "page": page,
        "cursor": cursor,
        "listed": list_page(request.membership, asked, facts, request.members),
        "since_url": reverse("chatrooms:since", args=[slug]) + (f"?{urlencode({'reach': mark})}" if mark else ""),
        "socket_url": f"/ws/w/{slug}/inbox/?language={translation.get_language()}",
    }
    return render(request, "chatrooms/inbox.html", context, status=status)


def _number(text: str) -> int | None:
    """Return an id or a count from a form or an address; None for anything that is neither."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
