"""Carry the outbox out: claim a batch, hand it to the vendor, record what came of it.

Vendors know no idempotency key, so the claim is committed as `sending` before a request leaves, and a request that may
have left is never repeated by us: only a receipt, or an agent, settles it. Within a room messages leave in order.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from channels_adapters.errors import NotSent, OutcomeUnknown, Remedy, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HttpRequest, OutboundMessage, SendResult
from inbox.connections.actions import require_attention
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import person_of
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope

from .. import delivery
from ..models import AttemptOutcome, DeliveryAttempt, Message, MessageState, OutboxEntry
from ..throttle import seconds_to_wait
from ._changes import record_changes
from ._statuses import MESSAGE_FIELDS, apply_parked, correlation_id

logger = logging.getLogger(__name__)

BATCH = 100
# About an hour of trying: then the agent should know.
MAX_REFUSALS = 20
LONGEST_PAUSE = 300.0

Outcome = SendResult | SendError | NotSent | OutcomeUnknown


@dataclass(frozen=True)
class _Sending:
    """One claimed message with everything needed to send it and to record the outcome without further queries."""

    entry: OutboxEntry
    attempt: DeliveryAttempt
    requests: list[HttpRequest] | SendError
    recipient_key: str

    @property
    def message(self) -> Message:
        return self.entry.message

    @property
    def connection(self) -> Connection:
        return self.message.connection


def dispatch_due() -> int:
    """Send everything that is due; return how many messages were handed over or given up."""
    total = 0
    while sendings := _claim():
        outcomes = asyncio.run(_send_all(sendings))
        by_workspace: dict[int, list[tuple[_Sending, Outcome]]] = {}
        for sending, outcome in zip(sendings, outcomes, strict=True):
            by_workspace.setdefault(sending.message.workspace_id, []).append((sending, outcome))
        for workspace_id, results in sorted(by_workspace.items()):
            _record(workspace_id, results)
        total += len(sendings)
    return total


def settle_lost_sends() -> int:
    """Ask the agents about sends that nobody will answer for: the dispatcher died, or no receipt came in time.

    Never sends anything again by itself. Returns how many messages became questions.
    """
    with platform_scope("settling lost sends"):
        lost = list(
            OutboxEntry.objects.filter(lease_until__lt=clock.now())
            .select_for_update(of=("self",), skip_locked=True)
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


def _claim() -> list[_Sending]:
    """Mark due messages `sending` and write their attempts, in one committed transaction."""
    now = clock.now()
    with platform_scope("claiming due messages"):
        entries = _due_entries(now)
        attempts_before = dict(
            DeliveryAttempt.objects.filter(message_id__in=[entry.message_id for entry in entries])
            .values_list("message_id")
            .annotate(Count("pk"))
        )
        sendings: list[_Sending] = []
        throttled: list[OutboxEntry] = []
        for entry in entries:
            sending = _prepare(entry, attempts_before.get(entry.message_id, 0) + 1, now)
            pause = seconds_to_wait(sending.connection, sending.recipient_key)
            if pause:
                entry.due_at = now + timedelta(seconds=pause)
                throttled.append(entry)
            else:
                sendings.append(sending)
        OutboxEntry.objects.bulk_update(throttled, ["due_at"])
        DeliveryAttempt.objects.bulk_create([sending.attempt for sending in sendings])
        OutboxEntry.objects.filter(pk__in=[sending.entry.pk for sending in sendings]).update(
            lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        )
        Message.objects.filter(pk__in=[sending.message.pk for sending in sendings], state=MessageState.QUEUED).update(
            state=MessageState.SENDING
        )
    return sendings


def _due_entries(now: datetime) -> list[OutboxEntry]:
    """Lock the head of each room's queue, where it is due and its connection may send."""
    # An unconfirmed message waits in the outbox for its receipt; it does not hold up the ones behind it.
    ahead = OutboxEntry.objects.filter(chatroom=OuterRef("chatroom"), pk__lt=OuterRef("pk")).exclude(
        message__state=MessageState.UNKNOWN
    )
    return list(
        OutboxEntry.objects.filter(
            ~Exists(ahead),
            due_at__lte=now,
            lease_until__isnull=True,
            message__connection__state=ConnectionState.ACTIVE,
        )
        .select_related("message__connection", "message__reply_to", "chatroom__customer")
        .prefetch_related("chatroom__customer__identities")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")[:BATCH]
    )


def _prepare(entry: OutboxEntry, attempt_number: int, now: datetime) -> _Sending:
    message = entry.message
    person = person_of(entry.chatroom.customer, message.connection.channel)
    attempt = DeliveryAttempt(workspace_id=entry.workspace_id, message=message, number=attempt_number, started_at=now)
    outbound = OutboundMessage(
        recipient=person,
        text=message.text,
        correlation_id=correlation_id(message, attempt_number),
        reply_to=(message.reply_to.external_id or "") if message.reply_to else "",
    )
    requests: list[HttpRequest] | SendError
    try:
        requests = message.connection.adapter.requests_for(outbound, message.connection.vendor_credentials)
    except SendError as refusal:
        requests = refusal
    return _Sending(entry, attempt, requests, person.identities[0].value if person.identities else "")


async def _send_all(sendings: Sequence[_Sending]) -> list[Outcome]:
    async with AsyncTransport(read_timeout=settings.VENDOR_TIMEOUT_SECONDS) as transport:
        return list(await asyncio.gather(*(_send(transport, sending) for sending in sendings)))


async def _send(transport: AsyncTransport, sending: _Sending) -> Outcome:
    if isinstance(sending.requests, SendError):
        return sending.requests
    try:
        for request in sending.requests:
            result = sending.connection.adapter.result_of(await transport.execute(request))
    except (SendError, NotSent, OutcomeUnknown) as outcome:
        return outcome
    return result


def _record(workspace_id: int, results: Sequence[tuple[_Sending, Outcome]]) -> None:
    """Write down what came of the sends of one workspace, in one transaction."""
    now = clock.now()
    with scope(workspace_id):
        messages = {
            message.pk: message
            for message in Message.objects.filter(
                workspace_id=workspace_id, pk__in=[sending.message.pk for sending, _outcome in results]
            )
            .select_related("connection")
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
    if isinstance(outcome, SendResult):
        attempt.outcome = AttemptOutcome.ACCEPTED
        message.external_id = outcome.external_id
        message.state = delivery.advance(message.state, delivery.SENT)
        return True
    attempt.detail = str(outcome)[:2000]
    attempt.outcome = AttemptOutcome.REFUSED
    if isinstance(outcome, SendError):
        attempt.code = outcome.code[:40]
    else:
        attempt.outcome = AttemptOutcome.NOT_SENT if isinstance(outcome, NotSent) else AttemptOutcome.UNKNOWN
    if message.state != MessageState.SENDING:
        return True  # a receipt was faster than the answer, and it knows better
    if isinstance(outcome, OutcomeUnknown):
        message.state = MessageState.UNKNOWN
        entry.lease_until = now + timedelta(seconds=settings.UNKNOWN_SEND_GRACE_SECONDS)
        return False
    if isinstance(outcome, SendError) and outcome.remedy is Remedy.OPERATOR:
        require_attention(connection=message.connection, reason=outcome.public_text[:300])
        return _requeue(message, entry, now, pause=0)
    if isinstance(outcome, SendError) and outcome.remedy is Remedy.GIVE_UP:
        return _fail(message, outcome.code, outcome.public_text)
    entry.refusals += 1
    if isinstance(outcome, SendError):
        if entry.refusals >= (outcome.max_attempts or MAX_REFUSALS):
            return _fail(message, outcome.code, outcome.public_text)
        return _requeue(message, entry, now, pause=outcome.wait_after(entry.refusals))
    if entry.refusals >= MAX_REFUSALS:
        return _fail(message, "unreachable", _("The channel could not be reached. Try again later."))
    return _requeue(message, entry, now, pause=min(2.0**entry.refusals, LONGEST_PAUSE))


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
