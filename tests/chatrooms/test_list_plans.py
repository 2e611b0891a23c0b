"""How lists are read: every order by its index, so that no page costs more than another. With a few thousand chats."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from inbox.chatrooms import lists
from inbox.chatrooms.filters import RoomFilter
from inbox.customers.models import Customer
from inbox.workspaces.tenancy import scope
from tests.world import World

ROOMS = 4000
_FILL = """
INSERT INTO chatrooms_chatroom (workspace_id, customer_id, connection_id, status, assignee_id, last_message_at,
                                last_inbound_at, waiting_since, inbound_count, reported_read_id, created_at)
SELECT workspace_id, id, %(shop)s, 'open', CASE id %% 20 WHEN 0 THEN %(amy)s::bigint END, moment, moment,
       CASE id %% 2 WHEN 0 THEN moment END, 1, '', moment
FROM (SELECT *, now() - row_number() OVER (ORDER BY id) * interval '1 minute' AS moment FROM customers_customer WHERE workspace_id = %(lotus)s) AS c
"""


@pytest.fixture
def full(world: World) -> World:
    with scope(world.lotus.pk), connection.cursor() as cursor:
        Customer.objects.bulk_create(Customer(workspace=world.lotus, name=str(number)) for number in range(ROOMS))
        cursor.execute(_FILL, {"lotus": world.lotus.pk, "shop": world.shop.pk, "amy": world.amy.pk})
        cursor.execute("ANALYZE chatrooms_chatroom, customers_customer")
        # Joined as written: what is known of the other tables is chance here, so it must not choose the first one.
        cursor.execute("SET LOCAL join_collapse_limit = 1")
    return world


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (RoomFilter(), "rooms_all"),
        (RoomFilter(assignee="me"), "rooms_assigned"),
        (RoomFilter(sort="waiting"), "rooms_waiting"),
        (RoomFilter(sort="waiting", assignee="none"), "rooms_waiting"),
        (RoomFilter(sort="waiting", waiting="1-2"), "rooms_waiting"),
        (RoomFilter(sort="created"), "rooms_created"),
        (RoomFilter(unread=True), "rooms_all"),
        (RoomFilter(window="open", channels=("whatsapp",)), "rooms_all"),
    ],
)
def test_a_page_is_read_by_the_index_of_its_order(full: World, wanted: RoomFilter, index: str) -> None:
    with scope(full.lotus.pk):
        facts = lists.facts_of(full.amy)
        middle = lists.page_of(full.amy, wanted, facts, limit=ROOMS // 4)[-1]
        for after in (None, lists.position_of(middle, wanted.sort)):
            (statement,) = _statements(lambda after=after: lists.page_of(full.amy, wanted, facts, after=after))
            nodes = list(_nodes(_plan(*statement)))
            assert index in {node.get("Index Name") for node in nodes}, json.dumps(nodes[:6], indent=1)
            # The rows of a page may be put in order once more, never more of them.
            assert all(node["Plan Rows"] <= lists.ROWS_PER_PAGE for node in nodes if node["Node Type"].endswith("Sort"))
            if after is not None:  # the index seeks the place instead of walking to it
                (read,) = [node for node in nodes if node.get("Index Name") == index]
                assert str(after.at.year) in read["Index Cond"]


def _statements(ask: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    return found


def _plan(sql: str, params: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plan,) = cursor.fetchone()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes that find the rows; not those of sub-plans that look at one row each."""
    yield plan
    for child in plan.get("Plans", ()):
        if child.get("Parent Relationship") != "SubPlan":
            yield from _nodes(child)
