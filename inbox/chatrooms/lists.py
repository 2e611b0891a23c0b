"""Lists of chats: which ones a filter shows, one page of them, and how many there are.

Every order has an index that leads with workspace and status, so that a page costs the same wherever it is; see
docs/inbox.md. Call these inside the workspace's scope.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    Func,
    Model,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject

from inbox.connections.models import REPLY_RULES, Connection
from inbox.labels.models import Label
from inbox.labels.selectors import customers_with_any
from inbox.lib import clock
from inbox.workspaces.models import Membership, Team, Workspace

from .filters import EVERY_STATUS, ME, NOBODY, STATUSES, WAITING, RoomFilter
from .models import (
    NEVER,
    ChangeCounter,
    Chatroom,
    SavedView,
    waiting_order,
)
from .open_windows import with_window
from .selectors import ROWS_PER_PAGE, Position, as_rows, failed_sends, rooms_seen, seen_by

MOST_ENTERED = 100
_CONNECTION_FIELDS = ("id", "name", "channel", *REPLY_RULES)
# What each order compares, and whether it rises.
_ORDERS = {
    "activity": ("last_message_at", False),
    "activity-reversed": ("last_message_at", True),
    "created": ("created_at", False),
    "created-reversed": ("created_at", True),
    "waiting": ("waits", True),
    "waiting-reversed": ("waits", False),
}
_LABEL_FIELDS = ("id", "name", "colour")
_TEAM_FIELDS = ("id", "name")
_VIEW_FIELDS = ("id", "name", "query", "is_shared", "owner_id", "position")


@dataclass(frozen=True)
class ListFacts:
    """What a page needs to know of its workspace to show a list: up to which change it is true, and what there is to
    choose. Its rows are as far as `facts_for` reads them; of named lists the member's own come first."""

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
    place = Case(When(owner=member, then=F("position"))).asc(nulls_last=True)
    return {
        "list_seq": Coalesce(Subquery(newest), 0),
        "list_connections": ArraySubquery(connections.values(row=_as_object(_CONNECTION_FIELDS))),
        "list_labels": ArraySubquery(labels.values(row=_as_object(_LABEL_FIELDS))),
        "list_teams": ArraySubquery(teams.values(row=_as_object(_TEAM_FIELDS))),
        "list_views": ArraySubquery(views.order_by(place, "name", "pk").values(row=_as_object(_VIEW_FIELDS))),
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
    if wanted.gone:
        return Chatroom.objects.none()
    rooms = rooms_seen(member)
    # Every status by name: the indexes lead with it.
    rooms = rooms.filter(status__in=STATUSES) if wanted.status == EVERY_STATUS else rooms.filter(status=wanted.status)
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
        rooms = rooms.alias(waits=waiting_order()).filter(_has_waited(wanted, now))
    if wanted.window:
        rooms = with_window(rooms, facts.connections_of(wanted), now, name="is_free")
        rooms = rooms.filter(Q(is_free=wanted.window == "open"))
    if wanted.bot:
        rooms = rooms.filter(bot_since__isnull=False)
    if wanted.failed:
        rooms = rooms.filter(pk__in=failed_sends(member.workspace_id).values("chatroom_id"))
    return rooms


def page_of(
    member: Membership,
    wanted: RoomFilter,
    facts: ListFacts,
    *,
    after: Position | None = None,
    limit: int = ROWS_PER_PAGE,
    at: datetime | None = None,
) -> list[Chatroom]:
    """Return one page of a list, in its order, each chat with the `seen_count` of this member."""
    if wanted.gone:
        return []
    statuses = STATUSES if wanted.status == EVERY_STATUS else (wanted.status,)
    runs = [
        run
        for status in statuses
        for run in _runs(matching(member, replace(wanted, status=status), facts, at=at), wanted.sort, after)
    ]
    if wanted.narrows or len(runs) > 1:
        first, *others = [run[:limit].values("pk") for run in runs]
        return list(_rows(member, first.union(*others, all=True) if others else first, wanted.sort)[:limit])
    return list(as_rows(seen_by(runs[0], member))[:limit])


def entered(
    member: Membership, wanted: RoomFilter, facts: ListFacts, *, since: datetime, at: datetime
) -> list[Chatroom]:
    """Return the chats that a filter shows at a time, and by time alone did not show at an earlier one, as rows.

    At most MOST_ENTERED, the first ones of the list.
    """
    if wanted.gone or not wanted.goes_by_time:
        return []
    rooms, matched = matching(member, wanted, facts, at=at), Q()
    if wanted.waiting:
        matched &= _has_waited(wanted, since)
    if wanted.window:
        rooms = with_window(rooms, facts.connections_of(wanted), since, name="was_free")
        matched &= Q(was_free=wanted.window == "open")
    rooms = _in_order(rooms.filter(~matched), wanted.sort)
    return list(_rows(member, rooms[:MOST_ENTERED].values("pk"), wanted.sort))


def as_shown(
    member: Membership, wanted: RoomFilter, facts: ListFacts, *, limit: int
) -> list[tuple[int, int | None, int | None, int]]:
    """Return the first chats of a list, in its order, each with its assignee, its team, and how many messages of its
    customer there are."""
    found = _in_order(matching(member, wanted, facts), wanted.sort)
    return list(found.values_list("pk", "assignee_id", "team_id", "inbound_count")[:limit])


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
        if not each.gone
    ]
    found = dict(asked[0].union(*asked[1:], all=True)) if asked else {}
    return {name: found.get(name, 0) for name in wanted}


def position_of(room: Chatroom, sort: str) -> Position:
    """Return the place of a chat of `page_of` in its order."""
    key, _is_rising = _ORDERS[sort]
    return Position((room.waiting_since or NEVER) if key == "waits" else getattr(room, key), room.pk)


def _rows(member: Membership, ids: QuerySet[Any, Any], sort: str) -> QuerySet[Chatroom]:
    """Return chats in order as rows. First which, then what their rows show: what is rare is collected and sorted, and
    that without seven joins.
    """
    rooms = Chatroom.objects.filter(_IsAnyOf(F("pk"), ArraySubquery(ids)), workspace_id=member.workspace_id)
    return as_rows(seen_by(_in_order(rooms, sort), member))


class _IsAnyOf(Func):
    """Whether the first is an element of the second. Of an array, unlike of a subquery, the planner expects few."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


def _has_waited(wanted: RoomFilter, at: datetime) -> Q:
    """Whether the customer has waited for as long as a filter says, at a time."""
    least, most = WAITING[wanted.waiting]
    long_enough = Q(waits__lte=at - timedelta(days=least))
    return long_enough if most is None else long_enough & Q(waits__gt=at - timedelta(days=most))


def _runs(rooms: QuerySet[Chatroom], sort: str, after: Position | None) -> list[QuerySet[Chatroom]]:
    """Return chats from a position on as stretches, each of which an index has in this order.

    That is one, but where those wait who have waited shortest: in the index they come behind those who do not wait."""
    rooms = _in_order(rooms, sort)
    if sort != "waiting-reversed":
        return [_beyond(rooms, sort, after)]
    falling = rooms.alias(waits=waiting_order()).order_by("-waits", "-pk")
    if after is not None and after.at == NEVER:
        return [_beyond(falling.filter(waits=NEVER), sort, after)]
    # Not "equals": the database would take the ids for the only order, and walk through those of all workspaces.
    return [_beyond(falling.filter(waits__lt=NEVER), sort, after), falling.filter(waits__gte=NEVER)]


def _beyond(rooms: QuerySet[Chatroom], sort: str, after: Position | None) -> QuerySet[Chatroom]:
    """Keep what comes after a position."""
    if after is None:
        return rooms
    key, is_rising = _ORDERS[sort]
    beyond = "gt" if is_rising else "lt"
    if after.at == NEVER:  # nothing is later, and most chats of a house may have this place
        return rooms.alias(waits=waiting_order()).filter(waits=NEVER, **{f"pk__{beyond}": after.pk})
    # The first comparison alone lets the index seek; the second only settles ties.
    rooms = rooms.filter(**{f"{key}__{beyond}e": after.at})
    return rooms.filter(Q(**{f"{key}__{beyond}": after.at}) | Q(**{f"pk__{beyond}": after.pk}))


def _in_order(rooms: QuerySet[Chatroom], sort: str) -> QuerySet[Chatroom]:
    """Order chats; whoever waits for nothing comes last in both directions."""
    if sort == "waiting-reversed":
        return rooms.alias(waits=waiting_order()).order_by(F("waiting_since").desc(nulls_last=True), "-pk")
    key, is_rising = _ORDERS[sort]
    return rooms.alias(waits=waiting_order()).order_by(*((key, "pk") if is_rising else (f"-{key}", "-pk")))


def _as_object(fields: Sequence[str]) -> JSONObject:
    return JSONObject(**{name: name for name in fields})
