"""Lists of chats: which ones a filter shows, one page of them, and how many there are.

Every order has an index that leads with workspace and status, so that a page costs the same wherever it is; see
docs/inbox.md. Call these inside the workspace's scope.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, F, Func, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from inbox.connections.models import REPLY_RULES, Connection
from inbox.labels.models import Label
from inbox.labels.selectors import customers_with_any
from inbox.lib import clock
from inbox.workspaces.models import Membership, Team, Workspace

from .filters import ME, NOBODY, WAITING, RoomFilter
from .models import (
    NEVER,
    ChangeCounter,
    Chatroom,
    Direction,
    Message,
    MessageState,
    SavedView,
    waiting_order,
)
from .open_windows import by_window
from .selectors import ROWS_PER_PAGE, Position, as_rows, rooms_seen, seen_by

# Messages in these states have left for certain.
_LEFT = [MessageState.SENT, MessageState.DELIVERED, MessageState.READ]
_CONNECTION_FIELDS = ("id", "name", "channel", *REPLY_RULES)
# What each order compares, and which way it goes on.
_ORDERS = {"activity": ("last_message_at", "lt"), "created": ("created_at", "lt"), "waiting": ("waits", "gt")}
_LABEL_FIELDS = ("id", "name", "colour")
_TEAM_FIELDS = ("id", "name")
_VIEW_FIELDS = ("id", "name", "query", "is_shared", "owner_id")


@dataclass(frozen=True)
class ListFacts:
    """What a page needs to know of its workspace to show a list: up to which change it is true, and what there is to
    choose. Its rows are as far as `facts_for` reads them."""

    seq: int
    connections: tuple[Connection, ...]
    labels: tuple[Label, ...]
    teams: tuple[Team, ...]
    views: tuple[SavedView, ...]

    def connections_of(self, wanted: RoomFilter) -> list[Connection]:
        """Return the connections whose chats a filter shows."""
        return [
            connection
            for connection in self.connections
            if (not wanted.channels or connection.channel in wanted.channels)
            and (not wanted.connections or connection.pk in wanted.connections)
        ]


def facts_of(member: Membership) -> ListFacts:
    """Read the facts of a list, in one query."""
    return facts_from(Workspace.objects.filter(pk=member.workspace_id).annotate(**facts_for(member)).get())


def facts_for(member: Membership) -> dict[str, Any]:
    """Return the facts as annotations of whatever row is read anyway."""
    newest = ChangeCounter.objects.filter(workspace_id=member.workspace_id).values("value")
    connections = Connection.objects.filter(workspace_id=member.workspace_id).order_by("name", "pk")
    labels = Label.objects.filter(workspace_id=member.workspace_id, deleted_at__isnull=True).order_by("position", "pk")
    teams = Team.objects.filter(workspace_id=member.workspace_id).order_by("name", "pk")
    views = SavedView.objects.filter(Q(owner=member) | Q(is_shared=True), workspace_id=member.workspace_id)
    return {
        "list_seq": Coalesce(Subquery(newest), 0),
        "list_connections": ArraySubquery(connections.values(row=_as_object(_CONNECTION_FIELDS))),
        "list_labels": ArraySubquery(labels.values(row=_as_object(_LABEL_FIELDS))),
        "list_teams": ArraySubquery(teams.values(row=_as_object(_TEAM_FIELDS))),
        "list_views": ArraySubquery(views.order_by("name", "pk").values(row=_as_object(_VIEW_FIELDS))),
    }


def facts_from(row: Model) -> ListFacts:
    """Take the facts from a row that was annotated with `facts_for`."""
    read = cast("Any", row)
    return ListFacts(
        seq=read.list_seq,
        connections=tuple(Connection(**fields) for fields in read.list_connections),
        labels=tuple(Label(**fields) for fields in read.list_labels),
        teams=tuple(Team(**fields) for fields in read.list_teams),
        views=tuple(SavedView(**fields) for fields in read.list_views),
    )


def matching(
    member: Membership, wanted: RoomFilter, facts: ListFacts, *, at: datetime | None = None
) -> QuerySet[Chatroom]:
    """Return the chats that a filter shows to a member, in no order."""
    now = at or clock.now()
    rooms = rooms_seen(member).filter(status=wanted.status)
    if wanted.assignee == ME:
        rooms = rooms.filter(assignee=member)
    elif wanted.assignee == NOBODY:
        rooms = rooms.filter(assignee__isnull=True)
    elif wanted.assignee:
        rooms = rooms.filter(assignee_id=int(wanted.assignee))
    if wanted.team:
        rooms = rooms.filter(team_id=wanted.team)
    if wanted.channels or wanted.connections:
        rooms = rooms.filter(connection_id__in=[connection.pk for connection in facts.connections_of(wanted)])
    if wanted.labels:
        rooms = rooms.filter(customer_id__in=customers_with_any(member.workspace_id, wanted.labels))
    if wanted.unread:
        rooms = seen_by(rooms, member).filter(inbound_count__gt=F("seen_count"))
    if wanted.waiting:
        least, most = (now - timedelta(days=days) for days in WAITING[wanted.waiting])
        rooms = rooms.alias(waits=waiting_order()).filter(waits__gt=most, waits__lte=least)
    if wanted.window:
        rooms = by_window(rooms, facts.connections_of(wanted), now, is_open=wanted.window == "open")
    if wanted.bot:
        rooms = rooms.filter(bot_since__isnull=False)
    if wanted.failed:
        rooms = rooms.filter(pk__in=_with_failed_sends(member.workspace_id))
    return rooms


def page_of(
    member: Membership,
    wanted: RoomFilter,
    facts: ListFacts,
    *,
    after: Position | None = None,
    limit: int = ROWS_PER_PAGE,
) -> list[Chatroom]:
    """Return one page of a list, in its order, each chat with the `seen_count` of this member."""
    key, beyond = _ORDERS[wanted.sort]
    order = (key, "pk") if beyond == "gt" else (f"-{key}", "-pk")
    rooms = _ordered(matching(member, wanted, facts))
    if after is not None:
        # The first comparison alone lets the index seek; the second only settles ties.
        rooms = rooms.filter(**{f"{key}__{beyond}e": after.at})
        rooms = rooms.filter(Q(**{f"{key}__{beyond}": after.at}) | Q(**{f"pk__{beyond}": after.pk}))
    if wanted.narrows:
        # First which, then what their rows show: what is rare is collected and sorted, and that without seven joins.
        some = ArraySubquery(rooms.order_by(*order)[:limit].values("pk"))
        rooms = _ordered(Chatroom.objects.filter(_IsAnyOf(F("pk"), some), workspace_id=member.workspace_id))
    return list(as_rows(seen_by(rooms, member)).order_by(*order)[:limit])


def belonging(member: Membership, wanted: RoomFilter, facts: ListFacts, *, room_ids: Collection[int]) -> list[Chatroom]:
    """Return those of some chats that a filter shows, as rows."""
    return list(as_rows(seen_by(matching(member, wanted, facts).filter(pk__in=room_ids), member)))


def counts(member: Membership, wanted: Mapping[str, RoomFilter], facts: ListFacts) -> dict[str, int]:
    """Count the chats of many filters exactly, in one query."""
    now = clock.now()
    asked: list[QuerySet[Any, Any]] = [
        matching(member, each, facts, at=now)
        .annotate(asked=Value(name))
        .values("asked")
        .annotate(found=Count("pk"))
        .values_list("asked", "found")
        for name, each in wanted.items()
    ]
    found = dict(asked[0].union(*asked[1:], all=True)) if asked else {}
    return {name: found.get(name, 0) for name in wanted}


def position_of(room: Chatroom, sort: str) -> Position:
    """Return the place of a chat of `page_of` in its order."""
    if sort == "waiting":
        return Position(room.waiting_since or NEVER, room.pk)
    return Position(room.created_at if sort == "created" else room.last_message_at, room.pk)


class _IsAnyOf(Func):
    """Whether the first is an element of the second. Of an array, unlike of a subquery, the planner expects few."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


def _ordered(rooms: QuerySet[Chatroom]) -> QuerySet[Chatroom]:
    """Let chats be ordered by how long they wait."""
    return rooms.alias(waits=waiting_order())


def _with_failed_sends(workspace_id: int) -> QuerySet[Any, Any]:
    """Return the ids of the chats in which one of our messages failed, and none has left since."""
    messages = Message.objects.filter(workspace_id=workspace_id, direction=Direction.OUTBOUND)
    later = messages.filter(chatroom=OuterRef("chatroom"), state__in=_LEFT, sent_at__gt=OuterRef("sent_at"))
    return messages.filter(~Exists(later), state=MessageState.FAILED).values("chatroom_id")


def _as_object(fields: Sequence[str]) -> JSONObject:
    return JSONObject(**{name: name for name in fields})
