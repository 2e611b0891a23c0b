"""The template of a message that waits: stored by name with its values, found and filled again when it is due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from inbox.chatrooms.header_files import filled_with
from inbox.connections.models import Connection
from inbox.media.models import MediaFile
from inbox.message_templates.components import HEADER_FILE
from inbox.message_templates.filling import FilledTemplate, NotFilled
from inbox.message_templates.models import MessageTemplate
from inbox.message_templates.selectors import find_sendable

from .models import ScheduledMessage


class TemplateRefused(Exception):
    """The template cannot be sent; the text says why. `errors` are sentences by variable key."""

    def __init__(self, words: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.errors = dict(errors or {})


def to_store(template: MessageTemplate, values: Mapping[str, str], file: MediaFile | None) -> dict[str, Any]:
    """Return what a scheduled message keeps of a template, and of the file for its header."""
    stored = {"name": template.name, "language": template.language, "values": dict(values)}
    return {**stored, "file": {"id": file.pk, "name": file.filename}} if file else stored


def header_files(rows: Collection[ScheduledMessage]) -> dict[int, MediaFile]:
    """Return the files for the headers of these rows of one workspace, by id, in one query; none where they have none."""
    ids = {row.template["file"]["id"] for row in rows if "file" in row.template}
    if not ids:
        return {}
    return MediaFile.objects.filter(workspace_id__in={row.workspace_id for row in rows}).in_bulk(ids)


def header_file(stored: Mapping[str, Any], known: Mapping[int, MediaFile]) -> MediaFile | None:
    """Return the file for the header of a stored template, if it has one. Raises TemplateRefused if it was deleted."""
    if "file" not in stored:
        return None
    file = known.get(stored["file"]["id"])
    if file is None:
        words = _("%(name)s was deleted meanwhile.") % {"name": stored["file"]["name"]}
        raise TemplateRefused(words, {HEADER_FILE: words})
    return file


def filled(template: MessageTemplate, values: Mapping[str, str], file: MediaFile | None) -> FilledTemplate:
    """Raises TemplateRefused."""
    try:
        return filled_with(template, values, file)
    except NotFilled as problem:
        words = problem.errors.get("") or _("The template “%(name)s” is not filled in.") % {"name": template.name}
        raise TemplateRefused(words, problem.errors) from problem


def restored(
    stored: Mapping[str, Any],
    connection: Connection,
    file: MediaFile | None,
    find: Callable[[Connection, str, str], MessageTemplate | None] = find_sendable,
) -> FilledTemplate:
    """Return the stored template as it may be sent now, with this file for its header. Raises TemplateRefused."""
    template = find(connection, stored["name"], stored["language"])
    if template is None:
        raise TemplateRefused(gone(stored["name"]))
    return filled(template, stored["values"], file)


def gone(name: str) -> str:
    return _("The template “%(name)s” can no longer be sent.") % {"name": name}
