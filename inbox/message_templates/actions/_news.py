"""What webhooks say about templates: applied at once, so that nobody is offered one that was paused a moment ago."""

from __future__ import annotations

from collections.abc import Iterable

from channels_adapters.types import AccountNotice, TemplateNews
from inbox.connections.models import Connection

from ..models import MessageTemplate, TemplateChange
from ._changes import VALUES, announce, apply_values
from ._sync import resync_soon


def note_template_news(notices: Iterable[tuple[Connection, AccountNotice]]) -> None:
    """Apply what vendors said about templates of these connections, of one workspace; call it inside its scope.

    The list is read again soon in any case: webhooks arrive late and out of order. Costs nothing without such news.
    """
    accounts: dict[str, Connection] = {}
    news: dict[str, list[TemplateNews]] = {}
    for connection, notice in notices:
        if notice.template is None or not connection.business_id:
            continue
        told = news.setdefault(connection.business_id, [])
        if accounts.setdefault(connection.business_id, connection) is connection or notice.template not in told:
            told.append(notice.template)
    for business_id in sorted(accounts):
        connection = accounts[business_id]
        _apply(connection, news[business_id])
        resync_soon(connection)


def _apply(connection: Connection, news: Iterable[TemplateNews]) -> None:
    own = MessageTemplate.objects.filter(workspace_id=connection.workspace_id, business_id=connection.business_id)
    told = list(news)
    found = own.filter(name__in={each.name for each in told}).select_for_update().order_by("pk")
    rows = {(row.name, row.language): row for row in found}
    changes: list[TemplateChange] = []
    for each in told:
        row = rows.get((each.name, each.language))
        if row is not None and row.deleted_at is None and each.changes:
            changes += apply_values(row, each.changes)
            row.save(update_fields=list(VALUES))
    TemplateChange.objects.bulk_create(changes)
    if changes:
        announce(connection.workspace_id, connection.business_id)
