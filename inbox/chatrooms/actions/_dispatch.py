"""Carry the outbox out: claim a batch, hand it to the vendor, record what came of it.

Vendors know no idempotency key, so the claim is committed as `sending` before a request leaves, and a request that may
have left is never repeated by us: only a receipt, or an agent, settles it. Within a room messages leave in order.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, close_old_connections
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _
from redis import RedisError

from channels_adapters.errors import NotSent, OutcomeUnknown, Remedy, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HttpRequest, OutboundMessage, Person, SendResult
from inbox.connections.actions import require_attention
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import person_of
from inbox.lib import clock
from inbox.lib.background import enqueue
from inbox.lib.crypto import Secrets, UnreadableSecret
from inbox.workspaces.tenancy import platform_scope, scope

from .. import delivery
from ..models import AttemptOutcome, DeliveryAttempt, Message, MessageState, OutboxEntry
from ..throttle import Throttle
from ._changes import record_changes
from ._send import DISPATCH
from ._statuses import MESSAGE_FIELDS, apply_parked, correlation_id

logger = logging.getLogger(__name__)

BATCH = 100
# About an hour of trying: then the agent should know.
MAX_REFUSALS = 20
LONGEST_PAUSE = 300.0
# Seconds after which a dispatcher lets another go on, well before Celery would kill it in the middle of its sends.
LONGEST_RUN = 60.0

# How often the beat looks after the outbox, see CELERY_BEAT_SCHEDULE.
SWEEP_INTERVAL = timedelta(seconds=3)
# While it stands, a run has been asked for when the next limit ends.
_NEXT_RUN = "outbox.next_run"
# How long finished sends wait for others, to be recorded together.
GATHER_SECONDS = 0.02

Outcome = SendResult | SendError | NotSent | OutcomeUnknown


@dataclass(frozen=True)
class _Sending:
    """One claimed message with everything needed to send it and to record the outcome without further queries.

    `refusals_before`: how often the vendor had refused it when it was claimed, so that recording twice counts once.
    """

    entry: OutboxEntry
    attempt: DeliveryAttempt
    requests: list[HttpRequest] | SendError
    refusals_before: int

    @property
    def message(self) -> Message:
        return self.entry.message

    @property
    def connection(self) -> Connection:
        return self.message.connection


_Task = asyncio.Task[tuple[_Sending, Outcome]]


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


def _claim() -> list[_Sending] | None:
    """Mark due messages `sending` and write their attempts, in one committed transaction; None when nothing is due.

    All of a batch may have to wait for a limit: then the list is empty, and others may be due behind them.
    """
    now = clock.now()
    with platform_scope("claiming due messages"):
        entries = _due_entries(now)
        if not entries:
            return None
        throttle = Throttle()
        credentials = _credentials({entry.message.connection_id for entry in entries})
        sendings: list[_Sending] = []
        throttled: list[OutboxEntry] = []
        for entry in entries:
            connection = entry.message.connection
            person = person_of(entry.chatroom.customer, connection.channel)
            pause = throttle.seconds_to_wait(connection, person.identities[0].value if person.identities else "")
            if pause:
                entry.due_at = now + timedelta(seconds=pause)
                throttled.append(entry)
            else:
                sendings.append(_prepare(entry, person, credentials[connection.pk], now))
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


def _credentials(connection_ids: set[int]) -> dict[int, Secrets | SendError]:
    """Return each connection's credentials; one that no key decrypts must not stop the others."""
    found: dict[int, Secrets | SendError] = {}
    for connection_id in connection_ids:
        try:
            found[connection_id] = Connection.objects.get(pk=connection_id).vendor_credentials
        except UnreadableSecret as error:
            words = _("The stored credentials cannot be read. An administrator must enter them again.")
            found[connection_id] = SendError(
                "credentials", remedy=Remedy.OPERATOR, public_text=words, detail=str(error)
            )
    return found


def _prepare(entry: OutboxEntry, person: Person, credentials: Secrets | SendError, now: datetime) -> _Sending:
    message = entry.message
    attempt_number = message.attempt_count + 1
    attempt = DeliveryAttempt(workspace_id=entry.workspace_id, message=message, number=attempt_number, started_at=now)
    if isinstance(credentials, SendError):
        return _Sending(entry, attempt, credentials, entry.refusals)
    outbound = OutboundMessage(
        recipient=person,
        text=message.text,
        correlation_id=correlation_id(message, attempt_number),
        reply_to=(message.reply_to.external_id or "") if message.reply_to else "",
    )
    try:
        return _Sending(entry, attempt, message.connection.adapter.requests_for(outbound, credentials), entry.refusals)
    except SendError as refusal:
        return _Sending(entry, attempt, refusal, entry.refusals)


def _hand_over(sendings: Sequence[_Sending]) -> None:
    """Send a claimed batch concurrently, and record outcomes as they come: a slow answer holds up no other."""
    with asyncio.Runner() as runner:
        transport = AsyncTransport(read_timeout=settings.VENDOR_TIMEOUT_SECONDS)
        runner.run(transport.__aenter__())
        try:
            waiting = runner.run(_start(transport, sendings))
            while waiting:
                finished, waiting = runner.run(_next_finished(waiting))
                _record_all([task.result() for task in finished])
        finally:
            runner.run(transport.__aexit__(None, None, None))


async def _start(transport: AsyncTransport, sendings: Sequence[_Sending]) -> set[_Task]:
    return {asyncio.create_task(_send(transport, sending)) for sending in sendings}


async def _next_finished(tasks: set[_Task]) -> tuple[set[_Task], set[_Task]]:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return await asyncio.wait(tasks, timeout=GATHER_SECONDS)


async def _send(transport: AsyncTransport, sending: _Sending) -> tuple[_Sending, Outcome]:
    """Hand one message to the vendor. Never raises: an exception would take the others' outcomes with it."""
    if isinstance(sending.requests, SendError):
        return sending, sending.requests
    try:
        for request in sending.requests:
            result = sending.connection.adapter.result_of(await transport.execute(request))
    except (SendError, NotSent, OutcomeUnknown) as outcome:
        return sending, outcome
    except Exception as error:
        logger.exception("sending message %s ended unexpectedly", sending.message.pk)
        return sending, OutcomeUnknown(type(error).__name__)
    return sending, result


def _record_all(results: Sequence[tuple[_Sending, Outcome]]) -> None:
    by_workspace: dict[int, list[tuple[_Sending, Outcome]]] = {}
    for sending, outcome in results:
        by_workspace.setdefault(sending.message.workspace_id, []).append((sending, outcome))
    for workspace_id, own in sorted(by_workspace.items()):
        if not _recorded(workspace_id, own):
            for result in own:
                _recorded(workspace_id, [result])


def _recorded(workspace_id: int, results: Sequence[tuple[_Sending, Outcome]]) -> bool:
    """Record, again if the database hiccups: an outcome that is lost is an accepted message that looks unconfirmed."""
    for pause in (0.1, 0.5, None):
        try:
            _record(workspace_id, results)
        except DatabaseError as error:
            logger.warning("recording %s outcomes failed: %s", len(results), type(error).__name__)
            close_old_connections()
            if pause is not None:
                time.sleep(pause)
        else:
            return True
    return False


def _record(workspace_id: int, results: Sequence[tuple[_Sending, Outcome]]) -> None:
    """Write down what came of the sends of one workspace, in one transaction."""
    now = clock.now()
    with scope(workspace_id):
        # Connections before messages: the order in which arriving webhooks lock them.
        for sending, outcome in results:
            if isinstance(outcome, SendError) and outcome.remedy is Remedy.OPERATOR:
                require_attention(connection=sending.connection, reason=outcome.public_text[:300])
        messages = {
            message.pk: message
            for message in Message.objects.filter(
                workspace_id=workspace_id, pk__in=[sending.message.pk for sending, _outcome in results]
            )
            .select_related("connection")
            .defer("connection__credentials")
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        }
        finished: list[OutboxEntry] = []
        kept: list[OutboxEntry] = []
        for sending, outcome in results:
            done = _settle(sending, outcome, messages[sending.message.pk], now)
            (finished if done else kept).append(sending.entry)
        apply_parked(list(messages.values()))
        Message.objects.bulk_update(messages.values(), MESSAGE_FIELDS)
        DeliveryAttempt.objects.bulk_update(
            [sending.attempt for sending, _outcome in results], ["outcome", "code", "detail", "finished_at"]
        )
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in finished]).delete()
        OutboxEntry.objects.bulk_update(kept, ["due_at", "lease_until", "refusals"])
        record_changes(
            workspace_id=workspace_id, messages=[(message.chatroom_id, message.pk) for message in messages.values()]
        )


def _settle(sending: _Sending, outcome: Outcome, message: Message, now: datetime) -> bool:
    """Change message, attempt and entry in memory as the outcome says. Return whether the outbox is done with it."""
    attempt, entry = sending.attempt, sending.entry
    attempt.finished_at = now
    if message.state == MessageState.QUEUED or message.attempt_count != attempt.number:
        # Meanwhile a report failed it and an agent sent it again: the newer attempt has an entry of its own.
        attempt.outcome = _attempt_outcome(outcome)
        return True
    attempt.outcome = _attempt_outcome(outcome)
    if isinstance(outcome, SendResult):
        message.external_id = outcome.external_id
        message.state = delivery.advance(message.state, delivery.SENT)
        return True
    attempt.detail = str(outcome)[:2000]
    attempt.code = outcome.code[:40] if isinstance(outcome, SendError) else ""
    if message.state != MessageState.SENDING:
        return True  # a receipt was faster than the answer, and it knows better
    if isinstance(outcome, OutcomeUnknown):
        message.state = MessageState.UNKNOWN
        entry.lease_until = now + timedelta(seconds=settings.UNKNOWN_SEND_GRACE_SECONDS)
        return False
    if isinstance(outcome, SendError) and outcome.remedy is Remedy.OPERATOR:
        return _requeue(message, entry, now, pause=0)
    if isinstance(outcome, SendError) and outcome.remedy is Remedy.GIVE_UP:
        return _fail(message, outcome.code, outcome.public_text)
    entry.refusals = sending.refusals_before + 1
    if isinstance(outcome, SendError):
        if entry.refusals >= (outcome.max_attempts or MAX_REFUSALS):
            return _fail(message, outcome.code, outcome.public_text)
        return _requeue(message, entry, now, pause=outcome.wait_after(entry.refusals))
    if entry.refusals >= MAX_REFUSALS:
        return _fail(message, "unreachable", _("The channel could not be reached. Try again later."))
    return _requeue(message, entry, now, pause=min(2.0**entry.refusals, LONGEST_PAUSE))


def _attempt_outcome(outcome: Outcome) -> AttemptOutcome:
    if isinstance(outcome, SendResult):
        return AttemptOutcome.ACCEPTED
    if isinstance(outcome, SendError):
        return AttemptOutcome.REFUSED
    return AttemptOutcome.NOT_SENT if isinstance(outcome, NotSent) else AttemptOutcome.UNKNOWN


def _requeue(message: Message, entry: OutboxEntry, now: datetime, *, pause: float) -> bool:
    """Wait for another try: this attempt was certainly not accepted, so the state may go back."""
    message.state = MessageState.QUEUED
    entry.lease_until = None
    # Spread out, so that a crowd that was refused together does not come back together.
    entry.due_at = now + timedelta(seconds=pause * random.uniform(1.0, 1.25))  # noqa: S311
    return False


def _fail(message: Message, code: str, text: str) -> bool:
    message.state = MessageState.FAILED
    message.failure_code, message.failure_text = code[:40], text[:300]
    return True
