"""Reading notifications and how members want them. Call these inside the workspace's scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from inbox.chatrooms.models import Chatroom, ReadMarker
from inbox.chatrooms.selectors import Position
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import Reach, limited, reach_of, some_reaches

from .models import Device, Habits, Kind, Notification, Preference, Standing
from .policy import DEFAULTS, Ways

PER_PAGE = 30
# Nobody counts further: "99+".
MOST_COUNTED = 100
# How many a page that was away tells of at once.
MOST_NEWS = 20

# Those that the numbers of unread messages in the list say already.
OF_MESSAGES = (Kind.MESSAGE.value, Kind.UNASSIGNED.value)


@dataclass(frozen=True)
class Page:
    notifications: tuple[Notification, ...]
    older: Position | None


@dataclass(frozen=True)
class Count:
    """How much is unread: at all, and besides what customers wrote."""

    unread: int
    others: int


def ways_of(workspace_id: int, members: Collection[int], kinds: Collection[str]) -> dict[tuple[int, str], Ways]:
    """Return how each of these members is told of each of these kinds."""
    wanted = {(member, str(kind)): DEFAULTS[str(kind)] for member in members for kind in kinds}
    rows = Preference.objects.filter(workspace_id=workspace_id, member__in=members, kind__in=kinds)
    return wanted | {(row.member_id, row.kind): row.ways for row in rows}


def habits_of(member: Membership) -> Habits:
    """Return what the member's habits are, as a new row where they said nothing."""
    known = Habits.objects.filter(workspace_id=member.workspace_id, member=member).first()
    return known or Habits(workspace_id=member.workspace_id, member=member)


def unread(notifications: QuerySet[Notification]) -> QuerySet[Notification]:
    """Narrow to those nobody has read: of what customers wrote, where there is something the member has not seen."""
    return notifications.filter(read_at__isnull=True).exclude(Q(kind=Kind.MESSAGE) & _is_seen())


def of_member(member: Membership) -> QuerySet[Notification]:
    """Return what a member was told about chats that they see."""
    rows = Notification.objects.filter(workspace_id=member.workspace_id, member=member)
    return rows.filter(reach_of(member).rooms("chatroom__"))


def listed(member: Membership) -> QuerySet[Notification]:
    return of_member(member).filter(is_listed=True)


def count_of(member: Membership) -> Count:
    return _count(list(unread(listed(member)).values_list("kind", flat=True)[:MOST_COUNTED]))


def counts_of(workspace_id: int, members: Collection[int]) -> dict[int, Count]:
    """Return the counts of those of some members who see all chats; the others have to be asked about one by one."""
    some = set(limited(workspace_id).filter(pk__in=members).values_list("pk", flat=True))
    own = unread(Notification.objects.filter(workspace_id=workspace_id, member=OuterRef("pk"), is_listed=True))
    all_seen = Membership.objects.filter(workspace_id=workspace_id, pk__in=set(members) - some)
    told = all_seen.annotate(kinds=ArraySubquery(own.values("kind")[:MOST_COUNTED]))
    return {member_id: _count(kinds) for member_id, kinds in told.values_list("pk", "kinds")}


def _count(kinds: Sequence[str]) -> Count:
    return Count(len(kinds), sum(kind not in OF_MESSAGES for kind in kinds))


def page_of(member: Membership, *, before: Position | None = None) -> Page:
    """Return some of what a member was told, the newest first, each with `is_seen`."""
    rows = listed(member)
    if before is not None:
        rows = rows.filter(Q(happened_at__lt=before.at) | Q(happened_at=before.at, pk__lt=before.pk))
    found = list(_complete(rows).order_by("-happened_at", "-pk")[: PER_PAGE + 1])
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    return Page(tuple(found[:PER_PAGE]), Position(last.happened_at, last.pk) if last else None)


def newest_position(member: Membership) -> Position | None:
    newest = of_member(member).order_by("-happened_at", "-pk").values_list("happened_at", "pk").first()
    return Position(*newest) if newest else None


def news_after(member: Membership, after: Position) -> list[Notification]:
    """Return what is unread and newer than what a page knows of, the oldest first."""
    rows = unread(of_member(member)).filter(Q(happened_at__gt=after.at) | Q(happened_at=after.at, pk__gt=after.pk))
    return list(_complete(rows).order_by("-happened_at", "-pk")[:MOST_NEWS])[::-1]


def notification_of(member: Membership, notification_id: int) -> Notification | None:
    return of_member(member).select_related("chatroom").filter(pk=notification_id).first()


def to_tell(workspace_id: int, notifications: QuerySet[Notification]) -> list[Notification]:
    """Return those that are unread and about chats which their members see, with everything that words need."""
    rows = list(_complete(unread(notifications)))
    reaches = reaches_for(workspace_id, [row.chatroom for row in rows])
    return [row for row in rows if row.member_id not in reaches or reaches[row.member_id].sees(row.chatroom)]


def reaches_for(workspace_id: int, rooms: Iterable[Chatroom]) -> dict[int, Reach]:
    """Return, by member, the reach of who does not see all, as far as these chats go. Needs their customers."""
    people = {room.customer.head_id for room in rooms}
    return {reach.member_id: reach for reach in some_reaches(workspace_id, people)} if people else {}


def devices_of(member: Membership) -> QuerySet[Device]:
    """Return the devices that the member has registered and not removed."""
    devices = Device.objects.filter(workspace_id=member.workspace_id, member=member)
    return devices.exclude(standing=Standing.REMOVED).order_by("-pk")


def device_of(member: Membership, device_id: int) -> Device | None:
    return devices_of(member).filter(pk=device_id).first()


def _complete(notifications: QuerySet[Notification]) -> QuerySet[Notification]:
    return notifications.select_related(
        "chatroom__customer",
        "chatroom__connection",
        "chatroom__last_message__author__user",
        "message",
        "mention__note__author__user",
    ).annotate(is_seen=_is_seen())


def _is_seen() -> Exists:
    """Whether the member has seen everything that the customer wrote."""
    seen = ReadMarker.objects.filter(
        chatroom=OuterRef("chatroom"),
        member=OuterRef("member"),
        seen_count__gte=OuterRef("chatroom__inbound_count"),
    )
    return Exists(seen)
