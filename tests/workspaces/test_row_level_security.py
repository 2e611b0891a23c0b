"""The database itself refuses: raw SQL in one workspace's scope, aimed at the rows of another."""

from __future__ import annotations

import logging
from collections.abc import Callable

import psycopg.errors
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.test import Client

from inbox.customers.models import Customer
from inbox.webhooks.models import WebhookEvent
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import (
    PLATFORM_SETTING,
    WORKSPACE_SETTING,
    is_tenant_model,
    platform_scope,
    scope,
    tenant_references,
)
from tests.world import World

from .conftest import House

TENANT_MODELS = [model for model in apps.get_models() if is_tenant_model(model)]
REFERENCES = [(model, reference) for model in TENANT_MODELS for reference in tenant_references(model)]


@pytest.fixture
def houses(lotus_house: House, bakery_house: House) -> tuple[int, int]:
    """The ids of two workspaces with rows in every tenant table: ours, and the strangers'."""
    return lotus_house.owner.workspace_id, bakery_house.owner.workspace_id


def ask(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def run(statement: str, *values: object) -> int:
    """Execute in a savepoint of its own and return how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def run_to_the_end(statement: str, *values: object) -> None:
    """Execute one statement that touches rows, and check what PostgreSQL otherwise checks at the commit."""
    with transaction.atomic():
        assert run(statement, *values) > 0
        run("SET CONSTRAINTS ALL IMMEDIATE")


def rows_of(model: type[models.Model], workspace_id: int) -> int:
    ((count,),) = ask(f'SELECT count(*) FROM "{model._meta.db_table}" WHERE workspace_id = %s', workspace_id)
    return int(str(count))


def columns_but(model: type[models.Model], *left_out: str) -> str:
    return ", ".join(
        f'"{field.column}"' for field in model._meta.concrete_fields if field.column not in (*left_out, "id")
    )


def fail_after(work: Callable[[], object]) -> None:
    assert work()
    raise ZeroDivisionError


def settings_now() -> tuple[object, ...]:
    """The transaction's scope; before anything set it, PostgreSQL does not even know the names."""
    (values,) = ask(
        "SELECT coalesce(current_setting(%s, true), ''), coalesce(current_setting(%s, true), '')",
        WORKSPACE_SETTING,
        PLATFORM_SETTING,
    )
    return values


# --- reading --------------------------------------------------------------------------------------------------------


def test_raw_sql_sees_no_row_of_another_workspace(houses: tuple[int, int], subtests: pytest.Subtests) -> None:
    ours, theirs = houses
    for model in TENANT_MODELS:
        with subtests.test(model.__name__):
            with platform_scope("test"):
                assert rows_of(model, theirs) > 0
            with scope(ours):
                assert rows_of(model, ours) > 0
                assert rows_of(model, theirs) == 0
                assert ask(f'SELECT DISTINCT workspace_id FROM "{model._meta.db_table}"') == [(ours,)]


def test_without_a_scope_there_are_no_rows(houses: tuple[int, int], subtests: pytest.Subtests) -> None:
    for model in TENANT_MODELS:
        with subtests.test(model.__name__):
            with platform_scope("test"):
                assert rows_of(model, houses[0]) > 0
            assert settings_now() == ("", "")
            assert ask(f'SELECT count(*) FROM "{model._meta.db_table}"') == [(0,)]


def test_joins_and_subqueries_see_no_more_than_tables_do(houses: tuple[int, int]) -> None:
    ours, theirs = houses
    with scope(ours):
        found = ask(
            "SELECT m.workspace_id FROM chatrooms_message m FULL JOIN chatrooms_chatroom r ON r.id = m.chatroom_id"
            " UNION SELECT workspace_id FROM customers_customer WHERE id IN (SELECT customer_id FROM chatrooms_chatroom)"
        )
    assert (ours,) in found
    assert (theirs,) not in found


def test_platform_tables_are_invisible_in_a_workspace(houses: tuple[int, int]) -> None:
    with platform_scope("test"):
        assert WebhookEvent.objects.count() >= 2
    for workspace_id in houses:
        with scope(workspace_id):
            assert WebhookEvent.objects.count() == 0
    assert WebhookEvent.objects.count() == 0


def test_a_made_up_scope_is_empty(houses: tuple[int, int]) -> None:
    with scope(987654321):
        assert all(not model._default_manager.exists() for model in TENANT_MODELS)


# --- writing --------------------------------------------------------------------------------------------------------


def test_rows_of_another_workspace_cannot_be_changed_or_deleted(
    houses: tuple[int, int], subtests: pytest.Subtests
) -> None:
    ours, theirs = houses
    for model in TENANT_MODELS:
        table = model._meta.db_table
        with subtests.test(model.__name__):
            with platform_scope("test"):
                before = rows_of(model, theirs)
            with scope(ours):
                assert run(f'UPDATE "{table}" SET workspace_id = %s WHERE workspace_id = %s', ours, theirs) == 0
                assert run(f'DELETE FROM "{table}" WHERE workspace_id = %s', theirs) == 0
            with platform_scope("test"):
                assert rows_of(model, theirs) == before > 0


def test_no_row_can_be_moved_or_put_into_another_workspace(houses: tuple[int, int], subtests: pytest.Subtests) -> None:
    ours, theirs = houses
    refusal = "violates row-level security policy"
    for model in TENANT_MODELS:
        table, columns = model._meta.db_table, columns_but(model, "workspace_id")
        insert = f'INSERT INTO "{table}" (workspace_id, {columns}) SELECT %s, {columns} FROM "{table}"'
        with subtests.test(model.__name__), scope(ours):
            with pytest.raises(DatabaseError, match=refusal):
                run(f'UPDATE "{table}" SET workspace_id = %s', theirs)
            with pytest.raises(DatabaseError, match=refusal):
                run(insert, theirs)
    with pytest.raises(DatabaseError, match=refusal):
        run("INSERT INTO customers_customer (workspace_id, name, created_at) VALUES (%s, 'x', now())", theirs)


def test_no_row_can_point_at_a_row_of_another_workspace(houses: tuple[int, int], subtests: pytest.Subtests) -> None:
    """Even somebody who guessed an id: a plain foreign key would accept it, because keys are not scoped."""
    ours, theirs = houses
    assert len(REFERENCES) >= 15
    pointed_at = {reference.related_model for _model, reference in REFERENCES}
    for model, reference in REFERENCES:
        table, target = model._meta.db_table, reference.related_model._meta.db_table
        update = f'UPDATE "{table}" SET "{reference.column}" = %s WHERE id = (SELECT max(id) FROM "{table}")'
        with subtests.test(f"{model.__name__}.{reference.name}"):
            with platform_scope("test"):
                # Of messages, the oldest is the one without an outbox entry, whose unique key would refuse us first.
                ((foreign_id,),) = ask(f'SELECT min(id) FROM "{target}" WHERE workspace_id = %s', theirs)
                assert foreign_id is not None
                if model not in pointed_at:  # of a member there may be one row only, which would refuse us first
                    run(f'DELETE FROM "{table}" WHERE "{reference.column}" = %s', foreign_id)
            with scope(ours), pytest.raises(IntegrityError) as refusal:
                run_to_the_end(update, foreign_id)
            cause = refusal.value.__cause__
            assert isinstance(cause, psycopg.errors.ForeignKeyViolation)
            assert cause.diag.constraint_name == f"{table}_{reference.column}_own"


def test_the_platform_cannot_tie_two_workspaces_together_either(houses: tuple[int, int]) -> None:
    ours, theirs = houses
    with platform_scope("test"), pytest.raises(IntegrityError, match="_own"):
        run_to_the_end(
            "UPDATE chatrooms_chatroom SET customer_id ="
            " (SELECT id FROM customers_customer WHERE workspace_id = %s LIMIT 1) WHERE workspace_id = %s",
            theirs,
            ours,
        )


# --- scopes ---------------------------------------------------------------------------------------------------------


def test_nested_scopes_give_back_the_one_around_them(world: World) -> None:
    lotus, bakery = str(world.lotus.pk), str(world.bakery.pk)
    assert settings_now() == ("", "")
    with scope(world.lotus.pk):
        assert settings_now() == (lotus, "")
        with scope(world.bakery.pk):
            assert settings_now() == (bakery, "")
            assert {member.workspace_id for member in Membership.objects.all()} == {world.bakery.pk}
            with platform_scope("test"):
                assert settings_now() == ("", "on")
            assert settings_now() == (bakery, "")
        assert settings_now() == (lotus, "")
        assert {member.workspace_id for member in Membership.objects.all()} == {world.lotus.pk}
    assert settings_now() == ("", "")


def test_a_scope_inside_the_platforms_is_narrow(world: World) -> None:
    with platform_scope("test"):
        assert Membership.objects.filter(workspace=world.bakery).exists()
        with scope(world.lotus.pk):
            assert not Membership.objects.filter(workspace=world.bakery).exists()
        assert Membership.objects.filter(workspace=world.bakery).exists()


def test_a_scope_left_by_an_exception_gives_back_the_one_around_it(world: World) -> None:
    with scope(world.lotus.pk):
        with pytest.raises(ZeroDivisionError), scope(world.bakery.pk):
            fail_after(lambda: Customer.objects.create(workspace=world.bakery, name="Rolled Back"))
        assert settings_now() == (str(world.lotus.pk), "")
        with pytest.raises(ZeroDivisionError), platform_scope("test"):
            fail_after(settings_now)
        assert settings_now() == (str(world.lotus.pk), "")
    with platform_scope("test"):
        assert not Customer.objects.filter(name="Rolled Back").exists()


def test_a_scope_left_by_a_database_error_gives_back_the_one_around_it(world: World) -> None:
    with scope(world.lotus.pk):
        with pytest.raises(DatabaseError), scope(world.bakery.pk):
            run("SELECT 1 / 0")
        assert settings_now() == (str(world.lotus.pk), "")


def test_the_platforms_scope_sees_everybody_and_says_so(
    houses: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "inbox.workspaces.tenancy"), platform_scope("looking for lost keys"):
        for model in TENANT_MODELS:
            found = {workspace for (workspace,) in ask(f'SELECT DISTINCT workspace_id FROM "{model._meta.db_table}"')}
            assert set(houses) <= found, model
    assert "platform scope: looking for lost keys" in caplog.messages


@pytest.mark.django_db(transaction=True)
def test_a_scope_ends_with_its_transaction_on_a_pooled_connection(world: World) -> None:
    """The next user of the same server connection starts with nothing."""
    with scope(world.lotus.pk):
        (first,) = ask("SELECT pg_backend_pid()")
        assert Membership.objects.count() == 3
    assert settings_now() == ("", "")
    assert Membership.objects.count() == 0
    with pytest.raises(ZeroDivisionError), platform_scope("test"):
        fail_after(lambda: Membership.objects.get(user=world.sam.user))
    assert Membership.objects.count() == 0
    for _attempt in range(20):  # the pool may hold a few connections: ask until ours comes back
        connection.close()
        assert settings_now() == ("", "")
        assert Membership.objects.count() == 0
        if ask("SELECT pg_backend_pid()") == [first]:
            break
    else:
        pytest.fail("the pool never gave the connection back, so nothing is proved")


@pytest.mark.django_db(transaction=True)
def test_a_page_leaves_no_scope_behind(world: World) -> None:
    browser = Client()
    browser.force_login(world.amy.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    (pid,) = ask("SELECT pg_backend_pid()")
    for path, status in [("/w/lotus-flowers/", 200), ("/w/other-bakery/", 404), ("/w/lotus-flowers/admin/", 403)]:
        assert browser.get(path).status_code == status
        assert ask("SELECT pg_backend_pid()") == [pid]
        assert settings_now() == ("", "")
        assert Membership.objects.count() == 0
