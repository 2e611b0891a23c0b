"""Reading chatrooms and messages with everything their presenters need. Call these inside the workspace's scope.

Every query names its workspace although the database enforces it: the predicate leads every index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce, JSONObject

from channels_adapters.types import MessageKind
from inbox.connections.models import REPLY_RULES, Connection
from inbox.customers.models import Customer
from inbox.customers.selectors import blocked_since, meant_by, one_person
from inbox.faq import selectors as faq
from inbox.labels.selectors import label_dots
from inbox.media.models import FileKind, MediaFile
from inbox.message_templates.models import MessageTemplate
from inbox.workspaces.models import Membership, Team
from inbox.workspaces.visibility import reach_of

from .models import (
    AnswerDraft,
    AssignmentRule,
    Attachment,
    AttachmentState,
    ChangeCounter,
    Chatroom,
    Direction,
    HeldAnswer,
    HeldState,
    Message,
    MessageState,
    MessageVersion,
    OutboxEntry,
    ReadMarker,
    RoomStatus,
)

ROWS_PER_PAGE = 50
MESSAGES_PER_PAGE = 50
FILES_PER_PAGE = 30
CHOICES_PER_PAGE = 20
DRAFTS_SHOWN = 500

# Messages in these states have left for certain.
_LEFT = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ]

# Held answers that people see: until one has left, or they give it up.
HELD_SHOWN = (HeldState.WAITING, HeldState.OFFERED, HeldState.EXPIRED)

_ROOM_PARTS = ("customer", "connection", "assignee__user", "team", "last_message__author__user")
# What a row of the list shows. Loading all of seven tables' columns would cost more than finding and rendering the row.
_ROW_FIELDS = (
    "workspace__slug",
    "customer__name",
    "customer__label",
    *(f"customer__{name}" for name in ("is_blocked", "is_opted_out", "revision", "merged_into")),
    "connection__channel",
    "connection__name",
    *(f"connection__{name}" for name in REPLY_RULES),
    "status",
    "assignee__user__name",
    "assignee__user__email",
    "team__name",
    "last_message_at",
    "inbound_count",
    *("waiting_since", "created_at", "bot_since"),
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


def rooms_seen(member: Membership) -> QuerySet[Chatroom]:
    """Return the chats of the workspace that a member may see."""
    return Chatroom.objects.filter(reach_of(member).rooms(), workspace_id=member.workspace_id)


def rooms_to_choose(member: Membership, *, search: str, after: Position | None = None) -> list[Chatroom]:
    """Return one page of all chats that a member sees, whatever their status, newest first, each with the `seen_count` of this member.

    `search` is for a customer's name or number: all chats of whoever it means are found.
    """
    rooms = rooms_seen(member)
    if search:
        heads = meant_by(member, search).values(head=Coalesce("merged_into_id", "pk"))
        rooms = rooms.filter(Q(customer__in=heads) | Q(customer__merged_into__in=heads))
    if after is not None:
        # The first comparison alone lets the index seek; the second only settles ties.
        rooms = rooms.filter(last_message_at__lte=after.at).filter(Q(last_message_at__lt=after.at) | Q(pk__lt=after.pk))
    # Each status by itself: the index that has the order leads with it.
    found = [
        room
        for status in RoomStatus
        for room in as_rows(seen_by(rooms.filter(status=status), member)).order_by("-last_message_at", "-pk")[
            :CHOICES_PER_PAGE
        ]
    ]
    return sorted(found, key=lambda room: (room.last_message_at, room.pk), reverse=True)[:CHOICES_PER_PAGE]


def room_for(member: Membership, room_id: int, more: Mapping[str, Any] | None = None) -> Chatroom | None:
    """Return one room that the member may see, with `seen_count`, `label_dots`, `failed_id`, `note_mark`, the member's
    `draft`, `team_choices`, `only_assignee_replies` and `seq`: up to which change it is true.

    `more` are further annotations, for what a page reads besides.
    """
    rooms = rooms_seen(member).filter(pk=room_id)
    newest = ChangeCounter.objects.filter(workspace_id=member.workspace_id).values("value")
    rooms = seen_by(rooms, member).annotate(
        seq=Coalesce(Subquery(newest), 0),
        label_dots=label_dots(),
        failed_id=_failed_id(),
        note_mark=_note_mark(),
        draft=_draft_of(member),
        team_choices=_team_choices(member.workspace_id),
        only_assignee_replies=_only_assignee_replies(member.workspace_id),
        **(more or {}),
    )
    return rooms.select_related(*_ROOM_PARTS).defer("connection__credentials").first()


def rooms_by_id(workspace_id: int, room_ids: Collection[int]) -> list[Chatroom]:
    """Return rooms, with their workspace's slug, as far as rows and the room's state show them."""
    rooms = Chatroom.objects.filter(workspace_id=workspace_id, pk__in=room_ids)
    return list(as_rows(rooms).annotate(note_mark=_note_mark()).order_by("last_message_at", "pk"))


def messages_by_id(workspace_id: int, message_ids: Collection[int]) -> list[Message]:
    return with_files(list(_complete(Message.objects.filter(workspace_id=workspace_id, pk__in=message_ids))))


def owners_before(workspace_id: int, line_ids: Collection[int]) -> list[tuple[int, tuple[int | None, int | None]]]:
    """Return, of those lines that say that a chat belongs to others now, the chat, and its assignee and team before."""
    lines = Message.objects.filter(workspace_id=workspace_id, pk__in=line_ids, details__has_key="had")
    return [(room_id, (had[0], had[1])) for room_id, had in lines.values_list("chatroom_id", "details__had")]


def message_of(room: Chatroom, message_id: int) -> Message | None:
    """Return one message, None if the room has no such one."""
    found = _complete(Message.objects.filter(workspace_id=room.workspace_id, chatroom=room, pk=message_id))
    return next(iter(with_files(list(found))), None)


def noticed_in(room: Chatroom) -> QuerySet[Message]:
    """Return a room's messages but those that its customer wrote while blocked."""
    messages = Message.objects.filter(workspace_id=room.workspace_id, chatroom=room)
    since = blocked_since(room.customer)
    return messages.exclude(direction=Direction.INBOUND, created_at__gte=since) if since else messages


def held_in(room: Chatroom) -> list[HeldAnswer]:
    """Return the answers that wait for the room's customer, or for somebody since they expired, the first one first."""
    held = HeldAnswer.objects.filter(workspace_id=room.workspace_id, chatroom=room, state__in=HELD_SHOWN)
    return list(held.select_related("author__user", "reply_to__author__user").order_by("pk"))


def versions_of(message: Message) -> list[MessageVersion]:
    """Return what an edited message said before, oldest first."""
    versions = MessageVersion.objects.filter(workspace_id=message.workspace_id, message=message)
    return list(versions.order_by("written_at", "pk"))


@dataclass(frozen=True)
class MessagePage:
    """Messages of a room that follow each other, oldest first, and whether the room has others on either side."""

    messages: list[Message]
    has_older: bool
    has_newer: bool = False


def message_page(
    room: Chatroom, *, before: Position | None = None, after: Position | None = None, at: Message | None = None
) -> MessagePage:
    """Return the newest messages of a room, those before or after a position, or those around one of them."""
    if at is not None:
        place, half = Position(at.sent_at, at.pk), MESSAGES_PER_PAGE // 2
        older, newer = _before(room, Position(at.sent_at, at.pk + 1), half), _after(room, place, half)
        return MessagePage(with_files(older + newer), len(older) == half, len(newer) == half)
    if after is not None:
        page = _after(room, after, MESSAGES_PER_PAGE)
        return MessagePage(with_files(page), has_older=True, has_newer=len(page) == MESSAGES_PER_PAGE)
    page = _before(room, before, MESSAGES_PER_PAGE)
    return MessagePage(with_files(page), len(page) == MESSAGES_PER_PAGE, has_newer=before is not None)


def _before(room: Chatroom, place: Position | None, limit: int) -> list[Message]:
    messages = Message.objects.filter(workspace_id=room.workspace_id, chatroom=room)
    if place is not None:
        messages = messages.filter(sent_at__lte=place.at).filter(Q(sent_at__lt=place.at) | Q(pk__lt=place.pk))
    return list(_complete(messages, order=("-sent_at", "-pk"))[:limit])[::-1]


def _after(room: Chatroom, place: Position, limit: int) -> list[Message]:
    messages = Message.objects.filter(workspace_id=room.workspace_id, chatroom=room)
    messages = messages.filter(sent_at__gte=place.at).filter(Q(sent_at__gt=place.at) | Q(pk__gt=place.pk))
    return list(_complete(messages)[:limit])


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
    shown = _shown_files(member.workspace_id).filter(reach_of(member).rooms("message__chatroom__"))
    return shown.filter(message__chatroom_id=room_id, pk=attachment_id).first()


def files_in(
    member: Membership, room: Chatroom, *, pictures: bool, of_customer: bool = False, before: int | None = None
) -> list[Attachment]:
    """Return one page of a chat's files, newest first: pictures and films, or all others.

    `of_customer`: of all chats of the room's customer that the member sees, on every connection and of everybody they
    were merged with.
    Needs the room's customer loaded.
    """
    is_picture = Q(file__kind__in=[FileKind.IMAGE, FileKind.VIDEO]) & ~Q(kind=MessageKind.DOCUMENT.value)
    files = _shown_files(room.workspace_id).filter(file__isnull=False)
    # As ids: where so much is joined, the database does not begin with the chats of a subquery.
    files = files.filter(message__chatroom_id__in=_rooms_of_customer(member, room) if of_customer else [room.pk])
    files = files.exclude(state=AttachmentState.FAILED).filter(is_picture if pictures else ~is_picture)
    if before is not None:
        files = files.filter(pk__lt=before)
    return list(files.order_by("-pk")[:FILES_PER_PAGE])


def is_used(file: MediaFile) -> bool:
    """Whether a message, a held answer, a draft, a message for later, a template's sample or a kept answer has this file."""
    in_message = Attachment.objects.filter(Q(file=file) | Q(sent_file=file), workspace_id=file.workspace_id)
    held = HeldAnswer.objects.filter(
        workspace_id=file.workspace_id, state__in=HELD_SHOWN, files__contains=[{"id": file.pk}]
    )
    drafts = AnswerDraft.objects.filter(workspace_id=file.workspace_id, files__contains=[{"id": file.pk}])
    # Messages for later belong to the slice above: they are read through their chats.
    with_it = Q(scheduled__files__contains=[{"id": file.pk}]) | Q(scheduled__template__file__id=file.pk)
    for_later = Chatroom.objects.filter(with_it, workspace_id=file.workspace_id)
    samples = MessageTemplate.objects.filter(workspace_id=file.workspace_id, order__sample=file.pk)
    used = (in_message, held, drafts, for_later, samples)
    return any(each.exists() for each in used) or faq.has_file(file)


def needed_files(workspace_id: int) -> set[int]:
    """Return the files of what will leave: of messages in the outbox, of held answers, drafts, and messages for later.

    Those of answers that are kept to be sent belong to it."""
    leaving = OutboxEntry.objects.filter(workspace_id=workspace_id).values("message")
    attachments = Attachment.objects.filter(workspace_id=workspace_id, message__in=leaving, file__isnull=False)
    held = HeldAnswer.objects.filter(workspace_id=workspace_id, state__in=HELD_SHOWN).exclude(files=[])
    drafts = AnswerDraft.objects.filter(workspace_id=workspace_id).exclude(files=[])
    # They belong to the slice above, see `is_used`.
    for_later = Chatroom.objects.filter(workspace_id=workspace_id, scheduled__state__in=["waiting", "missed"])
    rows = [*held.values_list("files", flat=True), *drafts.values_list("files", flat=True)]
    for files, template in for_later.values_list("scheduled__files", "scheduled__template"):
        rows += [files, [template["file"]] if "file" in template else []]
    stored = {each["id"] for files in rows for each in files if "id" in each}
    stored |= faq.files_kept(workspace_id)
    return stored | {file_id for file_id in attachments.values_list("file", flat=True) if file_id}


def own_numbers(workspace_id: int) -> list[Connection]:
    """Return the connections of a workspace, by name, for what customers see of them."""
    return list(Connection.objects.filter(workspace_id=workspace_id).only("name", "address").order_by("name", "pk"))


def _rooms_of_customer(member: Membership, room: Chatroom) -> list[int]:
    head = room.customer.head_id
    same = Customer.objects.filter(Q(pk=head) | Q(merged_into=head), workspace_id=room.workspace_id)
    return list(rooms_seen(member).filter(customer__in=same).values_list("pk", flat=True))


def _shown_files(workspace_id: int) -> QuerySet[Attachment]:
    files = Attachment.objects.filter(workspace_id=workspace_id, message__removed_at__isnull=True)
    parts = ("message__author__user", "message__connection", "message__chatroom__customer", "file", "sent_file")
    return files.select_related(*parts).defer("message__connection__credentials")


def _note_mark() -> Subquery:
    """How many notes there are on a room's customer, and when they last changed.

    Notes belong to the slice above: they are read through the customer."""
    same = one_person(OuterRef("customer_id"), OuterRef("customer__merged_into_id"))
    person = Customer.objects.filter(same, workspace_id=OuterRef("workspace_id"))
    mark = JSONObject(count=Count("notes"), changed=Max("notes__changed_at"))
    return Subquery(person.order_by().values("workspace_id").annotate(mark=mark).values("mark"))


def _draft_of(member: Membership) -> Subquery:
    """What a member has begun to write in a room, and its version."""
    drafts = AnswerDraft.objects.filter(workspace_id=member.workspace_id, chatroom=OuterRef("pk"), author=member)
    names = ("text", "reply_to_id", "options", "files", "version", "client_id")
    parts = JSONObject(**{name: name for name in names})
    return Subquery(drafts.values(parts=parts))


def rooms_with_draft(member: Membership) -> list[int]:
    """Return in which rooms a member has begun to write."""
    drafts = AnswerDraft.objects.filter(reach_of(member).rooms("chatroom__"), workspace_id=member.workspace_id)
    drafts = drafts.filter(author=member, is_empty=False)
    return list(drafts.values_list("chatroom_id", flat=True)[:DRAFTS_SHOWN])


def draft_version(member: Membership, room: Chatroom) -> int:
    """Return what an empty composer is made of: 0 where the draft is not empty, so that its page hears of it."""
    drafts = AnswerDraft.objects.filter(workspace_id=member.workspace_id, chatroom=room, author=member, is_empty=True)
    return drafts.values_list("version", flat=True).first() or 0


def _team_choices(workspace_id: int) -> ArraySubquery:
    """The workspace's teams, to which a chat can be given."""
    teams = Team.objects.filter(workspace_id=workspace_id).order_by("name", "pk")
    return ArraySubquery(teams.values(row=JSONObject(id="id", name="name")))


def _only_assignee_replies(workspace_id: int) -> Coalesce:
    """What the rule says that holds for a chat: its connection's own, else that of all connections."""
    rules = AssignmentRule.objects.filter(Q(connection=None) | Q(connection=OuterRef("connection")))
    rules = rules.filter(workspace_id=workspace_id).order_by("connection_id")  # null is last
    return Coalesce(Subquery(rules.values("only_assignee_replies")[:1]), False)


def as_rows(rooms: QuerySet[Chatroom]) -> QuerySet[Chatroom]:
    """Load what rows of the list show."""
    rows = rooms.select_related("workspace", *_ROOM_PARTS).only(*_ROW_FIELDS)
    return rows.annotate(label_dots=label_dots(), failed_id=_failed_id())


def failed_sends(workspace_id: int | OuterRef) -> QuerySet[Message]:
    """Return our messages that failed in chats in which none has left since."""
    messages = Message.objects.filter(workspace_id=workspace_id, direction=Direction.OUTBOUND)
    later = messages.filter(chatroom=OuterRef("chatroom"), state__in=_LEFT, sent_at__gt=OuterRef("sent_at"))
    return messages.filter(~Exists(later), state=MessageState.FAILED)


def _failed_id() -> Subquery:
    """One of the messages for which a chat is among those of `failed_sends`.

    Not "exists": for a long list the database would read a workspace's every failed message first."""
    messages = failed_sends(OuterRef("workspace_id")).filter(chatroom=OuterRef("pk"))
    return Subquery(messages.order_by().values("pk")[:1])


def seen_by(rooms: QuerySet[Chatroom], member: Membership) -> QuerySet[Chatroom]:
    """Put `seen_count` to chats: how many of their inbound messages a member has seen."""
    marker = ReadMarker.objects.filter(workspace_id=member.workspace_id, chatroom=OuterRef("pk"), member=member).values(
        "seen_count"
    )
    return rooms.annotate(seen_count=Coalesce(Subquery(marker), 0))


def _complete(messages: QuerySet[Message], order: tuple[str, str] = ("sent_at", "pk")) -> QuerySet[Message]:
    waiting = OutboxEntry.objects.filter(message=OuterRef("pk"))
    return messages.annotate(in_outbox=Exists(waiting)).select_related(*_MESSAGE_PARTS).order_by(*order)
