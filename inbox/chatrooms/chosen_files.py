"""Files and cards that were chosen for a message: what a form says of them, and how the channel will get each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils.translation import gettext as _

from inbox.media.access import get_file
from inbox.media.actions import (
    FileRefused,
    discard_file,
    discard_unless,
    preparation_of,
    request_preparation,
    store_file,
)
from inbox.media.models import FileKind, MediaFile
from inbox.media.planning import Plan
from inbox.workspaces.models import Membership

from .actions import MOST_PARTS, Outgoing, OutgoingFile, SendAs, UnableToSend, planned_file
from .models import Chatroom
from .outgoing_cards import CardRefused, OutgoingCard, card_from, is_card, refusal_of
from .presenters.chosen_files import ChosenFile, chosen_card, chosen_file, refused_file
from .selectors import is_used

_WAYS = {
    FileKind.IMAGE: (SendAs.FILE, SendAs.STICKER, SendAs.DOCUMENT),
    FileKind.VIDEO: (SendAs.FILE, SendAs.DOCUMENT),
    FileKind.AUDIO: (SendAs.FILE, SendAs.VOICE, SendAs.DOCUMENT),
    FileKind.DOCUMENT: (SendAs.FILE,),
}


@dataclass(frozen=True)
class Chosen:
    """What goes along with a form, and why other parts of it are not among it."""

    files: Sequence[Outgoing]
    problems: Sequence[str]


def chosen_in(member: Membership, values: Iterable[str], uploads: Iterable[UploadedFile[Any]] = ()) -> Chosen:
    """Read the ids of stored files, and cards, and store what a form without a script brought along, unless that is too
    much."""
    values, uploads = list(dict.fromkeys(values)), list(uploads)
    files: list[Outgoing] = []
    problems: list[str] = []
    if (count := len(values) + len(uploads)) > MOST_PARTS:
        words = _("This would need %(count)s messages; at most %(limit)s go out at once.")
        problems.append(words % {"count": count, "limit": MOST_PARTS})
        uploads = []
    for value in values:
        try:
            files.append(card_from(value) if is_card(value) else outgoing_of(member, value))
        except CardRefused as refusal:
            problems.append(str(refusal))
        except Http404:
            problems.append(_("One of the files is no longer there. Attach it again."))
    stored: dict[int, OutgoingFile] = {}
    # Each content is held until the form's transaction ends: in one order, so that no two forms wait for each other.
    for place in sorted(range(len(uploads)), key=lambda place: _digest(uploads[place])):
        try:
            stored[place] = OutgoingFile(store_upload(member, uploads[place]))
        except FileRefused as refusal:
            problems.append(str(refusal))
    files += [stored[place] for place in sorted(stored)]
    return Chosen(files, list(dict.fromkeys(problems)))


def _digest(upload: UploadedFile[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def outgoing_of(member: Membership, value: str) -> OutgoingFile:
    """Return the file that `12` or `12.voice` stands for. Raises Http404."""
    file_id, _dot, way = value.partition(".")
    if not file_id.isdecimal() or len(file_id) > 18:
        raise Http404("no such file")
    return OutgoingFile(get_file(member, int(file_id)), way_of(way))


def way_of(text: str) -> SendAs:
    return SendAs(text) if text in SendAs.__members__.values() else SendAs.FILE


def store_upload(member: Membership, upload: UploadedFile[Any]) -> MediaFile:
    """Raises FileRefused."""
    return store_file(
        workspace_id=member.workspace_id,
        content=upload,
        filename=upload.name or "",
        declared_type=upload.content_type or "",
        created_by=member,
    )


def take_in(member: Membership, room: Chatroom, upload: UploadedFile[Any], way: SendAs) -> OutgoingFile:
    """Store a file that will be sent this way; one that the channel takes in no form is not kept.

    Raises FileRefused or UnableToSend.
    """
    outgoing = OutgoingFile(store_upload(member, upload), way)
    try:
        planned_file(outgoing, room.connection.adapter.capabilities)
    except UnableToSend:
        discard_file(file=outgoing.file)
        raise
    return outgoing


def let_go(member: Membership, file: MediaFile) -> None:
    """Delete a file that the member brought along and nothing refers to; any other one stays."""
    if file.created_by_id == member.pk and file.made_from_id is None:
        discard_unless(file=file, is_used=is_used)


def prepare(room: Chatroom, outgoing: OutgoingFile) -> None:
    """Have what the channel wants made of the file while the answer is still being written. Raises UnableToSend."""
    plan = planned_file(outgoing, room.connection.adapter.capabilities)
    request_preparation(file=outgoing.file, recipe=plan.recipe)


def prepare_forgotten(room: Chatroom, outgoing: Outgoing) -> None:
    """Have it made where nobody is at it, because the wake-up was lost. What has failed stays as it is."""
    if isinstance(outgoing, OutgoingCard):
        return
    with suppress(UnableToSend):
        plan = planned_file(outgoing, room.connection.adapter.capabilities)
        if preparation_of(file=outgoing.file, recipe=plan.recipe).is_forgotten:
            request_preparation(file=outgoing.file, recipe=plan.recipe)


def chosen_view(room: Chatroom, outgoing: Outgoing, *, slug: str) -> ChosenFile:
    """Return what was chosen as the composer shows it, also when the channel does not take it."""
    capabilities = room.connection.adapter.capabilities
    if isinstance(outgoing, OutgoingCard):
        return chosen_card(outgoing, refusal_of(outgoing.kind, capabilities))
    try:
        plan = planned_file(outgoing, capabilities)
    except UnableToSend as refusal:
        return refused_file(str(outgoing.file.pk), outgoing.file.filename, str(refusal))
    return chosen_file(
        room,
        outgoing.file,
        slug=slug,
        value=value_of(outgoing),
        plan=plan,
        preparation=preparation_of(file=outgoing.file, recipe=plan.recipe),
        others=_other_ways(room, outgoing, plan),
    )


def value_of(outgoing: OutgoingFile) -> str:
    return str(outgoing.file.pk) if outgoing.send_as is SendAs.FILE else f"{outgoing.file.pk}.{outgoing.send_as}"


def _other_ways(room: Chatroom, outgoing: OutgoingFile, plan: Plan) -> dict[str, Plan]:
    """Return what else the file could be on this channel; ways that come to the same are one."""
    others: dict[str, Plan] = {}
    known = {plan.kind}
    for way in _WAYS[FileKind(outgoing.file.kind)]:
        other = OutgoingFile(outgoing.file, way)
        try:
            plan = planned_file(other, room.connection.adapter.capabilities)
        except UnableToSend:
            continue
        if plan.kind not in known:
            known.add(plan.kind)
            others[value_of(other)] = plan
    return others
