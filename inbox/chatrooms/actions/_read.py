"""What a member has seen, and telling the customer so."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.db import connection as database
from django.db import transaction

from channels_adapters.errors import SendError, TransportError
from inbox.connections.calls import vendor_call
from inbox.connections.models import ConnectionState
from inbox.customers.models import person_of
from inbox.lib.background import enqueue_on_commit
from inbox.realtime import publish
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope

from ..models import Chatroom, Direction, Message

logger = logging.getLogger(__name__)

# A courtesy must not keep messages waiting behind it.
READ_MARK_SECONDS = 3.0

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
    can_tell = (
        member.workspace.reports_reads
        and connection.adapter.capabilities.can_mark_read
        and connection.state == ConnectionState.ACTIVE
    )
    newest = newest_inbound_id(chatroom) if saw_the_newest and can_tell else None
    if newest and newest != chatroom.reported_read_id:
        enqueue_on_commit(
            "inbox.chatrooms.tasks.mark_read_at_vendor",
            workspace_id=chatroom.workspace_id,
            chatroom_id=chatroom.pk,
            external_id=newest,
        )


def see_everything(*, member: Membership, chatroom: Chatroom) -> None:
    """Whoever answers a chat has read it."""
    _raise_marker(member, chatroom, chatroom.inbound_count)


def tell_own_pages(member: Membership, counts: Mapping[int, int], *, is_marked: bool = False) -> None:
    """Let all open pages of a member know, by room, how many inbound messages they have seen.

    `is_marked`: the counts may be smaller than before, because the member marked chats."""
    if counts:
        signal = {"type": "marked" if is_marked else "seen", "rooms": counts}
        group = publish.member_group(member.pk)
        transaction.on_commit(lambda: publish.send_signal([group], signal), robust=True)


def report_read_to_vendor(*, workspace_id: int, chatroom_id: int, external_id: str) -> bool:
    """Show the customer that this message, and so all before it, was read; once. Failing is harmless."""
    with scope(workspace_id):
        rooms = Chatroom.objects.select_related("connection", "customer").defer("connection__credentials")
        room = rooms.get(workspace_id=workspace_id, pk=chatroom_id)
        others = Chatroom.objects.filter(workspace_id=workspace_id, pk=room.pk).exclude(reported_read_id=external_id)
        if not others.update(reported_read_id=external_id):
            return False
        sender = person_of(room.customer, room.connection)
    adapter = room.connection.adapter
    try:
        vendor_call(
            connection=room.connection,
            describe=lambda known: [adapter.mark_read_request(sender, external_id, known)],
            read=adapter.check,
            read_timeout=READ_MARK_SECONDS,
        )
    except (SendError, TransportError) as error:
        logger.info("read mark for room %s was not delivered: %s", chatroom_id, type(error).__name__)
    return True


def newest_inbound_id(chatroom: Chatroom) -> str | None:
    messages = Message.objects.filter(
        workspace_id=chatroom.workspace_id,
        chatroom=chatroom,
        direction=Direction.INBOUND,
        external_id__isnull=False,
    )
    return messages.order_by("-sent_at", "-pk").values_list("external_id", flat=True).first()


def _raise_marker(member: Membership, chatroom: Chatroom, seen_count: int) -> None:
    with database.cursor() as cursor:
        cursor.execute(_RAISE_MARKER, [chatroom.workspace_id, member.pk, chatroom.pk, seen_count])
        if cursor.rowcount:
            tell_own_pages(member, {chatroom.pk: seen_count})
