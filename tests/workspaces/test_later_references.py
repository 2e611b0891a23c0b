"""A foreign key that a tenant table gets in a later migration is tied to its own workspace."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader

from inbox.workspaces.tenancy import TenantReferences, scope
from tests.world import World

OPERATION = TenantReferences("AuditEntry", "about")


def constraints() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'workspaces_auditentry'::regclass AND contype = 'f'"
        )
        return [name for (name,) in cursor.fetchall()]


def point_at(world: World, membership_id: int) -> None:
    with scope(world.lotus.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE workspaces_auditentry SET about_id = %s", [membership_id])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
def test_a_later_reference_cannot_point_into_another_workspace(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with open checks can be altered
    before = MigrationLoader(connection).project_state()
    added = before.clone()
    field = models.ForeignKey("workspaces.Membership", models.PROTECT, null=True, related_name="+")
    add = AddField("auditentry", "about", field)
    add.state_forwards("workspaces", added)
    with connection.schema_editor() as editor:
        add.database_forwards("workspaces", editor, before, added)
    with connection.schema_editor() as editor:
        OPERATION.database_forwards("workspaces", editor, added, added)
    assert "workspaces_auditentry_about_id_own" in constraints()

    point_at(world, world.amy.pk)
    with pytest.raises(IntegrityError, match="workspaces_auditentry_about_id_own"):
        point_at(world, world.sam.pk)

    with connection.schema_editor() as editor:
        OPERATION.database_backwards("workspaces", editor, added, added)
    assert "workspaces_auditentry_about_id_own" not in constraints()


def test_it_can_be_written_into_a_migration() -> None:
    assert OPERATION.deconstruct() == ("TenantReferences", ["AuditEntry", "about"], {})
    assert OPERATION.describe() == "Tie about of AuditEntry to their own workspace"
