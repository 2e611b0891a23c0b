"""Who looks after chats: giving them to a member, to a team, to nobody; and the lines that only agents see.

Whoever chooses chats says whose each was when they saw it (`expected`): one that belongs to others by now is left, so
that of two who take a chat one is told. Each change leaves a line in its chat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from types import EllipsisType
from typing import Any, cast

from inbox.lib import clock, rows
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.tenancy import scope

from ..assignment import is_kept, rules_of
from ..models import Chatroom, Direction, Message
from ._changes import record_changes
from ._many import Changed, Left, Outcome, Owners, Why, few, missing
from ._waking import wake_assignment

Expected = Mapping[int, Owners]
_NOTHING: Expected = {}
_NO_CHANGES: Mapping[int, Changed] = {}


class _Kind(Enum):
    """What is done to whom chats belong."""

    OWNER = auto()  # they get another assignee, or lose their team
    TEAM = auto()  # a team gets them, be it the one that has them already
    BACK = auto()  # they go back to whom they belonged


class AlreadyAssigned(Exception):
    """Somebody else was faster. `winner` has the chat now (None: nobody has)."""

    def __init__(self, winner: Membership | None) -> None:
        super().__init__(str(winner))
        self.winner = winner


class TeamChanged(Exception):
    """Somebody gave the chat to another `team` meanwhile, or took it off the one it was with (None)."""

    def __init__(self, team: Team | None) -> None:
        super().__init__(str(team))
        self.team = team


class MayNotTakeOver(Exception):
    """Only `assignee`, or an admin, may give this chat to somebody else."""

    def __init__(self, assignee: Membership) -> None:
        super().__init__(str(assignee))
        self.assignee = assignee


def assign_chatroom(
    *,
    actor: Membership,
    chatroom: Chatroom,
    assignee: Membership | None,
    expected_id: int | None,
    expected_team_id: int | EllipsisType | None = ...,
) -> Outcome:
    """Give the chat to a member, or to nobody, if it still belongs to whom the actor saw (`expected_id`), and to the
    team they saw unless that may be any.

    Call it inside the workspace's scope. Raises AlreadyAssigned or TeamChanged, so that of two who take a chat one is
    told, and MayNotTakeOver where only the assignee may reply.
    """
    wanted = assignee.pk if assignee else None
    seen = expected_id, expected_team_id
    return _hand_over(actor, chatroom, lambda room: (wanted, room.team_id), seen, _Kind.OWNER)


def assign_to_team(
    *,
    actor: Membership,
    chatroom: Chatroom,
    team: Team | None,
    expected_id: int | None,
    expected_team_id: int | EllipsisType | None = ...,
) -> Outcome:
    """Give the chat to a team, for whoever of it takes it or is given it by the rule; None takes it off its team, and
    whoever has it keeps it. Raises as `assign_chatroom`.
    """
    return _hand_over(actor, chatroom, _to_team(team), (expected_id, expected_team_id), _kind(team))


def assign_all(
    *, actor: Membership, room_ids: Sequence[int], assignee: Membership | None, expected: Expected = _NOTHING
) -> Outcome:
    """Give chats to a member, or to nobody; one that is not `expected` is given whoever has it. Raises TooManyRooms."""
    wanted = assignee.pk if assignee else None
    return _put(actor, few(room_ids), lambda room: (wanted, room.team_id), expected, _Kind.OWNER)


def give_all_to_team(
    *, actor: Membership, room_ids: Sequence[int], team: Team | None, expected: Expected = _NOTHING
) -> Outcome:
    """Give chats to a team, for whoever of it takes them; or to no team, with whoever has them. Raises TooManyRooms."""
    return _put(actor, few(room_ids), _to_team(team), expected, _kind(team))


def restore_owners(*, actor: Membership, changes: Sequence[Changed]) -> Outcome:
    """Give chats back to whom they belonged before these changes, which the actor made, where the ones after them still
    stand: also where only the assignee may give a chat away."""
    undone = {each.pk: each for each in changes}
    expected = {each.pk: _owners(each.after) for each in changes}
    outcome = _put(actor, list(undone), lambda room: _owners(undone[room.pk].before), expected, _Kind.BACK, undone)
    changed = {Why.MOVED, Why.SAME}
    return Outcome(
        outcome.changed, tuple(Left(each.pk, Why.CHANGED) if each.why in changed else each for each in outcome.left)
    )


def owners_of(chatroom: Chatroom) -> list[int | None]:
    """Return to whom a chat belongs, as the line that says that this changes keeps it (`had`): see `catch_up`."""
    return [chatroom.assignee_id, chatroom.team_id]


def system_message(chatroom: Chatroom, event: str, *, at: datetime, **names: Any) -> Message:
    """Store a line that only agents see. It does not count as the room's last message: that stays a person's."""
    return Message.objects.create(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        connection_id=chatroom.connection_id,
        direction=Direction.SYSTEM,
        details={"event": event, **names},
        sent_at=at,
    )


def post_system_message(*, chatroom: Chatroom, event: str, **names: str) -> Message:
    """Tell the agents in a chat what happened: one line, worded by `presenters.words.system_text`."""
    [message] = post_system_messages(workspace_id=chatroom.workspace_id, lines=[(chatroom, event, names)])
    return message


def post_system_messages(
    *, workspace_id: int, lines: Sequence[tuple[Chatroom, str, Mapping[str, Any]]]
) -> list[Message]:
    """Post a line (event, names) in each of these chats. Make it one of the transaction's last steps."""
    now = clock.now()
    messages = Message.objects.bulk_create(
        Message(
            workspace_id=workspace_id,
            chatroom=chatroom,
            connection_id=chatroom.connection_id,
            direction=Direction.SYSTEM,
            details={"event": event, **names},
            sent_at=now,
        )
        for chatroom, event, names in lines
    )
    record_changes(workspace_id=workspace_id, messages=[(message.chatroom_id, message.pk) for message in messages])
    return messages


def tell_chats(*, workspace_id: int, customer_ids: Sequence[int], event: str, actor: str) -> None:
    """Post a line in every chat of these customers."""
    with scope(workspace_id):
        rooms = Chatroom.objects.filter(workspace_id=workspace_id, customer_id__in=customer_ids).order_by("pk")
        lines = [(room, event, {"actor": actor}) for room in rooms]
        post_system_messages(workspace_id=workspace_id, lines=lines)


def _hand_over(
    actor: Membership,
    chatroom: Chatroom,
    wish: Callable[[Chatroom], Owners],
    seen: tuple[int | None, int | EllipsisType | None],
    kind: _Kind,
) -> Outcome:
    """Give one chat away as long as it belongs to whom the actor saw."""
    # Alone: after the wait for its lock, what is joined to a row is still that of before.
    locked = Chatroom.objects.select_for_update(of=("self",), no_key=True)
    current = locked.get(workspace_id=actor.workspace_id, pk=chatroom.pk)
    assignee, team = seen
    expected = assignee, current.team_id if isinstance(team, EllipsisType) else team
    outcome = _put(actor, [current.pk], wish, {current.pk: expected}, kind)
    for left in outcome.left:
        if left.why is Why.MOVED and current.assignee_id == assignee:
            raise TeamChanged(current.team)
        if left.why is Why.MOVED:
            raise AlreadyAssigned(current.assignee)
        if left.why is Why.KEPT and current.assignee:
            raise MayNotTakeOver(current.assignee)
    return outcome


def _kind(team: Team | None) -> _Kind:
    return _Kind.TEAM if team else _Kind.OWNER


def _to_team(team: Team | None) -> Callable[[Chatroom], Owners]:
    return lambda room: (None, team.pk) if team else (room.assignee_id, None)


@dataclass(frozen=True)
class _Names:
    """Who may have chats here, and what those are called who have or had one."""

    active: Collection[int]
    members: Mapping[int, str]
    teams: Mapping[int, str]

    def can_go(self, before: Owners, after: Owners) -> bool:
        """Say whether there is still whom a chat would go to."""
        assignee, team = before
        to, to_team = after
        return (to in (None, assignee) or to in self.active) and (to_team in (None, team) or to_team in self.teams)

    def of(self, owners: Owners) -> str:
        """Return whose a chat is: its assignee's name, else that of its team, "" for nobody."""
        assignee, team = owners
        return self.members.get(assignee, "") if assignee else self.teams.get(team, "") if team else ""


def _put(
    actor: Membership,
    room_ids: Sequence[int],
    wish: Callable[[Chatroom], Owners],
    expected: Expected,
    kind: _Kind,
    undone: Mapping[int, Changed] = _NO_CHANGES,
) -> Outcome:
    """Write to whom chats belong, with a line in each; leave those that are not as expected, kept, or so already."""
    rules = rules_of(actor.workspace_id)
    rooms = Chatroom.objects.filter(workspace_id=actor.workspace_id, pk__in=room_ids).order_by("pk")
    found = list(rooms.select_for_update(no_key=True))
    wishes = {room.pk: wish(room) for room in found}
    names = _names(actor.workspace_id, [*(_of(room) for room in found), *wishes.values()])
    changed: dict[Chatroom, Changed] = {}
    left: list[Left] = []
    for room in found:
        before, after = _of(room), wishes[room.pk]
        why = None
        if room.pk in expected and before != expected[room.pk]:
            why = Why.SAME if before == after else Why.MOVED
        elif before == after:
            why = Why.SAME
        elif not names.can_go(before, after):
            why = Why.GONE
        elif kind is not _Kind.BACK and before[0] != after[0] and is_kept(actor, room, rules.of(room.connection_id)):
            why = Why.KEPT
        if why is not None:
            left.append(Left(room.pk, why, before, names.of(before)))
            continue
        room.assignee_id, room.team_id = after
        since = room.unclaimed_since
        change = Changed(room.pk, before, after, since.isoformat() if since else None, room.inbound_count)
        room.unclaimed_since = _unclaimed_since(room, before, kind, undone.get(room.pk))
        changed[room] = change
    rows.update(changed.keys(), ["assignee", "team", "unclaimed_since"])
    _tell(actor, changed, names, kind)
    return Outcome(tuple(changed.values()), (*left, *missing(room_ids, wishes)))


def _unclaimed_since(room: Chatroom, before: Owners, kind: _Kind, undone: Changed | None) -> datetime | None:
    """Return since when a chat that has just changed hands, or has again with a change `undone`, is to be given to
    somebody: see docs/assignment.md."""
    if room.assignee_id is not None:
        return None
    if undone is not None and undone.unclaimed_since is not None:
        return datetime.fromisoformat(undone.unclaimed_since)
    if undone is not None:
        return clock.now() if room.inbound_count > undone.inbound_count else None
    if _is_teams_now(before, _of(room), kind):
        return clock.now()
    return room.unclaimed_since if before[0] is None else None


def _is_teams_now(before: Owners, after: Owners, kind: _Kind) -> bool:
    """Say whether a chat was given to a team, which may be the one of somebody who had it."""
    to, team = after
    return to is None and (kind is _Kind.TEAM or team not in (None, before[1]))


def _tell(actor: Membership, changed: Mapping[Chatroom, Changed], names: _Names, kind: _Kind) -> None:
    by_event: dict[str, list[tuple[Chatroom, dict[str, Any]]]] = defaultdict(list)
    for room, change in changed.items():
        before = _owners(change.before)
        event, facts = _event(actor, before, _of(room), names, kind)
        by_event[event].append((room, {**facts, "had": list(before)}))
    for event, subjects in by_event.items():
        audit.record_all(workspace_id=actor.workspace_id, actor=actor, verb=f"chat.{event}", subjects=subjects)
    if changed:
        wake_assignment(actor.workspace_id)
    lines = [(room, event, {"actor": str(actor), **facts}) for event, some in by_event.items() for room, facts in some]
    post_system_messages(workspace_id=actor.workspace_id, lines=lines)


def _event(actor: Membership, before: Owners, after: Owners, names: _Names, kind: _Kind) -> tuple[str, dict[str, Any]]:
    """Return what a chat's line says of a change of hands."""
    assignee, team = before
    to, to_team = after
    if _is_teams_now(before, after, kind):
        return "given_to_team", {"team": names.teams.get(to_team or 0, "")}
    if assignee == to:
        return "taken_off_team", {"team": names.teams.get(team or 0, "")}
    facts = {"assignee": names.members.get(to or 0, "")}
    if to is None:
        return "unassigned", facts
    if to != actor.pk:
        return "assigned", facts
    if assignee is None:
        return "taken", facts
    return "taken_over", {**facts, "before": names.members.get(assignee, "")}


def _names(workspace_id: int, owners: Sequence[Owners]) -> _Names:
    ids, teams = {assignee for assignee, _team in owners if assignee}, {team for _assignee, team in owners if team}
    members = list(Membership.objects.filter(workspace_id=workspace_id, pk__in=ids).select_related("user"))
    found = Team.objects.filter(workspace_id=workspace_id, pk__in=teams) if teams else ()
    return _Names(
        active={member.pk for member in members if member.is_active and member.user.is_active},
        members={member.pk: str(member) for member in members},
        teams={team.pk: team.name for team in found},
    )


def _of(room: Chatroom) -> Owners:
    return room.assignee_id, room.team_id


def _owners(value: object) -> Owners:
    """Return owners that may have travelled as JSON."""
    assignee, team = cast("Owners", value)
    return assignee, team
