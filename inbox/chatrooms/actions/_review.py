"""Messages whose template the vendor looks at again: they stay in the outbox, and the chat says what they wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from channels_adapters.errors import SendError
from inbox.lib import rows
from inbox.workspaces.tenancy import scope

from ..models import OutboxEntry
from ._changes import record_changes

ASKED_AGAIN_AFTER = timedelta(seconds=30)


def wait_for_review(waiting: Sequence[tuple[OutboxEntry, SendError]], now: datetime) -> None:
    """Leave these alone for a while, and tell the chats of those that only begin to wait.

    However long the review takes: past the limit, or past their own, they leave no more. One of a transaction's last
    steps, in the platform's scope.
    """
    limit = timedelta(seconds=settings.TEMPLATE_REVIEW_SECONDS)
    begun: dict[int, list[tuple[OutboxEntry, SendError]]] = {}
    for entry, reason in waiting:
        entry.is_parked = True
        entry.due_at, entry.not_after = now + ASKED_AGAIN_AFTER, entry.not_after or now + limit
        if entry.message.failure_code != reason.code:
            entry.message.failure_code, entry.message.failure_text = reason.code, reason.public_text[:300]
            begun.setdefault(entry.workspace_id, []).append((entry, reason))
    rows.update([entry for entry, _reason in waiting], ["due_at", "not_after", "is_parked"])
    for workspace_id, own in sorted(begun.items(), key=lambda item: item[0]):
        with scope(workspace_id):
            rows.update([entry.message for entry, _reason in own], ["failure_code", "failure_text"])
            record_changes(workspace_id=workspace_id, messages=[(e.chatroom_id, e.message_id) for e, _reason in own])
