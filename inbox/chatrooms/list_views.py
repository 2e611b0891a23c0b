"""What agents do with the list of chats besides reading it: counts and named lists. Thin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from inbox.lib import clock
from inbox.workspaces.access import MemberRequest, members_only

from . import actions, lists
from .actions import MOST_ROOMS
from .filters import parse_query
from .list_pages import VIEWS_SHOWN, asked_for, counted, counted_views, named_lists, rows_of, values_of
from .models import SavedView

# A page that slept for longer learns no more: it is loaded anew as a rule.
_LONGEST_AWAY = timedelta(days=30)


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
    """Show those of some chats (`room`, a hundred at most) that belong to the list of this address, or those that time alone
    has brought into it since it was true (`since`)."""
    values, facts, now = values_of(request), lists.facts_of(request.membership), clock.now()
    asked = asked_for(values, facts, request.members)
    if (since := _time(values.get("since", []), now)) is not None:
        rooms = lists.entered(request.membership, asked.wanted, facts, since=since, at=now)
    else:
        room_ids = _ids(values.get("room", []))
        if len(room_ids) > MOST_ROOMS:
            words = _("At most %(most)s chats can be asked about at once.") % {"most": MOST_ROOMS}
            return HttpResponse(words, status=HTTPStatus.BAD_REQUEST)
        rooms = lists.belonging(request.membership, asked.wanted, facts, room_ids=room_ids)
    context = {
        "rows": rows_of(rooms, slug=request.workspace.slug),
        "seq": facts.seq,
        "at": now,
        "lost": asked.lost,
        "is_cut": since is not None and len(rooms) == lists.MOST_ENTERED,
    }
    return render(request, "chatrooms/_list_rows.html", context)


# --- named lists -----------------------------------------------------------------------------------------------------


@members_only(shows_members=True)
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
def view_position(request: MemberRequest, view_id: int) -> HttpResponse:
    """Move one's own named list one place `up` or `down`, as `to` says."""
    found = _own_view(request, view_id)
    if found.owner_id != request.membership.pk:
        raise Http404("somebody else's view")
    to = "up" if request.POST.get("to") == "up" else "down"
    actions.move_view(view=found, is_up=to == "up")
    query = parse_query(request.POST.get("query", ""))[0].query
    moved = urlencode({"moved": found.pk, "to": to})
    return _to(f"{reverse('chatrooms:views', args=[request.workspace.slug])}?{'&'.join(filter(None, (query, moved)))}")


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
    facts, slug, member = lists.facts_of(request.membership), request.workspace.slug, request.membership
    query = request.POST.get("query", request.META.get("QUERY_STRING", ""))
    views = Paginator(facts.views, VIEWS_SHOWN).get_page(request.GET.get("page"))
    shown = list(views.object_list)
    found = lists.counts(member, counted_views(shown, facts, request.members), facts)
    named = named_lists(member, shown, facts, request.members)
    context = {
        "workspace": request.workspace,
        "views": [(each, found[each.key]) for each in named],
        "views_page": views,
        "moved": f"view-{request.GET.get('moved', '')}",
        "moved_to": request.GET.get("to", ""),
        "saving_url": reverse("chatrooms:view_saving", args=[slug]),
        "back": reverse("chatrooms:inbox", args=[slug]),
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
    """Return ids, each once; what is none is left out."""
    return list(dict.fromkeys(int(value) for value in values if value.isdecimal() and len(value) < 19))


def _time(values: Sequence[str], now: datetime) -> datetime | None:
    """Return a time of the last weeks, as an address carries it; None for what is none."""
    try:
        found = datetime.fromisoformat(values[-1]) if values else None
    except ValueError:
        return None
    return min(max(found, now - _LONGEST_AWAY), now) if found is not None and found.tzinfo else None


def _to(url: str) -> HttpResponse:
    response = redirect(url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
