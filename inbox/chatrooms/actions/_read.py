"""What a member has seen, and telling the customer so."""

from __future__ import annotations

import logging

from django.db import connection as database

from channels_adapters import transport
from channels_adapters.errors import SendError, TransportError
from inbox.connections.models import ConnectionState
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope

from ..models import Chatroom, Direction, Message

logger = logging.getLogger(__name__)

_RAISE_MARKER = """
INSERT INTO chatrooms_readmarker (workspace_id, member_id, chatroom_id, seen_count) VALUES (%s, %s, %s, %s)
ON CONFLICT (chatroom_id, member_id) DO UPDATE SET seen_count = EXCLUDED.seen_count
WHERE chatrooms_readmarker.seen_count < EXCLUDED.seen_count
"""


def mark_room_read(*, member: Membership, chatroom: Chatroom, seen_count: int) -> None:
    """Note that the member has seen the first `seen_count` inbound messages; never goes backwards.

    Call it inside the workspace's scope. The customer's app shows the read tick a moment later.
    """
    _raise_marker(member, chatroom, min(max(seen_count, 0), chatroom.inbound_count))
    connection = chatroom.connection
    saw_the_newest = 0 < chatroom.inbound_count <= seen_count
    can_tell = connection.adapter.capabilities.can_mark_read and connection.state == ConnectionState.ACTIVE
    if saw_the_newest and can_tell:
        enqueue_on_commit(
            "inbox.chatrooms.tasks.mark_read_at_vendor", workspace_id=chatroom.workspace_id, chatroom_id=chatroom.pk
        )


def see_everything(*, member: Membership, chatroom: Chatroom) -> None:
    """Whoever answers a chat has read it."""
    _raise_marker(member, chatroom, chatroom.inbound_count)


def report_read_to_vendor(*, workspace_id: int, chatroom_id: int) -> bool:
    """Show the customer that their newest message was read; once per message. Failing is harmless."""
    with scope(workspace_id):
        room = Chatroom.objects.select_related("connection").get(workspace_id=workspace_id, pk=chatroom_id)
        newest = (
            Message.objects.filter(chatroom=room, direction=Direction.INBOUND, external_id__isnull=False)
            .order_by("-sent_at", "-pk")
            .values_list("external_id", flat=True)
            .first()
        )
        claimed = newest is not None and (
            Chatroom.objects.filter(pk=room.pk).exclude(reported_read_id=newest).update(reported_read_id=newest)
        )
    if not claimed or newest is None:
        return False
    adapter = room.connection.adapter
    try:
        transport.execute(adapter.mark_read_request(newest, room.connection.vendor_credentials))
    except (SendError, TransportError) as error:
        logger.info("read mark for room %s was not delivered: %s", chatroom_id, type(error).__name__)
    return True


def _raise_marker(member: Membership, chatroom: Chatroom, seen_count: int) -> None:
    with database.cursor() as cursor:
        cursor.execute(_RAISE_MARKER, [chatroom.workspace_id, member.pk, chatroom.pk, seen_count])
