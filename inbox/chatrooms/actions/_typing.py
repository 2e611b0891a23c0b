"""Showing the customer that somebody is typing. A courtesy: it is throttled, and failing is harmless."""

from __future__ import annotations

import logging

from django.core.cache import cache
from redis import RedisError

from channels_adapters.errors import SendError, TransportError
from inbox.connections.calls import vendor_call
from inbox.connections.models import ConnectionState
from inbox.customers.models import person_of
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import scope

from ..models import Chatroom
from ._read import newest_inbound_id

logger = logging.getLogger(__name__)

_SECONDS = 3.0


def signal_typing(*, workspace: Workspace, chatroom: Chatroom) -> bool:
    """Ask for the indicator, unless it still shows or is not wanted; return whether it was asked for."""
    lasts = chatroom.connection.adapter.capabilities.typing_seconds
    if not (lasts and workspace.shows_typing and chatroom.connection.state == ConnectionState.ACTIVE):
        return False
    try:
        is_due = cache.add(f"typing.{chatroom.pk}", 1, timeout=max(lasts - 5, 5))
    except RedisError:
        return False
    if is_due:
        enqueue_on_commit(
            "inbox.chatrooms.tasks.show_typing", workspace_id=chatroom.workspace_id, chatroom_id=chatroom.pk
        )
    return is_due


def show_typing(*, workspace_id: int, chatroom_id: int) -> bool:
    """Ask the vendor to show the indicator. Return whether it took the request."""
    with scope(workspace_id):
        rooms = Chatroom.objects.select_related("connection", "customer").defer("connection__credentials")
        room = rooms.get(workspace_id=workspace_id, pk=chatroom_id)
        recipient = person_of(room.customer, room.connection)
        newest = newest_inbound_id(room) or ""
    adapter = room.connection.adapter
    try:
        vendor_call(
            connection=room.connection,
            describe=lambda known: [adapter.typing_request(recipient, newest, known)],
            read=adapter.check,
            read_timeout=_SECONDS,
        )
    except (SendError, TransportError) as error:
        logger.info("the typing indicator of room %s was not shown: %s", chatroom_id, type(error).__name__)
        return False
    return True
