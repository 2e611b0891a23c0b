"""The three-panel page and what agents do on it. Thin: check, call an action, render.

Every write answers a plain form with a redirect and htmx with 204, because the live frames change the page; what was
refused comes back as 409 or 422 with the text still in it.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.lib.forms import number_in
from inbox.media.uploads import members_with_files
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.visibility import reach_of

from . import access, actions, lists, presenters, selectors
from .catch_up import changes_since
from .chosen_files import chosen_in, chosen_view, outgoing_of
from .faq_views import inserted_in
from .inbox_page import inbox_page
from .list_pages import list_page, row_of, values_of
from .outgoing_cards import is_card
from .pages import room_page
from .presenters.drafts import draft_in
from .presenters.outcomes import one_words, still_open_words
from .replies import client_id_from, conflict, done, seen_in, to_room, waited_in
from .selectors import Position
from .undoing import also_undoable, said
from .windows import window_for


@members_only(shows_members=True)
@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """Show the list with no chat open; with `before`, only the next older rows."""
    values = values_of(request)
    if "before" in values and request.htmx:
        page = list_page(request.membership, values, lists.facts_of(request.membership), request.members)
        return render(request, "chatrooms/_room_rows.html", {"rows": page.rows, "older_url": page.older_url})
    return inbox_page(request, None, lists.facts_of(request.membership))


@members_only(shows_members=True)
@require_GET
def room(request: MemberRequest, room_id: int) -> HttpResponse:
    """Open one chat, with the member's draft and each `file` and `option` in its composer: the page, or for htmx the chat
    and its functions.

    With `at`, it is open at that message, which may be an old one, with `note` at that note; with `faq`, that kept answer
    follows the draft.
    """
    is_part = request.htmx and not request.htmx.history_restore_request
    chatroom = access.get_chatroom(request.membership, room_id, {} if is_part else lists.facts_for(request.membership))
    reply_to = number_in(request.GET.get("reply_to", ""))
    react_to = number_in(request.GET.get("react_to", ""))
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
        at=number_in(request.GET.get("at", "")),
        at_note=number_in(request.GET.get("note", "")),
        reply_to=reply_to or begun.reply_to,
        react_to=react_to,
        text="\n".join(filter(None, (begun.text, answer.text))),
        options=request.GET.getlist("option") or begun.options,
        files=[chosen_view(chatroom, each, slug=request.workspace.slug) for each in files],
    )
    if is_part:
        return render(request, "chatrooms/_room.html", {"page": page, "workspace": request.workspace})
    return inbox_page(request, page, lists.facts_from(chatroom))


@members_only()
@require_GET
def room_row(request: MemberRequest, room_id: int) -> HttpResponse:
    """Show one row of the list as this member sees it, with its unread count."""
    chatroom = access.get_chatroom(request.membership, room_id)
    row = row_of(chatroom, window_for(chatroom), slug=request.workspace.slug)
    return render(request, "chatrooms/_room_row.html", {"row": row})


@members_only(shows_members=True)
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
    return inbox_page(request, page, lists.facts_from(chatroom))


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
    """Catch up: everything that changed after `cursor` in the list, which has the chats `shown`, and in the open
    `room`, as frames.

    205 tells the page to reload: it missed too much, its member sees other chats by now (`reach`), or another `member`
    has signed in with the same browser.
    """
    member = request.membership
    is_another = request.GET.get("member", str(member.pk)) != str(member.pk)
    if is_another or request.GET.get("reach", "") != reach_of(member).mark:
        return _reload()
    room_id = number_in(request.GET.get("room", ""))
    open_room = access.get_chatroom(request.membership, room_id) if room_id is not None else None
    cursor = number_in(request.GET.get("cursor", ""))
    if cursor is None:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST, content=_("The cursor must be a number."))
    shown = [number for part in request.GET.get("shown", "").split(",") if (number := number_in(part)) is not None]
    frames = changes_since(request.membership, cursor, open_room, shown)
    return _reload() if frames is None else HttpResponse(frames)


def _reload() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.RESET_CONTENT, headers={"HX-Refresh": "true"})


@members_with_files()
@require_POST
def messages(request: MemberRequest, room_id: int) -> HttpResponse:
    """Send a message, `then` close the chat if that is wanted and its customer has written nothing since. A refused one
    comes back in the composer, with the reason; 409 asks about a colleague's answer.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    text = request.POST.get("text", "")
    reply_to = number_in(request.POST.get("reply_to", ""))
    client_id = client_id_from(request.POST.get("client_id", ""))
    seen_id = seen_in(request)
    chosen = chosen_in(request.membership, request.POST.getlist("file"), request.FILES.getlist("upload"))
    closes = request.POST.get("then") == "close"
    is_repeated = closes and actions.has_sent(chatroom=chatroom, client_id=client_id)
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
            seen_id=seen_id,
            waited=waited_in(request),
            undo_for=request.membership.undo_for,
            draft_version=number_in(request.POST.get("draft_version", "")),
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
        return inbox_page(request, page, lists.facts_of(request.membership), status=status)
    closing = actions.Outcome()
    if closes:
        closing = actions.close_after(actor=request.membership, message=sent, seen_id=seen_id, is_repeated=is_repeated)
    still_open = still_open_words(closing)
    if request.htmx:
        composer = presenters.composer_view(
            chatroom,
            window_for(chatroom),
            slug=request.workspace.slug,
            draft_version=selectors.draft_version(request.membership, chatroom),
            seen_id=sent.pk if seen_id is None else seen_id,
        )
        response = render(request, "chatrooms/_composer.html", {"composer": composer})
        if still_open or closing.changed:
            words = still_open or one_words("close", name="")
            also_undoable(request, response, actions.What.STATUS, closing.changed, words, is_warning=bool(still_open))
        return response
    if still_open:
        return said(request, actions.What.STATUS, (), still_open, is_warning=True)
    return to_room(request, room_id)


@members_only()
@require_POST
def message_retry(request: MemberRequest, room_id: int, message_id: int) -> HttpResponse:
    """Send a failed message again; 409 asks about a colleague's answer. The question sends `anyway` and goes."""
    message = access.get_message(request.membership, room_id, message_id)
    try:
        actions.retry_message(actor=request.membership, message=message, seen_id=seen_in(request))
    except actions.AnsweredMeanwhile as asked:
        context = {
            "text": str(asked),
            "again_url": reverse("chatrooms:message_retry", args=[request.workspace.slug, room_id, message_id]),
            "seen_id": asked.answer.pk,
            "back": reverse("chatrooms:room", args=[request.workspace.slug, room_id]),
        }
        template = "chatrooms/_retry_question.html" if request.htmx else "chatrooms/conflict.html"
        return render(request, template, context, status=HTTPStatus.CONFLICT)
    except actions.UnableToSend as refusal:
        return conflict(request, str(refusal))
    return HttpResponse() if request.htmx and "anyway" in request.POST else done(request, room_id)


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
def reading(request: MemberRequest, room_id: int) -> HttpResponse:
    """Note that the member has seen the first `seen` inbound messages."""
    chatroom = access.get_chatroom(request.membership, room_id)
    seen = number_in(request.POST.get("seen", ""))
    actions.mark_room_read(
        member=request.membership, chatroom=chatroom, seen_count=chatroom.inbound_count if seen is None else seen
    )
    return done(request, room_id)
