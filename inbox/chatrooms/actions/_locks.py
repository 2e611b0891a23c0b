"""Which rows a batch of events will change, so that they are locked at once and in one order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q

from channels_adapters.types import StatusChanged
from inbox.connections.models import Connection

from ..models import Message
from ._alterations import Alteration
from ._receipts import unread_in
from ._statuses import reported_by


def rooms_of_altered(
    workspace_id: int, alterations: Sequence[tuple[Connection, Alteration]]
) -> dict[tuple[int, str], int]:
    """Return the room ids of the messages that will be edited, removed or reacted to, by (connection, external id)."""
    if not alterations:
        return {}
    messages = Message.objects.filter(_altered(alterations), workspace_id=workspace_id)
    return {
        (connection_id, external_id or ""): room_id
        for connection_id, external_id, room_id in messages.values_list("connection_id", "external_id", "chatroom_id")
    }


def lock_messages(
    workspace_id: int,
    alterations: Sequence[tuple[Connection, Alteration]],
    statuses: Sequence[tuple[Connection, StatusChanged]],
    *,
    rooms: Collection[int],
    statuses_too: bool,
) -> None:
    """Lock what alterations, statuses and the receipts of `rooms` will change.

    Statuses alone lock for themselves, unless `statuses_too`: something else is to be locked between.
    """
    if not (alterations or rooms or statuses_too):
        return
    concerned = _altered(alterations) | reported_by(statuses) | unread_in(rooms)
    messages = Message.objects.filter(concerned, workspace_id=workspace_id)
    list(messages.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _altered(alterations: Sequence[tuple[Connection, Alteration]]) -> Q:
    return Q(
        connection_id__in={connection.pk for connection, _event in alterations},
        external_id__in={event.target_id for _connection, event in alterations},
    )
