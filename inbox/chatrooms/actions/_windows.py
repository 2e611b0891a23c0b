"""What corrects our idea of a reply window: the vendor's own refusal, which is the final truth."""

from __future__ import annotations

from datetime import datetime

from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.tenancy import scope

from ..models import Chatroom
from ._changes import record_changes


def report_window_refusal(*, workspace_id: int, chatroom_id: int, at: datetime) -> None:
    """Have it noted after the commit: whoever finds out has locked messages, and rooms are locked before those."""
    enqueue_on_commit(
        "inbox.chatrooms.tasks.note_window_refusal",
        workspace_id=workspace_id,
        chatroom_id=chatroom_id,
        at=at.isoformat(),
    )


def note_window_refusal(*, workspace_id: int, chatroom_id: int, at: datetime) -> bool:
    """Remember that the vendor called a chat's time, or its number of answers, used up. Return whether that was news."""
    with scope(workspace_id):
        room = Chatroom.objects.select_for_update(no_key=True).get(workspace_id=workspace_id, pk=chatroom_id)
        if room.window_refused_at is not None and room.window_refused_at >= at:
            return False
        room.window_refused_at = at
        room.save(update_fields=["window_refused_at"])
        record_changes(workspace_id=workspace_id, rooms=[room.pk])
    return True
