"""What a vendor reports about our messages: matched by its id or by ours, applied forwards only, parked if early."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from channels_adapters.types import DeliveryStatus, StatusChanged, VendorError
from inbox.connections.models import Connection

from .. import delivery
from ..models import Direction, Message, MessageState, OutboxEntry, ParkedStatus

MESSAGE_FIELDS = ["state", "external_id", "failure_code", "failure_text", "delivered_at", "read_at"]


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
    for connection, status in statuses:
        message = by_external.get((connection.pk, status.external_id)) or by_client.get(
            (connection.pk, _client_id(status.correlation_id))
        )
        if message is None:
            parked.append(_parked(connection, status))
        elif apply_status(message, connection, status):
            changed[message.pk] = message
    if changed:
        Message.objects.bulk_update(changed.values(), MESSAGE_FIELDS)
        settled = [message.pk for message in changed.values() if message.state != MessageState.UNKNOWN]
        # A receipt settles a send whose answer we are still waiting for, so nothing is left to send or to ask.
        OutboxEntry.objects.filter(message_id__in=settled, message__state__in=_SETTLED).delete()
    ParkedStatus.objects.bulk_create(parked, ignore_conflicts=True)
    return list(changed.values())


_SETTLED = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ, MessageState.FAILED]


def apply_status(message: Message, connection: Connection, status: StatusChanged) -> bool:
    """Change the message in memory as the report says. Return whether anything changed."""
    reported = delivery.state_reported_by(status.status)
    if reported is None or message.direction != Direction.OUTBOUND:
        return False
    before = (message.state, message.external_id, message.delivered_at, message.read_at)
    if message.external_id is None:
        message.external_id = status.external_id
    if message.state == MessageState.QUEUED:  # an explicit retry waits: reports of the attempt before do not end it
        reported = reported if reported in (delivery.DELIVERED, delivery.READ) else message.state
    message.state = delivery.advance(message.state, reported)
    if reported in (delivery.DELIVERED, delivery.READ):
        message.delivered_at = message.delivered_at or status.at
        message.failure_code = message.failure_text = ""
    if reported == delivery.READ:
        message.read_at = message.read_at or status.at
    if message.state == delivery.FAILED and reported == delivery.FAILED:
        error = connection.adapter.explain(status.errors[0] if status.errors else VendorError(code=""))
        message.failure_code, message.failure_text = error.code[:40], error.public_text[:300]
    return before != (message.state, message.external_id, message.delivered_at, message.read_at)


def apply_parked(messages: Sequence[Message]) -> None:
    """Apply to freshly accepted messages the reports that came before our own answer. Changes them in memory."""
    by_key = {(message.connection_id, message.external_id): message for message in messages if message.external_id}
    if not by_key:
        return
    parked = list(
        ParkedStatus.objects.filter(
            connection_id__in={connection_id for connection_id, _external_id in by_key},
            external_id__in={external_id for _connection_id, external_id in by_key},
        )
        .select_related("connection")
        .order_by("at", "pk")
    )
    for row in parked:
        message = by_key.get((row.connection_id, row.external_id))
        if message is not None:
            apply_status(message, row.connection, _unparked(row))
    ParkedStatus.objects.filter(pk__in=[row.pk for row in parked]).delete()


def _messages_for(
    workspace_id: int, statuses: Sequence[tuple[Connection, StatusChanged]]
) -> tuple[dict[tuple[int, str], Message], dict[tuple[int, uuid.UUID | None], Message]]:
    client_ids = {client_id for _c, status in statuses if (client_id := _client_id(status.correlation_id))}
    messages = (
        Message.objects.filter(workspace_id=workspace_id)
        .filter(
            Q(
                connection_id__in={connection.pk for connection, _status in statuses},
                external_id__in={status.external_id for _connection, status in statuses},
            )
            | Q(client_id__in=client_ids)
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    by_external: dict[tuple[int, str], Message] = {}
    by_client: dict[tuple[int, uuid.UUID | None], Message] = {}
    for message in messages:
        by_external[message.connection_id, message.external_id or ""] = message
        by_client[message.connection_id, message.client_id] = message
    return by_external, by_client


def _client_id(correlation: str) -> uuid.UUID | None:
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
    )


def _unparked(row: ParkedStatus) -> StatusChanged:
    at: datetime = row.at
    return StatusChanged(
        account_id=row.connection.account_id,
        external_id=row.external_id,
        status=DeliveryStatus(row.status),
        at=at,
        errors=tuple(VendorError(**error) for error in row.errors),
    )
