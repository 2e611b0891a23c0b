"""Files of what leaves later: kept by their ids, and found again when it is time. Cards are kept as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from django.utils.translation import gettext as _

from inbox.media.models import MediaFile

from ..outgoing_cards import CardRefused, OutgoingCard, card_from
from ._composition import Outgoing, OutgoingFile, SendAs, UnableToSend


class KeepsFiles(Protocol):
    """A row with files."""

    workspace_id: int
    files: Any


def files_to_store(files: Sequence[Outgoing]) -> list[dict[str, Any]]:
    """Return what goes along as a row keeps it: a file's id, way and name, or a card with its title."""
    return [_to_store(each) for each in files]


def _to_store(outgoing: Outgoing) -> dict[str, Any]:
    if isinstance(outgoing, OutgoingCard):
        return {"card": outgoing.value, "name": outgoing.title}
    return {"id": outgoing.file.pk, "send_as": outgoing.send_as.value, "name": outgoing.file.filename}


def key_of(stored: Mapping[str, Any]) -> str:
    """Return what tells it from others that a row keeps."""
    return str(stored["card"] if "card" in stored else stored["id"])


def is_there(stored: Mapping[str, Any], known: Collection[int]) -> bool:
    """Whether what a row keeps can be sent; `known` are the ids of files that were not deleted."""
    return "card" in stored or stored["id"] in known


def stored_files(rows: Collection[KeepsFiles]) -> dict[int, MediaFile]:
    """Return the files of these rows of one workspace, by id, in one query; none where they have none."""
    ids = {stored["id"] for row in rows for stored in row.files if "id" in stored}
    if not ids:
        return {}
    workspaces = {row.workspace_id for row in rows}
    return MediaFile.objects.filter(workspace_id__in=workspaces).in_bulk(ids)


def restored_files(kept: Sequence[Mapping[str, Any]], known: Mapping[int, MediaFile]) -> list[Outgoing]:
    """Return what a row keeps. Raises UnableToSend if a file was deleted meanwhile."""
    gone = [stored["name"] for stored in kept if not is_there(stored, known)]
    if gone:
        raise UnableToSend(_("%(name)s was deleted meanwhile.") % {"name": gone[0]})
    return [_restored(stored, known) for stored in kept]


def _restored(stored: Mapping[str, Any], known: Mapping[int, MediaFile]) -> Outgoing:
    """Raises UnableToSend."""
    if "id" in stored:
        return OutgoingFile(known[stored["id"]], SendAs(stored["send_as"]))
    try:
        return card_from(stored["card"])
    except CardRefused as refusal:
        raise UnableToSend(f"{stored['name']}: {refusal}") from refusal
