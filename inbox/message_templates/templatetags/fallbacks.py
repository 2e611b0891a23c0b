"""What the page of a connection, of a slice below, says of the template that it sends by itself."""

from __future__ import annotations

from django import template

from inbox.connections.models import Connection

from ..fallbacks import NumberFallback, fallbacks_of
from ..selectors import has_templates

register = template.Library()


@register.simple_tag
def number_fallback(connection: Connection) -> NumberFallback | None:
    """Return what the number sends by itself, None where there are no templates. One query."""
    if not has_templates(connection):
        return None
    return fallbacks_of(connection.workspace_id, [connection])[connection.pk]
