"""Files on their way: fetched from the vendor once they arrived, converted and brought to the vendor before they leave.

One task for each file, in a media worker. The claim is a time until which nobody else tries; a sweep finds what a lost
wake-up or a dead worker left. A message whose file is not ready stays in the outbox, and so do those behind it.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from channels_adapters.errors import Remedy, SendError, TransportError
from channels_adapters.types import DownloadedMedia, MediaReference, MediaUpload, MessageKind, UploadedMedia
from inbox.connections.actions import require_attention
from inbox.connections.calls import vendor_talk
from inbox.connections.models import Connection, ConnectionState
from inbox.lib import clock
from inbox.lib.background import enqueue, enqueue_on_commit
from inbox.media import storage
from inbox.media.actions import BeingPrepared, ConversionFailed, FileRefused, discard_file, prepare, store_file
from inbox.media.models import MediaFile
from inbox.media.planning import thumb_recipe
from inbox.workspaces import audit
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Attachment, AttachmentState, Message, MessageState, OutboxEntry, VendorCopy
from ._attach import SETTLE, reference_of, wait_again
from ._changes import record_changes
from ._composition import UnableToSend
from ._outgoing import DISPATCH, locked_room

logger = logging.getLogger(__name__)

# Longer than a conversion and an upload take at worst: past it, a crash is assumed.
CLAIM = timedelta(minutes=15)
MOST_ATTEMPTS = 6
FIRST_PAUSE = 5.0  # seconds
# A file is often sent while it is still being made for the form it was chosen in.
LOOK_AGAIN = 1.0  # seconds
# How long to wait for somebody to mend the connection.
BROKEN_PAUSE = timedelta(minutes=1)
# What a small picture that goes along with a file is kept as.
THUMB = "thumb"
# A copy at the vendor is used until shortly before it is deleted there.
AHEAD = timedelta(hours=1)

# Refusals of a file that may be taken later.
_PASSING = {"file_unchecked", "file_busy", "file_failed"}

_Problem = SendError | TransportError | FileRefused | ConversionFailed


def settle_attachment(*, workspace_id: int, attachment_id: int) -> bool:
    """Fetch a file, or bring it to the vendor; return whether there was anything to do and it worked."""
    attachment = _claim(workspace_id, attachment_id)
    if attachment is None:
        return False
    try:
        if attachment.attempt_count > MOST_ATTEMPTS:  # nobody lived to say what became of the last one
            raise _failed()
        if attachment.leaves:
            _bring(attachment)
        else:
            _fetched(attachment, _store_arrived(attachment, _download(attachment)))
    except (SendError, TransportError, FileRefused, ConversionFailed) as problem:
        _note_problem(attachment, problem)
        return False
    except BeingPrepared:
        _come_back(attachment)
        return False
    except Exception:
        logger.exception("attachment %s failed unexpectedly", attachment.pk)
        _note_problem(attachment, _failed())
        return False
    return True


def wake_attachments() -> int:
    """Ask for the files that are due and whose wake-up was lost; return how many."""
    with platform_scope("files that are due"):
        can_go = Q(file__isnull=True) | Q(message__connection__state=ConnectionState.ACTIVE)
        due = Attachment.objects.filter(can_go, state=AttachmentState.WAITING, due_at__lte=clock.now())
        due = due.order_by("due_at")
        waiting = list(due.values_list("workspace_id", "pk")[:200])
    for workspace_id, attachment_id in waiting:
        enqueue(SETTLE, workspace_id=workspace_id, attachment_id=attachment_id)
    return len(waiting)


def fetch_again(*, actor: Membership, attachment: Attachment) -> Attachment:
    """Ask the vendor once more for a file that did not come. Call it inside the scope. Raises UnableToSend."""
    rows = Attachment.objects.filter(workspace_id=actor.workspace_id)
    current = rows.select_related("message").select_for_update(of=("self",), no_key=True).get(pk=attachment.pk)
    if current.state != AttachmentState.FAILED or not (current.media.external_id or current.media.url):
        raise UnableToSend(_("There is nothing to fetch: the file is here, on its way, or unknown to the channel."))
    wait_again(current)
    message = current.message
    audit.record(workspace_id=current.workspace_id, actor=actor, verb="file.fetched_again", subject=current)
    record_changes(workspace_id=current.workspace_id, messages=[(message.chatroom_id, message.pk)])
    return current


def _claim(workspace_id: int, attachment_id: int) -> Attachment | None:
    now = clock.now()
    with scope(workspace_id):
        claimed = (
            Attachment.objects.filter(
                workspace_id=workspace_id, pk=attachment_id, state=AttachmentState.WAITING, due_at__lte=now
            )
            .select_related("message__connection", "file", "sent_file")
            .defer("message__connection__credentials")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .first()
        )
        if claimed is None:
            return None
        # What arrives is fetched also while nothing may be sent: the vendor does not keep it for long.
        is_usable = not claimed.leaves or claimed.message.connection.state == ConnectionState.ACTIVE
        claimed.due_at = now + (CLAIM if is_usable else BROKEN_PAUSE)
        claimed.attempt_count += is_usable
        claimed.save(update_fields=["due_at", "attempt_count"])
    return claimed if is_usable else None


# --- what arrived -------------------------------------------------------------------------------------------------


def _download(attachment: Attachment) -> DownloadedMedia:
    return vendor_talk(
        connection=attachment.message.connection,
        talk=lambda caller, account: caller.download(account, attachment.media, max_bytes=settings.MEDIA_MAX_BYTES),
        read_timeout=settings.MEDIA_TIMEOUT_SECONDS,
    )


def _store_arrived(attachment: Attachment, found: DownloadedMedia) -> MediaFile:
    media = attachment.media
    if media.sha256 and not _has_digest(found.content, media.sha256):
        # The vendor's own hash is written in more than one way: a difference is worth a look, not the customer's file.
        logger.warning("attachment %s does not have the hash that the vendor told", attachment.pk)
    return store_file(
        workspace_id=attachment.workspace_id,
        content=found.content,
        filename=media.filename or found.filename,
        declared_type=media.mime_type or found.mime_type,
        keep_damaged=True,
    )


def _has_digest(content: bytes, told: str) -> bool:
    digest = hashlib.sha256(content).digest()
    return told.strip().lower() == digest.hex() or told.strip() == base64.b64encode(digest).decode()


def _fetched(attachment: Attachment, file: MediaFile) -> None:
    with scope(attachment.workspace_id):
        if _as_claimed(attachment).update(file=file, state=AttachmentState.READY, problem="", problem_code=""):
            _record(attachment)
            return
    discard_file(file=file)  # the message was removed, or somebody else was faster


# --- what leaves --------------------------------------------------------------------------------------------------


def _bring(attachment: Attachment) -> None:
    """Have the file at the vendor as it is sent, and its small picture where one goes along."""
    file = attachment.file
    if file is None:
        raise _lost()
    sent = attachment.sent_file or (prepare(file=file, recipe=attachment.recipe) if attachment.recipe else file)
    kind = MessageKind(attachment.kind)
    thumb_id = ""
    if thumb_bytes := attachment.message.connection.adapter.capabilities.media[kind].thumb_bytes:
        thumb = prepare(file=sent, recipe=thumb_recipe(thumb_bytes))
        thumb_id = _copy_of(thumb, attachment, is_thumb=True).external_id
    copy = _copy_of(sent, attachment)
    known_as = MediaReference(
        kind, copy.external_id, mime_type=sent.mime_type, filename=sent.filename, thumb_id=thumb_id
    )
    _brought(attachment, sent, known_as)


def _copy_of(file: MediaFile, attachment: Attachment, *, is_thumb: bool = False) -> VendorCopy:
    """Return the copy that lies at the vendor, bringing it there if need be."""
    connection, kind = attachment.message.connection, MessageKind(attachment.kind)
    stored_as = THUMB if is_thumb else kind.value
    with scope(attachment.workspace_id):
        copies = VendorCopy.objects.filter(
            workspace_id=attachment.workspace_id, connection=connection, file=file, kind=stored_as
        )
        known = copies.exclude(expires_at__lt=clock.now() + AHEAD).first()
        if known is not None:
            return known
    upload = MediaUpload(kind, file.mime_type, file.filename, _content_of(file), is_thumb)
    uploaded = vendor_talk(
        connection=connection,
        talk=lambda caller, account: caller.upload(account, upload),
        read_timeout=settings.MEDIA_TIMEOUT_SECONDS,
    )
    return _remembered(connection, file, stored_as, uploaded)


def _content_of(file: MediaFile) -> bytes:
    try:
        with storage.opened(file.workspace_id, file.sha256) as stream:
            return bytes(stream.read())
    except FileNotFoundError as error:
        raise _lost() from error


def _remembered(connection: Connection, file: MediaFile, stored_as: str, uploaded: UploadedMedia) -> VendorCopy:
    expires_at = None if uploaded.seconds is None else clock.now() + timedelta(seconds=uploaded.seconds)
    with scope(connection.workspace_id):
        copy, _created = VendorCopy.objects.update_or_create(
            workspace_id=connection.workspace_id,
            connection=connection,
            file=file,
            kind=stored_as,
            defaults={"external_id": uploaded.external_id, "expires_at": expires_at},
        )
    return copy


def _brought(attachment: Attachment, sent: MediaFile, known_as: MediaReference) -> None:
    with scope(attachment.workspace_id):
        values = {"sent_file": sent, "reference": reference_of(known_as), "problem": "", "problem_code": ""}
        if _as_claimed(attachment).update(**values, state=AttachmentState.READY):
            _record(attachment)
            enqueue_on_commit(DISPATCH)


# --- what went wrong ----------------------------------------------------------------------------------------------


def _note_problem(attachment: Attachment, problem: _Problem) -> None:
    """Try again later where that can help; else say so where the file would be."""
    pause = _pause(attachment.attempt_count, problem)
    with scope(attachment.workspace_id):
        if isinstance(problem, SendError) and _is_operators(problem):
            require_attention(connection=attachment.message.connection, reason=problem.public_text, code=problem.code)
        room = locked_room(attachment.message.chatroom_id)
        rows = _as_claimed(attachment)
        if pause is not None:
            rows.update(due_at=clock.now() + pause, attempt_count=0 if _is_operators(problem) else F("attempt_count"))
            return
        words = _words(problem)
        code = _code(attachment, problem)
        if not rows.update(state=AttachmentState.FAILED, problem=words, problem_code=code):
            return
        if attachment.leaves:
            entries = OutboxEntry.objects.filter(message_id=attachment.message_id, lease_until__isnull=True)
            if entries.delete()[0]:
                Message.objects.filter(pk=attachment.message_id, state=MessageState.QUEUED).update(
                    state=MessageState.FAILED, failure_code=code, failure_text=words
                )
        record_changes(workspace_id=room.workspace_id, messages=[(room.pk, attachment.message_id)])
        enqueue_on_commit(DISPATCH)  # those behind it in the chat may go now


def _pause(attempts: int, problem: _Problem) -> timedelta | None:
    if _is_operators(problem):
        return BROKEN_PAUSE
    if isinstance(problem, ConversionFailed) or (isinstance(problem, FileRefused) and problem.code not in _PASSING):
        return None
    if isinstance(problem, SendError) and problem.remedy is Remedy.GIVE_UP:
        return None
    if attempts >= MOST_ATTEMPTS:
        return None
    named = problem.wait_after(attempts) if isinstance(problem, SendError) else 0.0
    return timedelta(seconds=max(named, FIRST_PAUSE * 3.0 ** (attempts - 1)))


def _come_back(attachment: Attachment) -> None:
    """Look again soon: somebody else is making the file just now, which is no attempt of ours."""
    with scope(attachment.workspace_id):
        _as_claimed(attachment).update(
            due_at=clock.now() + timedelta(seconds=LOOK_AGAIN), attempt_count=F("attempt_count") - 1
        )
    enqueue(SETTLE, after=LOOK_AGAIN, workspace_id=attachment.workspace_id, attachment_id=attachment.pk)


def _is_operators(problem: _Problem) -> bool:
    return isinstance(problem, SendError) and problem.remedy is Remedy.OPERATOR


def _failed() -> FileRefused:
    return FileRefused(_("Our server failed on this file several times."), code="file_failed")


def _lost() -> FileRefused:
    return FileRefused(_("The file is no longer in our store. Choose it again."), code="no_file")


def _as_claimed(attachment: Attachment) -> QuerySet[Attachment]:
    """Return the row if it still is as we claimed it: nobody else has it, and the message was not removed."""
    rows = Attachment.objects.filter(workspace_id=attachment.workspace_id, pk=attachment.pk)
    return rows.filter(state=AttachmentState.WAITING, due_at=attachment.due_at)


def _words(problem: _Problem) -> str:
    if isinstance(problem, SendError):
        return problem.public_text[:300]
    if isinstance(problem, TransportError):
        return _("The channel could not be reached. Try again later.")
    return str(problem)[:300]


def _code(attachment: Attachment, problem: _Problem) -> str:
    """Return what `failures` knows the problem by. That a customer's file is gone has many codes, and one meaning."""
    if isinstance(problem, ConversionFailed):
        return f"file_{problem.problem}"
    if isinstance(problem, TransportError):
        return "unreachable"
    is_gone = isinstance(problem, SendError) and problem.stale_media and not attachment.leaves
    return "gone" if is_gone else problem.code[:40]


def _record(attachment: Attachment) -> None:
    message = attachment.message
    record_changes(workspace_id=message.workspace_id, messages=[(message.chatroom_id, message.pk)])
