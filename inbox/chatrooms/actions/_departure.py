"""What becomes of the open chats of somebody who is no longer a member: they are nobody's, and given to others anew."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db.models import Exists, OuterRef, Q

from inbox.lib import clock, rows
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Chatroom, RoomStatus
from ._assign import owners_of, post_system_messages
from ._many import MOST_ROOMS
from ._waking import wake_assignment

logger = logging.getLogger(__name__)

# Seconds after which a run ends: the sweep goes on.
LONGEST_RUN = 30.0


def free_chats_of_the_gone(*, workspace_id: int | None = None) -> int:
    """Take open chats off those who have left, in one workspace or in all; return how many.

    One transaction for each hundred chats. Their teams keep them. Closed ones follow when a customer opens them.
    """
    stop_at = time.monotonic() + LONGEST_RUN
    total = 0
    for each in [workspace_id] if workspace_id is not None else _workspaces_with_such():
        try:
            while time.monotonic() < stop_at and (count := _free_batch(each)):
                total += count
        except Exception:
            logger.exception("the chats of those who left workspace %s were not freed", each)
    return total


def _workspaces_with_such() -> list[int]:
    with platform_scope("who has left and has open chats"):
        theirs = Chatroom.objects.filter(
            workspace_id=OuterRef("workspace_id"), status=RoomStatus.OPEN, assignee=OuterRef("pk")
        )
        gone = Membership.objects.filter(_has_left(), Exists(theirs))
        return list(gone.order_by("workspace_id").values_list("workspace_id", flat=True).distinct())


def _free_batch(workspace_id: int) -> int:
    with scope(workspace_id):
        members = Membership.objects.filter(_has_left(), workspace_id=workspace_id).select_related("user")
        gone = {member.pk: str(member) for member in members}
        theirs = Chatroom.objects.filter(workspace_id=workspace_id, status=RoomStatus.OPEN, assignee__in=list(gone))
        found = list(theirs.order_by("pk").select_for_update(no_key=True, skip_locked=True)[:MOST_ROOMS])
        lines: list[tuple[Chatroom, str, dict[str, Any]]] = []
        for room in found:
            lines.append((room, "assignee_left", {"before": gone[room.assignee_id or 0], "had": owners_of(room)}))
            room.assignee_id, room.unclaimed_since = None, room.waiting_since or clock.now()
        rows.update(found, ["assignee", "unclaimed_since"])
        if found:
            subjects = [(room, facts) for room, _event, facts in lines]
            audit.record_all(workspace_id=workspace_id, verb="chat.assignee_left", subjects=subjects)
            wake_assignment(workspace_id)
        post_system_messages(workspace_id=workspace_id, lines=lines)
    return len(found)


def _has_left() -> Q:
    return Q(is_active=False) | Q(user__is_active=False)
