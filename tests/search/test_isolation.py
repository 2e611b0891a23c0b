"""Search sees what row-level security hides, so these are its fences: in SQL, as the product's own role, and in pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client

from inbox.chatrooms.models import Chatroom, Message
from inbox.customers.actions import merge_customers
from inbox.customers.models import Customer, CustomerValue
from inbox.lib import rows
from inbox.search.database import COLUMNS, FUNCTIONS, ROLE, knowledge_statements, unlearning_statements
from inbox.search.functions import MOST_KNOWN
from inbox.search.people import MOST_HOLDERS
from inbox.search.queries import Query
from inbox.search.selectors import find_customers, find_notes
from inbox.workspaces.models import Membership, Visibility
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with

from .conftest import HTMX, SEARCH, know, note, say, search

CALLS = [
    "SELECT id FROM search_messages(%s, '{peony}', '{}', NULL, NULL, 10, 100)",
    "SELECT id FROM search_messages(%s, '{peony}', '{}', NULL, NULL, 10, NULL)",
    "SELECT id FROM search_files(%s, '{peony}', '{}', NULL, 10)",
    "SELECT id FROM search_notes(%s, '{peony}', '{}', NULL, 10)",
    "SELECT id FROM search_customers(%s, '{peony}', '{}', '', NULL, NULL, 10)",
    "SELECT id FROM search_customers(%s, '{baker,peonyland}', '{}', '', NULL, NULL, 10)",  # by both together
    "SELECT id FROM search_customers(%s, '{peonyland}', '{}', '', NULL, NULL, 10)",  # by what is known of them
]


@pytest.fixture
def foreign(world: World) -> Chatroom:
    """A chat of the other workspace in which everything is called peony."""
    room = room_with(world, "Hello", connection=world.oven, phone="85290000002", name="Peony Baker")
    say(room, "Peony bread", filename="peony.pdf")
    note(world.sam, room, "Likes peony buns")
    know(room, "company", "Peonyland")
    return room


def ask(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def test_what_is_known_is_found_also_where_its_indexes_were_taken_back(world: World, foreign: Chatroom) -> None:
    for statements in (["SET CONSTRAINTS ALL IMMEDIATE"], unlearning_statements(), knowledge_statements()):
        with scope(world.bakery.pk), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        with scope(world.bakery.pk):
            assert len(ask(CALLS[-1], world.bakery.pk)) == 1
    # Whatever nobody may read meanwhile comes after what takes long.
    kinds = [statement.startswith("CREATE INDEX") for statement in knowledge_statements()]
    assert kinds == sorted(kinds, reverse=True)


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


@pytest.mark.parametrize("most", [0, max(MOST_KNOWN, MOST_HOLDERS) + 1])
def test_who_sees_some_chats_finds_the_people_in_them(world: World, most: int) -> None:
    """By the people of these chats where they are few, and else by asking about one hit after the other."""
    mine, _nobodys, bens, guest = (
        room_with(world, "Hi", phone=f"8529000001{number}", name=f"Peony {number}") for number in range(4)
    )
    know(bens, "company", "Peony Trading")
    know(mine, "company", "Lily Trading")
    with scope(world.lotus.pk):
        roses = [Customer(workspace=world.lotus, name="Rose") for _ in range(most)]
        rows.insert(roses)
        rows.insert(
            [
                Chatroom(workspace=world.lotus, customer=each, connection=world.shop, assignee=world.amy)
                for each in roses
            ]
        )
        Chatroom.objects.filter(pk=mine.pk).update(assignee=world.amy)
        Chatroom.objects.filter(pk__in=[bens.pk, guest.pk]).update(assignee=world.ben)
        merge_customers(actor=world.olivia, keep=mine.customer, merge=guest.customer)
        for rose in roses[:1]:
            CustomerValue.objects.create(workspace=world.lotus, customer=rose, key="company", value="Thornton")
        Membership.objects.filter(pk=world.amy.pk).update(visibility=Visibility.OWN)
        amy = Membership.objects.get(pk=world.amy.pk)
        found = {
            text: [row.pk for row in find_customers(amy, Query(text), limit=50).rows]
            for text in ("peony", "85290000011", "85290000013", "trading", "peony trading", "rose thornton", "rose")
        }
        notes = [note(world.ben, room, "tulips").pk for room in (mine, guest, bens)]
        assert {row.pk for row in find_notes(amy, Query("tulips"), limit=50).rows} == set(notes[:2])
    assert (
        [len(found.pop("rose")), found]
        == [
            min(most, 50),
            {
                "peony": [guest.customer_id],  # the newest of those who are one person
                "85290000011": [],
                "85290000013": [guest.customer_id],
                "trading": [mine.customer_id],
                "peony trading": [guest.customer_id],  # a name, and what is known of the same person
                "rose thornton": [rose.pk for rose in roses[:1]],  # one word is in thousands
            },
        ]
    )


def test_words_and_filters_are_never_read_as_sql(world: World, foreign: Chatroom) -> None:
    words = ["peony' OR true --", "%L", "$q$ OR true $q$", "\\", "peony\\'"]
    filters = '{"direction": "inbound\' OR true --", "connections": [1], "since": "2026-01-01"}'
    with scope(world.lotus.pk):
        for newest in (100, None):
            for word in words:
                call = "SELECT id FROM search_messages(%s, %s, %s, NULL, NULL, 10, %s)"
                assert ask(call, world.lotus.pk, [word], filters, newest) == []
        filters = '{"channel": "whatsapp\' OR true --", "connection": 1, "author": 1}'
        call = "SELECT id FROM search_customers(%s, %s, %s, %s, NULL, NULL, 10)"
        assert ask(call, world.lotus.pk, words, filters, "1' OR true --") == []
        call = "SELECT id FROM search_notes(%s, %s, %s, NULL, 10)"
        assert ask(call, world.lotus.pk, words, filters) == []


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
