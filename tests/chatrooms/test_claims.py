"""What the dispatcher takes from a long queue, and what looking for it costs: never the queue once for each of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Min

from inbox.chatrooms.actions import _dispatch
from inbox.chatrooms.models import Chatroom, OutboxEntry
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with, write

pytestmark = pytest.mark.django_db

ROOMS, IN_EACH = 300, 5
TABLES = "chatrooms_outboxentry, chatrooms_message"
_FILL = """
WITH message AS (
    INSERT INTO chatrooms_message (workspace_id, chatroom_id, connection_id, client_id, direction, kind, text, state,
        details, reactions, reacted_at, failure_code, failure_text, attempt_count, reply_to_external_id, sent_at, created_at)
    SELECT workspace_id, id, connection_id, gen_random_uuid(), 'outbound', 'text', 'News', 'queued',
        '{}', '{}', '{}', '', '', 0, '', now(), now()
    FROM chatrooms_chatroom, generate_series(1, %(each)s) WHERE workspace_id = %(workspace)s
    RETURNING *)
INSERT INTO chatrooms_outboxentry (workspace_id, message_id, chatroom_id, connection_id, due_at, is_parked, refusals, form)
SELECT workspace_id, id, chatroom_id, connection_id, now(), false, 0, '{}' FROM message
"""


@pytest.fixture
def surprised(world: World) -> Iterator[World]:
    """A queue that has filled since its statistics were taken, when it had been emptied: they say that it has no rows."""
    with scope(world.lotus.pk), connection.cursor() as cursor:
        people = Customer.objects.bulk_create(Customer(workspace=world.lotus, name=str(n)) for n in range(ROOMS))
        Chatroom.objects.bulk_create(
            Chatroom(workspace=world.lotus, customer=person, connection=world.shop) for person in people
        )
        fill = {"each": IN_EACH, "workspace": world.lotus.pk}
        cursor.execute(_FILL, fill)
        cursor.execute("DELETE FROM chatrooms_outboxentry")
        cursor.execute("DELETE FROM chatrooms_message")
        cursor.execute(f"ANALYZE {TABLES}")
        cursor.execute(_FILL, fill)
        yield world
        cursor.execute(f"ANALYZE {TABLES}")  # statistics of tables outlast a transaction


def claimed(most: int = 80) -> list[OutboxEntry]:
    with platform_scope("what is due"):
        return _dispatch._due_entries(clock.now(), set(), most)


def test_a_claim_looks_at_each_row_a_few_times_whatever_the_planner_believes(surprised: World) -> None:
    statements: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "chatrooms_outboxentry" in sql:
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert len(claimed()) == 80
    with platform_scope("their plans"), connection.cursor() as cursor:
        seen = 0
        for sql, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            plan = cursor.fetchone()[0]
            seen += sum(map(_rows_seen, _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])))
    # A claim of 80 may look through what it joins for each message that it takes, never for each that is in the queue.
    assert seen < 10 * 80 * ROOMS * IN_EACH


def test_each_claim_takes_the_next_of_a_chat_only(surprised: World) -> None:
    entries = claimed(most=ROOMS * IN_EACH)
    with platform_scope("the queue"):
        heads = dict(OutboxEntry.objects.order_by().values_list("chatroom").annotate(Min("pk")))
    assert len(entries) > 100
    assert {entry.chatroom_id: entry.pk for entry in entries}.items() <= heads.items()
    assert len({entry.chatroom_id for entry in entries}) == len(entries)


def test_many_who_wait_behind_one_hide_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dispatch, "LOOK_AHEAD", 2)
    slow, quick = room_with(world), room_with(world, phone="85290000002")
    first, *behind = [write(world.amy, slow, f"Part {number}") for number in range(6)]
    free = write(world.ben, quick, "Hello")
    with scope(world.lotus.pk):
        OutboxEntry.objects.filter(message=first).update(due_at=clock.now() + timedelta(minutes=1))
    assert len(behind) == 5
    assert [entry.message_id for entry in claimed()] == [free.pk]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _rows_seen(node: dict[str, Any]) -> float:
    removed = sum(node.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Join Filter", "Index Recheck"))
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])
