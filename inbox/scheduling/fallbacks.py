"""The template that is to be sent instead when only templates may be sent: stored by name, filled again when due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.message_templates.filling import FilledTemplate, NotFilled, fill
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import find_sendable


class FallbackRefused(Exception):
    """The template cannot be sent; the text says why. `errors` are sentences by variable key."""

    def __init__(self, words: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.errors = dict(errors or {})


def to_store(template: MessageTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    """Return what a scheduled message keeps of a template. Raises FallbackRefused."""
    filled(template, values)
    return {"name": template.name, "language": template.language, "values": dict(values)}


def filled(template: MessageTemplate, values: Mapping[str, str]) -> FilledTemplate:
    """Raises FallbackRefused."""
    try:
        return fill(template, values)
    except NotFilled as problem:
        words = problem.errors.get("") or _("The template “%(name)s” is not filled in.") % {"name": template.name}
        raise FallbackRefused(words, problem.errors) from problem


def restored(fallback: Mapping[str, Any], connection: Connection) -> FilledTemplate:
    """Return the stored template as it may be sent now. Raises FallbackRefused."""
    template = find_sendable(connection, fallback["name"], fallback["language"])
    if template is None:
        raise FallbackRefused(_("The template “%(name)s” can no longer be sent.") % {"name": fallback["name"]})
    return filled(template, fallback["values"])
