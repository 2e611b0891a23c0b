"""From the log of changes to notifications: the work of a worker, never of whoever made the change.

A workspace's reader holds its place in the log. Reading on, storing and moving the place are one commit, so that two
workers never tell the same twice and a worker that dies has told nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery

from inbox.chatrooms.models import Change, ChangeCounter
from inbox.chatrooms.selectors import Position
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.lib.rows import as_json
from inbox.realtime import publish
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import ChangeReader, Habits, Notification
from ..policy import Ways
from ..selectors import counts_of, ways_of
from ._news import News, find_news

logger = logging.getLogger(__name__)

# How many changes one transaction reads, and seconds after which a run ends: the next tick goes on.
BATCH = 500
LONGEST_RUN = 30.0

KEPT_FOR = timedelta(days=30)

_PUSH = "inbox.notifications.tasks.push_due"

_STORE = """
INSERT INTO notifications_notification AS known (
    workspace_id, member_id, kind, key, mark, chatroom_id, message_id, mention_id, count, is_listed, happened_at,
    push_at, mail_at, tries
)
SELECT %(workspace)s, member, kind, key, mark, room, message, mention, count, is_listed, %(now)s,
    CASE WHEN pushes THEN %(now)s END, CASE WHEN mails THEN %(now)s END, 0
FROM json_to_recordset(%(rows)s) AS new (
    member bigint, kind text, key text, mark text, room bigint, message bigint, mention bigint, count int,
    is_listed bool, pushes bool, mails bool
)
ON CONFLICT (member_id, key) DO UPDATE SET
    kind = excluded.kind, mark = excluded.mark, message_id = excluded.message_id, mention_id = excluded.mention_id,
    count = excluded.count, is_listed = excluded.is_listed, happened_at = excluded.happened_at, read_at = NULL,
    push_at = excluded.push_at, mail_at = coalesce(known.mail_at, excluded.mail_at), tries = 0
WHERE known.mark <> excluded.mark
RETURNING member_id, kind, id, push_at IS NOT NULL
"""


@dataclass(frozen=True)
class _Told:
    """A notification that is new for its member, who may be left alone at this time."""

    member_id: int
    pk: int
    pushes: bool
    ways: Ways
    is_quiet: bool

    @property
    def sounds(self) -> bool:
        return self.ways.sound and not self.is_quiet

    @property
    def shows(self) -> bool:
        return self.ways.desktop and not self.is_quiet


def notify_changes() -> int:
    """Tell members of everything that has changed since the last run; return how many notifications are new."""
    stop_at = time.monotonic() + LONGEST_RUN
    total = 0
    for workspace_id in _behind():
        try:
            while time.monotonic() < stop_at and (told := _read_on(workspace_id)) is not None:
                total += told
        except Exception:
            logger.exception("the members of workspace %s were not told", workspace_id)
    return total


def purge_notifications() -> int:
    """Drop what happened long ago; return how many."""
    with platform_scope("purging notifications"):
        deleted, _by_model = Notification.objects.filter(happened_at__lt=clock.now() - KEPT_FOR).delete()
    return deleted


def _behind() -> list[int]:
    """Return the workspaces whose log is longer than what was read of it."""
    read = ChangeReader.objects.filter(workspace=OuterRef("workspace")).values("seq")[:1]
    with platform_scope("which workspaces have changes to tell of"):
        counters = ChangeCounter.objects.annotate(read=Subquery(read))
        behind = counters.filter(Q(read__isnull=True) | Q(value__gt=F("read")))
        return list(behind.order_by("workspace_id").values_list("workspace_id", flat=True))


def _read_on(workspace_id: int) -> int | None:
    """Read a batch of changes; return how many notifications came of it, None when there is nothing to read."""
    with scope(workspace_id):
        ChangeReader.objects.bulk_create([ChangeReader(workspace_id=workspace_id)], ignore_conflicts=True)
        readers = ChangeReader.objects.filter(workspace_id=workspace_id)
        reader = readers.select_for_update(no_key=True, skip_locked=True).first()
        changes = _changes_after(reader) if reader else []
        if reader is None or not changes:
            return None
        found = find_news(workspace_id, changes)
        settled = _settle(workspace_id, found.settled)
        now = clock.now()
        told = _store(workspace_id, found.news, now)
        reader.seq = changes[-1].seq
        reader.save(update_fields=["seq"])
        _announce(workspace_id, settled, told, now)
        if any(each.pushes for each in told):
            enqueue_on_commit(_PUSH)
    return len(told)


def _changes_after(reader: ChangeReader) -> list[Change]:
    """Return the next changes, of each transaction all."""
    changes = Change.objects.filter(workspace_id=reader.workspace_id, seq__gt=reader.seq).order_by("seq")
    last = changes.values_list("seq", flat=True)[BATCH - 1 : BATCH].first() if changes[BATCH:].exists() else None
    return list(changes if last is None else changes.filter(seq__lte=last))


def _settle(workspace_id: int, keys: Sequence[str]) -> set[int]:
    """Take what is nothing to tell any more for read; return whose count that changes."""
    if not keys:
        return set()
    unread = Notification.objects.filter(workspace_id=workspace_id, key__in=keys, read_at__isnull=True)
    members = set(unread.values_list("member_id", flat=True))
    if members:
        unread.update(read_at=clock.now(), push_at=None, mail_at=None)
    return members


def _store(workspace_id: int, news: Iterable[News], now: datetime) -> list[_Told]:
    """Store what members want to know; return what of it is new."""
    latest = {(each.member_id, each.key): each for each in news}
    if not latest:
        return []
    members = {member_id for member_id, _key in latest}
    ways = ways_of(workspace_id, members, {each.kind for each in latest.values()})
    habits = Habits.objects.filter(workspace_id=workspace_id, member__in=members)
    quiet = {each.member_id for each in habits if each.quiet.holds(now)}
    rows = [
        {
            "member": each.member_id,
            "kind": each.kind.value,
            "key": each.key,
            "mark": each.mark,
            "room": each.room_id,
            "message": each.message_id,
            "mention": each.mention_id,
            "count": each.count,
            "is_listed": wanted.in_page,
            "pushes": wanted.push and each.member_id not in quiet,
            "mails": wanted.email,
        }
        for each in latest.values()
        if (wanted := ways[each.member_id, each.kind.value])
    ]
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"workspace": workspace_id, "now": now, "rows": as_json(rows)})
        return [
            _Told(member_id, pk, pushes, ways[member_id, kind], member_id in quiet)
            for member_id, kind, pk, pushes in cursor.fetchall()
        ]


def _announce(workspace_id: int, settled: Collection[int], told: Iterable[_Told], now: datetime) -> None:
    """Let the open pages of members know what has changed for them."""
    of_member: dict[int, list[_Told]] = {member_id: [] for member_id in settled}
    for each in told:
        of_member.setdefault(each.member_id, []).append(each)
    if of_member:
        transaction.on_commit(lambda: _signal(workspace_id, of_member, now), robust=True)


def _signal(workspace_id: int, told: Mapping[int, Sequence[_Told]], now: datetime) -> None:
    """Tell each member's pages how much is unread, so that hundreds need not ask at once; where something is to be shown
    on the screen they ask for its words.
    """
    groups = {publish.member_group(member_id): member_id for member_id in told}
    heard = [groups[name] for name in publish.audience(groups)]
    if not heard:
        return
    with scope(workspace_id):
        counts = counts_of(workspace_id, [each for each in heard if not any(news.shows for news in told[each])])
    signals = []
    for member_id in heard:
        facts: dict[str, Any] = {"type": "notifications"}
        if count := counts.get(member_id):
            facts |= {"unread": count.unread, "others": count.others}
            if news := told[member_id]:
                facts["position"] = str(Position(now, max(each.pk for each in news)))
                facts["quiet"] = news[0].is_quiet
                facts["sounds"] = any(each.sounds for each in news)
        signals.append((publish.member_group(member_id), facts))
    publish.send_signals(signals)
