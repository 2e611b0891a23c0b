"""Reading chatrooms and messages with everything their presenters need. Call these inside the workspace's scope.

Every query names its workspace although the database enforces it: the predicate leads every index.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from channels_adapters.types import MessageKind
from inbox.customers.models import Customer
from inbox.customers.selectors import meant_by
from inbox.media.models import FileKind, MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.models import Membership

from .models import (
    Attachment,
    AttachmentState,
    ChangeCounter,
    Chatroom,
    HeldAnswer,
    HeldState,
    Message,
    MessageVersion,
    OutboxEntry,
    ReadMarker,
    RoomStatus,
)

ROWS_PER_PAGE = 50
MESSAGES_PER_PAGE = 50
FILES_PER_PAGE = 30
CHOICES_PER_PAGE = 20

_ROOM_PARTS = ("customer", "connection", "assignee__user", "last_message__author__user")
# What a row of the list shows. Loading all of seven tables' columns would cost more than finding and rendering the row.
_ROW_FIELDS = (
    "workspace__slug",
    "customer__name",
    "customer__label",
    "connection__channel",
    "connection__name",
    *(f"connection__{name}" for name in ("window_hours", "reminder_days", "message_quota")),
    "status",
    "assignee__user__name",
    "assignee__user__email",
    "last_message_at",
    "inbound_count",
    *("last_inbound_at", "reaction_opened_at", "act_opened_at", "window_refused_at"),
    *(f"last_message__{name}" for name in ("direction", "kind", "text", "details", "state", "removed_at")),
    "last_message__author__user__name",
    "last_message__author__user__email",
)
_MESSAGE_PARTS = ("author__user", "reply_to__author__user", "chatroom__customer")


@dataclass(frozen=True)
class Position:
    """A place in a list ordered by (time, id), as URLs carry it: `2026-11-22T10:00:00.000001+00:00_17`."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """Return None for anything that is not a position: the list then starts at its top."""
        at, _separator, pk = text.rpartition("_")
        try:
            position = cls(datetime.fromisoformat(at), int(pk))
        except ValueError:
            return None
        return position if position.at.tzinfo and abs(position.pk) < 2**63 else None


def room_list(
    member: Membership,
    *,
    tab: str,
    status: str,
    after: Position | None = None,
    limit: int = ROWS_PER_PAGE,
    search: str = "",
) -> list[Chatroom]:
    """Return one page of a member's list, newest first, each room with the `seen_count` of this member.

    `search` is for a customer's name or number: all chats of whoever it means are found.
    """
    rooms = Chatroom.objects.filter(workspace_id=member.workspace_id, status=status)
    if tab == "mine":
        rooms = rooms.filter(assignee=member)
    elif tab == "unassigned":
        rooms = rooms.filter(assignee__isnull=True)
    if search:
        heads = meant_by(member, search).values(head=Coalesce("merged_into_id", "pk"))
        rooms = rooms.filter(Q(customer__in=heads) | Q(customer__merged_into__in=heads))
    if after is not None:
        # The first comparison alone lets the index seek; the second only settles ties.
        rooms = rooms.filter(last_message_at__lte=after.at).filter(Q(last_message_at__lt=after.at) | Q(pk__lt=after.pk))
    return list(_as_rows(_seen_by(rooms, member)).order_by("-last_message_at", "-pk")[:limit])


def rooms_to_choose(member: Membership, *, search: str, after: Position | None = None) -> list[Chatroom]:
    """Return one page of all chats, open and closed, newest first."""
    rooms = [
        room
        for status in RoomStatus
        for room in room_list(member, tab="all", status=status, after=after, limit=CHOICES_PER_PAGE, search=search)
    ]
    return sorted(rooms, key=lambda room: (room.last_message_at, room.pk), reverse=True)[:CHOICES_PER_PAGE]


def room_for(member: Membership, room_id: int) -> Chatroom | None:
    """Return one room of the member's workspace, with `seen_count` and `seq`: up to which change it is true."""
    rooms = Chatroom.objects.filter(workspace_id=member.workspace_id, pk=room_id)
    newest = ChangeCounter.objects.filter(workspace_id=member.workspace_id).values("value")
    rooms = _seen_by(rooms, member).annotate(seq=Coalesce(Subquery(newest), 0))
    return rooms.select_related(*_ROOM_PARTS).defer("connection__credentials").first()


def rooms_by_id(workspace_id: int, room_ids: Collection[int]) -> list[Chatroom]:
    """Return rooms, with their workspace's slug, as far as rows and the room's state show them."""
    rooms = Chatroom.objects.filter(workspace_id=workspace_id, pk__in=room_ids)
    return list(_as_rows(rooms).order_by("last_message_at", "pk"))


def messages_by_id(workspace_id: int, message_ids: Collection[int]) -> list[Message]:
    return with_files(list(_complete(Message.objects.filter(workspace_id=workspace_id, pk__in=message_ids))))


def message_of(room: Chatroom, message_id: int) -> Message | None:
    """Return one message, None if the room has no such one."""
    found = _complete(Message.objects.filter(workspace_id=room.workspace_id, chatroom=room, pk=message_id))
    return next(iter(with_files(list(found))), None)


def held_in(room: Chatroom) -> list[HeldAnswer]:
    """Return the answers that wait for the room's customer, or for somebody since they expired, the first one first."""
    shown = [HeldState.WAITING, HeldState.OFFERED, HeldState.EXPIRED]
    held = HeldAnswer.objects.filter(workspace_id=room.workspace_id, chatroom=room, state__in=shown)
    return list(held.select_related("author__user").order_by("pk"))


def versions_of(message: Message) -> list[MessageVersion]:
    """Return what an edited message said before, oldest first."""
    versions = MessageVersion.objects.filter(workspace_id=message.workspace_id, message=message)
    return list(versions.order_by("written_at", "pk"))


def message_page(room: Chatroom, *, before: Position | None = None, limit: int = MESSAGES_PER_PAGE) -> list[Message]:
    """Return the newest messages of a room (or those before a position), oldest first."""
    messages = Message.objects.filter(workspace_id=room.workspace_id, chatroom=room)
    if before is not None:
        messages = messages.filter(sent_at__lte=before.at).filter(Q(sent_at__lt=before.at) | Q(pk__lt=before.pk))
    page = list(_complete(messages, order=("-sent_at", "-pk"))[:limit])
    return with_files(page[::-1])


def with_files(messages: list[Message]) -> list[Message]:
    """Put `shown_files` to those messages that have any: one query more, none where no message has."""
    having = [message for message in messages if message.details.get("attachments")]
    if having:
        files = Attachment.objects.filter(workspace_id=having[0].workspace_id).order_by("position")
        files = files.select_related("file", "sent_file")
        prefetch_related_objects(having, Prefetch("attachments", files, to_attr="shown_files"))
    return messages


def attachment_of(member: Membership, room_id: int, attachment_id: int) -> Attachment | None:
    """Return one file of a message that was not removed, with all that shows it."""
    shown = _shown_files(member.workspace_id).filter(message__chatroom_id=room_id)
    return shown.filter(pk=attachment_id).first()


def files_in(
    room: Chatroom, *, pictures: bool, of_customer: bool = False, before: int | None = None
) -> list[Attachment]:
    """Return one page of a chat's files, newest first: pictures and films, or all others.

    `of_customer`: of all chats of the room's customer, on every connection and of everybody they were merged with.
    Needs the room's customer loaded.
    """
    is_picture = Q(file__kind__in=[FileKind.IMAGE, FileKind.VIDEO]) & ~Q(kind=MessageKind.DOCUMENT.value)
    files = _shown_files(room.workspace_id).filter(file__isnull=False)
    # As ids: where so much is joined, the database does not begin with the chats of a subquery.
    files = files.filter(message__chatroom_id__in=_rooms_of_customer(room) if of_customer else [room.pk])
    files = files.exclude(state=AttachmentState.FAILED).filter(is_picture if pictures else ~is_picture)
    if before is not None:
        files = files.filter(pk__lt=before)
    return list(files.order_by("-pk")[:FILES_PER_PAGE])


def is_used(file: MediaFile) -> bool:
    """Whether a message, a message for later or a template's sample has this file."""
    in_message = Attachment.objects.filter(Q(file=file) | Q(sent_file=file), workspace_id=file.workspace_id)
    # Messages for later belong to the slice above: they are read through their chats.
    for_later = Chatroom.objects.filter(workspace_id=file.workspace_id, scheduled__files__contains=[{"id": file.pk}])
    samples = MessageTemplate.objects.filter(workspace_id=file.workspace_id, order__sample=file.pk)
    return in_message.exists() or for_later.exists() or samples.exists()


def _rooms_of_customer(room: Chatroom) -> list[int]:
    head = room.customer.head_id
    same = Customer.objects.filter(Q(pk=head) | Q(merged_into=head), workspace_id=room.workspace_id)
    rooms = Chatroom.objects.filter(workspace_id=room.workspace_id, customer__in=same)
    return list(rooms.values_list("pk", flat=True))


def _shown_files(workspace_id: int) -> QuerySet[Attachment]:
    files = Attachment.objects.filter(workspace_id=workspace_id, message__removed_at__isnull=True)
    parts = ("message__author__user", "message__connection", "message__chatroom__customer", "file", "sent_file")
    return files.select_related(*parts).defer("message__connection__credentials")


def _as_rows(rooms: QuerySet[Chatroom]) -> QuerySet[Chatroom]:
    return rooms.select_related("workspace", *_ROOM_PARTS).only(*_ROW_FIELDS)


def _seen_by(rooms: QuerySet[Chatroom], member: Membership) -> QuerySet[Chatroom]:
    marker = ReadMarker.objects.filter(workspace_id=member.workspace_id, chatroom=OuterRef("pk"), member=member).values(
        "seen_count"
    )
    return rooms.annotate(seen_count=Coalesce(Subquery(marker), 0))


def _complete(messages: QuerySet[Message], order: tuple[str, str] = ("sent_at", "pk")) -> QuerySet[Message]:
    waiting = OutboxEntry.objects.filter(message=OuterRef("pk"))
    return messages.annotate(in_outbox=Exists(waiting)).select_related(*_MESSAGE_PARTS).order_by(*order)
