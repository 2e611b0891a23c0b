"""Which template each number sends by itself once the time to answer is over, as admins see it: also one that cannot go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from inbox.connections.models import Connection

from .filling import why_not
from .models import APPROVED, FallbackTemplate, MessageTemplate


@dataclass(frozen=True)
class NumberFallback:
    """A number and what it sends by itself, if anything; `problem` says why that cannot be sent now."""

    connection: Connection
    template: MessageTemplate | None
    problem: str = ""


def fallbacks_of(workspace_id: int, connections: Iterable[Connection]) -> dict[int, NumberFallback]:
    """Return what each of these connections of the workspace sends by itself. One query."""
    own = {connection.pk: connection for connection in connections}
    rows = FallbackTemplate.objects.filter(workspace_id=workspace_id, connection_id__in=own).select_related("template")
    templates = {row.connection_id: row.template for row in rows}
    return {pk: _as_it_is(connection, templates.get(pk)) for pk, connection in own.items()}


def why_unsendable(template: MessageTemplate) -> str:
    """Say why a template cannot be sent now, "" if it can."""
    if template.deleted_at is not None:
        return _("WhatsApp does not have it any more.")
    if template.status != APPROVED:
        return _("WhatsApp lists it as %(status)s.") % {"status": template.status}
    return why_not(template.components)


def _as_it_is(connection: Connection, template: MessageTemplate | None) -> NumberFallback:
    if template is None:
        return NumberFallback(connection, None)
    if template.business_id != connection.business_id:
        return NumberFallback(connection, template, _("It is of another business account."))
    return NumberFallback(connection, template, why_unsendable(template))
