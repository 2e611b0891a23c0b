"""Echoes: what the vendor tells us that the business wrote. Some of it we sent ourselves, and then it is a receipt."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import F

from channels_adapters.types import DeliveryStatus, MessageEchoed, StatusChanged
from inbox.connections.models import Connection

from ..models import Direction, Message, MessageState
from ._statuses import client_id_of, correlation_id
from ._times import plausible

_Echo = tuple[Connection, MessageEchoed]


def own_echoes(
    workspace_id: int, echoes: Sequence[_Echo]
) -> tuple[list[tuple[Connection, StatusChanged]], list[_Echo]]:
    """Return the echoes of our own sends, as reports that they were sent, and the others.

    Ours are known by the correlation id that the vendor returns. Where it returns none, one that says what we are
    sending to the same person at this moment is taken for ours: its id is not known before the answer is recorded.
    """
    if not echoes:
        return [], []
    ours: list[tuple[Connection, StatusChanged]] = []
    others: list[_Echo] = []
    known = _known_ids(workspace_id, echoes)
    sending = _being_sent(workspace_id, [echo for echo in echoes if not echo[1].correlation_id])
    for connection, event in echoes:
        correlation = event.correlation_id
        if client_id_of(correlation) not in known:
            correlation = next(
                (
                    found
                    for identity in event.recipient.identities
                    if (found := sending.pop((connection.pk, identity.value, event.content.text), ""))
                ),
                "",
            )
        if correlation:
            at = plausible(event.sent_at)
            report = StatusChanged(event.account_id, event.external_id, DeliveryStatus.SENT, at, correlation)
            ours.append((connection, report))
        else:
            others.append((connection, event))
    return ours, others


def _known_ids(workspace_id: int, echoes: Sequence[_Echo]) -> set[uuid.UUID | None]:
    client_ids = {client_id for _connection, event in echoes if (client_id := client_id_of(event.correlation_id))}
    if not client_ids:
        return set()
    messages = Message.objects.filter(
        workspace_id=workspace_id,
        client_id__in=client_ids,
        connection_id__in={connection.pk for connection, _event in echoes},
    )
    return set(messages.values_list("client_id", flat=True))


def _being_sent(workspace_id: int, echoes: Sequence[_Echo]) -> dict[tuple[int, str, str], str]:
    """Return correlation ids of sends without an answer, by (connection, identity of the recipient, text)."""
    if not echoes:
        return {}
    messages = Message.objects.filter(
        workspace_id=workspace_id,
        connection_id__in={connection.pk for connection, _event in echoes},
        chatroom__customer__identities__value__in={i.value for _c, event in echoes for i in event.recipient.identities},
        direction=Direction.OUTBOUND,
        state__in=[MessageState.SENDING, MessageState.UNKNOWN],
        external_id__isnull=True,
    ).annotate(identity=F("chatroom__customer__identities__value"))
    return {
        (message.connection_id, message.identity, message.text): correlation_id(message, message.attempt_count)
        for message in messages
    }
