"""Who gets chats: one's own availability, teams, rules; and telling colleagues that one writes. Thin."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from inbox.connections.models import Connection
from inbox.lib.forms import number_in
from inbox.lib.http import own_referer
from inbox.workspaces.access import MemberRequest, members_only
from inbox.workspaces.actions import TeamRefused, change_team, create_team, delete_team, set_away
from inbox.workspaces.models import Role

from . import access, actions
from .actions import RuleRefused, RuleWish
from .assignment_pages import Refused, assignment_page
from .replies import done


@members_only()
@require_GET
def assigning(request: MemberRequest) -> HttpResponse:
    return _show(request)


@members_only()
@require_POST
def availability(request: MemberRequest) -> HttpResponse:
    """Set the member `away`, or back without it."""
    set_away(member=request.membership, is_away=request.POST.get("away") == "yes")
    back = own_referer(request) or reverse("chatrooms:inbox", args=[request.workspace.slug])
    response = redirect(back)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@members_only(Role.ADMIN)
@require_POST
def team_creation(request: MemberRequest) -> HttpResponse:
    name, members = request.POST.get("name", ""), _members(request)
    try:
        create_team(actor=request.membership, workspace_id=request.workspace.pk, name=name, members=members)
    except TeamRefused as refusal:
        return _show(request, Refused(str(refusal), name=name, members=members))
    return _to_page(request)


@members_only(Role.ADMIN)
@require_POST
def team_change(request: MemberRequest, team_id: int) -> HttpResponse:
    """Give a team a name and its members."""
    team = access.get_team(request.membership, team_id)
    name, members = request.POST.get("name", ""), _members(request)
    try:
        change_team(actor=request.membership, team=team, name=name, members=members)
    except TeamRefused as refusal:
        return _show(request, Refused(str(refusal), team=team_id, name=name, members=members))
    return _to_page(request)


@members_only(Role.ADMIN)
@require_POST
def team_deletion(request: MemberRequest, team_id: int) -> HttpResponse:
    delete_team(actor=request.membership, team=access.get_team(request.membership, team_id))
    return _to_page(request)


@members_only(Role.ADMIN)
@require_POST
def rule_saving(request: MemberRequest) -> HttpResponse:
    """Set the workspace's rule, or that of one `connection`; with `drop`, let the connection follow the workspace's."""
    fields, workspace_id = request.POST, request.workspace.pk
    key = fields.get("connection", "")
    connection = _connection(request, key) if key else None
    if "drop" in fields and connection is not None:
        actions.drop_rule(actor=request.membership, workspace_id=workspace_id, connection=connection)
        return _to_page(request)
    team_id = fields.get("team", "")
    wish = RuleWish(
        mode=fields.get("mode", ""),
        team=access.get_team(request.membership, number_in(team_id) or 0) if team_id else None,
        capacity=fields.get("capacity", ""),
        reroute_minutes=fields.get("reroute_minutes", ""),
        only_assignee_replies=fields.get("only_assignee_replies") == "yes",
    )
    try:
        actions.set_rule(actor=request.membership, workspace_id=workspace_id, connection=connection, wish=wish)
    except RuleRefused as refusal:
        return _show(request, Refused(str(refusal), rule=key, wish=wish, wrong=refusal.field))
    return _to_page(request)


@members_only()
@require_POST
def writing(request: MemberRequest, room_id: int) -> HttpResponse:
    """Note that the member writes, for colleagues who look at the chat."""
    actions.note_writing(member=request.membership, chatroom=access.get_plain_chatroom(request.membership, room_id))
    return done(request, room_id)


def _connection(request: MemberRequest, key: str) -> Connection:
    connections = Connection.objects.filter(workspace=request.workspace, pk=number_in(key) or 0).defer("credentials")
    connection = connections.first()
    if connection is None:
        raise Http404("no such connection")
    return connection


def _members(request: MemberRequest) -> frozenset[int]:
    return frozenset(filter(None, map(number_in, request.POST.getlist("member"))))


def _show(request: MemberRequest, refused: Refused | None = None) -> HttpResponse:
    context = {
        "page": assignment_page(request.membership, request.members, refused=refused),
        "workspace": request.workspace,
        "back_url": reverse("chatrooms:inbox", args=[request.workspace.slug]),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "chatrooms/assigning.html", context, status=status)


def _to_page(request: MemberRequest) -> HttpResponse:
    response = redirect("chatrooms:assigning", request.workspace.slug)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
