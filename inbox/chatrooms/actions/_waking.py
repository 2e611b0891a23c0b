"""Waking the worker that gives chats to agents, see `_distribute`."""

from __future__ import annotations

from inbox.lib.background import enqueue_on_commit

from ..assignment import gives_chats_away


def wake_assignment(workspace_id: int) -> None:
    """Let a worker look whether chats can be given to somebody, where a rule does that. Call it inside the scope."""
    if gives_chats_away(workspace_id):
        enqueue_on_commit("inbox.chatrooms.tasks.assign_chats", workspace_id=workspace_id)
