"""What changes of chats mean for members. Reads what is true now, in a fixed number of queries for any number of chats.

A change only says where to look. So it does no harm to look twice, or late: `key` and `mark` tell whether a member was
told already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from inbox.chatrooms.models import (
    Change,
    Chatroom,
    Direction,
    HeldAnswer,
    HeldState,
    Message,
    MessageState,
    ReadMarker,
    RoomStatus,
)
from inbox.lib import clock
from inbox.notes.models import NoteMention
from inbox.scheduling.models import ScheduledMessage, ScheduleState
from inbox.workspaces.models import Membership, TeamMember

from ..models import Kind
from ..selectors import reaches_for

# Mentions have no change of their own: of those stored last, who was named within this time is looked at.
MENTIONS = 200
RECENT = timedelta(hours=1)

_ASSIGNING = {"assigned", "given", "rerouted"}
_HELD = {"answer_offered": HeldState.OFFERED, "answer_expired": HeldState.EXPIRED}
_SCHEDULED = {"scheduled_missed", "scheduled_not_sent"}
_NOTED = {"note_added", "note_edited"}


@dataclass(frozen=True)
class News:
    """Something that one member may want to know."""

    member_id: int
    kind: Kind
    key: str
    mark: str
    room_id: int
    count: int = 1
    message_id: int | None = None
    mention_id: int | None = None


@dataclass(frozen=True)
class Found:
    """News, and the subjects that are nothing to tell any more."""

    news: list[News]
    settled: list[str]


@dataclass(frozen=True)
class _Batch:
    workspace_id: int
    rooms: dict[int, Chatroom]
    messages: list[Message]
    active: frozenset[int]

    def with_event(self, events: Collection[str]) -> dict[int, Message]:
        """Return the newest line of each chat that says one of these."""
        said = [message for message in self.messages if message.details.get("event") in events]
        return {message.chatroom_id: message for message in said}


def find_news(workspace_id: int, changes: Iterable[Change]) -> Found:
    """Call it inside the workspace's scope."""
    changes = list(changes)
    rooms = Chatroom.objects.filter(
        workspace_id=workspace_id, pk__in={change.chatroom_id for change in changes}
    ).select_related("customer")
    wanted = {change.message_id for change in changes if change.message_id}
    messages = Message.objects.filter(workspace_id=workspace_id, pk__in=wanted).defer("text", "reactions", "reacted_at")
    members = Membership.objects.filter(workspace_id=workspace_id, is_active=True, user__is_active=True)
    batch = _Batch(
        workspace_id,
        {room.pk: room for room in rooms},
        list(messages.order_by("pk")) if wanted else [],
        frozenset(members.values_list("pk", flat=True)),
    )
    may_mention = any(change.message_id is None for change in changes) or batch.with_event(_NOTED)
    news = [
        *_written(batch),
        *_unassigned(batch),
        *_assigned(batch),
        *_failed(batch),
        *_held(batch),
        *_scheduled(batch),
        *(_mentioned(batch) if may_mention else ()),
    ]
    settled = [_unassigned_key(room) for room in batch.rooms.values() if not _is_nobodys(room)]
    reaches = reaches_for(workspace_id, batch.rooms.values()) if news else {}
    seen = [
        each
        for each in news
        if each.member_id not in reaches or reaches[each.member_id].sees(batch.rooms[each.room_id])
    ]
    return Found([each for each in seen if each.member_id in batch.active], settled)


def _written(batch: _Batch) -> list[News]:
    """What customers wrote in somebody's chats and that one has not seen."""
    written = {message.chatroom_id for message in batch.messages if message.direction == Direction.INBOUND}
    rooms = [room for pk, room in batch.rooms.items() if pk in written and room.assignee_id]
    if not rooms:
        return []
    markers = ReadMarker.objects.filter(
        workspace_id=batch.workspace_id,
        chatroom__in=[room.pk for room in rooms],
        member__in={room.assignee_id for room in rooms},
    )
    seen = {(room, member): count for room, member, count in markers.values_list("chatroom", "member", "seen_count")}
    news = []
    for room in rooms:
        count = room.inbound_count - seen.get((room.pk, room.assignee_id or 0), 0)
        if count > 0 and room.assignee_id:
            key = f"written:{room.pk}"
            news.append(News(room.assignee_id, Kind.MESSAGE, key, str(room.inbound_count), room.pk, count))
    return news


def _is_nobodys(room: Chatroom) -> bool:
    return room.status == RoomStatus.OPEN and room.assignee_id is None and room.waiting_since is not None


def _unassigned_key(room: Chatroom) -> str:
    return f"unassigned:{room.pk}"


def _unassigned(batch: _Batch) -> list[News]:
    """Chats that wait for somebody to take them, once each time that they begin to wait: for their team, or for all."""
    rooms = [room for room in batch.rooms.values() if _is_nobodys(room)]
    teams = {room.team_id for room in rooms if room.team_id}
    places: dict[int, set[int]] = defaultdict(set)
    if teams:
        found = TeamMember.objects.filter(workspace_id=batch.workspace_id, team__in=teams)
        for team_id, member_id in found.values_list("team", "member"):
            places[team_id].add(member_id)
    return [
        News(member_id, Kind.UNASSIGNED, _unassigned_key(room), f"{room.waiting_since:%Y%m%d%H%M%S%f}", room.pk)
        for room in rooms
        for member_id in sorted(places[room.team_id] if room.team_id else batch.active)
    ]


def _assigned(batch: _Batch) -> list[News]:
    """Chats that somebody was given by another, or by the rules."""
    news = []
    for room_id, line in batch.with_event(_ASSIGNING).items():
        room = batch.rooms[room_id]
        if room.assignee_id:
            news.append(News(room.assignee_id, Kind.ASSIGNED, f"assigned:{room_id}", str(line.pk), room_id))
    return news


def _failed(batch: _Batch) -> list[News]:
    """Messages that did not leave: told to who wrote them, else to who has the chat."""
    news = []
    for message in batch.messages:
        if message.direction == Direction.OUTBOUND and message.state == MessageState.FAILED:
            member_id = message.author_id or batch.rooms[message.chatroom_id].assignee_id
            if member_id:
                key, mark = f"failed:{message.pk}", str(message.attempt_count)
                room_id = message.chatroom_id
                news.append(News(member_id, Kind.SEND_FAILED, key, mark, room_id, message_id=message.pk))
    return news


def _held(batch: _Batch) -> list[News]:
    rooms = batch.with_event(_HELD)
    if not rooms:
        return []
    held = HeldAnswer.objects.filter(
        workspace_id=batch.workspace_id, chatroom__in=list(rooms), state__in=list(_HELD.values())
    )
    kinds = {HeldState.OFFERED.value: Kind.HELD_OFFERED, HeldState.EXPIRED.value: Kind.HELD_EXPIRED}
    return [
        News(author_id, kinds[state], f"held:{pk}", state, room_id)
        for pk, author_id, state, room_id in held.values_list("pk", "author", "state", "chatroom")
    ]


def _scheduled(batch: _Batch) -> list[News]:
    rooms = batch.with_event(_SCHEDULED)
    if not rooms:
        return []
    rows = ScheduledMessage.objects.filter(
        workspace_id=batch.workspace_id,
        chatroom__in=list(rooms),
        state__in=[ScheduleState.MISSED, ScheduleState.NOT_SENT],
        settled_at__gt=clock.now() - RECENT,
    )
    return [
        News(author_id, Kind.SCHEDULED_MISSED, f"scheduled:{pk}", f"{settled_at:%Y%m%d%H%M%S%f}", room_id)
        for pk, author_id, settled_at, room_id in rows.values_list("pk", "author", "settled_at", "chatroom")
    ]


def _mentioned(batch: _Batch) -> list[News]:
    """Whom the notes on these chats' customers name, but for who wrote the name."""
    by_person = {room.customer.head_id: room.pk for room in batch.rooms.values()}
    mentions = NoteMention.objects.filter(workspace_id=batch.workspace_id).order_by("-pk")[:MENTIONS]
    since = clock.now() - RECENT
    news = []
    for mention in mentions.select_related("note__customer"):
        note = mention.note
        room_id = by_person.get(note.customer.head_id)
        if room_id and mention.created_at > since and mention.member_id != (note.edited_by_id or note.author_id):
            key = f"mention:{mention.pk}"
            news.append(News(mention.member_id, Kind.MENTION, key, "named", room_id, mention_id=mention.pk))
    return news
