"""Background work of connections. Each task is an interface: ids in, one action call."""

from __future__ import annotations

from celery import shared_task

from . import actions
from .call_log import purge_calls


@shared_task
def check_due_connections(**_: object) -> int:
    return actions.check_due_connections()


@shared_task
def check_connection(*, connection_id: int, way_in: bool = False, subscribe: bool = False, **_: object) -> bool:
    return actions.check_connection(connection_id=connection_id, way_in=way_in, subscribe=subscribe)


@shared_task
def renew_tokens(**_: object) -> int:
    return actions.renew_tokens()


@shared_task
def renew_token(*, connection_id: int, **_: object) -> bool:
    return actions.renew_token(connection_id=connection_id)


@shared_task
def purge_calls_and_notices(**_: object) -> int:
    return purge_calls() + actions.purge_notices()
