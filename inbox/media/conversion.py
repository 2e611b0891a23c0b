"""Runs `media_converter` on one file, in a process that may be killed, and says in words what it could not do."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from media_converter import protocol
from media_converter.probe import Probe
from media_converter.protocol import Job

logger = logging.getLogger(__name__)

Progress = Callable[[int], None]

# Somebody waits for it; a film has every packet read.
_PROBE_SECONDS, _PICTURE_PROBE_SECONDS = 20, 5
# How many files this process looks into at once, and how long others wait for their turn.
_PROBES, _PROBE_WAIT_SECONDS = threading.BoundedSemaphore(2), 5.0
# On a busy machine, a second of work takes more than a second, and starting takes some.
_BUSY, _PATIENCE_SECONDS = 1.5, 10.0


class ConversionFailed(Exception):
    """The file could not be turned into what was wanted. `problem` is a code of `protocol`, the text its words."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return words_for(self.problem)


class Busy(Exception):
    """Too many files are being looked into; it may work in a moment."""


def words_for(problem: str) -> str:
    """Say what is wrong with a file, in the language of whoever asks."""
    minutes = settings.MEDIA_MAX_SECONDS // 60
    return {
        protocol.DAMAGED: _("It is damaged: it ends too early, or is not what it seems to be."),
        protocol.TOO_MANY_PIXELS: _("It has too many pixels: more than %(millions)s million.")
        % {"millions": settings.MEDIA_MAX_PIXELS // 1_000_000},
        protocol.TOO_LONG: ngettext(
            "It is longer than %(minutes)s minute.", "It is longer than %(minutes)s minutes.", minutes
        )
        % {"minutes": minutes},
        protocol.TOO_LARGE: _("It cannot be made small enough for this channel."),
        protocol.NOTHING_INSIDE: _("There is nothing to see or hear in it."),
        protocol.OUT_OF_MEMORY: _("It needs more memory than one file may use."),
        protocol.OUT_OF_TIME: _("It took too long to convert."),
        protocol.GONE: _("It is no longer in our store."),
    }.get(problem, _("The converter stopped working on it."))


def probe(path: Path, mime_type: str) -> Probe:
    """Open a file that seems to be a picture, a sound or a film. Raises ConversionFailed or Busy."""
    seconds = _PICTURE_PROBE_SECONDS if mime_type.startswith("image/") else _PROBE_SECONDS
    with probing():
        answer = _run(_job(protocol.PROBE, path, mime_type, cpu_seconds=seconds), _ignore)
    return Probe.from_json(answer["probe"])


@contextmanager
def probing() -> Iterator[None]:
    """Take one of the few places for looking into files. Raises Busy."""
    if not _PROBES.acquire(timeout=_PROBE_WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _PROBES.release()


def longest_seconds() -> float:
    """Return the time on the clock after which a conversion is over, one way or another."""
    return _patience(settings.MEDIA_CONVERTER_SECONDS)


def waveform(path: Path, mime_type: str) -> list[int]:
    """Return how loud a sound is at 64 moments, 0 to 100. Raises ConversionFailed."""
    answer = _run(_job(protocol.WAVEFORM, path, mime_type), _ignore)
    return [int(level) for level in answer["waveform"]]


def make(path: Path, mime_type: str, recipe: str, target: Path, on_progress: Progress | None = None) -> Probe:
    """Turn a file into another. Raises ConversionFailed."""
    job = replace(_job(protocol.MAKE, path, mime_type), target=str(target), recipe=recipe)
    answer = _run(job, on_progress or _ignore)
    return Probe.from_json(answer["probe"])


def _job(do: str, path: Path, mime_type: str, *, cpu_seconds: int | None = None) -> Job:
    return Job(
        do=do,
        source=str(path),
        mime_type=mime_type,
        memory_bytes=settings.MEDIA_CONVERTER_MEMORY,
        cpu_seconds=cpu_seconds or settings.MEDIA_CONVERTER_SECONDS,
        max_pixels=settings.MEDIA_MAX_PIXELS,
        media_seconds=settings.MEDIA_MAX_SECONDS,
    )


def _patience(cpu_seconds: int) -> float:
    return cpu_seconds * _BUSY + _PATIENCE_SECONDS


def _ignore(percent: int) -> None:
    """Nobody asked for progress."""


def require_no_transaction() -> None:
    """Raises RuntimeError inside of a transaction: whoever waits for somebody else holds no row meanwhile."""
    if not connection.in_atomic_block:
        return
    try:
        with transaction.atomic(durable=True):
            """Only a test's own transaction lets this pass."""
    except RuntimeError as error:
        raise RuntimeError(
            "Files are looked into, converted and scanned outside of transactions: call it before."
        ) from error


def _run(job: Job, on_progress: Progress) -> dict[str, Any]:
    """Run one job to its last line. The process is given nothing of us but its job: neither environment nor folder."""
    require_no_transaction()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "media_converter", json.dumps(asdict(job))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(job.source).parent,
        env={"PYTHONPATH": str(settings.BASE_DIR), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,
        text=True,
    )
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    clock = threading.Timer(_patience(job.cpu_seconds), end)
    clock.start()
    with process:  # closes the pipe and waits
        try:
            answer = _last_line(process, on_progress)
        finally:
            clock.cancel()
            process.kill()
    if late.is_set() or process.returncode == -signal.SIGXCPU:
        raise ConversionFailed(protocol.OUT_OF_TIME)
    if "problem" in answer:
        raise ConversionFailed(str(answer["problem"]))
    if not answer:
        logger.warning("the converter ended with %s at a %s file", process.returncode, job.mime_type)
        raise ConversionFailed(protocol.CRASHED)
    return answer


def _last_line(process: subprocess.Popen[str], on_progress: Progress) -> dict[str, Any]:
    """Read what the process says until it ends; its last word counts."""
    last: dict[str, Any] = {}
    for line in process.stdout or ():
        try:
            said = json.loads(line)
        except ValueError:  # killed in the middle of a line
            continue
        if "percent" in said:
            on_progress(int(said["percent"]))
        else:
            last = said
    return last
