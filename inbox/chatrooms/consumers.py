"""The two sockets of an agent's page: the workspace's list, and the open room."""

from __future__ import annotations

from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.conf import settings

from inbox.realtime import publish
from inbox.realtime.consumers import CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT, GroupConsumer
from inbox.workspaces.access import active_membership, user_of_session
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope

from .models import Chatroom


class InboxConsumer(GroupConsumer):
    """Rows of the chatroom list of one workspace."""

    async def authorize(self) -> tuple[str, ...] | int:
        answer: tuple[str, ...] | int = await database_sync_to_async(self._authorize)()
        return answer

    def _authorize(self) -> tuple[str, ...] | int:
        user = user_of_session(self.scope["session"].session_key)
        if user is None:
            return CLOSE_SIGNED_OUT
        workspace = Workspace.objects.filter(slug=self.scope["url_route"]["kwargs"]["slug"]).first()
        if workspace is None:
            return CLOSE_FORBIDDEN
        with scope(workspace.pk):
            membership = active_membership(user_id=user.pk, workspace=workspace)
            return (self.groups_of(membership) if membership else None) or CLOSE_FORBIDDEN

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
