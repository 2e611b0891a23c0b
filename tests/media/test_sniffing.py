"""What files are, by their bytes; names and declared types lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inbox.media import sniffing
from media_converter import protocol
from media_converter.looking import DECODER_ERRORS, look
from media_converter.probe import AUDIO, DOCUMENT, IMAGE, VIDEO, Probe
from media_converter.protocol import Job, Unfit

from . import samples

FAST_START = (("movflags", "faststart"),)


def seen(tmp_path: Path, content: bytes, filename: str = "file") -> Probe:
    path = tmp_path / "sample"
    path.write_bytes(content)
    return sniffing.look(path, filename)


def opened(tmp_path: Path, content: bytes, mime_type: str) -> Probe:
    """What the converter sees, without the process around it."""
    path = tmp_path / "sample"
    path.write_bytes(content)
    return look(Job(protocol.PROBE, str(path), mime_type))


@pytest.mark.parametrize(
    ("form", "mode", "mime_type", "alpha"),
    [
        ("JPEG", "RGB", "image/jpeg", False),
        ("JPEG", "CMYK", "image/jpeg", False),
        ("PNG", "RGBA", "image/png", True),
        ("PNG", "I;16", "image/png", False),
        ("WEBP", "RGBA", "image/webp", True),
        ("GIF", "P", "image/gif", False),
        ("TIFF", "RGB", "image/tiff", False),
        ("BMP", "RGB", "image/bmp", False),
        ("HEIF", "RGB", "image/heic", False),
        ("AVIF", "RGB", "image/avif", False),
    ],
)
def test_pictures(tmp_path: Path, form: str, mode: str, mime_type: str, alpha: bool) -> None:
    probe = opened(tmp_path, samples.picture(form, mode), mime_type)
    assert (probe.kind, probe.mime_type, probe.width, probe.height) == (IMAGE, mime_type, 90, 60)
    assert (probe.alpha, probe.animated, probe.codecs) == (alpha, False, (mode,))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_moving_pictures(tmp_path: Path, form: str) -> None:
    assert opened(tmp_path, samples.animation(form), f"image/{form.lower()}").animated


def test_a_lying_picture_has_the_sides_that_are_seen(tmp_path: Path) -> None:
    probe = opened(tmp_path, samples.rotated_jpeg(), "image/jpeg")
    assert (probe.width, probe.height, probe.turned) == (60, 90, True)


@pytest.mark.parametrize(
    ("form", "codec", "channels", "mime_type", "name"),
    [
        ("ogg", "libopus", 1, "audio/ogg", "opus"),
        ("webm", "libopus", 2, "audio/webm", "opus"),
        ("mp3", "libmp3lame", 2, "audio/mpeg", "mp3"),
        ("mp4", "aac", 1, "audio/mp4", "aac"),
        ("adts", "aac", 1, "audio/aac", "aac"),
        ("amr", "libopencore_amrnb", 1, "audio/amr", "amr_nb"),
        ("3gp", "libopencore_amrnb", 1, "audio/3gpp", "amr_nb"),
        ("wav", "pcm_s16le", 2, "audio/wav", "pcm_s16le"),
        ("flac", "flac", 1, "audio/flac", "flac"),
        ("aiff", "pcm_s16be", 1, "audio/aiff", "pcm_s16be"),
    ],
)
def test_sounds(tmp_path: Path, form: str, codec: str, channels: int, mime_type: str, name: str) -> None:
    content = samples.sound(form, codec, channels=channels)
    (tmp_path / "whole").write_bytes(content)
    family = sniffing.type_of(tmp_path / "whole", "voice")
    probe = opened(tmp_path, content, family)
    assert (probe.kind, probe.mime_type, probe.codecs, probe.channels) == (AUDIO, mime_type, (name,), channels)
    assert 900 <= (probe.duration_ms or 0) <= 1150


@pytest.mark.parametrize(
    ("form", "video", "audio", "mime_type", "codecs"),
    [
        ("mp4", "libx264", "aac", "video/mp4", ("h264", "aac")),
        ("mp4", "libx264", "", "video/mp4", ("h264",)),
        ("mov", "libx265", "aac", "video/quicktime", ("hevc", "aac")),
        ("webm", "libvpx", "libopus", "video/webm", ("vp8", "opus")),
        ("matroska", "libx264", "libmp3lame", "video/x-matroska", ("h264", "mp3")),
        ("3gp", "h263", "libopencore_amrnb", "video/3gpp", ("h263", "amr_nb")),
        ("avi", "mpeg4", "libmp3lame", "video/x-msvideo", ("mpeg4", "mp3")),
    ],
)
def test_films(tmp_path: Path, form: str, video: str, audio: str, mime_type: str, codecs: tuple[str, ...]) -> None:
    content = samples.film(form, video, audio)
    (tmp_path / "whole").write_bytes(content)
    probe = opened(tmp_path, content, sniffing.type_of(tmp_path / "whole", "film"))
    assert (probe.kind, probe.mime_type, probe.codecs) == (VIDEO, mime_type, codecs)
    assert (probe.width, probe.height) == (176, 144)
    assert 900 <= (probe.duration_ms or 0) <= 1200


def test_a_turned_film_has_the_sides_that_are_seen(tmp_path: Path) -> None:
    probe = opened(tmp_path, samples.turned(samples.film()), "video/mp4")
    assert (probe.width, probe.height, probe.turned) == (144, 176, True)


@pytest.mark.parametrize(
    ("content", "filename", "mime_type"),
    [
        (samples.PDF, "holiday.jpg", "application/pdf"),
        (samples.SVG, "logo.png", "image/svg+xml"),
        (samples.HTML, "photo.jpg", "text/html"),
        (samples.EXE, "price.pdf", "application/vnd.microsoft.portable-executable"),
        (b"id,price\n1,20\n", "prices.csv", "text/csv"),
        (b"Hello\n", "hello.jpg", "text/plain"),
        (b"#!/usr/bin/env python3\nimport os\n", "notes.txt", "text/plain"),
        (b'.TH "Opening hours"\n.SH MONDAY\n', "hours.csv", "text/csv"),
        (samples.archive("a.txt", content=b"0" * 5_000_000), "bomb.zip", "application/zip"),
        (
            samples.archive("word/document.xml", "word/embeddings/prices.xlsx", "[Content_Types].xml"),
            "letter.zip",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        # Four bytes of an MP3, and nothing of one after them.
        (b"\xff\xfb\x90\x00" + bytes(range(256)) * 20, "firmware.bin", "application/octet-stream"),
        (samples.picture("ICO", size=(32, 32)), "favicon.ico", "image/vnd.microsoft.icon"),
        # A beginning that says GIF and content that is a script.
        (b"GIF89a/*" + b"\x01" * 30 + b"*/=1;alert(1)//", "trick.gif", "image/gif"),
    ],
)
def test_documents_are_what_their_bytes_say(tmp_path: Path, content: bytes, filename: str, mime_type: str) -> None:
    probe = seen(tmp_path, content, filename)
    assert (probe.kind, probe.mime_type) == (DOCUMENT, mime_type)
    assert bool(probe.problem) == (mime_type == "image/gif")


@pytest.mark.parametrize(
    ("content", "mime_type", "problem"),
    [
        (lambda: samples.noise("JPEG", (200, 200))[:4000], "image/jpeg", protocol.DAMAGED),
        (lambda: samples.noise("PNG", (100, 100))[:4000], "image/png", protocol.DAMAGED),
        (lambda: samples.picture("HEIF")[:300], "image/heic", protocol.DAMAGED),
        (lambda: samples.film()[:3000], "video/mp4", protocol.DAMAGED),  # its index is at the end
        (lambda: samples.film(options=FAST_START, seconds=4)[:8000], "video/mp4", protocol.DAMAGED),
        (lambda: samples.vast_png(10_000), "image/png", protocol.TOO_MANY_PIXELS),
        (lambda: b"\xff\xd8\xff\xe0" + b"nothing" * 20, "image/jpeg", protocol.DAMAGED),
    ],
    ids=["jpeg", "png", "heic", "mp4", "mp4 with its index in front", "10 000 pixels a side", "no jpeg"],
)
def test_what_cannot_be_opened(tmp_path: Path, content: Callable[[], bytes], mime_type: str, problem: str) -> None:
    with pytest.raises((Unfit, *DECODER_ERRORS)) as caught:
        opened(tmp_path, content(), mime_type)
    assert getattr(caught.value, "problem", protocol.DAMAGED) == problem


def test_playlists_open_nothing(tmp_path: Path) -> None:
    """A list of other files could make us read our own disk, or our own network."""
    (tmp_path / "secret.mp4").write_bytes(samples.film())
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/secret.mp4\n#EXT-X-ENDLIST\n"
    with pytest.raises(DECODER_ERRORS):
        opened(tmp_path, playlist.encode(), "video/mp4")
