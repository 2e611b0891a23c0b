"""Finding things. Call these inside the workspace's scope: the functions of `database` refuse any other.

They give ids, and the rows are read as everywhere, under row-level security. Each statement has a time limit, so that a
search that finds too much ends by itself and holds up nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from inbox.chatrooms.models import Attachment, Chatroom, Message
from inbox.chatrooms.selectors import Position, rooms_seen
from inbox.connections.models import Connection
from inbox.customers.models import Customer
from inbox.notes.models import CustomerNote
from inbox.workspaces.models import Membership
from inbox.workspaces.visibility import reach_of

from .queries import Query

Row = TypeVar("Row")
Result = TypeVar("Result")

MOST_HITS = 50
SECONDS = 2.0
# As many messages are looked through, the newest first, before the index is asked: a common word is among them.
NEWEST = 3000

_SEARCH_MESSAGES = "SELECT id FROM search_messages(%s, %s, %s, %s, %s, %s, %s)"
_SEARCH_FILES = "SELECT id FROM search_files(%s, %s, %s, %s, %s)"
_SEARCH_NOTES = "SELECT id FROM search_notes(%s, %s, %s, %s, %s)"
_SEARCH_CUSTOMERS = "SELECT id FROM search_customers(%s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Hits(Generic[Row]):
    """What was found, the first hits first. `is_cut`: time ran out, so there may be others."""

    rows: Sequence[Row] = ()
    has_more: bool = False
    is_cut: bool = False


def limit_statements() -> None:
    """Give each of the transaction's further statements a time limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(int(SECONDS * 1000))])


def in_time(work: Callable[[], Result]) -> Result | None:
    """Return what came of some reading; None when a statement's time ran out, and the transaction goes on."""
    try:
        with transaction.atomic():
            return work()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def connections_of(member: Membership, channel: str) -> list[int] | None:
    """Return the ids of a channel's connections; None for all channels."""
    if not channel:
        return None
    own = Connection.objects.filter(workspace_id=member.workspace_id, channel=channel)
    return list(own.values_list("pk", flat=True))


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


def find_notes(member: Membership, query: Query, *, limit: int, before: int | None = None) -> Hits[CustomerNote]:
    """Return the newest notes that hold every word."""
    ids = _ids(_SEARCH_NOTES, [member.workspace_id, query.words, _as_json(member), before, limit + 1])
    found = CustomerNote.objects.filter(workspace_id=member.workspace_id, pk__in=(ids or ())[:limit])
    rows = found.select_related("customer", "author__user").order_by("-pk")
    return Hits(list(rows), has_more=len(ids or ()) > limit, is_cut=ids is None)


def find_customers(member: Membership, query: Query, *, limit: int) -> Hits[Customer]:
    """Return who has every word, or something like it, in their names, or this in a number or user name.

    Each person once, with identities; what was found first comes first.
    """
    asked = [member.workspace_id, query.words, _as_json(member), query.digits, query.channel or None, limit + 1]
    ids = _ids(_SEARCH_CUSTOMERS, asked)
    found = Customer.objects.filter(workspace_id=member.workspace_id, pk__in=(ids or ())[:limit])
    rows = {customer.pk: customer for customer in found.prefetch_related("identities")}
    return Hits([rows[pk] for pk in ids or () if pk in rows], has_more=len(ids or ()) > limit, is_cut=ids is None)


def latest_rooms(member: Membership, customers: Sequence[Customer]) -> dict[int, Chatroom]:
    """Return the chat that each customer's person wrote in last, of those the member sees, by the customer's id."""
    heads = {customer.head_id for customer in customers}
    merged = Customer.objects.filter(workspace_id=member.workspace_id, merged_into__in=heads)
    # As ids: an "or" across two tables would make the database read every chat.
    persons = heads.union(merged.values_list("pk", flat=True)) if heads else heads
    rooms = rooms_seen(member).filter(customer__in=persons)
    rooms = rooms.select_related("customer", "connection").defer("connection__credentials")
    by_head: dict[int, Chatroom] = {}
    for room in rooms.order_by("-last_message_at", "-pk")[: 4 * MOST_HITS] if heads else ():
        by_head.setdefault(room.customer.head_id, room)
    return {each.pk: by_head[each.head_id] for each in customers if each.head_id in by_head}


def _as_json(member: Membership, filters: Mapping[str, object] | None = None) -> str:
    return json.dumps({**(filters or {}), **reach_of(member).facts})


def _ids(statement: str, values: Sequence[Any]) -> list[int] | None:
    """Return what a function found; None when its time ran out."""

    def ask() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [pk for (pk,) in cursor.fetchall()]

    return in_time(ask)
