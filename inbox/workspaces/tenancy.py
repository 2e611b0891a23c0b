"""The tenant scope: which workspace's rows PostgreSQL shows to the running transaction.

Every tenant table has a `workspace_id` and a row-level security policy (see `TenantTables`) that compares it with the
setting `inbox.workspace_id`. The setting lives inside a transaction only, so it can never leak through a pooled
connection; unset means no rows. `platform_scope` is the single, logged way around it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

logger = logging.getLogger(__name__)

WORKSPACE_SETTING = "inbox.workspace_id"
PLATFORM_SETTING = "inbox.platform"


@contextmanager
def scope(workspace_id: int) -> Iterator[None]:
    """Open a transaction in which exactly this workspace's rows exist. Nests; the inner scope wins."""
    with _transaction_settings(workspace=str(workspace_id), platform=""):
        yield


@contextmanager
def platform_scope(reason: str, *, level: int = logging.DEBUG) -> Iterator[None]:
    """Open a transaction that sees every workspace: routing a webhook, sweeps, platform staff."""
    logger.log(level, "platform scope: %s", reason)
    with _transaction_settings(workspace="", platform="on"):
        yield


@contextmanager
def _transaction_settings(*, workspace: str, platform: str) -> Iterator[None]:
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        before = ("", "")
        if nested:
            cursor.execute(
                "SELECT coalesce(current_setting(%s, true), ''), coalesce(current_setting(%s, true), '')",
                [WORKSPACE_SETTING, PLATFORM_SETTING],
            )
            before = cursor.fetchone()
        _set(cursor, workspace, platform)
        yield
        if nested:  # the outermost transaction forgets its settings by ending
            _set(cursor, *before)


def _set(cursor: Any, workspace: str, platform: str) -> None:
    cursor.execute(
        "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
        [WORKSPACE_SETTING, workspace, PLATFORM_SETTING, platform],
    )


class EnterWorkspace(models.Func):
    """An annotation that makes the selected workspace the scope of the running transaction.

    Saves the pages one round trip: the workspace is looked up and entered in the same statement.
    """

    function = "set_config"
    template = f"%(function)s('{WORKSPACE_SETTING}', (%(expressions)s)::text, true)"
    output_field = models.TextField()


class TenantTables(Operation):
    """Migration operation: put tables under row-level security and tie their references to their own workspace.

    Run it once for each table, after the models are created. Each foreign key to a tenant table is also a key on
    (workspace_id, column), so that a row cannot point into another workspace; one that is added to the table later
    needs `TenantReferences`.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, *model_names: str) -> None:
        self.model_names = model_names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the database only."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        models_ = [to_state.apps.get_model(app_label, name) for name in self.model_names]
        statements = [sql for model in models_ for sql in row_level_security_sql(model._meta.db_table, _OWN_ROWS)]
        statements += [workspace_key_sql(model) for model in models_]
        statements += [sql for model in models_ for sql in workspace_reference_sql(model)]
        for statement in statements:
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for name in self.model_names:
            table = from_state.apps.get_model(app_label, name)._meta.db_table
            schema_editor.execute(f'DROP POLICY tenant ON "{table}"')
            schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY')

    def describe(self) -> str:
        return f"Enforce tenancy on {', '.join(self.model_names)}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, list(self.model_names), {})


class TenantReferences(Operation):
    """Migration operation: tie foreign keys that a tenant table got later to their own workspace."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, *field_names: str) -> None:
        self.model_name, self.field_names = model_name, field_names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the database only."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        for name in self.field_names:
            schema_editor.execute(reference_sql(model, model._meta.get_field(name)))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        for name in self.field_names:
            constraint = reference_name(model, model._meta.get_field(name))
            schema_editor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{constraint}"')

    def describe(self) -> str:
        return f"Tie {', '.join(self.field_names)} of {self.model_name} to their own workspace"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.model_name, *self.field_names], {})


class PlatformTables(TenantTables):
    """Migration operation: tables that belong to the platform, invisible in every workspace's scope."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for name in self.model_names:
            table = to_state.apps.get_model(app_label, name)._meta.db_table
            for statement in row_level_security_sql(table, _PLATFORM):
                schema_editor.execute(statement)


# Equality that the planner expects to hold (`neqsel`), as it does: queries name their workspace anyway. With plain `=`
# it takes the policy for a second, independent condition, once for each table of a join; among 200 workspaces it then
# expected no chat at all and sorted a hundred thousand to list fifty (4 s instead of 0.4 ms, see docs/performance.md).
CREATE_EQUALITY = "CREATE OPERATOR === (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = int8eq, RESTRICT = neqsel)"
DROP_EQUALITY = "DROP OPERATOR === (bigint, bigint)"

# Sub-selects make PostgreSQL read each setting once a statement instead of once a row.
_PLATFORM = f"(SELECT current_setting('{PLATFORM_SETTING}', true)) = 'on'"
_OWN_ROWS = f"workspace_id === (SELECT nullif(current_setting('{WORKSPACE_SETTING}', true), '')::bigint) OR {_PLATFORM}"


def row_level_security_sql(table: str, visible: str) -> list[str]:
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant ON "{table}" USING ({visible}) WITH CHECK ({visible})',
    ]


def workspace_key_sql(model: type[models.Model]) -> str:
    """The key that references from the same workspace point at."""
    table = model._meta.db_table
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_key" UNIQUE (workspace_id, "{model._meta.pk.column}")'


def workspace_reference_sql(model: type[models.Model]) -> list[str]:
    return [reference_sql(model, field) for field in tenant_references(model)]


def reference_sql(model: type[models.Model], field: Any) -> str:
    other = field.related_model._meta
    return (
        f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{reference_name(model, field)}" '
        f'FOREIGN KEY (workspace_id, "{field.column}") '
        f'REFERENCES "{other.db_table}" (workspace_id, "{other.pk.column}") DEFERRABLE INITIALLY DEFERRED'
    )


def reference_name(model: type[models.Model], field: Any) -> str:
    return f"{model._meta.db_table}_{field.column}_own"


def tenant_references(model: type[models.Model]) -> list[Any]:
    """Return the foreign keys of a model that point at other tenant tables."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.is_relation and field.name != "workspace" and is_tenant_model(field.related_model)
    ]


def is_tenant_model(model: Any) -> bool:
    return any(field.column == "workspace_id" for field in model._meta.concrete_fields)
