"""The two sockets of an agent's page: the workspace's list, and the open room."""

from __future__ import annotations

from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.conf import settings

from inbox.realtime import publish
from inbox.realtime.consumers import CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT, GroupConsumer
from inbox.workspaces.access import active_membership
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope

from .models import Chatroom


class InboxConsumer(GroupConsumer):
    """Rows of the chatroom list of one workspace."""

    async def authorize(self) -> tuple[str, ...] | int:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            return CLOSE_SIGNED_OUT
        groups: tuple[str, ...] | None = await database_sync_to_async(self._groups)(user.pk)
        return groups or CLOSE_FORBIDDEN

    def _groups(self, user_id: int) -> tuple[str, ...] | None:
        workspace = Workspace.objects.filter(slug=self.scope["url_route"]["kwargs"]["slug"]).first()
        if workspace is None:
            return None
        with scope(workspace.pk):
            membership = active_membership(user_id=user_id, workspace=workspace)
            return self.groups_of(membership) if membership else None

    def groups_of(self, membership: Membership) -> tuple[str, ...] | None:
        """Return the groups this member may hear; called inside the workspace's scope."""
        inbox = publish.inbox_group(membership.workspace_id, self.language)
        return (inbox, publish.member_group(membership.pk))

    @property
    def language(self) -> str:
        """The page's language, as the page says; frames are rendered once for each."""
        asked = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("language", [""])[0]
        return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class RoomConsumer(InboxConsumer):
    """Messages and state of one open room."""

    def groups_of(self, membership: Membership) -> tuple[str, ...] | None:
        room_id = self.scope["url_route"]["kwargs"]["room_id"]
        if not Chatroom.objects.filter(workspace_id=membership.workspace_id, pk=room_id).exists():
            return None
        room = publish.room_group(membership.workspace_id, room_id, self.language)
        return (room, publish.member_group(membership.pk))
