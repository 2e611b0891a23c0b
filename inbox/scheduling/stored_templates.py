"""The template of a message that waits: stored by name with its values, found and filled again when it is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from inbox.connections.models import Connection
from inbox.message_templates.filling import FilledTemplate, NotFilled, fill
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import find_sendable


class TemplateRefused(Exception):
    """The template cannot be sent; the text says why. `errors` are sentences by variable key."""

    def __init__(self, words: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.errors = dict(errors or {})


def to_store(template: MessageTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    """Return what a scheduled message keeps of a template."""
    return {"name": template.name, "language": template.language, "values": dict(values)}


def filled(template: MessageTemplate, values: Mapping[str, str]) -> FilledTemplate:
    """Raises TemplateRefused."""
    try:
        return fill(template, values)
    except NotFilled as problem:
        words = problem.errors.get("") or _("The template “%(name)s” is not filled in.") % {"name": template.name}
        raise TemplateRefused(words, problem.errors) from problem


def restored(
    stored: Mapping[str, Any],
    connection: Connection,
    find: Callable[[Connection, str, str], MessageTemplate | None] = find_sendable,
) -> FilledTemplate:
    """Return the stored template as it may be sent now. Raises TemplateRefused."""
    template = find(connection, stored["name"], stored["language"])
    if template is None:
        raise TemplateRefused(gone(stored["name"]))
    return filled(template, stored["values"])


def gone(name: str) -> str:
    return _("The template “%(name)s” can no longer be sent.") % {"name": name}
