"""Giving chats to agents by the workspace's rules: the work of a worker, never of whoever made it necessary.

One transaction gives away a batch. It holds the workspace's rules, so that of several workers one counts at a time and
nobody gets more than they may have; chats that somebody else is changing are left for the next run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from inbox.connections.models import Connection
from inbox.lib import clock, rows
from inbox.realtime import presence
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..assignment import agents_of, as_rules, online_in
from ..assignment_policy import Agent, Rules, Waiting, distribute, has_gone, openings
from ..models import AgentTurn, AssignmentMode, AssignmentRule, Chatroom, RoomStatus
from ._assign import owners_of, post_system_messages

logger = logging.getLogger(__name__)

BATCH = 100
# Seconds after which a run ends: the sweep goes on.
LONGEST_RUN = 30.0

# How old a note of who was seen may get while they are online.
_SEEN_ANEW = timedelta(seconds=30)
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class _Staff:
    """A workspace's people: those who may get chats now, and since when each of the others has gone."""

    names: Mapping[int, str]
    agents: list[Agent]
    gone: Mapping[int, datetime | None]


def assign_waiting_chats(*, workspace_id: int | None = None) -> int:
    """Give chats that wait to whoever is available, in one workspace or in all; return how many."""
    workspaces = [workspace_id] if workspace_id is not None else _workspaces_with_rules()
    stop_at = time.monotonic() + LONGEST_RUN
    total = 0
    for each in workspaces:
        try:
            while time.monotonic() < stop_at and (given := _assign_batch(each)):
                total += given
        except Exception:
            logger.exception("the chats of workspace %s were not given to anybody", each)
    return total


def _workspaces_with_rules() -> list[int]:
    with platform_scope("which workspaces give chats to agents"):
        active = AssignmentRule.objects.exclude(mode=AssignmentMode.OFF)
        return list(active.order_by("workspace_id").values_list("workspace_id", flat=True).distinct())


def _assign_batch(workspace_id: int) -> int:
    online = presence.present(online_in(workspace_id))
    if online is None:
        return 0
    with scope(workspace_id):
        held = AssignmentRule.objects.filter(workspace_id=workspace_id).order_by("pk").select_for_update(no_key=True)
        rules = as_rules(held)
        if not rules.is_active:
            return 0
        now = clock.now()
        staff = _staff(workspace_id, online, now)
        connections = list(Connection.objects.filter(workspace_id=workspace_id).values_list("pk", flat=True))
        chats = _claim(workspace_id, staff, rules, connections, now)
        waiting = [Waiting(room.pk, room.connection_id, room.team_id) for room in chats]
        given, agents = distribute(waiting, staff.agents, rules, now)
        _give(workspace_id, [room for room in chats if room.pk in given], given, staff.names)
        _note_turns(workspace_id, [agents[pk] for pk in sorted(set(given.values()))])
    return len(given)


def _staff(workspace_id: int, online: Collection[int], now: datetime) -> _Staff:
    turns = {turn.member_id: turn for turn in AgentTurn.objects.filter(workspace_id=workspace_id)}
    members = list(Membership.objects.filter(workspace_id=workspace_id).select_related("user"))
    active = [member for member in members if member.is_active and member.user.is_active]
    here = [member for member in active if member.pk in online]
    _note_seen(workspace_id, here, turns, now)
    available = {member.pk for member in here if member.away_since is None}
    gone = {member.pk: _ALWAYS for member in members} | {
        member.pk: member.away_since or (turns[member.pk].seen_at if member.pk in turns else None) for member in active
    }
    return _Staff(
        names={member.pk: str(member) for member in members},
        agents=agents_of(workspace_id, available, turns),
        gone={pk: since for pk, since in gone.items() if pk not in available},
    )


def _claim(
    workspace_id: int, staff: _Staff, rules: Rules, connections: Collection[int], now: datetime
) -> list[Chatroom]:
    """Lock chats that somebody here can take: those that nobody has, and those of people who have gone, oldest first."""
    unclaimed, abandoned = Q(), Q()
    for connection, teams in openings(staff.agents, rules, connections):
        here = Q(team__in=[team for team in teams if team is not None])
        if None in teams:
            here |= Q(team__isnull=True)
        here &= Q(connection=connection)
        unclaimed |= here
        rule = rules.of(connection)
        if left := [pk for pk, since in staff.gone.items() if has_gone(since, rule, now)]:
            abandoned |= here & Q(assignee__in=left)
    open_rooms = Chatroom.objects.filter(workspace_id=workspace_id, status=RoomStatus.OPEN)
    found: list[Chatroom] = []
    if unclaimed:
        nobodys = open_rooms.filter(unclaimed, assignee__isnull=True, unclaimed_since__isnull=False)
        found += _locked(nobodys.order_by("unclaimed_since", "pk"))
    if abandoned:
        found += _locked(open_rooms.filter(abandoned, waiting_since__isnull=False).order_by("waiting_since", "pk"))
    return sorted(found, key=lambda room: (room.unclaimed_since or room.waiting_since or now, room.pk))


def _locked(rooms: QuerySet[Chatroom]) -> list[Chatroom]:
    return list(rooms.select_for_update(no_key=True, skip_locked=True)[:BATCH])


def _give(workspace_id: int, chats: Collection[Chatroom], given: Mapping[int, int], names: Mapping[int, str]) -> None:
    """Write down who has which chat now, with a line in each."""
    lines = []
    by_verb: dict[str, list[tuple[Chatroom, dict[str, Any]]]] = {}
    for room in chats:
        assignee = given[room.pk]
        event = "rerouted" if room.assignee_id else "given"
        facts = {"assignee": names[assignee], "before": names.get(room.assignee_id or 0, ""), "had": owners_of(room)}
        room.assignee_id, room.unclaimed_since = assignee, None
        by_verb.setdefault(f"chat.{event}", []).append((room, facts))
        lines.append((room, event, facts))
    rows.update(chats, ["assignee", "unclaimed_since"])
    for verb, subjects in by_verb.items():
        audit.record_all(workspace_id=workspace_id, verb=verb, subjects=subjects)
    post_system_messages(workspace_id=workspace_id, lines=lines)


def _note_turns(workspace_id: int, agents: Collection[Agent]) -> None:
    AgentTurn.objects.bulk_create(
        [AgentTurn(workspace_id=workspace_id, member_id=agent.pk, assigned_at=agent.assigned_at) for agent in agents],
        update_conflicts=True,
        unique_fields=["workspace", "member"],
        update_fields=["assigned_at"],
    )


def _note_seen(workspace_id: int, here: Collection[Membership], turns: Mapping[int, AgentTurn], now: datetime) -> None:
    stale = [
        AgentTurn(workspace_id=workspace_id, member=member, seen_at=now)
        for member in here
        if member.pk not in turns or (turns[member.pk].seen_at or _ALWAYS) < now - _SEEN_ANEW
    ]
    AgentTurn.objects.bulk_create(
        stale, update_conflicts=True, unique_fields=["workspace", "member"], update_fields=["seen_at"]
    )
