"""The process around the converter: whatever becomes of it, one file has failed and a sentence says why."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
from pytest_django import Settings

from inbox.media import conversion, sniffing
from inbox.media.conversion import ConversionFailed
from media_converter import protocol

from . import samples


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(samples.picture("HEIF"))
    return path


@pytest.fixture(scope="module")
def labour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that keeps a processor busy for many seconds when it has to be small."""
    path = tmp_path_factory.mktemp("labour") / "picture"
    path.write_bytes(samples.noise("BMP", (3000, 3000)))
    return path


def test_a_file_is_opened_and_converted_elsewhere(picture: Path) -> None:
    probe = sniffing.look(picture, "photo.jpg")
    assert (probe.mime_type, probe.width) == ("image/heic", 90)
    target = picture.with_name("made")
    made = conversion.make(picture, "image/heic", "image/jpeg;max=5000", target)
    assert made.size == target.stat().st_size <= 5000


def test_progress_is_told_while_it_works(tmp_path: Path) -> None:
    path = tmp_path / "animation"
    path.write_bytes(samples.animation("GIF"))
    told: list[int] = []
    conversion.make(path, "image/gif", "video/mp4", tmp_path / "made", told.append)
    assert len(told) > 5
    assert told == sorted(told)


def test_too_little_memory_costs_one_file(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "picture"
    path.write_bytes(samples.vast_png(7000))
    settings.MEDIA_CONVERTER_MEMORY = 400 * 1024 * 1024
    with pytest.raises(ConversionFailed) as failure:
        conversion.make(path, "image/png", "image/jpeg", tmp_path / "made")
    assert failure.value.problem == protocol.OUT_OF_MEMORY
    assert str(failure.value) == "It needs more memory than one file may use."


def test_too_much_time_costs_one_file(labour: Path, settings: Settings) -> None:
    settings.MEDIA_CONVERTER_SECONDS = 1
    with pytest.raises(ConversionFailed, match="took too long"):
        conversion.make(labour, "image/bmp", "image/png;max=1000", labour.with_name("made"))


def test_a_killed_converter_costs_one_file(labour: Path) -> None:
    with pytest.raises(ConversionFailed, match="stopped working"), interfering(psutil.Process.kill):
        conversion.make(labour, "image/bmp", "image/png;max=1000", labour.with_name("made"))
    assert list(converters()) == []


def test_one_that_waits_for_ever_is_ended(labour: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time on the clock counts too, and not only that of a processor."""
    monkeypatch.setattr(conversion, "_PATIENCE_SECONDS", 0.5)
    settings.MEDIA_CONVERTER_SECONDS = 1
    with pytest.raises(ConversionFailed, match="took too long"), interfering(psutil.Process.suspend):
        conversion.make(labour, "image/bmp", "image/png;max=1000", labour.with_name("made"))
    assert list(converters()) == []


def converters() -> Iterator[psutil.Process]:
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "media_converter" in child.cmdline():
                yield child


@contextmanager
def interfering(how: Callable[[psutil.Process], None]) -> Iterator[None]:
    """Do something to the converter as soon as there is one."""

    def interfere() -> None:
        give_up_at = time.monotonic() + 10
        while time.monotonic() < give_up_at:
            for process in converters():
                how(process)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=interfere)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (partial(samples.vast_png, 10_000), "It has too many pixels: more than 50 million."),
        (
            lambda: samples.noise("JPEG", (200, 200))[:4000],
            "It is damaged: it ends too early, or is not what it seems to be.",
        ),
    ],
    ids=["10 000 pixels a side", "truncated"],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, content: Callable[[], bytes], words: str) -> None:
    (tmp_path / "file").write_bytes(content())
    problem = sniffing.look(tmp_path / "file", "photo").problem
    assert conversion.words_for(problem) == words


def test_films_longer_than_is_allowed_are_not_opened(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_MAX_SECONDS = 60
    (tmp_path / "file").write_bytes(samples.film("matroska", "mpeg4", "", seconds=61))
    problem = sniffing.look(tmp_path / "file", "song").problem
    assert conversion.words_for(problem) == "It is longer than 1 minute."


def test_the_process_holds_no_secret(picture: Path) -> None:
    """It starts without our environment and without our code."""
    program = "import media_converter.making, media_converter.__main__, sys; print(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert loaded & {"django", "celery", "inbox", "channels_adapters"} == set()
