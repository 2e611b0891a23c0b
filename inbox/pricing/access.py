"""Gates: the only way from an id in a request to a row."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.shortcuts import get_object_or_404

from inbox.connections.models import Connection
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of


def get_connection(membership: Membership, connection_id: int) -> Connection:
    rows = Connection.objects.filter(workspace_id=membership.workspace_id).defer("credentials")
    return get_object_or_404(rows, pk=connection_id)


def get_room(membership: Membership, room_id: int) -> Any:
    """Return the chatroom, of the slice above, with its connection."""
    rooms = apps.get_model("chatrooms", "Chatroom")._default_manager.filter(workspace_id=membership.workspace_id)
    rooms = rooms.filter(reach_of(membership).rooms())
    return get_object_or_404(rooms.select_related("connection").defer("connection__credentials"), pk=room_id)
