"""Messages whose time has come: claimed, judged and put in the outbox, a batch of a workspace in one transaction.

The claim, its outcome and the message are one commit, so that a worker that dies has done nothing, and a second one can
never send the same again. Whether a message really leaves is asked once more by the dispatcher, like for any other.
"""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, prefetch_related_objects

from inbox.chatrooms.actions import (
    Draft,
    UnableToSend,
    lock_chats,
    post_system_messages,
    queue_messages,
    send_template,
    text_parts,
    texts,
)
from inbox.chatrooms.models import Chatroom, Message, MessageState
from inbox.chatrooms.window import Window
from inbox.chatrooms.windows import windows_of
from inbox.connections.models import ConnectionState
from inbox.lib import clock
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces import audit
from inbox.workspaces.tenancy import platform_scope, scope

from ..fallbacks import FallbackRefused, restored
from ..models import ScheduledMessage, ScheduleState
from ..policy import Step, step_of

BATCH = 100
# Seconds after which a run ends: the next tick goes on.
LONGEST_RUN = 60.0


@dataclass(frozen=True)
class _Judged:
    row: ScheduledMessage
    room: Chatroom
    window: Window
    step: Step
    parts: Sequence[str] = ()
    template: FilledTemplate | None = None
    refusal: str = ""


def send_due() -> int:
    """Settle every message whose time has come, the workspaces in turn; return how many."""
    total = 0
    stop_at = time.monotonic() + LONGEST_RUN
    workspaces = deque(_workspaces_with_work(clock.now()))
    while workspaces and time.monotonic() < stop_at:
        workspace_id = workspaces.popleft()
        settled = _settle_batch(workspace_id)
        if settled:
            workspaces.append(workspace_id)
        total += settled
    return total


def _workspaces_with_work(now: datetime) -> list[int]:
    with platform_scope("which workspaces have messages that are due"):
        due = ScheduledMessage.objects.filter(state=ScheduleState.WAITING, due_at__lte=now)
        return list(due.order_by("workspace_id").values_list("workspace_id", flat=True).distinct())


def _settle_batch(workspace_id: int) -> int:
    now = clock.now()
    with scope(workspace_id):
        rows = _claim(workspace_id, now)
        if not rows:
            return 0
        rooms = lock_chats(workspace_id, {row.chatroom_id for row in rows})
        windows = _windows(workspace_id, rooms)
        judged = [_judge(row, rooms[row.chatroom_id], windows[row.chatroom_id], now) for row in rows]
        sending = [each for each in judged if each.step is Step.SEND]
        messages = queue_messages(
            workspace_id=workspace_id,
            drafts=[Draft(each.room, each.row.author_id, texts(each.parts)) for each in sending],
        )
        for each, message in zip(sending, messages, strict=True):
            each.row.message = message
        # Most have just been queued; who wrote the others is told, or asked.
        prefetch_related_objects([each.row for each in judged if each.step is not Step.SEND], "author__user")
        judged = [_send_template(each) for each in judged]
        for each in judged:
            _settle(each, now)
        _store(rows)
        _record(workspace_id, judged)
    return len(rows)


def _claim(workspace_id: int, now: datetime) -> list[ScheduledMessage]:
    """Lock the earliest message of each chat that is due. Those of an account that cannot send wait while they may."""
    waiting = ScheduledMessage.objects.filter(workspace_id=workspace_id, state=ScheduleState.WAITING)
    ahead = waiting.filter(chatroom=OuterRef("chatroom")).filter(
        Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    )
    can_go = Q(chatroom__connection__state=ConnectionState.ACTIVE) | Q(due_at__lt=now - _grace())
    return list(
        waiting.filter(~Exists(ahead), can_go, due_at__lte=now)
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


def _judge(row: ScheduledMessage, room: Chatroom, window: Window, now: datetime) -> _Judged:
    parts: list[str] = []
    template = None
    refusals: dict[Step, str] = {}
    try:
        parts = text_parts(row.text, room.connection.adapter.capabilities, split_agreed=row.split_agreed)
    except UnableToSend as refusal:  # an account's limits may have changed since it was written
        refusals[Step.SEND] = str(refusal)
    step = step_of(
        window,
        late=now - row.due_at,
        grace=_grace(),
        is_unwanted=row.cancel_if_customer_writes and room.inbound_count > row.seen_inbound,
        count=len(parts),
        fallback=bool(row.fallback),
    )
    if step is Step.SEND_TEMPLATE:
        try:
            template = restored(row.fallback, room.connection)
        except FallbackRefused as refusal:
            refusals[step] = str(refusal)
    if step in refusals:
        return _Judged(row, room, window, Step.REFUSE, refusal=refusals[step])
    return _Judged(row, room, window, step, parts, template)


def _send_template(judged: _Judged) -> _Judged:
    """Queue the template of a message that becomes one; return the message as refused if it cannot be sent."""
    if judged.template is None:
        return judged
    try:
        judged.row.message = send_template(
            actor=judged.row.author, chatroom=judged.room, template=judged.template, client_id=uuid.uuid4()
        )
    except UnableToSend as refusal:
        return replace(judged, step=Step.REFUSE, refusal=str(refusal))
    return judged


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
        row.reason = "own_words" if judged.refusal else f"{judged.window.mode}.{judged.window.reason}"
        row.reason_text = judged.refusal[:300]


_STORE = """
UPDATE scheduling_scheduledmessage AS row
SET state = new.state, reason = new.reason, reason_text = new.reason_text, message_id = new.message, settled_at = %s
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])
    AS new (id, state, reason, reason_text, message)
WHERE row.id = new.id
"""


def _store(rows: Sequence[ScheduledMessage]) -> None:
    """Write what became of the rows: for a hundred at once the ORM takes longer than everything else together."""
    values = [(row.pk, row.state, row.reason, row.reason_text, row.message_id) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [rows[0].settled_at, *(list(column) for column in zip(*values, strict=True))])


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
        "reason": judged.window.reason.value,
        "channel": judged.room.connection.adapter.capabilities.label,
        "refusal": row.reason_text,
    }


def _grace() -> timedelta:
    return timedelta(seconds=settings.SCHEDULE_GRACE_SECONDS)
