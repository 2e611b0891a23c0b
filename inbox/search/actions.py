"""Keeping the indexes of search in order, so that no write and no search has to."""

from __future__ import annotations

from django.db import connection

from .database import INDEXES


def put_in_order() -> int:
    """Move what was written since the last time from each index's waiting list into the index; return the pages moved.

    A write only appends to the list, every search reads it, and the write that fills it would have to empty it.
    """
    lists = [name for name, what in INDEXES.items() if "USING gin" in what]
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(gin_clean_pending_list(name::regclass)) FROM unnest(%s::text[]) AS name", [lists])
        (pages,) = cursor.fetchone()
    return int(pages)
