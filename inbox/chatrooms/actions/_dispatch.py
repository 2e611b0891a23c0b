"""Carry the outbox out: claim a batch, hand it to the vendor, record what came of it.

Vendors know no idempotency key, so the claim is committed as `sending` before a request leaves, and a request that may
have left is never repeated by us: only a receipt, or an agent, settles it. Within a room messages leave in order.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, F, OuterRef
from redis import RedisError

from channels_adapters.calls import Account, Caller
from channels_adapters.errors import NotSent, OutcomeUnknown, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import MessageKind, Option, OutboundMessage, Person, TemplateMessage
from inbox.connections.call_log import CallLog
from inbox.connections.calls import SharedTokens, credentials_of
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import person_of
from inbox.lib import clock
from inbox.lib.background import enqueue
from inbox.lib.crypto import Secrets
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import AttemptOutcome, DeliveryAttempt, Message, MessageState, OutboxEntry
from ..throttle import Throttle
from ..window import Mode, Window
from ._changes import record_changes
from ._gate import refusals, windows_for
from ._outcomes import Outcome, Sending, record_outcomes
from ._outgoing import DISPATCH
from ._statuses import correlation_id

logger = logging.getLogger(__name__)

BATCH = 100
# Seconds after which a dispatcher lets another go on, well before Celery would kill it in the middle of its sends.
LONGEST_RUN = 60.0
# How often the beat looks after the outbox, see CELERY_BEAT_SCHEDULE.
SWEEP_INTERVAL = timedelta(seconds=3)
# While it stands, a run has been asked for when the next limit ends.
_NEXT_RUN = "outbox.next_run"
# How long finished sends wait for others, to be recorded together.
GATHER_SECONDS = 0.02

_Task = asyncio.Task[tuple[Sending, Outcome]]


def dispatch_due() -> int:
    """Send everything that is due; return how many messages were handed over or given up."""
    cache.delete(_NEXT_RUN)  # this is the run that was asked for
    total = 0
    stop_at = time.monotonic() + LONGEST_RUN
    while (sendings := _claim()) is not None:
        if sendings:
            _hand_over(sendings)
        total += len(sendings)
        if time.monotonic() > stop_at:
            enqueue(DISPATCH)
            return total
    _come_back_for_throttled()
    return total


def _come_back_for_throttled() -> None:
    """Ask for another run when a limit lets the next message go, if that is sooner than the sweep. One asks for all."""
    now = clock.now()
    with platform_scope("when the next message is due"):
        waiting = OutboxEntry.objects.filter(
            due_at__range=(now, now + SWEEP_INTERVAL),
            lease_until__isnull=True,
            message__connection__state=ConnectionState.ACTIVE,
        )
        due_at = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is None:
        return
    pause = (due_at - now).total_seconds()
    try:
        first_to_ask = cache.add(_NEXT_RUN, 1, timeout=math.ceil(pause))
    except RedisError:
        first_to_ask = True
    if first_to_ask:
        enqueue(DISPATCH, after=pause)


def settle_lost_sends() -> int:
    """Ask the agents about sends that nobody will answer for: the dispatcher died, or no receipt came in time.

    Never sends anything again by itself. Returns how many messages became questions.
    """
    with platform_scope("settling lost sends"):
        lost = list(
            OutboxEntry.objects.filter(lease_until__lt=clock.now())
            .select_related("message")
            .select_for_update(of=("self", "message"), no_key=True, skip_locked=True)
            .order_by("pk")[:500]
        )
        by_workspace: dict[int, list[OutboxEntry]] = {}
        for entry in lost:
            by_workspace.setdefault(entry.workspace_id, []).append(entry)
        for workspace_id, entries in sorted(by_workspace.items()):
            with scope(workspace_id):
                ids = [entry.message_id for entry in entries]
                Message.objects.filter(pk__in=ids, state=MessageState.SENDING).update(state=MessageState.UNKNOWN)
                DeliveryAttempt.objects.filter(message_id__in=ids, outcome=AttemptOutcome.PENDING).update(
                    outcome=AttemptOutcome.UNKNOWN, finished_at=clock.now(), detail="the dispatcher stopped"
                )
                OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
                record_changes(
                    workspace_id=workspace_id, messages=[(entry.chatroom_id, entry.message_id) for entry in entries]
                )
    return len(lost)


def _claim() -> list[Sending] | None:
    """Mark due messages `sending` and write their attempts, in one committed transaction; None when nothing is due.

    All of a batch may have to wait for a limit: then the list is empty, and others may be due behind them.
    """
    now = clock.now()
    with platform_scope("claiming due messages"):
        entries = _due_entries(now)
        if not entries:
            return None
        throttle = Throttle()
        credentials = _credentials({entry.message.connection for entry in entries})
        sendings: list[Sending] = []
        throttled: list[OutboxEntry] = []
        people = {entry.pk: person_of(entry.chatroom.customer, entry.message.connection) for entry in entries}
        windows = windows_for(entries)
        refused = refusals(entries, people, windows, now)
        for entry in entries:
            connection, person, window = entry.message.connection, people[entry.pk], windows[entry.chatroom_id]
            if refusal := refused.get(entry.message_id):
                sendings.append(_prepare(entry, person, window, refusal, now))
                continue
            pause = throttle.seconds_to_wait(connection, person.identities[0].value if person.identities else "")
            if pause:
                entry.due_at = now + timedelta(seconds=pause)
                throttled.append(entry)
            else:
                sendings.append(_prepare(entry, person, window, credentials[connection.pk], now))
        OutboxEntry.objects.bulk_update(throttled, ["due_at"])
        DeliveryAttempt.objects.bulk_create([sending.attempt for sending in sendings])
        OutboxEntry.objects.filter(pk__in=[sending.entry.pk for sending in sendings]).update(
            lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        )
        Message.objects.filter(pk__in=[sending.message.pk for sending in sendings]).update(
            state=MessageState.SENDING, attempt_count=F("attempt_count") + 1
        )
    return sendings


def _due_entries(now: datetime) -> list[OutboxEntry]:
    """Lock the head of each room's queue and its message, where it is due and its connection may send."""
    # An unconfirmed message waits in the outbox for its receipt; it does not hold up the ones behind it.
    ahead = OutboxEntry.objects.filter(chatroom=OuterRef("chatroom"), pk__lt=OuterRef("pk")).exclude(
        message__state=MessageState.UNKNOWN
    )
    return list(
        OutboxEntry.objects.filter(
            ~Exists(ahead),
            due_at__lte=now,
            lease_until__isnull=True,
            message__state=MessageState.QUEUED,
            message__connection__state=ConnectionState.ACTIVE,
        )
        .select_related("message__connection", "message__reply_to", "chatroom__customer")
        .defer("message__connection__credentials")
        .prefetch_related("chatroom__customer__identities")
        .select_for_update(of=("self", "message"), no_key=True, skip_locked=True)
        .order_by("due_at", "pk")[:BATCH]
    )


def _credentials(connections: set[Connection]) -> dict[int, Secrets | SendError]:
    """Return each connection's credentials; one that no key decrypts must not stop the others."""
    found: dict[int, Secrets | SendError] = {}
    for connection in connections:
        try:
            found[connection.pk] = credentials_of(connection)
        except SendError as refusal:
            found[connection.pk] = refusal
    return found


def _prepare(
    entry: OutboxEntry, person: Person, window: Window, credentials: Secrets | SendError, now: datetime
) -> Sending:
    message = entry.message
    attempt_number = message.attempt_count + 1
    attempt = DeliveryAttempt(workspace_id=entry.workspace_id, message=message, number=attempt_number, started_at=now)
    outbound = OutboundMessage(
        recipient=person,
        text=message.text,
        correlation_id=correlation_id(message, attempt_number),
        reply_to=(message.reply_to.external_id or "") if message.reply_to else "",
        kind=MessageKind(message.kind),
        options=tuple(Option(**option) for option in message.details.get("options", ())),
        template=_template(message),
        by_person=message.author_id is not None,
        human_agent_tag=window.mode is Mode.PERSON,
    )
    account = (
        credentials
        if isinstance(credentials, SendError)
        else Account(str(message.connection_id), message.connection.adapter, credentials)
    )
    return Sending(entry, attempt, outbound, account, entry.refusals)


def _template(message: Message) -> TemplateMessage | None:
    template = message.details.get("template")
    if not template:
        return None
    return TemplateMessage(template["name"], template["language"], tuple(template["components"]))


def _hand_over(sendings: Sequence[Sending]) -> None:
    """Send a claimed batch concurrently, and record outcomes as they come: a slow answer holds up no other."""
    log = CallLog()
    with asyncio.Runner() as runner:
        transport = AsyncTransport(read_timeout=settings.VENDOR_TIMEOUT_SECONDS)
        runner.run(transport.__aenter__())
        try:
            waiting = runner.run(_start(Caller(transport, SharedTokens(), log.note), sendings))
            while waiting:
                finished, waiting = runner.run(_next_finished(waiting))
                record_outcomes([task.result() for task in finished], log)
        finally:
            runner.run(transport.__aexit__(None, None, None))


async def _start(caller: Caller, sendings: Sequence[Sending]) -> set[_Task]:
    return {asyncio.create_task(_send(caller, sending)) for sending in sendings}


async def _next_finished(tasks: set[_Task]) -> tuple[set[_Task], set[_Task]]:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return await asyncio.wait(tasks, timeout=GATHER_SECONDS)


async def _send(caller: Caller, sending: Sending) -> tuple[Sending, Outcome]:
    """Hand one message to the vendor. Never raises: an exception would take the others' outcomes with it."""
    if isinstance(sending.account, SendError):
        return sending, sending.account
    try:
        result = await caller.send(sending.account, sending.outbound)
    except (SendError, NotSent, OutcomeUnknown) as outcome:
        return sending, outcome
    except Exception as error:
        logger.exception("sending message %s ended unexpectedly", sending.message.pk)
        return sending, OutcomeUnknown(type(error).__name__)
    return sending, result
