"""Taking a file in: measured, scanned, recognised, kept once."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from inbox.lib.background import enqueue_on_commit
from inbox.media import conversion, scanning, sniffing, storage
from inbox.media.filetypes import usual_name
from inbox.media.models import MediaFile
from inbox.media.names import clean_name, is_misnamed
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from media_converter.probe import Probe

logger = logging.getLogger(__name__)


class FileRefused(Exception):
    """The file is not kept. The text says why, and which file, in words; `code` is what `failures` knows it by."""

    def __init__(self, words: str, *, code: str = "file") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True)
class LocalFile:
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Findings:
    """What a file was found to be, and where it lies meanwhile."""

    local: LocalFile
    probe: Probe


class ExaminedUpload(UploadedFile):  # type: ignore[type-arg]
    """An upload that was looked into: what was found, or why it is refused."""

    def __init__(self, upload: UploadedFile[Any], findings: Findings | FileRefused) -> None:
        super().__init__(upload.file, upload.name, upload.content_type, upload.size, upload.charset)
        self.findings = findings


def store_file(
    *,
    workspace_id: int,
    content: bytes | File[Any],
    filename: str,
    declared_type: str = "",
    created_by: Membership | None = None,
    keep_damaged: bool = False,
) -> MediaFile:
    """Keep a file and have its thumbnail made. `keep_damaged`: one that cannot be opened becomes a document.

    Looks into it unless that was done: call it outside of transactions then. Raises FileRefused.
    """
    shown = clean_name(filename)
    with _findings_of(content, filename) as findings:
        local, probe = findings.local, findings.probe
        if probe.problem and not keep_damaged:
            raise FileRefused(f"{shown}: {conversion.words_for(probe.problem)}", code=f"file_{probe.problem}")
        name = clean_name(filename, probe.mime_type)
        details = _declared(shown, declared_type, probe.mime_type)
        with scope(workspace_id):
            file = keep(workspace_id, local, probe, name, created_by=created_by, details=details)
            enqueue_on_commit("inbox.media.tasks.make_previews", workspace_id=workspace_id, file_id=file.pk)
    return file


@contextmanager
def examined(upload: UploadedFile[Any]) -> Iterator[ExaminedUpload]:
    """Look into an upload that will be stored in a transaction. Call it outside of any."""
    with ExitStack() as folder:
        findings: Findings | FileRefused
        try:
            findings = folder.enter_context(_looked_into(upload, upload.name or ""))
        except FileRefused as refusal:
            findings = refusal
        yield ExaminedUpload(upload, findings)


def _findings_of(content: bytes | File[Any], filename: str) -> AbstractContextManager[Findings]:
    """Raises FileRefused, at once or on entering."""
    if not isinstance(content, ExaminedUpload):
        return _looked_into(content, filename)
    if isinstance(content.findings, FileRefused):
        raise content.findings
    return nullcontext(content.findings)


@contextmanager
def _looked_into(content: bytes | File[Any], filename: str) -> Iterator[Findings]:
    """Raises FileRefused."""
    shown = clean_name(filename)
    with local_copy(content, shown) as local:
        _scan(local, shown)
        yield Findings(local, _looked_at(local, filename, shown))


@contextmanager
def local_copy(content: bytes | File[Any], shown: str) -> Iterator[LocalFile]:
    """Put the content into a folder of its own, for tools that want a path. Raises FileRefused by its size."""
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as target:
            for chunk in [content] if isinstance(content, bytes) else content.chunks():
                size += len(chunk)
                if size > settings.MEDIA_MAX_BYTES:
                    words = {"name": shown, "size": filesizeformat(settings.MEDIA_MAX_BYTES)}
                    text = _("%(name)s is too large: a file may have at most %(size)s.") % words
                    raise FileRefused(text, code="file_too_large")
                digest.update(chunk)
                target.write(chunk)
        if not size:
            raise FileRefused(_("%(name)s is empty: it has 0 bytes.") % {"name": shown}, code="file_empty")
        yield LocalFile(path, digest.hexdigest(), size)


def keep(workspace_id: int, local: LocalFile, probe: Probe, name: str, **more: Any) -> MediaFile:
    """Write the row and, unless they are there, the bytes. Call it in the workspace's scope."""
    details = {key: value for key, value in probe.as_json().items() if key in _DETAILS and value not in (None, "", [])}
    storage.hold(workspace_id, local.sha256)
    storage.put(workspace_id, local.sha256, local.path)
    return MediaFile.objects.create(
        workspace_id=workspace_id,
        sha256=local.sha256,
        size=local.size,
        mime_type=probe.mime_type,
        filename=name,
        kind=probe.kind,
        width=probe.width,
        height=probe.height,
        duration_ms=probe.duration_ms,
        **{**more, "details": {**details, **more.get("details", {})}},
    )


_DETAILS = {"container", "codecs", "channels", "animated", "alpha", "turned", "problem"}


def _scan(local: LocalFile, shown: str) -> None:
    try:
        virus = scanning.virus_in(local.path)
    except scanning.ScannerUnavailable as error:
        logger.error("the virus scanner does not answer: %s", error)
        words = _("%(name)s could not be checked for viruses just now. Please try again in a few minutes.")
        raise FileRefused(words % {"name": shown}, code="file_unchecked") from error
    if virus:
        logger.warning("a file with %s was refused", virus)
        words = _("%(name)s was refused: the virus scanner found %(virus)s in it.")
        raise FileRefused(words % {"name": shown, "virus": virus}, code="file_virus")


def _looked_at(local: LocalFile, filename: str, shown: str) -> Probe:
    try:
        return sniffing.look(local.path, filename)
    except conversion.Busy as busy:
        words = _("%(name)s could not be looked into, because the server is busy with other files. Try again shortly.")
        raise FileRefused(words % {"name": shown}, code="file_busy") from busy


def _declared(shown: str, declared_type: str, mime_type: str) -> dict[str, Any]:
    """Note what was said of the file and is not so."""
    declared = {}
    if is_misnamed(shown, mime_type):
        declared["filename"] = shown
    if declared_type and usual_name(declared_type) not in (mime_type, "application/octet-stream"):
        declared["type"] = usual_name(declared_type)[:120]
    return {"declared": declared} if declared else {}
