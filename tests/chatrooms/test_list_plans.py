"""Every page of a list is read by an index that has its order: as the database plans it, with row-level security on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection

from inbox.chatrooms import lists
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import NEVER, Chatroom
from inbox.chatrooms.selectors import Position
from inbox.customers.models import Customer
from inbox.lib import clock, rows
from inbox.workspaces.tenancy import scope
from tests.world import World

# The order, the index that has it, what a deep page seeks in it, and in how many stretches it is read.
ORDERS = [
    ("activity", "rooms_all", "last_message_at <=", 1),
    ("activity-reversed", "rooms_all", "last_message_at >=", 1),
    ("created", "rooms_created", "created_at <=", 1),
    ("created-reversed", "rooms_created", "created_at >=", 1),
    ("waiting", "rooms_waiting", "END >=", 1),
    ("waiting-reversed", "rooms_waiting", "END <=", 2),
]


def test_each_order_is_read_by_its_index_on_the_first_page_and_deep_inside(world: World) -> None:
    many_rooms(world)
    for sort, index, seek, runs in ORDERS:
        for status, statuses in (("open", 1), ("all", 3)):
            for after in (None, Position(clock.now(), 7)):
                plan = plan_of(world, RoomFilter(sort=sort, status=status), after)
                # What is merged is read before, then its rows by their ids.
                before = [node for node in nodes(plan) if node.get("Parent Relationship") == "InitPlan"]
                parts = before if runs * statuses > 1 else [plan]
                scans = [node for part in parts for node in nodes(part) if node.get("Index Name") == index]
                what = (sort, status, after, json.dumps(plan, indent=1))
                assert len(scans) == runs * statuses, what
                # Only what has been merged is sorted: a page of each stretch.
                sorts = [node for node in nodes(plan) if node["Node Type"].endswith("Sort")]
                assert len(sorts) == (1 if runs * statuses > 1 else 0), what
                sought = [node for node in scans if after is not None and seek in node["Index Cond"]]
                assert len(sought) == (statuses if after is not None else 0), what
    for sort, seek in (("waiting", "id > "), ("waiting-reversed", "id < ")):
        behind_all_who_wait = plan_of(world, RoomFilter(sort=sort), Position(NEVER, 7))
        # By whichever index has the ids in order, as long as it seeks.
        scans = [node for node in nodes(behind_all_who_wait) if node.get("Relation Name") == "chatrooms_chatroom"]
        assert [seek in node.get("Index Cond", "") for node in scans] == [True], scans
    mine = plan_of(world, RoomFilter(assignee="me"), Position(clock.now(), 7))
    (scan,) = [node for node in nodes(mine) if node.get("Index Name") == "rooms_assigned"]
    assert "last_message_at <=" in scan["Index Cond"]


def many_rooms(world: World) -> None:
    """Chats of two workspaces, in most of which nobody waits, and what the planner knows of them."""
    for line, count in ((world.oven, 3000), (world.shop, 600)):
        with scope(line.workspace_id):
            people = [Customer(workspace_id=line.workspace_id, name="Rose") for _ in range(count)]
            rows.insert(people)
            rooms = [Chatroom(workspace_id=line.workspace_id, customer=each, connection=line) for each in people]
            for number, room in enumerate(rooms[::3]):
                room.waiting_since = clock.now() - timedelta(minutes=number)
            rows.insert(rooms)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chatrooms_chatroom")


def plan_of(world: World, wanted: RoomFilter, after: Position | None) -> dict[str, Any]:
    """Return how the database reads a page, where it does without reading all and sorting if it can."""
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with scope(world.lotus.pk), connection.cursor() as cursor:
        facts = lists.facts_of(world.amy)
        with connection.execute_wrapper(note):
            lists.page_of(world.amy, wanted, facts, after=after)
        ((sql, params),) = statements
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (found,) = cursor.fetchone()
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the steps of a plan but for what is asked anew for each row, its labels for example."""
    yield plan
    for child in plan.get("Plans", ()):
        if child["Parent Relationship"] != "SubPlan":
            yield from nodes(child)
