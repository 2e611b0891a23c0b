"""A customer got a new number, user id or security code: their chats stay theirs, and say so."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from channels_adapters.types import Event, IdentityChanged, IdentityKind
from inbox.customers.actions import ChangedIdentity

from ..models import Chatroom, Direction, Message
from ._times import plausible


def announce_renamings(
    *, workspace_id: int, changes: Sequence[ChangedIdentity]
) -> tuple[list[Message], list[tuple[Event, str]]]:
    """Write a line into the chats of renamed customers; return the lines, and the notices about nobody who has a chat.

    A notice that comes again writes no second line.
    """
    if not changes:
        return [], []
    rooms = {
        (room.connection_id, room.customer_id): room
        for room in Chatroom.objects.filter(
            workspace_id=workspace_id, customer_id__in={change.customer_id for change in changes}
        )
    }
    lines: list[Message] = []
    strangers: list[tuple[Event, str]] = []
    for change in changes:
        room = rooms.get((change.connection.pk, change.customer_id or 0))
        if room is None:
            strangers.append((change.event, "a new number or id of nobody who has written"))
            continue
        lines.append(
            Message(
                workspace_id=workspace_id,
                chatroom=room,
                connection_id=room.connection_id,
                direction=Direction.SYSTEM,
                client_id=uuid.uuid4(),
                external_id=change.event.external_id,
                details={"event": _what(change.event), "old": change.old, "new": change.new},
                sent_at=plausible(change.event.sent_at),
            )
        )
    Message.objects.bulk_create(lines, ignore_conflicts=True)
    written = Message.objects.filter(workspace_id=workspace_id, client_id__in=[line.client_id for line in lines])
    return list(written), strangers


def _what(event: IdentityChanged) -> str:
    if not event.new_identities:
        return "security_code_changed"
    has_number = any(identity.kind is IdentityKind.PHONE for identity in event.new_identities)
    return "number_changed" if has_number else "id_changed"
