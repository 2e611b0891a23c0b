"""Taking notifications for read. What is read is neither pushed nor mailed any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from inbox.lib import clock
from inbox.realtime import publish
from inbox.workspaces.models import Membership

from ..models import Notification


def mark_read(*, member: Membership, notification: Notification) -> None:
    rows = Notification.objects.filter(workspace_id=member.workspace_id, member=member, pk=notification.pk)
    _mark(member, rows)


def mark_all_read(*, member: Membership) -> int:
    """Return how many were unread."""
    return _mark(member, Notification.objects.filter(workspace_id=member.workspace_id, member=member))


def _mark(member: Membership, rows: QuerySet[Notification]) -> int:
    count = rows.filter(read_at__isnull=True).update(read_at=clock.now(), push_at=None, mail_at=None)
    if count:
        group = publish.member_group(member.pk)
        transaction.on_commit(lambda: publish.send_signal([group], {"type": "notifications"}), robust=True)
    return count
