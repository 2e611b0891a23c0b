"""Doing one thing to many chats, chosen one by one or as all that a filter shows, and taking it back. Thin."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs

from django.core import signing
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.tenancy import scope

from . import access, actions, lists
from .actions import MOST_ROOMS, Changed, Left, Outcome, Shown, What, Why, missing
from .assignment import has_members
from .deeds import Deed, deed_of
from .insisting import choice_of, chosen_by, insisting_on
from .list_pages import asked_for
from .presenters.outcomes import answer_words, empty_team_words, outcome_words, question_words
from .replies import conflict
from .undoing import said, undo_word, undoable, what_was_done

# Of all that a filter shows, so many at a time.
MOST_OF_A_FILTER = 1000

logger = logging.getLogger(__name__)


@members_only(in_transaction=False)
@require_POST
def bulk(request: MemberRequest) -> HttpResponse:
    """Do one thing (`do`) to each chosen chat (`room`), and offer to take it back.

    A `room` may say whose it was when it was chosen, and how much its customer had written, as its row does:
    "7:12:3:5". With `whole` it is done to all chats of the filter `query`, after a question whose answer brings them as
    `chosen`; so does who insists.
    """
    try:
        with scope(request.workspace.pk):
            deed = deed_of(request)
    except LookupError:
        return conflict(request, _("This cannot be done to chats. Reload the page and try again."))
    if request.POST.get("whole") == "1":
        return _asked(request, deed)
    if word := request.POST.get("chosen", ""):
        try:
            rooms = chosen_by(request, word)
        except signing.BadSignature:
            return conflict(request, _("This question is too old by now. Select the chats again."))
    else:
        rooms = _rooms(request.POST.getlist("room"))
        if len(rooms) > MOST_ROOMS:
            return conflict(request, _("At most %(most)s chats can be changed at once.") % {"most": MOST_ROOMS})
    if not rooms:
        return conflict(request, _("Select at least one chat."))
    outcome = _in_batches(request, list(rooms), partial(_done_to, request, deed, rooms))
    return _told(request, deed, outcome)


@members_only(in_transaction=False)
@require_POST
def bulk_undo(request: MemberRequest) -> HttpResponse:
    """Take back what was done, as far as nobody has changed it since."""
    try:
        what, changes = what_was_done(request, request.POST.get("undo", ""))
    except signing.BadSignature:
        return conflict(request, _("It is too late to take this back."))
    by_id = {each.pk: each for each in changes}
    outcome = _in_batches(request, list(by_id), partial(_taken_back, request, what, by_id))
    unreached = [by_id[pk] for pk in _unreached(outcome)]
    text = outcome_words("undo", outcome, name="")
    word = undo_word(request, what, unreached)
    return said(request, what, outcome.changed, text, undo=word, is_warning=bool(unreached))


def _in_batches(request: MemberRequest, ids: Sequence[int], do: Callable[[Sequence[int]], Outcome]) -> Outcome:
    """Do something to so many at a time, each time in a transaction; where the database fails the rest is not
    reached."""
    outcome = Outcome()
    for start in range(0, len(ids), MOST_ROOMS):
        try:
            with scope(request.workspace.pk):
                done = do(ids[start : start + MOST_ROOMS])
        except (OperationalError, InterfaceError):
            logger.exception(
                "%s of %s were not reached in workspace %s", len(ids) - start, len(ids), request.workspace.pk
            )
            return outcome + Outcome(left=tuple(Left(pk, Why.UNREACHED) for pk in ids[start:]))
        outcome += done
    return outcome


def _unreached(outcome: Outcome) -> list[int]:
    return [each.pk for each in outcome.left if each.why is Why.UNREACHED]


def _done_to(request: MemberRequest, deed: Deed, rooms: Mapping[int, Shown | None], room_ids: Sequence[int]) -> Outcome:
    visible = access.visible_ids(request.membership, room_ids)
    shown = {pk: each for pk in visible if (each := rooms[pk]) is not None}
    outcome = deed.done_to(request.membership, visible, shown)
    return outcome + Outcome(left=tuple(missing(room_ids, visible)))


def _taken_back(request: MemberRequest, what: What, changes: Mapping[int, Changed], ids: Sequence[int]) -> Outcome:
    seen = _seen(request, what, ids)
    outcome = actions.take_back(actor=request.membership, what=what, changes=[changes[pk] for pk in seen])
    return outcome + Outcome(left=tuple(missing(ids, seen)))


def _told(request: MemberRequest, deed: Deed, outcome: Outcome) -> HttpResponse:
    """Say what became of the chats. One that others took meanwhile, or whose customer wrote, may be insisted on."""
    text = outcome_words(deed.do, outcome, name=deed.name)
    is_empty, has_failed = False, bool(_unreached(outcome))
    if deed.team is not None and outcome.changed and not has_failed:
        with scope(request.workspace.pk):
            is_empty = not has_members(deed.team)
        if is_empty:
            text = f"{text} {empty_team_words(deed.name)}"
    insisting = insisting_on(request, deed.field, outcome)
    is_warning = is_empty or has_failed
    return undoable(request, deed.what, outcome.changed, text, insisting=insisting, is_warning=is_warning)


# --- all that a filter shows -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """Whether all chats of a filter are meant (`chatrooms/_bulk_question.html`)."""

    text: str
    answer: str
    field: str
    chosen: str
    url: str


def _asked(request: MemberRequest, deed: Deed) -> HttpResponse:
    """Ask whether all chats that the filter shows are meant. Only those there are now will be changed."""
    member = request.membership
    with scope(request.workspace.pk):
        facts = lists.facts_of(member)
        query = parse_qs(request.POST.get("query", ""), keep_blank_values=True)
        wanted = asked_for(query, facts, request.members).wanted
        rooms = lists.as_shown(member, wanted, facts, limit=MOST_OF_A_FILTER)
        total = len(rooms)
        if total == MOST_OF_A_FILTER:
            total = lists.counts(member, {"all": wanted}, facts)["all"]
    if not rooms:
        return conflict(request, _("This list shows no chat any more."))
    text = question_words(deed.do, len(rooms), name=deed.name)
    if total > len(rooms):
        bound = _("Only %(most)s of its %(total)s chats can be changed at a time.")
        text = f"{text} {bound % {'most': len(rooms), 'total': total}}"
    url = reverse("chatrooms:bulk", args=[request.workspace.slug])
    question = Question(text, answer_words(deed.do, len(rooms)), deed.field, choice_of(request, rooms), url)
    back = own_referer(request) or reverse("chatrooms:inbox", args=[request.workspace.slug])
    template = "chatrooms/_bulk_question.html" if request.htmx else "chatrooms/bulk_question.html"
    return render(request, template, {"question": question, "back": back})


# --- what forms say --------------------------------------------------------------------------------------------------


def _rooms(values: Sequence[str]) -> dict[int, Shown | None]:
    """Read chats, each as it was shown if that is said. What is none is left out."""
    rooms: dict[int, Shown | None] = {}
    for value in values:
        room, *shown = value.split(":")
        facts = [number_in(each) for each in shown]
        if (pk := number_in(room)) is not None:
            rooms[pk] = Shown((facts[0], facts[1]), *facts[2:3]) if len(facts) > 1 else None
    return rooms


def _seen(request: MemberRequest, what: What, ids: Sequence[int]) -> Sequence[int]:
    """Return those of chats and customers that the member may still see; who gave a chat away may always take it
    back."""
    if what is What.OWNERS:
        return ids
    seen = access.visible_customers if what is What.LABEL else access.visible_ids
    return seen(request.membership, ids)
