"""The cast's rows, made once by the product's own actions and put back by one statement wherever they are wanted.

Making them takes a hundred queries, which was a third of what most tests took.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql

from inbox.workspaces.tenancy import platform_scope

from .emptying import tables_with_rows
from .world import World


@dataclass(frozen=True)
class Cast:
    """The world as it was built, and the statement that makes its rows again."""

    world: World
    statement: str

    def put_back(self) -> World:
        """Make the rows again; they are where they were, with the keys they had."""
        with platform_scope("the test's cast"), connection.cursor() as cursor:
            cursor.execute(self.statement)
        return copy.deepcopy(self.world)


def remember(build: Callable[[], World]) -> Cast:
    """Build the world in an empty database, write down its rows, and leave the database empty."""
    with transaction.atomic():
        world = build()
        cast = Cast(world, _statement())
        transaction.set_rollback(True)
    return cast


def _statement() -> str:
    inserts = []
    with platform_scope("the test's cast"), connection.cursor() as cursor:
        for table in map(sql.Identifier, tables_with_rows(cursor)):
            cursor.execute(sql.SQL("SELECT json_agg(row)::text FROM {} AS row").format(table))
            rows = sql.Literal(cursor.fetchone()[0])
            insert = "INSERT INTO {} SELECT * FROM json_populate_recordset(NULL::{}, {})"
            inserts.append(sql.SQL(insert).format(table, table, rows))
    return sql.SQL("; ").join(inserts).as_string()
