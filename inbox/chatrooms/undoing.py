"""What was done, said with a button that takes it back: a signed word holds each value before and after."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest

from .actions import Changed, What
from .insisting import Insisting

# The button stays for 15 seconds, beside a warning until it is closed.
UNDO_SECONDS = 60
_SALT = "chatrooms.undo"


def undoable(
    request: MemberRequest,
    what: What,
    changes: Sequence[Changed],
    text: str,
    *,
    insisting: Insisting | None = None,
    is_warning: bool = False,
) -> HttpResponse:
    """Say what was done, with the button. What only this member sees goes to the page's script."""
    undo = undo_word(request, what, changes)
    return said(request, what, changes, text, undo=undo, insisting=insisting, is_warning=is_warning)


def also_undoable(
    request: MemberRequest,
    response: HttpResponse,
    what: What,
    changes: Sequence[Changed],
    text: str,
    *,
    is_warning: bool = False,
) -> None:
    """Say the same beside an answer that brings something else to the page's script."""
    undo = undo_word(request, what, changes)
    context = _done(request, what, changes, text) | {"undo": undo, "is_warning": is_warning}
    response.write(render_to_string("chatrooms/_also_done.html", context, request))


def undo_word(request: MemberRequest, what: What, changes: Sequence[Changed]) -> str:
    """Return the word with which this member can take changes back; "" where there are none."""
    if not changes:
        return ""
    values = [
        (each.pk, each.before, each.after, *((each.unclaimed_since, each.inbound_count) if what is What.OWNERS else ()))
        for each in changes
    ]
    return signing.dumps((request.membership.pk, what.value, values), salt=_SALT, compress=True)


def said(
    request: MemberRequest,
    what: What,
    changes: Sequence[Changed],
    text: str,
    *,
    undo: str = "",
    insisting: Insisting | None = None,
    is_warning: bool = False,
) -> HttpResponse:
    """Say what was done: a notice for a script, else a page."""
    context = _done(request, what, changes, text) | {
        "undo": undo,
        "insisting": insisting,
        "is_warning": is_warning or insisting is not None,
        "back": own_referer(request) or reverse("chatrooms:inbox", args=[request.workspace.slug]),
    }
    return render(request, "chatrooms/_bulk_done.html" if request.htmx else "chatrooms/bulk_done.html", context)


def _done(request: MemberRequest, what: What, changes: Sequence[Changed], text: str) -> dict[str, object]:
    return {
        "text": text,
        "undo_url": reverse("chatrooms:bulk_undo", args=[request.workspace.slug]),
        "seen": json.dumps({str(each.pk): each.after for each in changes} if what is What.SEEN else {}),
    }


def what_was_done(request: MemberRequest, word: str) -> tuple[What, list[Changed]]:
    """Read the word of an "Undo". Raises BadSignature once it is too late, Http404 if somebody else did it."""
    member_id, what, values = signing.loads(word, salt=_SALT, max_age=UNDO_SECONDS)
    if member_id != request.membership.pk:
        raise Http404("somebody else did this")
    return What(what), [Changed(*each) for each in values]
