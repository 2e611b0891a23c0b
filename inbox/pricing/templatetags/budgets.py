"""What the page of a connection, of a slice below, says of its budget."""

from __future__ import annotations

from django import template

from inbox.connections.models import Connection

from ..selectors import warning_for

register = template.Library()


@register.simple_tag
def budget_warning(connection: Connection) -> str:
    """Return the warning that the budget is nearly or wholly used up, "" while it is not. One query."""
    return warning_for(connection)
