"""The two sockets of an agent's page: the workspace's list, and the open room."""

from __future__ import annotations

from typing import TypedDict
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.conf import settings

from inbox.realtime import publish
from inbox.realtime.consumers import CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT, GroupConsumer
from inbox.workspaces.access import active_membership, user_of_session
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope
from inbox.workspaces.visibility import reach_of

from . import actions
from .catch_up import current_seq
from .selectors import rooms_seen


class Presence(TypedDict):
    """Whose socket it is, as the actions that note who is present want it."""

    workspace_id: int
    member_id: int
    token: str


class InboxConsumer(GroupConsumer):
    """Rows of the chatroom list of one workspace."""

    presence: Presence  # of whom, known once they were let in

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
            if membership is not None:
                self.presence = {"workspace_id": workspace.pk, "member_id": membership.pk, "token": self.token}
            return (self.groups_of(membership) if membership else None) or CLOSE_FORBIDDEN

    def groups_of(self, membership: Membership) -> tuple[str, ...] | None:
        """Return the groups this member may hear; called inside the workspace's scope."""
        member = publish.member_group(membership.pk)
        if reach_of(membership).is_all:
            return (publish.inbox_group(membership.workspace_id, self.language), member)
        limited = publish.limited_group(membership.workspace_id)
        return (publish.own_group(membership.pk, self.language), member, limited)

    async def arrived(self) -> None:
        await database_sync_to_async(actions.come_online)(**self.presence)

    async def stayed(self) -> None:
        await database_sync_to_async(actions.stay_online)(**self.presence)
        await self.signal("at", seq=await database_sync_to_async(self._newest)())

    def _newest(self) -> int:
        with scope(self.presence["workspace_id"]):
            return current_seq(self.presence["workspace_id"])

    async def departed(self) -> None:
        await database_sync_to_async(actions.go_offline)(**self.presence)

    @property
    def language(self) -> str:
        """The page's language, as the page says; frames are rendered once for each."""
        asked = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("language", [""])[0]
        return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class RoomConsumer(InboxConsumer):
    """Messages and state of one open room."""

    def groups_of(self, membership: Membership) -> tuple[str, ...] | None:
        if not rooms_seen(membership).filter(pk=self.room_id).exists():
            return None
        room = publish.room_group(membership.workspace_id, self.room_id, self.language)
        groups = (room, publish.member_group(membership.pk))
        if reach_of(membership).is_all:
            return groups
        # Somebody is in the first of these: so whoever gives a chat to others asks who loses it.
        limited = publish.limited_group(membership.workspace_id)
        return (*groups, limited, publish.own_room_group(membership.pk, self.room_id))

    async def arrived(self) -> None:
        await database_sync_to_async(actions.open_chat)(room_id=self.room_id, **self.presence)

    async def stayed(self) -> None:
        await database_sync_to_async(actions.keep_chat_open)(room_id=self.room_id, **self.presence)

    async def departed(self) -> None:
        await database_sync_to_async(actions.leave_chat)(room_id=self.room_id, **self.presence)

    @property
    def room_id(self) -> int:
        room_id: int = self.scope["url_route"]["kwargs"]["room_id"]
        return room_id
