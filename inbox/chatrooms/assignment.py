"""What the assignment of chats needs to know: the rules of a workspace, and who is available. See `assignment_policy`.

Call these inside the workspace's scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from django.db.models import Count, Q

from inbox.workspaces.models import Membership, Role, Team, TeamMember

from .assignment_policy import Agent, Mode, Rule, Rules
from .models import AgentTurn, AssignmentMode, AssignmentRule, Chatroom, RoomStatus


def online_in(workspace_id: int) -> str:
    """Return the place where everybody is who has a page of the workspace open."""
    return f"w{workspace_id}"


def rules_of(workspace_id: int) -> Rules:
    return as_rules(AssignmentRule.objects.filter(workspace_id=workspace_id))


def rule_of(room: Chatroom) -> Rule:
    """Return the rule that holds for a chat."""
    rows = AssignmentRule.objects.filter(Q(connection=None) | Q(connection=room.connection_id))
    return as_rules(rows.filter(workspace_id=room.workspace_id)).of(room.connection_id)


def as_rules(rows: Iterable[AssignmentRule]) -> Rules:
    general, own = Rule(), {}
    for row in rows:
        rule = Rule(
            mode=Mode(row.mode),
            team=row.team_id,
            capacity=row.capacity,
            reroute_after=timedelta(minutes=row.reroute_minutes) if row.reroute_minutes else None,
            only_assignee_replies=row.only_assignee_replies,
            since=row.changed_at,
        )
        if row.connection_id is None:
            general = rule
        else:
            own[row.connection_id] = rule
    return Rules(general, own)


def gives_chats_away(workspace_id: int) -> bool:
    """Say whether chats are given to agents here, by any rule."""
    return AssignmentRule.objects.filter(workspace_id=workspace_id).exclude(mode=AssignmentMode.OFF).exists()


def is_kept(actor: Membership, room: Chatroom, rule: Rule) -> bool:
    """Say whether only its assignee, or an admin, may give a chat to somebody else."""
    return rule.only_assignee_replies and room.assignee_id not in (None, actor.pk) and not actor.may(Role.ADMIN)


def agents_of(workspace_id: int, members: Collection[int], turns: Mapping[int, AgentTurn]) -> list[Agent]:
    """Return these members as agents, with their teams and open chats: two queries."""
    teams: dict[int, set[int]] = defaultdict(set)
    places = TeamMember.objects.filter(workspace_id=workspace_id, member__in=members)
    for member, team in places.values_list("member_id", "team_id"):
        teams[member].add(team)
    chats: dict[int, dict[int, int]] = defaultdict(dict)
    rooms = Chatroom.objects.filter(workspace_id=workspace_id, status=RoomStatus.OPEN, assignee__in=members)
    counted = rooms.values_list("assignee_id", "connection_id").annotate(count=Count("pk")).order_by()
    for member_id, connection, count in counted:
        chats[member_id or 0][connection] = count
    return [
        Agent(
            pk=pk,
            teams=frozenset(teams[pk]),
            assigned_at=turns[pk].assigned_at if pk in turns else None,
            chats=sum(chats[pk].values()),
            chats_of=chats[pk],
        )
        for pk in sorted(members)
    ]


def teams_of(workspace_id: int) -> list[Team]:
    return list(Team.objects.filter(workspace_id=workspace_id).order_by("name", "pk"))


def team_of(workspace_id: int, team_id: int) -> Team | None:
    return Team.objects.filter(workspace_id=workspace_id, pk=team_id).first()


def has_members(team: Team) -> bool:
    """Say whether anybody is in a team who could look after its chats."""
    places = TeamMember.objects.filter(workspace_id=team.workspace_id, team=team)
    return places.filter(member__is_active=True, member__user__is_active=True).exists()
