"""Finding things. Call these inside the workspace's scope: the functions of `database` refuse any other.

They give ids, and the rows are read as everywhere, under row-level security. Each statement has a time limit, so that a
search that finds too much ends by itself and holds up nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar, cast

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, Exists, Func, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, JSONObject, NullIf

from inbox.chatrooms.models import Attachment, Chatroom, Message
from inbox.chatrooms.selectors import Position, rooms_seen
from inbox.connections.models import Connection
from inbox.customers.fields import Field
from inbox.customers.models import Customer, CustomerValue
from inbox.customers.selectors import fields_of
from inbox.notes.models import CustomerNote
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.searching import in_time, time_limit
from inbox.workspaces.visibility import reach_of

from .queries import Query

Row = TypeVar("Row")

MOST_HITS = 50
# As many messages are looked through, the newest first, before the index is asked: a common word is among them.
NEWEST = 3000

_SEARCH_MESSAGES = "SELECT id FROM search_messages(%s, %s, %s, %s, %s, %s, %s)"
_SEARCH_FILES = "SELECT id FROM search_files(%s, %s, %s, %s, %s)"
_SEARCH_NOTES = "SELECT id FROM search_notes(%s, %s, %s, %s, %s)"
_SEARCH_CUSTOMERS = "SELECT id, likeness, head, value_id FROM search_customers(%s, %s, %s, %s, %s, %s, %s)"
_PERSON_POSITION = re.compile(r"(\d(?:\.\d{1,12})?)_(\d{1,18})")


@dataclass(frozen=True)
class Hits(Generic[Row]):
    """What was found, the first hits first. `is_cut`: time ran out, so there may be others."""

    rows: Sequence[Row] = ()
    has_more: bool = False
    is_cut: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of a customer, and was found."""

    field: Field
    value: str


class PersonPosition(NamedTuple):
    """Where customers go on: after those who are as likely, by the id of their person's head."""

    likeness: float
    head: int

    def __str__(self) -> str:
        return f"{self.likeness:.10g}_{self.head}"

    @classmethod
    def parse(cls, text: str) -> PersonPosition | None:
        match = _PERSON_POSITION.fullmatch(text)
        return cls(float(match[1]), int(match[2])) if match else None


@dataclass(frozen=True)
class People(Hits[Customer]):
    """Customers who were found, each person once; `known` says by what, by the customer's id, where that is no name."""

    known: Mapping[int, Known] = field(default_factory=dict)
    end: PersonPosition | None = None


@dataclass(frozen=True)
class Choices:
    """What a search can be narrowed by. `former` are colleagues who left and had written something, by their ids;
    `zone` is that of the member's days.
    """

    connections: tuple[Connection, ...]
    former: Mapping[int, str]
    zone: str

    def connections_of(self, query: Query) -> list[int] | None:
        """Return the ids of the connections that a search is about; None for all."""
        if not query.channel and not query.connection:
            return None
        return [
            each.pk
            for each in self.connections
            if query.connection in (None, each.pk) and query.channel in ("", each.channel)
        ]


def choices_of(member: Membership) -> Choices:
    """Give the transaction's further statements a time limit, and read what there is to choose, in one statement."""
    here = Workspace.objects.filter(pk=member.workspace_id)
    connections = Connection.objects.filter(workspace_id=member.workspace_id).order_by("name", "pk")
    # How a member reads times stands in the slice beside this one.
    habits = apps.get_model("notifications", "Habits")._default_manager.filter(
        workspace_id=member.workspace_id, member=member
    )
    limit = Func(Value("statement_timeout"), Value(time_limit()), Value(True), function="set_config")
    row = here.annotate(
        search_connections=ArraySubquery(connections.values(row=JSONObject(id="id", name="name", channel="channel"))),
        search_former=ArraySubquery(_former(member.workspace_id)),
        search_zone=Coalesce(Subquery(habits.values("zone")), Value("UTC"), output_field=TextField()),
        search_limit=Coalesce(limit, Value(""), output_field=TextField()),
    ).get()
    read = cast("Any", row)
    return Choices(
        connections=tuple(Connection(**fields) for fields in read.search_connections),
        former={former["id"]: former["name"] for former in read.search_former},
        zone=read.search_zone,
    )


def find_messages(
    member: Membership, query: Query, filters: Mapping[str, object], *, limit: int, before: Position | None = None
) -> Hits[Message]:
    """Return the newest messages that hold every word."""
    place = [before.at, before.pk] if before else [None, None]
    asked = [member.workspace_id, query.words, _as_json(member, filters), *place, limit + 1]
    ids = _ids(_SEARCH_MESSAGES, [*asked, NEWEST])
    is_cut = ids is None
    if len(ids or ()) <= limit and query.is_indexed:
        all_ids = _ids(_SEARCH_MESSAGES, [*asked, None])
        is_cut = all_ids is None
        ids = ids if all_ids is None else all_ids
    found = Message.objects.filter(reach_of(member).rooms("chatroom__"), workspace_id=member.workspace_id)
    found = found.filter(pk__in=(ids or ())[:limit])
    found = found.select_related("chatroom__customer", "connection", "author__user").defer("connection__credentials")
    rows = sorted(found, key=lambda message: (message.sent_at, message.pk), reverse=True)
    return Hits(rows, has_more=len(ids or ()) > limit, is_cut=is_cut)


def find_files(
    member: Membership, query: Query, filters: Mapping[str, object], *, limit: int, before: int | None = None
) -> Hits[Attachment]:
    """Return the newest files whose names hold every word."""
    ids = _ids(_SEARCH_FILES, [member.workspace_id, query.words, _as_json(member, filters), before, limit + 1])
    found = Attachment.objects.filter(reach_of(member).rooms("message__chatroom__"), workspace_id=member.workspace_id)
    found = found.filter(pk__in=(ids or ())[:limit])
    parts = ("file", "message__chatroom__customer", "message__connection", "message__author__user")
    rows = found.select_related(*parts).defer("message__connection__credentials").order_by("-pk")
    return Hits(list(rows), has_more=len(ids or ()) > limit, is_cut=ids is None)


def find_notes(
    member: Membership,
    query: Query,
    filters: Mapping[str, object] | None = None,
    *,
    limit: int,
    before: int | None = None,
) -> Hits[CustomerNote]:
    """Return the newest notes that hold every word."""
    ids = _ids(_SEARCH_NOTES, [member.workspace_id, query.words, _as_json(member, filters), before, limit + 1])
    found = CustomerNote.objects.filter(workspace_id=member.workspace_id, pk__in=(ids or ())[:limit])
    rows = found.select_related("customer", "author__user").order_by("-pk")
    return Hits(list(rows), has_more=len(ids or ()) > limit, is_cut=ids is None)


def find_customers(
    member: Membership,
    query: Query,
    filters: Mapping[str, object] | None = None,
    *,
    limit: int,
    before: PersonPosition | None = None,
) -> People:
    """Return who has every word, or something like it, in their names, in what is known of them, or this in a number.

    Each person once, with identities; what was found first comes first.
    """
    asked = [member.workspace_id, query.words, _as_json(member, filters), query.digits, *(before or (None, None))]
    found = _found(_SEARCH_CUSTOMERS, [*asked, limit + 1])
    shown = (found or [])[:limit]
    customers = Customer.objects.filter(workspace_id=member.workspace_id, pk__in=[pk for pk, *_more in shown])
    rows = {customer.pk: customer for customer in customers.prefetch_related("identities")}
    return People(
        rows=[rows[pk] for pk, *_more in shown if pk in rows],
        has_more=len(found or ()) > limit,
        is_cut=found is None,
        known=_known(member, {pk: value for pk, _likeness, _head, value in shown if value}),
        end=PersonPosition(*shown[-1][1:3]) if shown else None,
    )


def latest_rooms(
    member: Membership, customers: Sequence[Customer], connections: Collection[int] = ()
) -> dict[int, Chatroom]:
    """Return the chat that each customer's person wrote in last, of those the member sees, by the customer's id.

    Where there is one on these connections, it is the last of these.
    """
    heads = {customer.head_id for customer in customers}
    merged = Customer.objects.filter(workspace_id=member.workspace_id, merged_into__in=heads)
    # As ids: an "or" across two tables would make the database read every chat.
    persons = heads.union(merged.values_list("pk", flat=True)) if heads else heads
    rooms = rooms_seen(member).filter(customer__in=persons)
    rooms = rooms.select_related("customer", "connection").defer("connection__credentials")
    there = [Case(When(connection__in=connections, then=0), default=1)] if connections else []
    rooms = rooms.order_by(*there, "-last_message_at", "-pk")
    by_head: dict[int, Chatroom] = {}
    for room in rooms[: 4 * MOST_HITS] if heads else ():
        by_head.setdefault(room.customer.head_id, room)
    return {each.pk: by_head[each.head_id] for each in customers if each.head_id in by_head}


def _former(workspace_id: int) -> QuerySet[Membership, Any]:
    """Return who is no longer here and had written a message or a note."""
    members = Membership.objects.filter(workspace_id=workspace_id)
    wrote = Exists(Message.objects.filter(workspace_id=workspace_id, author=OuterRef("pk")))
    noted = Exists(CustomerNote.objects.filter(workspace_id=workspace_id, author=OuterRef("pk")))
    gone = members.exclude(is_active=True, user__is_active=True).filter(wrote | noted).order_by("user__name", "pk")
    name = Coalesce(NullIf("user__name", Value("")), "user__email")
    return gone.values(row=JSONObject(id="pk", name=name))


def _known(member: Membership, value_ids: Mapping[int, int]) -> dict[int, Known]:
    """Return what these values say, by who was found by them. No query where there are none."""
    if not value_ids:
        return {}
    values = CustomerValue.objects.filter(workspace_id=member.workspace_id).in_bulk(list(value_ids.values()))
    fields = {each.key: each for each in fields_of(member.workspace_id)}
    found = {pk: values[value] for pk, value in value_ids.items() if value in values}
    return {pk: Known(fields[row.key], row.value) for pk, row in found.items() if row.key in fields}


def _as_json(member: Membership, filters: Mapping[str, object] | None = None) -> str:
    return json.dumps({**(filters or {}), **reach_of(member).facts})


def _ids(statement: str, values: Sequence[Any]) -> list[int] | None:
    """Return what a function found; None when its time ran out."""
    found = _found(statement, values)
    return None if found is None else [pk for (pk,) in found]


def _found(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]] | None:
    def ask() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    return in_time(ask)
