"""Letting go of files: rows, and bytes that no row of the workspace has any more, in one transaction.

What fails in the middle keeps its rows, so that the next time finds them.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection

from inbox.lib import clock
from inbox.media import storage
from inbox.media.models import MediaFile
from inbox.workspaces.models import Workspace
from inbox.workspaces.tenancy import scope

logger = logging.getLogger(__name__)

_BATCH = 50


def purge_files(*, workspace_id: int, days: int) -> int:
    """Delete the workspace's files that are older than so many days, with all that was made from them."""
    if days < 1:
        raise ValueError("files are kept for a day at least")
    cutoff, count = clock.now() - timedelta(days=days), 0
    while True:
        with scope(workspace_id):
            old = MediaFile.objects.filter(workspace_id=workspace_id, made_from=None, created_at__lt=cutoff)
            ids = list(old.order_by("created_at").values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return count
        _delete(workspace_id, ids)
        count += len(ids)


def purge_expired() -> int:
    """Delete what workspaces do not want to keep any longer; return how many files. One that fails stops no other."""
    count = 0
    for workspace_id, days in Workspace.objects.exclude(file_days=None).values_list("pk", "file_days"):
        try:
            count += purge_files(workspace_id=workspace_id, days=days or 1)
        except Exception:
            logger.exception("the old files of workspace %s could not be deleted", workspace_id)
    return count


def discard_file(*, file: MediaFile) -> None:
    """Delete one file that nobody sent after all, with all that was made from it."""
    _delete(file.workspace_id, [file.pk])


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
