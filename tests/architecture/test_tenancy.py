"""Every table of a workspace is behind row-level security; read from PostgreSQL's own catalog, not from our code."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

from inbox.search.database import ROLE as SEARCH_ROLE
from inbox.workspaces.tenancy import PLATFORM_SETTING, WORKSPACE_SETTING, is_tenant_model, tenant_references

# Ours, and of no single workspace. A new name here needs a reason.
PLATFORM_TABLES = {
    "workspaces_workspace",  # looked up by slug before there is a scope
    "workspaces_user",  # a person may be in several workspaces
    "workspaces_user_groups",
    "workspaces_user_user_permissions",
    "connections_vendorapp",  # looked up by key by the webhook door; one app may serve several workspaces
    "notifications_pushkey",  # by which push services know this installation
    "pricing_platformrate",  # the vendors' prices, the same for everybody
    "webhooks_webhookevent",  # one body may hold events of several workspaces
}

# The search functions' role may read through them alone, see tests/search/test_isolation.py.
SEARCH_POLICY = ("search", "SELECT", f"{{{SEARCH_ROLE}}}")

pytestmark = pytest.mark.django_db


def ask(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def tenant_tables() -> list[str]:
    """All tables that have a `workspace_id`, also those behind no model."""
    return [
        str(name)
        for (name,) in ask(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
            " AND attname = 'workspace_id' AND NOT attisdropped ORDER BY relname"
        )
    ]


def keys(table: str, kind: str) -> list[tuple[str, list[str], str | None, list[str] | None]]:
    """The constraints of a kind ('p', 'u', 'f'): their columns and, for references, the other table and its columns."""
    return ask(  # type: ignore[return-value]
        """
        SELECT conname,
               (SELECT array_agg(attname::text ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
               (SELECT relname FROM pg_class WHERE oid = confrelid),
               (SELECT array_agg(attname::text ORDER BY place) FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute ON attrelid = confrelid AND attnum = number)
        FROM pg_constraint WHERE conrelid = %s::regclass AND contype = %s AND convalidated
        """,
        table,
        kind,
    )


def problems_of(table: str) -> list[str]:
    problems = []
    ((enabled, forced),) = ask(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table
    )
    if not enabled:
        problems.append(f"{table}: row-level security is off")
    if not forced:
        problems.append(f"{table}: its owner is exempt")
    policies = ask(
        "SELECT policyname, cmd, permissive, roles::text, qual, with_check FROM pg_policies"
        " WHERE schemaname = current_schema() AND tablename = %s"
        " AND NOT (policyname = %s AND cmd = %s AND roles::text = %s)",
        table,
        *SEARCH_POLICY,
    )
    if [policy[:4] for policy in policies] != [("tenant", "ALL", "PERMISSIVE", "{public}")]:
        problems.append(f"{table}: its policies are {[policy[:4] for policy in policies]}")
    for *_name, visible, writable in policies:
        if visible != writable or f"current_setting('{WORKSPACE_SETTING}'" not in str(visible):
            problems.append(f"{table}: its policy does not compare with the scope")
    ((_name, primary, _table, _columns),) = keys(table, "p")
    if ["workspace_id", *primary] not in [columns for _name, columns, _table, _columns in keys(table, "u")]:
        problems.append(f"{table}: has no key (workspace_id, {', '.join(primary)})")
    references = keys(table, "f")
    together = {
        (columns[1], other)
        for _n, columns, other, there in references
        if columns[0] == "workspace_id" and len(columns) == 2 and there and there[0] == "workspace_id"
    }
    alone = {(columns[0], other) for _n, columns, other, _t in references if len(columns) == 1}
    declared = {
        (field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        if model._meta.db_table == table and is_tenant_model(model)
        for field in tenant_references(model)
    }
    for column, other in sorted((alone | declared) - together):
        if other in tenant_tables():
            problems.append(f"{table}: {column} may point into another workspace's {other}")
    return problems


def test_every_tenant_table_is_protected() -> None:
    tables = tenant_tables()
    assert len(tables) >= 14
    assert [problem for table in tables for problem in problems_of(table)] == []


def test_every_model_is_a_tenant_table_or_known_to_be_the_platforms() -> None:
    own = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("inbox.")]
    tenants = {model._meta.db_table for model in own if is_tenant_model(model)}
    assert tenants == set(tenant_tables())
    assert {model._meta.db_table for model in own} - tenants == PLATFORM_TABLES


def test_foreign_keys_between_tenant_models_stand_in_the_database_twice() -> None:
    """Once alone, once with the workspace: counted from the models, so that no reference hides from the walker."""
    expected = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if is_tenant_model(model)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and is_tenant_model(field.related_model)
    }
    found = {
        (table, columns[1])
        for table in tenant_tables()
        for _name, columns, _other, _there in keys(table, "f")
        if len(columns) == 2
    }
    assert len(expected) >= 15
    assert expected == found


def test_raw_webhooks_are_the_platforms_only() -> None:
    ((enabled, forced),) = ask(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'webhooks_webhookevent'"
    )
    assert (enabled, forced) == (True, True)
    ((visible, writable),) = ask(
        "SELECT qual, with_check FROM pg_policies WHERE tablename = 'webhooks_webhookevent' AND policyname = 'tenant'"
    )
    assert visible == writable
    assert f"current_setting('{PLATFORM_SETTING}'" in str(visible)
    assert WORKSPACE_SETTING not in str(visible)


def test_every_policy_compares_by_the_operator_that_the_planner_expects_to_hold() -> None:
    """With a plain `=` the list of a large workspace is sorted as a whole, once there are many workspaces."""
    (estimator,) = {row[0] for row in ask("SELECT oprrest::text FROM pg_operator WHERE oprname = '==='")}
    assert estimator == "neqsel"
    policies = ask("SELECT tablename, qual FROM pg_policies WHERE qual LIKE '%%workspace_id%%'")
    assert [table for table, visible in policies if "workspace_id ===" not in str(visible)] == []


def test_the_role_of_these_tests_is_bound_by_the_policies() -> None:
    ((is_superuser, bypasses),) = ask("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert (is_superuser, bypasses) == (False, False)
    assert ask("SELECT current_user = session_user") == [(True,)]


def test_the_role_belongs_to_no_role_that_is_exempt() -> None:
    exempt = ask("SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(oid, 'MEMBER')")
    assert exempt == []


def test_a_forgotten_table_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE forgotten (id bigint PRIMARY KEY, workspace_id bigint,"
            " chatroom_id bigint REFERENCES chatrooms_chatroom (id))"
        )
    assert "forgotten" in tenant_tables()
    assert problems_of("forgotten") == [
        "forgotten: row-level security is off",
        "forgotten: its owner is exempt",
        "forgotten: its policies are []",
        "forgotten: has no key (workspace_id, id)",
        "forgotten: chatroom_id may point into another workspace's chatrooms_chatroom",
    ]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY", "row-level security is off"),
        ("ALTER TABLE customers_customer NO FORCE ROW LEVEL SECURITY", "its owner is exempt"),
        ("DROP POLICY tenant ON customers_customer", "its policies are"),
        ("CREATE POLICY wide ON customers_customer USING (true)", "its policies are"),
        ("ALTER POLICY tenant ON customers_customer USING (true)", "its policy does not compare"),
        ("ALTER POLICY tenant ON customers_customer WITH CHECK (true)", "its policy does not compare"),
        ("ALTER TABLE customers_customer DROP CONSTRAINT customers_customer_key CASCADE", "has no key"),
    ],
)
def test_a_damaged_table_is_found(damage: str, problem: str) -> None:
    assert problems_of("customers_customer") == []
    with connection.cursor() as cursor:
        cursor.execute(damage)
    assert any(problem in each for each in problems_of("customers_customer"))


def test_a_lost_reference_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE chatrooms_message DROP CONSTRAINT chatrooms_message_chatroom_id_own")
    assert problems_of("chatrooms_message") == [
        "chatrooms_message: chatroom_id may point into another workspace's chatrooms_chatroom"
    ]
