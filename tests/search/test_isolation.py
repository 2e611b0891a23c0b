"""Search sees what row-level security hides, so these are its fences: in SQL, as the product's own role, and in pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from inbox.chatrooms.models import Chatroom, Message
from inbox.search.database import COLUMNS, FUNCTIONS, ROLE
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with

from .conftest import HTMX, SEARCH, note, say, search

CALLS = [
    "SELECT id FROM search_messages(%s, '{peony}', '{}', NULL, NULL, 10, 100)",
    "SELECT id FROM search_messages(%s, '{peony}', '{}', NULL, NULL, 10, NULL)",
    "SELECT id FROM search_files(%s, '{peony}', '{}', NULL, 10)",
    "SELECT id FROM search_notes(%s, '{peony}', '{}', NULL, 10)",
    "SELECT id FROM search_customers(%s, '{peony}', '{}', '', NULL, 10)",
]


@pytest.fixture
def foreign(world: World) -> Chatroom:
    """A chat of the other workspace in which everything is called peony."""
    room = room_with(world, "Hello", connection=world.oven, phone="85290000002", name="Peony Baker")
    say(room, "Peony bread", filename="peony.pdf")
    note(world.sam, room, "Likes peony buns")
    return room


def ask(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@pytest.mark.parametrize("call", CALLS)
def test_a_function_answers_about_its_own_scope_only(world: World, foreign: Chatroom, call: str) -> None:
    with scope(world.bakery.pk):
        assert len(ask(call, world.bakery.pk)) == 1  # it is there
    with scope(world.lotus.pk):
        assert ask(call, world.lotus.pk) == []
        with pytest.raises(ProgrammingError, match="outside of the workspace's scope"), transaction.atomic():
            ask(call, world.bakery.pk)
        with pytest.raises(ProgrammingError, match="outside of the workspace's scope"), transaction.atomic():
            ask(call, None)
    with pytest.raises(ProgrammingError, match="outside of the workspace's scope"), transaction.atomic():
        ask(call, world.bakery.pk)
    with pytest.raises(ProgrammingError, match="outside of the workspace's scope"), platform_scope("test"):
        ask(call, world.bakery.pk)


def test_words_and_filters_are_never_read_as_sql(world: World, foreign: Chatroom) -> None:
    words = ["peony' OR true --", "%L", "$q$ OR true $q$", "\\", "peony\\'"]
    filters = '{"direction": "inbound\' OR true --", "connections": [1], "since": "2026-01-01"}'
    with scope(world.lotus.pk):
        for newest in (100, None):
            for word in words:
                call = "SELECT id FROM search_messages(%s, %s, %s, NULL, NULL, 10, %s)"
                assert ask(call, world.lotus.pk, [word], filters, newest) == []
        assert (
            ask("SELECT id FROM search_customers(%s, %s, '{}', %s, NULL, 10)", world.lotus.pk, words, "1' OR true --")
            == []
        )


def test_the_product_has_nothing_of_the_search_role_by_itself(world: World, foreign: Chatroom) -> None:
    ((can_log_in, is_superuser, bypasses),) = ask(
        "SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", ROLE
    )
    assert (can_log_in, is_superuser, bypasses) == (False, False, False)
    assert ask("SELECT pg_has_role(current_user, %s, 'USAGE')", ROLE) == [(False,)]
    with scope(world.lotus.pk):
        assert not Message.objects.filter(text__contains="Peony").exists()
    owners = ask("SELECT proname, proowner::regrole::text FROM pg_proc WHERE prosecdef ORDER BY proname")
    assert owners == sorted((name.partition("(")[0], ROLE) for name in FUNCTIONS)


def test_the_search_role_reads_what_it_needs_and_writes_nothing(world: World) -> None:
    granted = ask(
        "SELECT table_name, string_agg(column_name, ', '), min(privilege_type), max(privilege_type)"
        " FROM information_schema.column_privileges WHERE grantee = %s GROUP BY table_name",
        ROLE,
    )
    assert {table: (set(str(columns).split(", ")), least, most) for table, columns, least, most in granted} == {
        table: (set(columns.split(", ")), "SELECT", "SELECT") for table, columns in COLUMNS.items()
    }
    assert ask("SELECT has_schema_privilege(%s, 'public', 'CREATE')", ROLE) == [(False,)]


def test_members_of_another_workspace_find_nothing(
    world: World, foreign: Chatroom, amy: Client, client_of: Callable[[Membership], Client]
) -> None:
    sam = client_of(world.sam)
    there = "/w/other-bakery/search/"
    assert "Peony" in sam.get(there, {"q": "peony"}, headers=HTMX).content.decode()
    assert amy.get(there, {"q": "peony"}, headers=HTMX).status_code == 404
    assert sam.get(SEARCH, {"q": "peony"}).status_code == 404
    page = search(amy, "peony")
    assert (page.status, page.all("li", "hit")) == (200, [])
    stolen = search(amy, "peony", who=str(world.sam.pk))
    assert (stolen.status, stolen.all("li", "hit")) == (422, [])
    assert "Sam" not in stolen.html
