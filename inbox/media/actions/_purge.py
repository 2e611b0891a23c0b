"""Letting go of files: rows, and bytes that no row of the workspace has any more, in one transaction.

What fails in the middle keeps its rows, so that the next time finds them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import timedelta

from django.db import connection

from inbox.lib import clock
from inbox.media import storage
from inbox.media.models import MediaFile
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import scope

logger = logging.getLogger(__name__)

_BATCH = 50


def hold_files(*, workspace_id: int, ids: Collection[int]) -> set[int]:
    """Keep these files from being deleted until the transaction ends; return those that are there."""
    with connection.cursor() as cursor:
        # Ordered, so that no two wait for each other; a share, so that many may send the same file at once.
        cursor.execute(
            "SELECT id FROM media_mediafile WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [workspace_id, list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def purge_files(*, workspace_id: int, days: int, needed_of: Callable[[int], Collection[int]]) -> int:
    """Delete the workspace's files that are older than so many days, with all that was made from them.

    `needed_of` tells which files of a workspace are still needed: those stay. It is called in its scope, for each batch
    anew; whoever is about to need one is waited for.
    """
    if days < 1:
        raise ValueError("files are kept for a day at least")
    cutoff, count = clock.now() - timedelta(days=days), 0
    needed: Collection[int] = ()
    while True:
        with scope(workspace_id):
            old = MediaFile.objects.filter(workspace_id=workspace_id, made_from=None, created_at__lt=cutoff)
            ids = list(old.exclude(pk__in=needed).order_by("created_at").values_list("pk", flat=True)[:_BATCH])
            if not ids:
                return count
            # In the order of `hold_files`.
            list(old.filter(pk__in=ids).order_by("pk").select_for_update())
            needed = set(needed_of(workspace_id))
            doomed = [pk for pk in ids if pk not in needed]
            _delete(workspace_id, doomed)
        count += len(doomed)


def purge_expired(*, needed_of: Callable[[int], Collection[int]]) -> int:
    """Delete what workspaces do not want to keep any longer; return how many files. One that fails stops no other.

    `needed_of` is that of `purge_files`.
    """
    count = 0
    for workspace_id, days in Workspace.objects.exclude(file_days=None).values_list("pk", "file_days"):
        try:
            count += purge_files(workspace_id=workspace_id, days=days or 1, needed_of=needed_of)
        except Exception:
            logger.exception("the old files of workspace %s could not be deleted", workspace_id)
    return count


def discard_file(*, file: MediaFile) -> None:
    """Delete one file that nobody sent after all, with all that was made from it."""
    _delete(file.workspace_id, [file.pk])


def discard_unless(*, file: MediaFile, is_used: Callable[[MediaFile], bool]) -> bool:
    """Delete a file unless it is used; whoever is about to use it is waited for. Return whether it went."""
    with scope(file.workspace_id):
        rows = MediaFile.objects.filter(workspace_id=file.workspace_id, pk=file.pk)
        if rows.select_for_update().first() is None or is_used(file):
            return False
        discard_file(file=file)
    return True


def _delete(workspace_id: int, ids: list[int]) -> None:
    with scope(workspace_id):
        files = MediaFile.objects.filter(workspace_id=workspace_id)
        doomed = dict(files.filter(pk__in=ids).values_list("pk", "sha256"))
        while made := dict(files.filter(made_from__in=doomed).exclude(pk__in=doomed).values_list("pk", "sha256")):
            doomed |= made
        contents = sorted(set(doomed.values()))  # who holds several holds them in this order, or two wait for ever
        for sha256 in contents:
            storage.hold(workspace_id, sha256)
        files.filter(pk__in=doomed).delete()
        connection.check_constraints()  # a row that a message has taken meanwhile: now, while its bytes are there
        kept = set(files.filter(sha256__in=contents).values_list("sha256", flat=True))
        for sha256 in contents:
            if sha256 not in kept:
                storage.delete(workspace_id, sha256)
