"""What agents do with the list of chats besides reading it: counts, named lists, many chats at once. Thin."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from inbox.labels.models import Label
from inbox.labels.selectors import label_of
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.models import Membership

from . import access, actions, lists
from .actions import MOST_ROOMS, Changed, What
from .filters import parse_query
from .list_pages import asked_for, counted, list_page, rows_of, values_of
from .models import RoomStatus, SavedView
from .replies import conflict

# The button stays for 15 seconds; a slow network may need some more.
UNDO_SECONDS = 60
_UNDO_SALT = "chatrooms.undo"

_STATUSES = {"close": RoomStatus.CLOSED, "reopen": RoomStatus.OPEN, "archive": RoomStatus.ARCHIVED}


@members_only()
@require_GET
def list_counts(request: MemberRequest) -> HttpResponse:
    """Say how many chats each tab and each named list has now, as elements that replace those of the page."""
    facts = lists.facts_of(request.membership)
    wanted = asked_for(values_of(request), facts, request.members).wanted
    found = lists.counts(request.membership, counted(wanted, facts, request.members), facts)
    return render(request, "chatrooms/_view_counts.html", {"counts": found.items()})


@members_only()
@require_GET
def list_rows(request: MemberRequest) -> HttpResponse:
    """Show those of some chats (`room`) that belong to the list of this address."""
    values, facts = values_of(request), lists.facts_of(request.membership)
    wanted = asked_for(values, facts, request.members).wanted
    rooms = lists.belonging(request.membership, wanted, facts, room_ids=_ids(values.get("room", [])))
    context = {"rows": rows_of(rooms, slug=request.workspace.slug)}
    return render(request, "chatrooms/_room_rows.html", context)


# --- many chats at once ----------------------------------------------------------------------------------------------


@members_only()
@require_POST
def bulk(request: MemberRequest) -> HttpResponse:
    """Do one thing (`do`) to each chosen chat (`room`), and offer to take it back."""
    room_ids = access.visible_ids(request.membership, _ids(request.POST.getlist("room")))
    if not room_ids:
        return conflict(request, _("Choose at least one chat."))
    try:
        what, changes, words = _done_to(request, request.POST.get("do", ""), room_ids)
    except actions.TooManyRooms:
        return conflict(request, _("At most %(most)s chats can be changed at once.") % {"most": MOST_ROOMS})
    except LookupError:
        return conflict(request, _("This cannot be done to chats. Reload the page and try again."))
    return _done(request, what, changes, words, can_undo=True)


@members_only()
@require_POST
def bulk_undo(request: MemberRequest) -> HttpResponse:
    """Take back what `bulk` did, as far as nobody has changed it since."""
    try:
        member_id, what, changed = signing.loads(request.POST.get("undo", ""), salt=_UNDO_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        return conflict(request, _("It is too late to take this back."))
    if member_id != request.membership.pk:
        raise Http404("somebody else did this")
    changes = _seen(request, What(what), [Changed(*each) for each in changed])
    restored = actions.take_back(actor=request.membership, what=What(what), changes=changes)
    words = ngettext("%(count)s chat is as before.", "%(count)s chats are as before.", len(restored))
    text = words % {"count": len(restored)}
    if left := len(changes) - len(restored):
        kept = ngettext("%(count)s was changed since.", "%(count)s were changed since.", left) % {"count": left}
        text = f"{text} {kept}"
    return _done(request, What(what), restored, text, can_undo=False)


def _seen(request: MemberRequest, what: What, changes: list[Changed]) -> list[Changed]:
    """Return those of chats and customers that the member may still see; who gave a chat away may always take it back."""
    if what is What.ASSIGNEE:
        return changes
    seen = access.visible_customers if what is What.LABEL else access.visible_ids
    ids = set(seen(request.membership, [each.pk for each in changes]))
    return [each for each in changes if each.pk in ids]


def _done_to(request: MemberRequest, what: str, room_ids: Sequence[int]) -> tuple[What, list[Changed], str]:
    """Do it; return what was changed of which chats, and the sentence that says so. Raises LookupError."""
    member = request.membership
    if what in _STATUSES:
        changes = actions.set_status_of(actor=member, room_ids=room_ids, status=_STATUSES[what])
        sentences = {
            "close": ngettext("%(count)s chat closed.", "%(count)s chats closed.", len(changes)),
            "reopen": ngettext("%(count)s chat reopened.", "%(count)s chats reopened.", len(changes)),
            "archive": ngettext("%(count)s chat archived.", "%(count)s chats archived.", len(changes)),
        }
        return What.STATUS, changes, sentences[what] % {"count": len(changes)}
    if what in ("read", "unread"):
        changes = actions.mark_all(member=member, room_ids=room_ids, is_read=what == "read")
        read = ngettext("%(count)s chat marked as read.", "%(count)s chats marked as read.", len(changes))
        unread = ngettext("%(count)s chat marked as unread.", "%(count)s chats marked as unread.", len(changes))
        return What.SEEN, changes, (read if what == "read" else unread) % {"count": len(changes)}
    if what == "label":
        changes = actions.label_all(actor=member, room_ids=room_ids, label=_label(request))
        words = ngettext("%(count)s customer labelled.", "%(count)s customers labelled.", len(changes))
        return What.LABEL, changes, words % {"count": len(changes)}
    assignee = _assignee(request, what)
    changes = actions.assign_all(actor=member, room_ids=room_ids, assignee=assignee)
    if assignee is None:
        words = ngettext("%(count)s chat is nobody’s now.", "%(count)s chats are nobody’s now.", len(changes))
        return What.ASSIGNEE, changes, words % {"count": len(changes)}
    words = ngettext("%(count)s chat assigned to %(name)s.", "%(count)s chats assigned to %(name)s.", len(changes))
    return What.ASSIGNEE, changes, words % {"count": len(changes), "name": assignee}


def _label(request: MemberRequest) -> Label:
    """Return the label that is to be put on. Raises LookupError."""
    (label_id,) = _ids([request.POST.get("label", "")]) or (0,)
    label = label_of(request.workspace.pk, label_id)
    if label is None:
        raise LookupError("label")
    return label


def _assignee(request: MemberRequest, what: str) -> Membership | None:
    """Return who is to have the chats, None for nobody. Raises LookupError."""
    if what == "take":
        return request.membership
    if what == "unassign":
        return None
    if what == "assign":
        chosen = request.POST.get("member", "")
        for member in request.members:
            if str(member.pk) == chosen:
                return member
    raise LookupError(what)


def _done(request: MemberRequest, what: What, changes: Sequence[Changed], text: str, *, can_undo: bool) -> HttpResponse:
    """Say what was done, with a button that takes it back. What only this member sees goes to the page's script."""
    undo = ""
    if can_undo and changes:
        rooms = [(each.pk, each.before, each.after) for each in changes]
        undo = signing.dumps((request.membership.pk, what.value, rooms), salt=_UNDO_SALT, compress=True)
    slug = request.workspace.slug
    context = {
        "text": text,
        "undo": undo,
        "undo_url": reverse("chatrooms:bulk_undo", args=[slug]),
        "back": own_referer(request) or reverse("chatrooms:inbox", args=[slug]),
    }
    response = render(request, "chatrooms/_bulk_done.html" if request.htmx else "chatrooms/bulk_done.html", context)
    seen = {str(each.pk): each.after for each in changes} if what is What.SEEN else {}
    response["HX-Trigger"] = json.dumps({"chats-changed": {"seen": seen}})
    return response


# --- named lists -----------------------------------------------------------------------------------------------------


@members_only()
@require_GET
def views(request: MemberRequest) -> HttpResponse:
    """Show the named lists with their counts, and how they are changed."""
    return _views(request)


@members_only()
@require_POST
def view_saving(request: MemberRequest) -> HttpResponse:
    """Keep the filter of `query` under a `name`; everybody sees it if `shared`."""

    def save() -> SavedView:
        return actions.save_view(
            actor=request.membership,
            name=request.POST.get("name", ""),
            wanted=parse_query(request.POST.get("query", ""))[0],
            is_shared=request.POST.get("shared") == "1",
        )

    return _saved(request, save)


@members_only()
@require_POST
def view(request: MemberRequest, view_id: int) -> HttpResponse:
    """Rename or share a named list; `query`, if it is there, is what it shows from now on."""
    found = _own_view(request, view_id)
    query = request.POST.get("query")

    def change() -> SavedView:
        return actions.change_view(
            actor=request.membership,
            view=found,
            name=request.POST.get("name", ""),
            is_shared=request.POST.get("shared") == "1",
            wanted=parse_query(query)[0] if query is not None else None,
        )

    return _saved(request, change)


@members_only()
@require_POST
def view_deletion(request: MemberRequest, view_id: int) -> HttpResponse:
    actions.delete_view(actor=request.membership, view=_own_view(request, view_id))
    return _to(reverse("chatrooms:views", args=[request.workspace.slug]))


def _saved(request: MemberRequest, save: Callable[[], SavedView]) -> HttpResponse:
    try:
        saved = save()
    except actions.UnableToSaveView as refusal:
        return _views(request, refusal=str(refusal), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _to(f"{reverse('chatrooms:inbox', args=[request.workspace.slug])}?view={saved.pk}")


def _views(request: MemberRequest, *, refusal: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    facts = lists.facts_of(request.membership)
    query = request.POST.get("query", request.GET.urlencode())
    page = list_page(request.membership, {}, facts, request.members)
    found = lists.counts(request.membership, counted(page.wanted, facts, request.members), facts)
    context = {
        "workspace": request.workspace,
        "views": [(each, found.get(each.key)) for each in page.views],
        "views_url": page.views_url,
        "saving_url": reverse("chatrooms:view_saving", args=[request.workspace.slug]),
        "back": page.url,
        "query": parse_query(query)[0].query,
        "name": request.POST.get("name", ""),
        "is_shared": request.POST.get("shared") == "1",
        "refusal": refusal,
    }
    return render(request, "chatrooms/views.html", context, status=status)


def _own_view(request: MemberRequest, view_id: int) -> SavedView:
    """Return a view that the member may change. Raises Http404."""
    views = SavedView.objects.filter(workspace_id=request.workspace.pk, pk=view_id)
    found = views.first()
    if found is None or not actions.may_change_view(request.membership, found):
        raise Http404("no such view")
    return found


def _ids(values: Sequence[str]) -> list[int]:
    """Return ids; what is none is left out, and that they are too many is told by the action."""
    ids = dict.fromkeys(int(value) for value in values if value.isdecimal() and len(value) < 19)
    return list(ids)[: MOST_ROOMS + 1]


def _to(url: str) -> HttpResponse:
    response = redirect(url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
