"""Background work of files. Each task is an interface: ids in, one action call.

Their worker has threads, which Celery cannot end: what bounds a conversion is the clock of its own process.
"""

from __future__ import annotations

from celery import shared_task

from . import actions


@shared_task
def make_previews(*, workspace_id: int, file_id: int, **_: object) -> bool:
    return actions.make_previews(workspace_id=workspace_id, file_id=file_id)


@shared_task
def prepare_file(*, workspace_id: int, file_id: int, recipe: str, **_: object) -> bool:
    return actions.prepare_file(workspace_id=workspace_id, file_id=file_id, recipe=recipe)


@shared_task
def sweep_previews(**_: object) -> int:
    return actions.sweep_previews()
