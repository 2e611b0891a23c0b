"""News of vendors about accounts: kept, applied to what we know of the account, and acted on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from channels_adapters.phones import canonical_phone
from channels_adapters.types import AccountNotice
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope

from ..health import moment
from ..models import Connection, ConnectionNotice
from ._state import require_attention

KEPT = timedelta(days=90)
# Fewer digits are part of a name, not a phone number.
_SHORTEST_NUMBER = 7


def note_notices(notices: Iterable[tuple[Connection, AccountNotice]]) -> None:
    """Store what vendors said about these connections, of one workspace; call it inside its scope.

    Costs the same for one notice and for many, but for those that stop the sending.
    """
    told = [(connection, notice) for connection, notice in notices if _concerns(connection, notice)]
    ConnectionNotice.objects.bulk_create(
        [
            ConnectionNotice(
                workspace_id=connection.workspace_id,
                connection_id=connection.pk,
                topic=notice.topic[:80],
                words=_words(notice)[:500],
                stops_sending=notice.stops_sending,
                raw=dict(notice.raw),
            )
            for connection, notice in told
        ]
    )
    _bring_up_to_date([(connection.pk, notice) for connection, notice in told if notice.facts])
    for connection, notice in sorted(told, key=lambda pair: pair[0].pk):  # the order in which others lock connections
        if notice.stops_sending:
            code = notice.errors[0].code if notice.errors else f"account_{notice.facts.get('account_status')}"
            require_attention(connection=connection, reason=_words(notice), code=code)


def _concerns(connection: Connection, notice: AccountNotice) -> bool:
    """Say whether the notice may be about this number: some name a number, and reach all numbers of the business."""
    own = re.sub(r"[^0-9]", "", str(connection.facts.get("phone") or connection.address))
    if not notice.phone or len(own) < _SHORTEST_NUMBER:
        return True
    # An address may have been typed without its country code.
    return canonical_phone(notice.phone).endswith(canonical_phone(own))


def purge_notices() -> int:
    """Forget old notices; return how many."""
    with platform_scope("purging old notices"):
        deleted, _by_model = ConnectionNotice.objects.filter(at__lt=clock.now() - KEPT).delete()
    return deleted


def _words(notice: AccountNotice) -> str:
    """Return what an admin reads: what to do, else the vendor's own errors."""
    told = (f"{error.title} {error.details}".strip() or error.code for error in notice.errors)
    return notice.attention or "; ".join(told)


def _bring_up_to_date(told: list[tuple[int, AccountNotice]]) -> None:
    """Apply the facts of notices, given with their connections' ids, in order."""
    if not told:
        return
    concerned = Connection.objects.filter(pk__in={pk for pk, _notice in told}).select_for_update(no_key=True)
    connections = {connection.pk: connection for connection in concerned.defer("credentials").order_by("pk")}
    for pk, notice in told:
        connection = connections[pk]
        facts = dict(notice.facts)
        if "token_expires_at" in facts:
            connection.token_expires_at = moment(facts.pop("token_expires_at"))
        connection.facts = {**connection.facts, **facts}
    Connection.objects.bulk_update(connections.values(), ["facts", "token_expires_at"])
