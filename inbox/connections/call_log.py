"""The log of calls to vendors. It is filled in event loops, which must not touch the database, and saved after them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from channels_adapters.calls import Exchange
from channels_adapters.errors import OutcomeUnknown, SendError
from channels_adapters.types import HttpResponse
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope

from .models import ApiCall, Connection
from .redaction import readable_body, readable_url, redact, secrets_of


@dataclass(frozen=True)
class _Call:
    at: datetime
    exchange: Exchange


class CallLog:
    """Exchanges that are not saved yet, of any number of connections. `hide`: further values that must not show."""

    def __init__(self, *, hide: Iterable[str] = ()) -> None:
        self._calls: defaultdict[str, list[_Call]] = defaultdict(list)
        self._hide = frozenset(value for value in hide if value)

    def note(self, exchange: Exchange) -> None:
        """Remember an exchange; fit to be a Caller's `on_exchange`."""
        self._calls[exchange.account.key].append(_Call(clock.now(), exchange))

    def take(self, connections: Iterable[Connection]) -> list[ApiCall]:
        """Take these connections' calls out of the log, as rows for `bulk_create` inside their workspace's scope."""
        unique = {connection.pk: connection for connection in connections}
        return [
            self._row(connection, call)
            for pk, connection in sorted(unique.items())
            for call in self._calls.pop(str(pk), ())
        ]

    def save(self, connections: Iterable[Connection]) -> None:
        """Write the calls of these connections down, each workspace's in a scope of its own."""
        by_workspace: defaultdict[int, list[Connection]] = defaultdict(list)
        for connection in connections:
            by_workspace[connection.workspace_id].append(connection)
        for workspace_id, own in sorted(by_workspace.items()):
            rows = self.take(own)
            if rows:
                with scope(workspace_id):
                    ApiCall.objects.bulk_create(rows)

    def _row(self, connection: Connection, call: _Call) -> ApiCall:
        account, request, outcome = call.exchange.account, call.exchange.request, call.exchange.outcome
        secrets = secrets_of(account.adapter, account.credentials, request) | self._hide
        row = ApiCall(
            workspace_id=connection.workspace_id,
            connection_id=connection.pk,
            at=call.at,
            method=request.method[:10],
            url=readable_url(request, secrets),
            milliseconds=round(call.exchange.seconds * 1000),
            request_body=readable_body(request.body, request.headers, secrets),
        )
        if isinstance(outcome, HttpResponse):
            row.status = outcome.status
            row.code = redact(_code(call.exchange, outcome), secrets)[:40]
            row.response_body = readable_body(outcome.body, outcome.headers, secrets)
        else:
            row.error = type(outcome).__name__
            row.response_body = redact(str(outcome), secrets)
        return row


def purge_calls() -> int:
    """Forget calls after the retention time; return how many."""
    with platform_scope("purging old API calls"):
        deleted, _by_model = ApiCall.objects.filter(
            at__lt=clock.now() - timedelta(days=settings.API_CALL_RETENTION_DAYS)
        ).delete()
    return deleted


def _code(exchange: Exchange, response: HttpResponse) -> str:
    """Return the vendor's error code; empty when all went well, or when the answer is no vendor's."""
    try:
        exchange.account.adapter.check(response)
    except SendError as refusal:
        return refusal.code
    except OutcomeUnknown:
        return ""
    return ""
