"""The two sockets of an agent's page: the workspace's list, and the open room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Self, TypedDict
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session

from inbox.realtime import publish
from inbox.realtime.consumers import CLOSE_CHANGED, CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT, GroupConsumer, Right
from inbox.workspaces.access import active_membership, user_of_session
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import platform_scope, scope
from inbox.workspaces.visibility import reach_of, sees_all, some_reaches

from . import actions
from .catch_up import current_seq
from .models import Chatroom
from .selectors import rooms_seen


class Presence(TypedDict):
    """Whose socket it is, as the actions that note who is present want it."""

    workspace_id: int
    member_id: int
    token: str


class InboxConsumer(GroupConsumer):
    """Rows of the chatroom list of one workspace."""

    presence: Presence  # of whom, known once they were let in

    async def authorize(self) -> Right | int:
        answer: Right | int = await database_sync_to_async(self._authorize)()
        return answer

    def _authorize(self) -> Right | int:
        user = user_of_session(self.session_key)
        if user is None:
            return CLOSE_SIGNED_OUT
        workspace = Workspace.objects.filter(slug=self.scope["url_route"]["kwargs"]["slug"]).first()
        if workspace is None:
            return CLOSE_FORBIDDEN
        with scope(workspace.pk):
            membership = active_membership(user_id=user.pk, workspace=workspace)
            if membership and self._asked("member") not in ("", str(membership.pk)):
                return CLOSE_CHANGED  # another person has signed in with the same browser since the page was made
            groups = self.groups_of(membership) if membership else None
        if membership is None or groups is None:
            return CLOSE_FORBIDDEN
        if self.right is None:
            self.presence = {"workspace_id": workspace.pk, "member_id": membership.pk, "token": self.token}
        return Right(membership.pk, groups)

    @classmethod
    async def doubtful(cls, sockets: Collection[Self]) -> Collection[Self]:
        answer: Collection[Self] = await database_sync_to_async(cls._doubtful)(sockets)
        return answer

    @classmethod
    def _doubtful(cls, sockets: Collection[Self]) -> Collection[Self]:
        """Those whose session has ended, or whose member is active no more or sees other chats."""
        keys = {socket.session_key for socket in sockets}
        sessions = set(Session.objects.filter(pk__in=keys).values_list("pk", flat=True))
        with platform_scope("whether members may still listen"):
            members = Membership.objects.filter(pk__in={socket.presence["member_id"] for socket in sockets})
            active = members.filter(is_active=True, user__is_active=True)
            limited = {member.pk: not sees_all(member) for member in active}
        return [each for each in sockets if each.session_key not in sessions or each.is_doubtful(limited)]

    def is_doubtful(self, limited: Mapping[int, bool]) -> bool:
        """Whether its member is none of these, or is limited now and was not before, or the other way round."""
        return limited.get(self.presence["member_id"]) is not self.is_limited

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
    def session_key(self) -> str | None:
        key: str | None = self.scope["session"].session_key
        return key

    @property
    def is_limited(self) -> bool:
        """Whether its member does not see all chats, as it joined."""
        return self.right is not None and publish.limited_group(self.presence["workspace_id"]) in self.right.groups

    @property
    def language(self) -> str:
        """The page's language, as the page says; frames are rendered once for each."""
        asked = self._asked("language")
        return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    def _asked(self, name: str) -> str:
        """What the page says of itself in the socket's address, "" for nothing."""
        said: str = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get(name, [""])[0]
        return said


class RoomConsumer(InboxConsumer):
    """Messages and state of one open room."""

    @classmethod
    def _doubtful(cls, sockets: Collection[Self]) -> Collection[Self]:
        """Also those whose chat has left a member who does not see all."""
        doubtful = set(super()._doubtful(sockets))
        limited: dict[int, list[Self]] = defaultdict(list)
        for each in sockets:
            if each.is_limited and each not in doubtful:
                limited[each.presence["workspace_id"]].append(each)
        for workspace_id, some in limited.items():
            doubtful.update(cls._shut_out(workspace_id, some))
        return doubtful

    @classmethod
    def _shut_out(cls, workspace_id: int, sockets: Collection[Self]) -> list[Self]:
        """Those whose member does not see the chat."""
        with scope(workspace_id):
            found = Chatroom.objects.filter(workspace_id=workspace_id, pk__in={each.room_id for each in sockets})
            rooms = found.select_related("customer").only("assignee", "team", "customer__merged_into").in_bulk()
            people = {room.customer.head_id for room in rooms.values()}
            reaches = {reach.member_id: reach for reach in some_reaches(workspace_id, people)}
        shut_out = []
        for each in sockets:
            room, reach = rooms.get(each.room_id), reaches.get(each.presence["member_id"])
            if room is None or reach is None or not reach.sees(room):
                shut_out.append(each)
        return shut_out

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
