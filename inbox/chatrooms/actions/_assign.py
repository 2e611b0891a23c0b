"""Who looks after a chat, and whether it is open. Each change leaves a system message in the chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inbox.lib import clock
from inbox.workspaces import audit
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.tenancy import scope

from ..assignment import is_kept, rule_of
from ..models import Chatroom, Direction, Message, RoomStatus
from ._changes import record_changes
from ._waking import wake_assignment


class AlreadyAssigned(Exception):
    """Somebody else was faster. `winner` has the chat now (None: nobody has)."""

    def __init__(self, winner: Membership | None) -> None:
        super().__init__(str(winner))
        self.winner = winner


class MayNotTakeOver(Exception):
    """Only `assignee`, or an admin, may give this chat to somebody else."""

    def __init__(self, assignee: Membership) -> None:
        super().__init__(str(assignee))
        self.assignee = assignee


def assign_chatroom(
    *, actor: Membership, chatroom: Chatroom, assignee: Membership | None, expected_id: int | None
) -> Chatroom:
    """Give the chat to a member, or to nobody, if it still belongs to whom the actor saw (`expected_id`).

    Call it inside the workspace's scope. Raises AlreadyAssigned, so that of two who take a chat one is told, and
    MayNotTakeOver where only the assignee may reply.
    """
    wanted = assignee.pk if assignee else None
    current = _locked(chatroom)
    if current.assignee_id == wanted:
        return current
    before, had = _given_up(actor, current, expected_id), owners_of(current)
    current.assignee, current.unclaimed_since = assignee, None
    current.save(update_fields=["assignee", "unclaimed_since"])
    event = "unassigned" if assignee is None else "taken" if assignee == actor else "assigned"
    if before and event == "taken":
        event = "taken_over"
    _announce(current, actor, event, had=had, assignee=str(assignee or ""), before=str(before or ""))
    if before:
        wake_assignment(current.workspace_id)
    return current


def assign_to_team(*, actor: Membership, chatroom: Chatroom, team: Team, expected_id: int | None) -> Chatroom:
    """Give the chat to a team, for whoever of it takes it or is given it by the rule. Raises as `assign_chatroom`."""
    current = _locked(chatroom)
    if (current.team_id, current.assignee_id) == (team.pk, None):
        return current
    _given_up(actor, current, expected_id)
    had = owners_of(current)
    current.team, current.assignee, current.unclaimed_since = team, None, clock.now()
    current.save(update_fields=["team", "assignee", "unclaimed_since"])
    _announce(current, actor, "given_to_team", had=had, team=team.name)
    wake_assignment(current.workspace_id)
    return current


def close_chatroom(*, actor: Membership, chatroom: Chatroom) -> Chatroom:
    return _set_status(actor, chatroom, RoomStatus.CLOSED, "closed")


def reopen_chatroom(*, actor: Membership, chatroom: Chatroom) -> Chatroom:
    return _set_status(actor, chatroom, RoomStatus.OPEN, "reopened")


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


def _set_status(actor: Membership, chatroom: Chatroom, status: RoomStatus, event: str) -> Chatroom:
    current = Chatroom.objects.select_for_update(no_key=True).get(pk=chatroom.pk)
    if current.status != status:
        current.status = status
        if status == RoomStatus.OPEN and current.assignee_id is None:
            current.unclaimed_since = clock.now()
        current.save(update_fields=["status", "unclaimed_since"])
        _announce(current, actor, event)
        wake_assignment(current.workspace_id)
    return current


def _locked(chatroom: Chatroom) -> Chatroom:
    return Chatroom.objects.select_for_update(of=("self",), no_key=True).get(pk=chatroom.pk)


def _given_up(actor: Membership, current: Chatroom, expected_id: int | None) -> Membership | None:
    """Return whose chat it has been, if it may go to somebody else. Raises AlreadyAssigned, MayNotTakeOver."""
    if current.assignee_id != expected_id:
        raise AlreadyAssigned(current.assignee)
    if current.assignee and is_kept(actor, current, rule_of(current)):
        raise MayNotTakeOver(current.assignee)
    return current.assignee


def _announce(chatroom: Chatroom, actor: Membership, event: str, **facts: Any) -> None:
    message = system_message(chatroom, event, at=clock.now(), actor=str(actor), **facts)
    audit.record(workspace_id=chatroom.workspace_id, actor=actor, verb=f"chat.{event}", subject=chatroom, **facts)
    record_changes(workspace_id=chatroom.workspace_id, messages=[(chatroom.pk, message.pk)])
