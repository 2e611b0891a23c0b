"""What pages of a connection, of a slice below, say of its failed sends."""

from __future__ import annotations

from django import template

from inbox.connections.models import Connection

from ..failure_patterns import Pattern, patterns_of

register = template.Library()


@register.simple_tag
def failure_patterns(connection: Connection) -> list[Pattern]:
    """Return what went wrong within a day, the most frequent first. One query."""
    return patterns_of(connection)
