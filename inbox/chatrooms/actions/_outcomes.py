"""What came of sends: written down a workspace at a time, and what it means for message, attempt and outbox."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, close_old_connections
from django.utils.translation import gettext as _

from channels_adapters.calls import Account
from channels_adapters.errors import NotSent, OutcomeUnknown, Remedy, SendError
from channels_adapters.types import OutboundMessage, SendResult
from inbox.connections.actions import require_attention
from inbox.connections.call_log import CallLog
from inbox.connections.models import ApiCall, Connection
from inbox.lib import clock, rows
from inbox.workspaces.tenancy import scope

from .. import delivery
from ..models import AttemptOutcome, Chatroom, DeliveryAttempt, Message, MessageState, MessageVersion, OutboxEntry
from ._attach import wait_again
from ._changes import record_changes
from ._control import report_held_elsewhere
from ._costs import absorb_costs, note_costs, note_sends
from ._receipts import apply_watermarks
from ._statuses import MESSAGE_FIELDS, apply_parked, resync_templates, with_stale_templates
from ._windows import report_window_refusal

logger = logging.getLogger(__name__)

# About an hour of trying: then the agent should know.
MAX_REFUSALS = 20
LONGEST_PAUSE = 300.0
# How often a file is brought to a vendor who does not know it any more.
MOST_UPLOADS = 5

# What the customer may have done to an echo, and the vendor said about it.
_FATE = ("accepted_at", "delivered_at", "read_at", "edited_at", "reactions", "reacted_at")

Outcome = SendResult | SendError | NotSent | OutcomeUnknown


@dataclass(frozen=True)
class Sending:
    """One claimed message with everything needed to send it and to record the outcome without further queries.

    `refusals_before`: how often the vendor had refused it when it was claimed, so that recording twice counts once.
    """

    entry: OutboxEntry
    attempt: DeliveryAttempt
    outbound: OutboundMessage
    account: Account | SendError
    refusals_before: int

    @property
    def message(self) -> Message:
        return self.entry.message

    @property
    def connection(self) -> Connection:
        return self.message.connection


def record_outcomes(results: Sequence[tuple[Sending, Outcome]], log: CallLog) -> None:
    by_workspace: dict[int, list[tuple[Sending, Outcome]]] = {}
    for sending, outcome in results:
        by_workspace.setdefault(sending.message.workspace_id, []).append((sending, outcome))
    for workspace_id, own in sorted(by_workspace.items()):
        if not _recorded(workspace_id, own, log.take(sending.connection for sending, _outcome in own)):
            for result in own:
                _recorded(workspace_id, [result], [])


def _recorded(workspace_id: int, results: Sequence[tuple[Sending, Outcome]], calls: Sequence[ApiCall]) -> bool:
    """Record, again if the database hiccups: an outcome that is lost is an accepted message that looks unconfirmed."""
    for pause in (0.1, 0.5, None):
        try:
            _record(workspace_id, results, calls)
        except IntegrityError as error:
            logger.warning("recording %s outcomes met an echo, or failed: %s", len(results), error)
            _absorb_echoes(workspace_id, results)
        except DatabaseError as error:
            logger.warning("recording %s outcomes failed: %s", len(results), type(error).__name__)
            close_old_connections()
            if pause is not None:
                time.sleep(pause)
        else:
            return True
    logger.error("the outcome of %s sends was not recorded", len(results))
    return False


def _absorb_echoes(workspace_id: int, results: Sequence[tuple[Sending, Outcome]]) -> None:
    """Give our messages what became of their echoes: these were filed as messages of their own before our answers came.

    Pages that show such an echo reload when they next catch up, because its changes leave the log with it.
    """
    own = {outcome.external_id: sending.message for sending, outcome in results if isinstance(outcome, SendResult)}
    with scope(workspace_id):
        for echo in Message.objects.filter(
            workspace_id=workspace_id,
            connection_id__in={message.connection_id for message in own.values()},
            external_id__in=own,
            details__echo=True,
        ):
            message = own[echo.external_id or ""]
            ours = Message.objects.filter(workspace_id=workspace_id)
            ours.filter(reply_to=echo).update(reply_to=message)
            MessageVersion.objects.filter(workspace_id=workspace_id, message=echo).update(message=message)
            rooms = Chatroom.objects.filter(workspace_id=workspace_id, last_message=echo)
            rooms.update(last_message=message, last_message_at=message.sent_at)
            absorb_costs(echo=echo, message=message)
            echo.delete()
            fate = {name: getattr(echo, name) for name in _FATE}
            ours.filter(pk=message.pk).update(state=delivery.advance(message.state, echo.state), **fate)


def _record(workspace_id: int, results: Sequence[tuple[Sending, Outcome]], calls: Sequence[ApiCall]) -> None:
    """Write down what came of the sends of one workspace, in one transaction."""
    now = clock.now()
    with scope(workspace_id):
        # Connections before messages: the order in which arriving webhooks lock them.
        for sending, outcome in sorted(results, key=lambda result: result[0].connection.pk):
            if isinstance(outcome, SendError) and outcome.remedy is Remedy.OPERATOR:
                require_attention(connection=sending.connection, reason=outcome.public_text, code=outcome.code)
        messages = {
            message.pk: message
            for message in Message.objects.filter(
                workspace_id=workspace_id, pk__in=[sending.message.pk for sending, _outcome in results]
            )
            .select_related("connection", "chatroom")
            .defer("connection__credentials")
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        }
        finished: list[OutboxEntry] = []
        kept: list[OutboxEntry] = []
        for sending, outcome in results:
            done = _settle(sending, outcome, messages[sending.message.pk], now)
            (finished if done else kept).append(sending.entry)
        for message in messages.values():
            apply_watermarks(message, message.chatroom)
        reports = apply_parked(list(messages.values()))
        rows.update(messages.values(), MESSAGE_FIELDS)
        stale = {s.connection for s, outcome in results if isinstance(outcome, SendError) and outcome.stale_template}
        resync_templates(stale | with_stale_templates(reports))
        accepted = [s for s, outcome in results if isinstance(outcome, SendResult)]
        note_sends(workspace_id=workspace_id, sends=[(messages[s.message.pk], s.outbound.recipient) for s in accepted])
        note_costs(workspace_id=workspace_id, reports=reports, unheard=())
        rows.update([sending.attempt for sending, _outcome in results], ["outcome", "code", "detail", "finished_at"])
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in finished]).delete()
        rows.update(kept, ["due_at", "lease_until", "is_parked", "refusals"])
        rows.insert(calls)
        record_changes(
            workspace_id=workspace_id, messages=[(message.chatroom_id, message.pk) for message in messages.values()]
        )


def _settle(sending: Sending, outcome: Outcome, message: Message, now: datetime) -> bool:
    """Change message, attempt and entry in memory as the outcome says. Return whether the outbox is done with it."""
    attempt, entry = sending.attempt, sending.entry
    attempt.finished_at = now
    if message.state == MessageState.QUEUED or message.attempt_count != attempt.number:
        # Meanwhile a report failed it and an agent sent it again: the newer attempt has an entry of its own.
        attempt.outcome = _attempt_outcome(outcome)
        return True
    attempt.outcome = _attempt_outcome(outcome)
    if isinstance(outcome, SendResult):
        message.external_id = outcome.external_id or message.external_id
        message.accepted_at = message.accepted_at or now
        message.state = delivery.advance(message.state, delivery.SENT)
        return True
    attempt.detail = str(outcome)[:2000]
    attempt.code = outcome.code[:40] if isinstance(outcome, SendError) else ""
    if message.state != MessageState.SENDING:
        return True  # a receipt was faster than the answer, and it knows better
    if isinstance(outcome, OutcomeUnknown):
        message.state = MessageState.UNKNOWN
        entry.is_parked = True
        entry.lease_until = now + timedelta(seconds=settings.UNKNOWN_SEND_GRACE_SECONDS)
        return False
    if isinstance(outcome, SendError) and outcome.remedy is Remedy.OPERATOR:
        return _requeue(message, entry, now, pause=0)
    if isinstance(outcome, SendError) and outcome.closes_window:
        # When it was asked: a customer who has written since has opened the window again.
        report_window_refusal(workspace_id=message.workspace_id, chatroom_id=message.chatroom_id, at=attempt.started_at)
    if isinstance(outcome, SendError) and outcome.held_elsewhere:
        report_held_elsewhere(workspace_id=message.workspace_id, chatroom_id=message.chatroom_id, at=attempt.started_at)
    if isinstance(outcome, SendError) and outcome.stale_media and entry.refusals < MOST_UPLOADS:
        entry.refusals = sending.refusals_before + 1
        for attachment in message.attachments.all():
            wait_again(attachment)
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
    entry.lease_until, entry.is_parked = None, False
    # Spread out, so that a crowd that was refused together does not come back together.
    entry.due_at = now + timedelta(seconds=pause * random.uniform(1.0, 1.25))  # noqa: S311
    return False


def _fail(message: Message, code: str, text: str) -> bool:
    message.state = MessageState.FAILED
    message.failure_code, message.failure_text = code[:40], text[:300]
    return True
