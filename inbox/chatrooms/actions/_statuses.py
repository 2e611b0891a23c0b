"""What a vendor reports about our messages: matched by its id or by ours, applied forwards only, parked if early."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from channels_adapters.errors import SendError
from channels_adapters.types import DeliveryStatus, StatusChanged, VendorError
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.message_templates.actions import resync_soon
from inbox.workspaces.tenancy import platform_scope, scope

from .. import delivery
from ..models import Direction, Message, MessageState, OutboxEntry, ParkedStatus
from ._changes import record_changes
from ._costs import Report, note_costs
from ._receipts import apply_watermarks
from ._times import plausible
from ._windows import report_window_refusal

# Long after a receipt could still find the message it is about.
PARKED_FOR = timedelta(days=1)

MESSAGE_FIELDS = ["state", "external_id", "failure_code", "failure_text", "accepted_at", "delivered_at", "read_at"]


def correlation_id(message: Message, attempt: int) -> str:
    """The text that travels with a send and returns with its receipts: which message, which attempt."""
    return f"{message.client_id}:{attempt}"


def apply_statuses(*, workspace_id: int, statuses: Sequence[tuple[Connection, StatusChanged]]) -> list[Message]:
    """Apply reports to their messages; park those whose message we do not know yet. Return changed messages.

    Call it inside the workspace's scope and after any rooms were locked.
    """
    by_external, by_client = _messages_for(workspace_id, statuses)
    changed: dict[int, Message] = {}
    parked: list[ParkedStatus] = []
    matched: list[Report] = []
    unheard = {message.pk for message in by_client.values() if message.state in _UNHEARD}
    for connection, status in statuses:
        message = by_external.get((connection.pk, status.external_id)) or by_client.get(
            (connection.pk, client_id_of(status.correlation_id))
        )
        if message is None:
            parked.append(_parked(connection, status))
            continue
        matched.append((connection, status, message))
        if apply_status(message, connection, status):
            changed[message.pk] = message
    if changed:
        Message.objects.bulk_update(changed.values(), MESSAGE_FIELDS)
        settled = [message.pk for message in changed.values() if message.state != MessageState.UNKNOWN]
        # A receipt settles a send whose answer we are still waiting for, so nothing is left to send or to ask.
        OutboxEntry.objects.filter(message_id__in=settled, message__state__in=_SETTLED).delete()
    resync_templates(with_stale_templates(matched))
    note_costs(workspace_id=workspace_id, reports=matched, unheard=unheard)
    # In one order, whoever stores them: two workers with the same reports must not wait for each other.
    parked.sort(key=lambda row: (row.connection_id, row.external_id, row.status))
    ParkedStatus.objects.bulk_create(parked, ignore_conflicts=True)
    return list(changed.values())


# The vendor's report is the first we hear of them.
_UNHEARD = (MessageState.SENDING, MessageState.UNKNOWN)
_SETTLED = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED]


def apply_status(message: Message, connection: Connection, status: StatusChanged) -> bool:
    """Change the message in memory as the report says. Return whether anything changed."""
    reported = delivery.state_reported_by(status.status)
    if reported is None or message.direction != Direction.OUTBOUND:
        return False
    earlier = _is_of_earlier_attempt(message, status)
    if earlier and reported not in (delivery.DELIVERED, delivery.READ):
        return False  # only that the customer has it, by whichever attempt, says something about the retry
    before = _reported(message)
    if message.external_id is None and not earlier:
        message.external_id = status.external_id
    message.state = delivery.advance(message.state, reported)
    at = plausible(status.at)
    if reported == delivery.SENT:
        message.accepted_at = at
        apply_watermarks(message, message.chatroom)
    if reported in (delivery.DELIVERED, delivery.READ):
        message.delivered_at = message.delivered_at or at
        message.failure_code = message.failure_text = ""
    if reported == delivery.READ:
        message.read_at = message.read_at or at
    if message.state == delivery.FAILED and reported == delivery.FAILED:
        error = _refusal_in(connection, status)
        message.failure_code, message.failure_text = error.code[:40], error.public_text[:300]
        if error.closes_window:
            report_window_refusal(workspace_id=message.workspace_id, chatroom_id=message.chatroom_id, at=at)
    return before != _reported(message)


def with_stale_templates(reports: Iterable[Report]) -> set[Connection]:
    """Return the connections on which a template was refused because what we know of it is wrong."""
    return {
        connection
        for connection, status, message in reports
        if message.state == delivery.FAILED == delivery.state_reported_by(status.status)
        and _refusal_in(connection, status).stale_template
    }


def resync_templates(connections: Iterable[Connection]) -> None:
    """Have the templates of these accounts read again, each account once and in one order.

    Call it after messages were locked, and before anything is told to `pricing`: the order of everybody's locks."""
    accounts = {connection.business_id: connection for connection in connections}
    for _business_id, connection in sorted(accounts.items()):
        resync_soon(connection)


def _refusal_in(connection: Connection, status: StatusChanged) -> SendError:
    return connection.adapter.explain(status.errors[0] if status.errors else VendorError(code=""))


def _reported(message: Message) -> tuple[object, ...]:
    return (message.state, message.external_id, message.accepted_at, message.delivered_at, message.read_at)


def _is_of_earlier_attempt(message: Message, status: StatusChanged) -> bool:
    if message.state == MessageState.QUEUED or message.external_id not in (None, status.external_id):
        return True
    _client_id, _colon, attempt = status.correlation_id.partition(":")
    return attempt.isdecimal() and int(attempt) < message.attempt_count


def settle_parked() -> int:
    """Apply reports that were parked while our own answer was being recorded; forget those nobody waits for.

    Returns how many messages changed.
    """
    now = clock.now()
    with platform_scope("settling parked reports"):
        ParkedStatus.objects.filter(created_at__lt=now - PARKED_FOR).delete()
        known = Message.objects.filter(connection=OuterRef("connection"), external_id=OuterRef("external_id"))
        waiting = ParkedStatus.objects.filter(Exists(known), created_at__lt=now - timedelta(seconds=5)).values_list(
            "workspace_id", "connection_id", "external_id"
        )
        by_workspace: dict[int, set[tuple[int, str]]] = {}
        for workspace_id, connection_id, external_id in waiting[:500]:
            by_workspace.setdefault(workspace_id, set()).add((connection_id, external_id))
    return sum(_settle_parked_of(workspace_id, keys) for workspace_id, keys in sorted(by_workspace.items()))


def _settle_parked_of(workspace_id: int, keys: set[tuple[int, str]]) -> int:
    with scope(workspace_id):
        messages = list(
            Message.objects.filter(
                workspace_id=workspace_id,
                connection_id__in={connection_id for connection_id, _external_id in keys},
                external_id__in={external_id for _connection_id, external_id in keys},
            )
            .select_related("chatroom")
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
        )
        reports = apply_parked(messages)
        Message.objects.bulk_update(messages, MESSAGE_FIELDS)
        resync_templates(with_stale_templates(reports))
        note_costs(workspace_id=workspace_id, reports=reports, unheard=())
        record_changes(workspace_id=workspace_id, messages=[(m.chatroom_id, m.pk) for m in messages])
    return len(messages)


def apply_parked(messages: Sequence[Message]) -> list[Report]:
    """Apply to freshly accepted messages the reports that came before our own answer; return those reports.

    Changes messages in memory. What the reports say of prices is for `note_costs`, once the sends are noted.
    """
    by_key = {(message.connection_id, message.external_id): message for message in messages if message.external_id}
    if not by_key:
        return []
    parked = list(
        ParkedStatus.objects.filter(
            connection_id__in={connection_id for connection_id, _external_id in by_key},
            external_id__in={external_id for _connection_id, external_id in by_key},
        )
        .select_related("connection")
        .defer("connection__credentials")
        .order_by("at", "pk")
    )
    reports: list[Report] = []
    for row in parked:
        message = by_key.get((row.connection_id, row.external_id))
        if message is not None:
            status = _unparked(row)
            apply_status(message, row.connection, status)
            reports.append((row.connection, status, message))
    ParkedStatus.objects.filter(pk__in=[row.pk for row in parked]).delete()
    return reports


def _messages_for(
    workspace_id: int, statuses: Sequence[tuple[Connection, StatusChanged]]
) -> tuple[dict[tuple[int, str], Message], dict[tuple[int, uuid.UUID | None], Message]]:
    messages = (
        Message.objects.filter(reported_by(statuses), workspace_id=workspace_id)
        .select_related("chatroom")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    by_external: dict[tuple[int, str], Message] = {}
    by_client: dict[tuple[int, uuid.UUID | None], Message] = {}
    for message in messages:
        by_client[message.connection_id, message.client_id] = message
        if message.external_id is not None:
            by_external[message.connection_id, message.external_id] = message
    return by_external, by_client


def reported_by(statuses: Sequence[tuple[Connection, StatusChanged]]) -> Q:
    """Select the messages that these reports name, by the vendor's id or by ours."""
    client_ids = {client_id for _c, status in statuses if (client_id := client_id_of(status.correlation_id))}
    by_external_id = Q(
        connection_id__in={connection.pk for connection, _status in statuses},
        external_id__in={status.external_id for _connection, status in statuses},
    )
    return by_external_id | Q(client_id__in=client_ids)


def client_id_of(correlation: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(correlation.partition(":")[0])
    except ValueError:
        return None


def _parked(connection: Connection, status: StatusChanged) -> ParkedStatus:
    return ParkedStatus(
        workspace_id=connection.workspace_id,
        connection=connection,
        external_id=status.external_id,
        status=status.status.value,
        at=status.at,
        errors=[{"code": error.code, "title": error.title, "details": error.details} for error in status.errors],
        pricing=status.pricing or {},
    )


def _unparked(row: ParkedStatus) -> StatusChanged:
    at: datetime = row.at
    return StatusChanged(
        account_id=row.connection.account_id,
        external_id=row.external_id,
        status=DeliveryStatus(row.status),
        at=at,
        errors=tuple(VendorError(**error) for error in row.errors),
        pricing=row.pricing or None,
    )
