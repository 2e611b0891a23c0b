"""Whether a connection may send, and when it was last heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.workspaces import audit
from inbox.workspaces.models import Membership

from ..models import Connection, ConnectionState

CHECK = "inbox.connections.tasks.check_connection"

_NOTED_EVERY = timedelta(seconds=5)


def require_attention(*, connection: Connection, reason: str, code: str = "", check: str = "") -> None:
    """Stop sending until an admin has looked, or the health check `check` goes well again. `failures` knows the `code`.

    Without one, a check soon tells whether the credentials are to blame. Call it inside the workspace's scope.
    """
    changed = Connection.objects.filter(pk=connection.pk, state=ConnectionState.ACTIVE).update(
        state=ConnectionState.NEEDS_ATTENTION,
        attention=reason[:300],
        attention_code=code[:40],
        attention_check=check,
    )
    if changed:
        audit.record(
            workspace_id=connection.workspace_id,
            actor=None,
            verb="connection.needs_attention",
            subject=connection,
            reason=reason[:300],
        )
        if not check:
            enqueue_on_commit(CHECK, connection_id=connection.pk)


def recover(*, connection: Connection, checks: Iterable[str]) -> None:
    """Let sending go on if only one of these health checks stopped it; call it inside the workspace's scope."""
    changed = Connection.objects.filter(
        pk=connection.pk, state=ConnectionState.NEEDS_ATTENTION, attention_check__in=[*checks]
    ).update(state=ConnectionState.ACTIVE, attention="", attention_code="", attention_check="")
    if changed:
        audit.record(workspace_id=connection.workspace_id, actor=None, verb="connection.recovered", subject=connection)


def note_webhooks(*, connections: Iterable[Connection]) -> None:
    """Remember, to a few seconds, when their last webhook arrived; call it inside their workspace's scope.

    Not each time: the row stays locked until the caller's commit, and all workers of a busy number would queue for it.
    """
    now = clock.now()
    stale = {c.pk for c in connections if c.last_webhook_at is None or now - c.last_webhook_at > _NOTED_EVERY}
    if stale:
        Connection.objects.filter(pk__in=sorted(stale)).update(last_webhook_at=now)


def set_paused(*, actor: Membership | None, connection: Connection, paused: bool) -> Connection:
    """Stop or resume sending by hand; queued messages wait meanwhile."""
    connection.state = ConnectionState.PAUSED if paused else ConnectionState.ACTIVE
    connection.attention = connection.attention_code = connection.attention_check = ""
    connection.save(update_fields=["state", "attention", "attention_code", "attention_check"])
    verb = "connection.paused" if paused else "connection.resumed"
    audit.record(workspace_id=connection.workspace_id, actor=actor, verb=verb, subject=connection)
    return connection
