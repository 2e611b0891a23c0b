"""Many rows in one statement and one parameter, for the few places where the ORM takes longer than the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import orjson
from django.db import connection
from django.db.models import Field, Model


def as_json(records: Sequence[Any]) -> str:
    """Return what `json_to_recordset` reads: dictionaries of numbers, texts, times, ids and JSON."""
    return orjson.dumps(records).decode()


def insert(rows: Sequence[Model]) -> None:
    """Store new rows of one model, in this order, and give them their ids.

    Like `bulk_create`, for models whose values are what `as_json` takes as they stand.
    """
    if not rows:
        return
    columns, values_of, statement = _insertion(type(rows[0]))
    document = as_json([dict(zip(columns, values_of(row), strict=True)) for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(statement, [document])
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias


def update(rows: Collection[Model], fields: Collection[str]) -> None:
    """Store these fields of rows of one model, like `bulk_update`."""
    if not rows:
        return
    columns, values_of, statement = _change(type(next(iter(rows))), tuple(fields))
    document = as_json([dict(zip(columns, values_of(row), strict=True)) for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(statement, [document])


@cache
def _insertion(model: type[Model]) -> tuple[list[str], attrgetter[Any], str]:
    """Return the columns besides the key, what reads them from a row, and the statement."""
    meta, quote = model._meta, connection.ops.quote_name
    fields = {str(field.column): field for field in meta.concrete_fields if not field.primary_key}
    names = ", ".join(map(quote, fields))
    types = ", ".join(f"{quote(column)} {_type(field)}" for column, field in fields.items())
    statement = (
        f"INSERT INTO {quote(meta.db_table)} ({names}) "  # noqa: S608
        f"SELECT {names} FROM json_to_recordset(%s) AS row ({types}) RETURNING {quote(str(meta.pk.column))}"
    )
    return list(fields), attrgetter(*(field.attname for field in fields.values())), statement


@cache
def _change(model: type[Model], names: tuple[str, ...]) -> tuple[list[str], attrgetter[Any], str]:
    """Return the key and the columns, what reads them from a row, and the statement."""
    meta, quote = model._meta, connection.ops.quote_name
    key = str(meta.pk.column)
    changed = {str(field.column): field for field in map(meta.get_field, names) if isinstance(field, Field)}
    assignments = ", ".join(f"{quote(column)} = new.{quote(column)}" for column in changed)
    fields = {key: meta.pk} | changed
    types = ", ".join(f"{quote(column)} {_type(field)}" for column, field in fields.items())
    statement = (
        f"UPDATE {quote(meta.db_table)} AS old SET {assignments} "  # noqa: S608
        f"FROM json_to_recordset(%s) AS new ({types}) WHERE old.{quote(key)} = new.{quote(key)}"
    )
    return list(fields), attrgetter(*(field.attname for field in fields.values())), statement


def _type(field: Field[Any, Any]) -> str:
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))
