"""Ask vendors how connections are, store what they say, and act on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from inbox.lib import clock
from inbox.lib.background import enqueue, enqueue_on_commit
from inbox.lib.crypto import UnreadableSecret
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..calls import vendor_talk
from ..health import CREDENTIALS, CREDENTIALS_LABEL, SUBSCRIPTION, UNREADABLE, Health, Questions, Result, knock, moment
from ..models import Connection, ConnectionNotice, ConnectionState
from ._state import CHECK, recover, require_attention

CHECKED_EVERY = timedelta(hours=1)
# A sweep runs every minute: many connections are spread over the hour, and after an outage nobody is asked all at once.
MOST_AT_ONCE = 50

_READS_NO_SECRETS = ("credentials", "app__credentials")


def check_due_connections() -> int:
    """Have those connections checked whose last check is an hour old, the oldest first; return how many."""
    with platform_scope("choosing connections to check"):
        due = list(
            Connection.objects.filter(Q(checked_at=None) | Q(checked_at__lt=clock.now() - CHECKED_EVERY))
            .exclude(state=ConnectionState.PAUSED)
            .order_by(F("checked_at").asc(nulls_first=True), "pk")
            .values_list("pk", flat=True)[:MOST_AT_ONCE]
        )
    for pk in due:
        enqueue(CHECK, connection_id=pk)
    return len(due)


def examine(*, actor: Membership | None, connection: Connection) -> None:
    """Have everything about a connection checked now, including the way in."""
    _ask_for_examination(connection)
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb="connection.examined", subject=connection)
    enqueue_on_commit(CHECK, connection_id=connection.pk, way_in=True)


def subscribe_again(*, actor: Membership | None, connection: Connection) -> None:
    """Order the account's webhooks once more, then check everything."""
    _ask_for_examination(connection)
    audit.record(
        workspace_id=connection.workspace_id, actor=actor, verb="connection.subscribed_again", subject=connection
    )
    enqueue_on_commit(CHECK, connection_id=connection.pk, way_in=True, subscribe=True)


def check_connection(*, connection_id: int, way_in: bool = False, subscribe: bool = False) -> bool:
    """Ask the vendor about a connection and act on the answers; return whether all is well.

    `way_in` delivers a webhook of our own to ourselves as well, `subscribe` orders the vendor's first.
    """
    with platform_scope("checking a connection"):
        row = Connection.objects.select_related("app").defer(*_READS_NO_SECRETS).filter(pk=connection_id).first()
    if row is None:
        return False
    now = clock.now()
    try:
        with platform_scope("checking a connection"):
            connection = Connection.objects.select_related("app").get(pk=connection_id)
        results = _ask(connection, subscribe=subscribe)
        knocked = knock(connection) if way_in else None
    except UnreadableSecret:
        connection, knocked = row, None
        results = [Result(CREDENTIALS, CREDENTIALS_LABEL, Health.PROBLEM, UNREADABLE, stops_sending=True)]
    with scope(connection.workspace_id):
        _record(connection, results, now, knocked)
    return all(result.health in (Health.OK, Health.MENDED) for result in results)


def _ask_for_examination(connection: Connection) -> None:
    connection.examination_asked_at = clock.now()
    connection.way_in = {}
    connection.save(update_fields=["examination_asked_at", "way_in"])


def _ask(connection: Connection, *, subscribe: bool) -> list[Result]:
    # Once: a subscription that is lost right after it was renewed needs a person.
    mended = any(row["code"] == SUBSCRIPTION and row["health"] == Health.MENDED for row in connection.findings)
    secrets = connection.app.credentials
    questions = Questions(secrets, subscribe=subscribe, may_mend=not mended)
    hidden = [secrets.get(field.name, "") for field in connection.adapter.capabilities.app_credentials if field.secret]
    return vendor_talk(connection=connection, talk=questions.ask, hide=hidden)


def _record(connection: Connection, results: Sequence[Result], now: datetime, knocked: dict[str, Any] | None) -> None:
    """Store what was found, unless the credentials it was found with have been replaced meanwhile."""
    current = Connection.objects.select_for_update(no_key=True).defer("credentials").get(pk=connection.pk)
    current.checked_at = now
    if knocked is not None:
        current.way_in = {**knocked, "at": now.isoformat()}
    current.save(update_fields=["checked_at", "way_in"])
    if current.credentials_at != connection.credentials_at:
        return
    facts = {name: value for result in results for name, value in result.facts.items()}
    if "token_expires_at" in facts:
        current.token_expires_at = moment(facts.pop("token_expires_at"))
    current.facts = {**current.facts, **facts}
    current.findings = [result.stored() for result in results]
    current.save(update_fields=["facts", "findings", "token_expires_at"])
    for result in results:
        if result.stops_sending:
            require_attention(connection=current, reason=result.words, code=result.problem, check=result.code)
            # If a refused message stopped it before: once this goes well again, it may go on.
            Connection.objects.filter(pk=current.pk, state=ConnectionState.NEEDS_ATTENTION, attention_check="").update(
                attention_check=result.code
            )
        if result.health == Health.MENDED:
            ConnectionNotice.objects.create(
                workspace_id=current.workspace_id, connection=current, topic=result.code, words=result.words
            )
            audit.record(
                workspace_id=current.workspace_id,
                actor=None,
                verb="connection.mended",
                subject=current,
                what=result.code,
            )
    well = [result.code for result in results if result.health in (Health.OK, Health.MENDED)]
    # Not every channel asks about its credentials alone: where all is well, they are.
    recover(connection=current, checks=[*well, CREDENTIALS] if len(well) == len(results) else well)
