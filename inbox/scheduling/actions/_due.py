"""Messages whose time has come: claimed, judged and put in the outbox, a batch of a workspace in one transaction.

The claim, its outcome and the message are one commit, so that a worker that dies has done nothing, and a second one can
never send the same again. Whether a message really leaves is asked once more by the dispatcher, like for any other.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Count, Exists, OuterRef, Q, prefetch_related_objects
from django.utils.translation import gettext as _

from inbox.chatrooms.actions import (
    Draft,
    Part,
    UnableToSend,
    lock_chats,
    parts_of,
    post_system_messages,
    queue_messages,
    restored_files,
    stored_files,
    template_part,
    with_header_file,
)
from inbox.chatrooms.models import Chatroom, Message, MessageState
from inbox.chatrooms.window import Window
from inbox.chatrooms.windows import windows_of
from inbox.connections.models import Connection, ConnectionState
from inbox.lib import clock
from inbox.lib.rows import as_json
from inbox.media.models import MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import find_sendable
from inbox.workspaces import audit
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import ScheduledMessage, ScheduleState
from ..policy import Content, Step, step_of
from ..stored_templates import TemplateRefused, header_file, header_files, restored

logger = logging.getLogger(__name__)

BATCH = 250
# Seconds after which a run ends: the next tick goes on.
LONGEST_RUN = 60.0

Find = Callable[[Connection, str, str], MessageTemplate | None]


@dataclass(frozen=True)
class _Judged:
    row: ScheduledMessage
    room: Chatroom
    window: Window
    step: Step
    draft: Draft | None = None
    refusal: str = ""


def send_due() -> int:
    """Settle every message whose time has come, the workspaces in turn; return how many.

    A batch that fails is settled a message at a time. What then still fails, like a database that is away, is raised
    once the other workspaces have had their turn.
    """
    total = 0
    failures: list[Exception] = []
    stop_at = time.monotonic() + LONGEST_RUN
    workspaces = deque(_workspaces_with_work(clock.now()))
    while workspaces and time.monotonic() < stop_at:
        workspace_id = workspaces.popleft()
        try:
            settled = _settle_some(workspace_id)
        except Exception as failure:
            failures.append(failure)
            continue
        if settled:
            workspaces.append(workspace_id)
        total += settled
    if failures:
        raise failures[0]
    return total


def _workspaces_with_work(now: datetime) -> list[int]:
    with platform_scope("which workspaces have messages that are due"):
        due = ScheduledMessage.objects.filter(state=ScheduleState.WAITING, due_at__lte=now)
        return list(due.order_by("workspace_id").values_list("workspace_id", flat=True).distinct())


def _settle_some(workspace_id: int) -> int:
    """Settle a batch; if it fails, each of its messages by itself, so that one does not keep the others waiting."""
    try:
        return _settle_batch(workspace_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("a batch of scheduled messages of workspace %s failed", workspace_id)
    with scope(workspace_id):
        ids = [row.pk for row in _claim(workspace_id, clock.now())]
    return sum(_settle_one(workspace_id, row_id) for row_id in ids)


def _settle_one(workspace_id: int, row_id: int) -> int:
    try:
        return _settle_batch(workspace_id, only=row_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("scheduled message %s failed", row_id)
    return _settle_batch(workspace_id, only=row_id, refusal=_("Something went wrong on our side. Send it by hand."))


def _settle_batch(workspace_id: int, *, only: int | None = None, refusal: str = "") -> int:
    """Settle what is due, or `only` this message: with a `refusal`, as not sent. Return how many."""
    now = clock.now()
    with scope(workspace_id):
        rows = _claim(workspace_id, now, only=only)
        if not rows:
            return 0
        rooms = lock_chats(workspace_id, {row.chatroom_id for row in rows})
        windows = _windows(workspace_id, rooms)
        # With one that is in review the message waits in the outbox, as long as it is not too late.
        find: Find = cache(partial(find_sendable, or_in_review=True))
        files = {} if refusal else {**stored_files(rows), **header_files(rows)}
        judged = [
            _Judged(row, rooms[row.chatroom_id], windows[row.chatroom_id], Step.REFUSE, refusal=refusal)
            if refusal
            else _judge(row, rooms[row.chatroom_id], windows[row.chatroom_id], now, find, files)
            for row in rows
        ]
        leaving = [(each.row, each.draft) for each in judged if each.draft]
        messages = queue_messages(workspace_id=workspace_id, drafts=[draft for _row, draft in leaving])
        for (row, _draft), message in zip(leaving, messages, strict=True):
            row.message = message
        # Most have just been queued; who wrote the others is told, or asked.
        prefetch_related_objects([each.row for each in judged if not each.draft], "author__user")
        for each in judged:
            _settle(each, now)
        _store(rows)
        _record(workspace_id, judged)
    return len(rows)


def _claim(workspace_id: int, now: datetime, *, only: int | None = None) -> list[ScheduledMessage]:
    """Lock the earliest message of each chat that is due. Those of an account that cannot send wait while they may."""
    waiting = ScheduledMessage.objects.filter(workspace_id=workspace_id, state=ScheduleState.WAITING)
    ahead = waiting.filter(chatroom=OuterRef("chatroom")).filter(
        Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    )
    can_go = Q(chatroom__connection__state=ConnectionState.ACTIVE) | Q(due_at__lt=now - _grace())
    due = waiting.filter(~Exists(ahead), can_go, due_at__lte=now)
    if only is not None:
        due = due.filter(pk=only)
    return list(
        due.select_related("author")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .order_by("due_at", "pk")[:BATCH]
    )


def _windows(workspace_id: int, rooms: Mapping[int, Chatroom]) -> dict[int, Window]:
    """Return what may be sent to each chat besides what is on its way already, where messages are counted."""
    windows = windows_of(list(rooms.values()))
    counted = [room_id for room_id, window in windows.items() if window.remaining]
    if counted:
        queued = Message.objects.filter(
            workspace_id=workspace_id, chatroom_id__in=counted, outbox_entry__isnull=False, state=MessageState.QUEUED
        )
        for room_id, count in queued.values_list("chatroom_id").annotate(count=Count("pk")):
            window = windows[room_id]
            windows[room_id] = replace(window, remaining=max((window.remaining or 0) - count, 0))
    return windows


def _judge(
    row: ScheduledMessage,
    room: Chatroom,
    window: Window,
    now: datetime,
    find: Find,
    files: Mapping[int, MediaFile],
) -> _Judged:
    client_id = uuid.uuid4()
    parts: list[Part] = []
    refusals: dict[Step, str] = {}
    if not row.is_template:
        try:
            parts = parts_of(
                row.text,
                room.connection.adapter.capabilities,
                client_id=client_id,
                options=row.options,
                files=restored_files(row.files, files),
                split_agreed=row.split_agreed,
            )
        except UnableToSend as refusal:  # an account's limits may have changed since it was written
            refusals[Step.SEND] = str(refusal)
    step = step_of(
        window,
        late=now - row.due_at,
        grace=_grace(),
        is_unwanted=row.cancel_if_customer_writes and room.inbound_count > row.seen_inbound,
        content=Content(len(parts), is_template=row.is_template, has_fallback=bool(row.template)),
    )
    if step is Step.SEND_TEMPLATE:
        try:
            parts = [_template_part(row, room.connection, find, files)]
        except (TemplateRefused, UnableToSend) as refusal:
            refusals[step] = str(refusal)
    if step in (Step.SEND, Step.SEND_TEMPLATE) and not row.author.is_active:
        refusals[step] = _("Its author is no longer a member.")
    if step in refusals:
        return _Judged(row, room, window, Step.REFUSE, refusal=refusals[step])
    if step in (Step.SEND, Step.SEND_TEMPLATE):
        draft = Draft(room, row.author_id, parts, client_id, not_after=row.due_at + _grace())
        return _Judged(row, room, window, step, draft)
    return _Judged(row, room, window, step)


def _template_part(row: ScheduledMessage, account: Connection, find: Find, files: Mapping[int, MediaFile]) -> Part:
    """Raises TemplateRefused, UnableToSend."""
    file = header_file(row.template, files)
    part = template_part(restored(row.template, account, file, find))
    return with_header_file(part, file, account.adapter.capabilities) if file else part


_STATES: Mapping[Step, ScheduleState] = {
    Step.SEND: ScheduleState.SENT,
    Step.SEND_TEMPLATE: ScheduleState.SENT,
    Step.CANCEL: ScheduleState.CANCELLED,
    Step.MISS: ScheduleState.MISSED,
    Step.REFUSE: ScheduleState.NOT_SENT,
}


def _settle(judged: _Judged, now: datetime) -> None:
    row = judged.row
    row.state, row.settled_at = _STATES[judged.step], now
    if judged.step is Step.CANCEL:
        row.reason = "customer_wrote"
    elif judged.step is Step.REFUSE:
        row.reason = "own_words" if judged.refusal else f"{judged.window.mode}.{judged.window.unasked_reason}"
        row.reason_text = judged.refusal[:300]


_STORE = """
UPDATE scheduling_scheduledmessage AS row
SET state = new.state, reason = new.reason, reason_text = new.reason_text, message_id = new.message, settled_at = %s
FROM json_to_recordset(%s) AS new (id bigint, state text, reason text, reason_text text, message bigint)
WHERE row.id = new.id
"""


def _store(rows: Sequence[ScheduledMessage]) -> None:
    """Write what became of the rows: for a hundred at once the ORM takes longer than everything else together."""
    values = [
        {"id": r.pk, "state": r.state, "reason": r.reason, "reason_text": r.reason_text, "message": r.message_id}
        for r in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [rows[0].settled_at, as_json(values)])


def _record(workspace_id: int, judged: Sequence[_Judged]) -> None:
    """Leave a trace of each, and tell the chats of those that were not sent."""
    by_verb: dict[str, list[_Judged]] = {}
    for each in judged:
        by_verb.setdefault(f"scheduled.{each.row.state}", []).append(each)
    for verb, some in sorted(by_verb.items()):
        audit.record_all(
            workspace_id=workspace_id,
            verb=verb,
            subjects=[(each.row, {"message": each.row.message_id, "reason": each.row.reason}) for each in some],
        )
    events: dict[str, str] = {
        ScheduleState.MISSED: "scheduled_missed",
        ScheduleState.NOT_SENT: "scheduled_not_sent",
        ScheduleState.CANCELLED: "scheduled_unwanted",
    }
    lines = [(each.room, events[each.row.state], _names(each)) for each in judged if each.row.state in events]
    if lines:
        post_system_messages(workspace_id=workspace_id, lines=lines)


def _names(judged: _Judged) -> dict[str, str]:
    row = judged.row
    return {
        "author": str(row.author),
        "time": row.wall_time.replace("T", " "),
        "zone": row.zone,
        "mode": judged.window.mode.value,
        "reason": judged.window.unasked_reason.value,
        "channel": judged.room.connection.adapter.capabilities.label,
        "refusal": row.reason_text,
    }


def _grace() -> timedelta:
    return timedelta(seconds=settings.SCHEDULE_GRACE_SECONDS)
