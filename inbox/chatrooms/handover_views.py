"""Who has a chat, and whether it is open: what the buttons of its header do, with a way back. Thin."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inbox.lib.forms import number_in
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from . import access, actions
from .actions import Outcome, What
from .assignment import has_members
from .deeds import NOBODY, giving
from .insisting import insisting_on
from .models import Chatroom
from .presenters.outcomes import empty_team_words, one_words, outcome_words
from .replies import conflict, done
from .undoing import undoable


@members_only()
@require_POST
def assignment(request: MemberRequest, room_id: int) -> HttpResponse:
    """Take (`take`), give up (`unassign`) or hand over (`member`) a chat; `member` may be "team-7" or "no-team".

    `take` and `unassign` carry whose it was when the person looked ("12:3": assignee and team), `member` has it in
    `expected`; empty is nobody. Without a colon the team may be any.
    """
    chatroom = access.get_chatroom(request.membership, room_id)
    actor, fields = request.membership, request.POST
    if "take" in fields:
        target, expected = str(actor.pk), fields["take"]
    elif "unassign" in fields:
        target, expected = NOBODY, fields["unassign"]
    else:
        target, expected = fields.get("member", ""), fields.get("expected", str(chatroom.assignee_id or ""))
    assignee, colon, team = expected.partition(":")
    expected_id, expected_team_id = number_in(assignee), number_in(team) if colon else ...
    try:
        deed = giving(request, target)
    except LookupError:
        return conflict(request, _("Choose a member of this workspace."))
    if deed.do in ("team", "no-team"):
        give = partial(actions.assign_to_team, team=deed.team)
    else:
        give = partial(actions.assign_chatroom, assignee=deed.member)
    try:
        outcome = give(actor=actor, chatroom=chatroom, expected_id=expected_id, expected_team_id=expected_team_id)
    except actions.MayNotTakeOver as kept:
        words = _("Only %(assignee)s or an admin may hand this chat over.")
        return conflict(request, words % {"assignee": kept.assignee})
    except actions.AlreadyAssigned as faster:
        if faster.winner is None:
            return conflict(request, _("Nobody has this chat any more. Look again."))
        return conflict(request, _("%(winner)s has already taken this chat.") % {"winner": faster.winner})
    except actions.TeamChanged as moved:
        if moved.team is None:
            return conflict(request, _("This chat is with no team any more. Look again."))
        return conflict(request, _("This chat is with the team “%(team)s” by now. Look again.") % {"team": moved.team})
    is_mine = deed.member == actor
    text = one_words("take" if is_mine else deed.do, name=deed.name)
    is_empty = deed.team is not None and not has_members(deed.team)
    if is_empty:
        text = f"{text} {empty_team_words(deed.name)}"
    if request.htmx or _still_sees(request, room_id):
        return _answer(request, room_id, What.OWNERS, outcome, text, is_warning=is_empty)
    return redirect("chatrooms:inbox", request.workspace.slug)


@members_only()
@require_POST
def closure(request: MemberRequest, room_id: int) -> HttpResponse:
    return _put_away(request, room_id, "close", actions.close_chatroom)


@members_only()
@require_POST
def reopening(request: MemberRequest, room_id: int) -> HttpResponse:
    chatroom = access.get_plain_chatroom(request.membership, room_id)
    outcome = actions.reopen_chatroom(actor=request.membership, chatroom=chatroom)
    return _answer(request, room_id, What.STATUS, outcome, one_words("reopen", name=""))


@members_only()
@require_POST
def archiving(request: MemberRequest, room_id: int) -> HttpResponse:
    return _put_away(request, room_id, "archive", actions.archive_chatroom)


class _PutAway(Protocol):
    def __call__(self, *, actor: Membership, chatroom: Chatroom, seen_id: int | None) -> Outcome: ...


def _put_away(request: MemberRequest, room_id: int, do: str, put_away: _PutAway) -> HttpResponse:
    """Close or archive a chat. One whose customer has written since `known`, the newest message that stood in the
    page, is left, which may be insisted on."""
    chatroom = access.get_plain_chatroom(request.membership, room_id)
    seen_id = number_in(request.POST.get("known", ""))
    outcome = put_away(actor=request.membership, chatroom=chatroom, seen_id=seen_id)
    if insisting := insisting_on(request, do, outcome):
        return undoable(request, What.STATUS, (), outcome_words(do, outcome, name=""), insisting=insisting)
    return _answer(request, room_id, What.STATUS, outcome, one_words(do, name=""))


def _answer(
    request: MemberRequest, room_id: int, what: What, outcome: Outcome, text: str, *, is_warning: bool = False
) -> HttpResponse:
    """Say what was done and offer to take it back; without a script the chat says it, and has the button for it."""
    if is_warning or (request.htmx and outcome.changed):
        return undoable(request, what, outcome.changed, text, is_warning=is_warning)
    return done(request, room_id)


def _still_sees(request: MemberRequest, room_id: int) -> bool:
    """Say whether the member sees a chat that they may have given away."""
    reach = reach_of(request.membership)
    return reach.is_all or bool(access.visible_ids(request.membership, [room_id]))
