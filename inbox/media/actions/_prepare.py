"""Making files from files: what a channel wants, and what a page shows."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.core.cache import cache
from django.db import IntegrityError
from redis import RedisError

from inbox.lib import clock
from inbox.lib.background import enqueue_on_commit
from inbox.media import conversion, planning, storage
from inbox.media.conversion import ConversionFailed
from inbox.media.models import FileKind, MediaFile
from inbox.media.names import clean_name
from inbox.workspaces.tenancy import platform_scope, scope
from media_converter import protocol
from media_converter.recipes import THUMBNAIL

from ._store import LocalFile, keep

logger = logging.getLogger(__name__)

_REMEMBERED_SECONDS = 3600  # of a failure
_QUEUED_SECONDS = 60  # as long as a wake-up is worth anything
_STORING_SECONDS = 60  # to fetch the bytes and to keep what was made of them
_LATE = timedelta(minutes=10)
_SWEEP_AFTER = timedelta(minutes=2)
_SWEEP_UNTIL = timedelta(days=1)


class BeingPrepared(Exception):
    """Somebody else is making this very file: it will be there in a while."""


@dataclass(frozen=True)
class Preparation:
    """How far the making of a file is: `file` once it is there, else `words` if it failed, else `percent`.

    `is_late`: it was asked for so long ago that nobody should wait for it.
    """

    file: MediaFile | None = None
    percent: int | None = None
    words: str = ""
    is_late: bool = False

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody is at it: it was never asked for, or the wake-up was lost."""
        return self.file is None and self.percent is None and not self.words


def derived(*, file: MediaFile, recipe: str) -> MediaFile | None:
    """Return what was made from the file by the recipe. Call it in the workspace's scope."""
    return MediaFile.objects.filter(workspace_id=file.workspace_id, made_from=file, recipe=recipe).first()


def prepare(*, file: MediaFile, recipe: str) -> MediaFile:
    """Return the file made by the recipe, making it unless it is there; the file itself for "".

    Takes seconds to minutes: call it in a task, outside of transactions. Raises ConversionFailed or BeingPrepared.
    """
    if not recipe:
        return file
    with scope(file.workspace_id):
        found = derived(file=file, recipe=recipe)
    if found is not None:
        return found
    progress = _Progress(file, recipe)
    if not progress.claimed():
        raise BeingPrepared
    try:
        with _fetched(file) as source:
            target = source.with_name("made")
            probe = conversion.make(source, file.mime_type, recipe, target, progress.moved)
            local = LocalFile(target, _digest(target), probe.size)
            name = clean_name(file.filename, probe.mime_type)
            with scope(file.workspace_id):
                made = keep(file.workspace_id, local, probe, name, made_from=file, recipe=recipe)
    except IntegrityError:  # somebody else made it meanwhile
        with scope(file.workspace_id):
            found = derived(file=file, recipe=recipe)
        if found is None:
            raise
        return found
    except ConversionFailed as failure:
        progress.failed(failure.problem)
        raise
    except Exception:
        progress.failed(protocol.CRASHED)  # or whoever waits would wait for ever
        raise
    finally:
        progress.released()
    progress.finished()
    return made


def prepare_file(*, workspace_id: int, file_id: int, recipe: str) -> bool:
    """Make a file; whoever asked finds out with `preparation_of`."""
    with scope(workspace_id):
        file = MediaFile.objects.filter(workspace_id=workspace_id, pk=file_id).first()
    if file is None:
        return False
    try:
        prepare(file=file, recipe=recipe)
    except ConversionFailed as failure:
        logger.info("file %s could not be turned into %s: %s", file_id, recipe, failure.problem)
        return False
    except BeingPrepared:
        return False
    return True


def request_preparation(*, file: MediaFile, recipe: str) -> None:
    """Have the file made in the background, unless it is. An earlier failure is forgotten. Call it in the scope."""
    if preparation_of(file=file, recipe=recipe).percent is not None:
        return
    _Progress(file, recipe).queued()
    enqueue_on_commit("inbox.media.tasks.prepare_file", workspace_id=file.workspace_id, file_id=file.pk, recipe=recipe)


def preparation_of(*, file: MediaFile, recipe: str) -> Preparation:
    """Tell how far the file is. Call it in the workspace's scope."""
    if not recipe:
        return Preparation(file=file, percent=100)
    if found := derived(file=file, recipe=recipe):
        return Preparation(file=found, percent=100)
    return _Progress(file, recipe).seen()


def make_previews(*, workspace_id: int, file_id: int) -> bool:
    """Make what pages show of a file: thumbnail, waveform, and a form that browsers play. What fails is left out.

    Returns whether all of it is there now; what somebody else is making is left to the sweep.
    """
    with scope(workspace_id):
        file = MediaFile.objects.filter(workspace_id=workspace_id, pk=file_id).first()
    if file is None or file.previews_at is not None:
        return False
    details: dict[str, object] = {}
    try:
        if recipe := planning.preview_recipe(file.probe):
            prepare(file=file, recipe=recipe)
        if file.kind in (FileKind.IMAGE, FileKind.VIDEO):
            prepare(file=file, recipe=THUMBNAIL)
        if file.kind == FileKind.AUDIO:
            with _fetched(file) as source:
                details["waveform"] = conversion.waveform(source, file.mime_type)
    except BeingPrepared:
        return False
    except ConversionFailed as failure:
        details["unseen"] = failure.problem
    _previews_made(file, details)
    return not details.get("unseen")


def _previews_made(file: MediaFile, details: dict[str, object]) -> None:
    with scope(file.workspace_id):
        rows = MediaFile.objects.filter(workspace_id=file.workspace_id, pk=file.pk)
        rows.update(previews_at=clock.now(), details={**file.details, **details})


def sweep_previews() -> int:
    """Make the previews that a lost wake-up left, a few at a time. What nobody expected happens to a file once."""
    now = clock.now()
    with platform_scope("files without previews"):
        rows = MediaFile.objects.filter(previews_at=None, made_from=None).order_by("created_at")
        late = list(rows.filter(created_at__range=(now - _SWEEP_UNTIL, now - _SWEEP_AFTER))[:3])
    count = 0
    for file in late:
        try:
            count += make_previews(workspace_id=file.workspace_id, file_id=file.pk)
        except Exception:
            logger.exception("the previews of file %s are given up", file.pk)
            _previews_made(file, {"unseen": protocol.CRASHED})
    return count


class _Progress:
    """How far a conversion is, who is at it and since when it is wanted, where every process finds it."""

    def __init__(self, file: MediaFile, recipe: str) -> None:
        self.key, self.claim, self.wanted = (
            f"media-{what}:{file.pk}:{recipe}" for what in ("progress", "claim", "wanted")
        )
        self.seconds = int(conversion.longest_seconds()) + _STORING_SECONDS

    def queued(self) -> None:
        cache.set(self.key, 0, _QUEUED_SECONDS)
        if cache.get(self.wanted) is None:
            cache.set(self.wanted, clock.now(), _REMEMBERED_SECONDS)

    def claimed(self) -> bool:
        """Begin, unless somebody else has. Without a cache two may do the same work, and end with one row."""
        try:
            if not cache.add(self.claim, 1, self.seconds):
                return False
        except RedisError as error:
            logger.warning("a conversion begins without a claim: %s", type(error).__name__)
        self.moved(0)
        return True

    def released(self) -> None:
        cache.delete(self.claim)

    def moved(self, percent: int) -> None:
        cache.set(self.key, percent, self.seconds)

    def failed(self, problem: str) -> None:
        cache.set(self.key, problem, _REMEMBERED_SECONDS)
        cache.delete(self.wanted)

    def finished(self) -> None:
        cache.delete(self.key)
        cache.delete(self.wanted)

    def seen(self) -> Preparation:
        state, wanted = cache.get(self.key), cache.get(self.wanted)
        if isinstance(state, str):
            return Preparation(words=conversion.words_for(state))
        return Preparation(percent=state, is_late=wanted is not None and clock.now() - wanted > _LATE)


@contextmanager
def _fetched(file: MediaFile) -> Iterator[Path]:
    """Copy the bytes into a folder of their own. Raises ConversionFailed when they are gone."""
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        path = Path(folder) / "file"
        try:
            storage.copy_to(file.workspace_id, file.sha256, path)
        except FileNotFoundError as error:
            raise ConversionFailed(protocol.GONE) from error
        yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
