"""Emptying the database after a test that committed: rows are deleted where there are any.

Django truncates every table instead and then makes content types and permissions anew, which took a third of a second
after each of them.
"""

from __future__ import annotations

from functools import cache

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected

from inbox.workspaces.tenancy import platform_scope

_KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_the_database(_case: TransactionTestCase) -> None:
    """Takes the place of TransactionTestCase._fixture_teardown. Foreign keys are checked at the end, so any order will do.

    A page that is just closing may still have a request under way, which takes its locks in another order.
    """
    for chance in reversed(range(3)):
        try:
            with platform_scope("emptying the test database"), connection.cursor() as cursor:
                for table in tables_with_rows(cursor):
                    cursor.execute(f'DELETE FROM "{table}"')
        except OperationalError as error:
            if not chance or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            return


def tables_with_rows(cursor: CursorWrapper) -> list[str]:
    """Name the tables that hold anything, but for what every database holds."""
    cursor.execute(_which_have_rows())
    return [table for (table,) in cursor.fetchall()]


@cache
def _which_have_rows() -> str:
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _KEPT
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in sorted(tables))
