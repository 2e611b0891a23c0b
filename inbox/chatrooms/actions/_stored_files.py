"""Files of what leaves later: kept by their ids, and found again when it is time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _

from inbox.media.models import MediaFile

from ._composition import OutgoingFile, SendAs, UnableToSend


class KeepsFiles(Protocol):
    """A row with files."""

    workspace_id: int
    files: Any


def files_to_store(files: Sequence[OutgoingFile]) -> list[dict[str, Any]]:
    """Return files as a row keeps them: id, way and name."""
    return [{"id": each.file.pk, "send_as": each.send_as.value, "name": each.file.filename} for each in files]


def stored_files(rows: Collection[KeepsFiles]) -> dict[int, MediaFile]:
    """Return the files of these rows of one workspace, by id, in one query; none where they have none."""
    ids = {stored["id"] for row in rows for stored in row.files}
    if not ids:
        return {}
    workspaces = {row.workspace_id for row in rows}
    return MediaFile.objects.filter(workspace_id__in=workspaces).in_bulk(ids)


def restored_files(kept: Sequence[Mapping[str, Any]], known: Mapping[int, MediaFile]) -> list[OutgoingFile]:
    """Return the files that a row keeps. Raises UnableToSend if one was deleted meanwhile."""
    gone = [stored["name"] for stored in kept if stored["id"] not in known]
    if gone:
        raise UnableToSend(_("%(name)s was deleted meanwhile.") % {"name": gone[0]})
    return [OutgoingFile(known[stored["id"]], SendAs(stored["send_as"])) for stored in kept]
