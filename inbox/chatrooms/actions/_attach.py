"""The rows of files: what is to be fetched, or to be converted and brought to the vendor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Q

from channels_adapters.types import MediaReference, MessageKind
from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.media.actions import discard_file, purge_expired
from inbox.media.models import MediaFile

from ..models import Attachment, AttachmentState, Message, VendorCopy
from ..selectors import needed_files

SETTLE = "inbox.chatrooms.tasks.settle_attachment"


@dataclass(frozen=True)
class PlannedFile:
    """A file that will be sent as this kind, after it was turned into `recipe`."""

    file: MediaFile
    kind: MessageKind
    recipe: str


def attach_files(files: Iterable[tuple[Message, PlannedFile]]) -> None:
    """Give outbound messages their files."""
    _store(
        Attachment(
            workspace_id=message.workspace_id,
            message=message,
            kind=planned.kind.value,
            file=planned.file,
            recipe=planned.recipe,
        )
        for message, planned in files
    )


def attach_references(arrived: Iterable[tuple[Message, Sequence[MediaReference]]]) -> None:
    """Give messages the files that their senders attached, to be fetched from the vendor."""
    _store(
        Attachment(
            workspace_id=message.workspace_id,
            message=message,
            position=position,
            kind=media.kind.value,
            state=AttachmentState.WAITING if media.external_id or media.url else AttachmentState.FAILED,
            reference=reference_of(media),
        )
        for message, references in arrived
        for position, media in enumerate(references)
    )


def wait_again(attachment: Attachment) -> None:
    """Put a file back to the beginning: nothing is known of it but what the agent gave, or the vendor named."""
    attachment.state, attachment.problem, attachment.problem_code = AttachmentState.WAITING, "", ""
    attachment.attempt_count, attachment.due_at = 0, clock.now()
    if attachment.leaves:
        copies = VendorCopy.objects.filter(workspace_id=attachment.workspace_id)
        of_file = Q(file_id=attachment.sent_file_id) | Q(file__made_from_id=attachment.sent_file_id)
        copies.filter(of_file, external_id__in=[attachment.media.external_id, attachment.media.thumb_id]).delete()
        attachment.reference = {}
    attachment.save(update_fields=["state", "problem", "problem_code", "attempt_count", "due_at", "reference"])
    enqueue_on_commit(SETTLE, workspace_id=attachment.workspace_id, attachment_id=attachment.pk)


def forget_files(workspace_id: int, message_ids: Collection[int]) -> None:
    """Let go of the files of messages that were removed. A member's file stays: it may be meant for others too."""
    attachments = Attachment.objects.filter(workspace_id=workspace_id, message_id__in=message_ids)
    fetched = MediaFile.objects.filter(workspace_id=workspace_id, created_by=None)
    for file in fetched.filter(pk__in=attachments.values("file_id")):
        transaction.on_commit(partial(discard_file, file=file), robust=True)
    attachments.delete()


def purge_old_files() -> int:
    """Delete the files that workspaces do not want to keep any longer; what will still leave keeps its own."""
    return purge_expired(needed_of=needed_files)


def reference_of(media: MediaReference) -> dict[str, object]:
    """Return what `Attachment.media` is made of."""
    return {
        "external_id": media.external_id,
        "url": media.url,
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "filename": media.filename,
        "animated": media.animated,
        "thumb_id": media.thumb_id,
    }


def shown_of(media: MediaReference) -> dict[str, object]:
    """Return what a message tells about a file of its own, while there is nothing to see of it."""
    return {
        "kind": media.kind.value,
        "filename": media.filename,
        "mime_type": media.mime_type,
        "animated": media.animated,
    }


def _store(attachments: Iterable[Attachment]) -> None:
    for attachment in Attachment.objects.bulk_create(attachments):
        if attachment.state == AttachmentState.WAITING:
            enqueue_on_commit(SETTLE, workspace_id=attachment.workspace_id, attachment_id=attachment.pk)
