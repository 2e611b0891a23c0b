"""What files are turned into, each kind of every source."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from media_converter import making, protocol
from media_converter.probe import Probe
from media_converter.protocol import Job, Unfit
from media_converter.quality import film_quality, sound_rate
from media_converter.recipes import FILM_PREVIEW, PICTURE_PREVIEW, SOUND_PREVIEW, THUMBNAIL, Recipe

from . import samples


def made(
    tmp_path: Path, content: bytes, mime_type: str, recipe: str, told: list[int] | None = None
) -> tuple[Probe, Path]:
    source, target = tmp_path / "source", tmp_path / "made"
    source.write_bytes(content)
    job = Job(protocol.MAKE, str(source), mime_type, str(target), recipe)
    return making.make(job, (told if told is not None else []).append), target


def seen(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize("form", ["HEIF", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PNG"])
def test_pictures_become_jpeg(tmp_path: Path, form: str) -> None:
    mime_type = {"HEIF": "image/heic"}.get(form, f"image/{form.lower()}")
    probe, path = made(tmp_path, samples.picture(form), mime_type, "image/jpeg")
    assert (probe.mime_type, probe.width, probe.height) == ("image/jpeg", 90, 60)
    picture = seen(path).convert("RGB")
    assert picture.format is None
    assert _is_near(picture.getpixel((10, 30)), (255, 0, 0))
    assert _is_near(picture.getpixel((80, 30)), (0, 0, 255))


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_colours_become_eight_bits_of_light(tmp_path: Path, mode: str) -> None:
    probe, path = made(tmp_path, samples.picture("JPEG", mode), "image/jpeg", "image/jpeg")
    assert (probe.codecs, seen(path).mode) == (("RGB",), "RGB")


def test_sixteen_bits_become_eight_as_light_as_they_were(tmp_path: Path) -> None:
    _probe, path = made(tmp_path, samples.picture("PNG", "I;16"), "image/png", "image/png")
    assert _is_near(seen(path).convert("RGB").getpixel((5, 5)), (234, 234, 234))


def test_transparency_is_kept_in_png_and_white_in_jpeg(tmp_path: Path) -> None:
    content = samples.picture("WEBP", "RGBA")
    png, path = made(tmp_path, content, "image/webp", "image/png")
    assert png.alpha
    assert seen(path).mode == "RGBA"
    jpeg, path = made(tmp_path, content, "image/webp", "image/jpeg")
    assert not jpeg.alpha
    assert _is_near(seen(path).getpixel((10, 1)), (255, 255, 255))


def test_what_is_converted_lies_upright_and_does_not_tell_where_it_was_taken(tmp_path: Path) -> None:
    content = samples.rotated_jpeg()
    assert seen_bytes(content).getexif().get_ifd(samples.GPS)
    for recipe in ("image/jpeg", "image/png", "image/webp"):
        probe, path = made(tmp_path, content, "image/jpeg", recipe)
        picture = seen(path)
        assert (probe.turned, picture.size) == (False, (60, 90))
        assert dict(picture.getexif()) == {}
        assert _is_near(picture.convert("RGB").getpixel((30, 10)), (255, 0, 0)), "the left is on top now"


def seen_bytes(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_large_pictures_are_made_to_fit(tmp_path: Path) -> None:
    content = samples.noise("PNG", (600, 400))
    assert len(content) > 150_000
    for mime_type in ("image/jpeg", "image/png"):
        probe, path = made(tmp_path, content, "image/png", f"{mime_type};max=60000")
        assert path.stat().st_size == probe.size <= 60_000
        assert abs((probe.width or 0) / (probe.height or 1) - 1.5) < 0.02
    probe, _path = made(tmp_path, content, "image/png", "image/jpeg;side=300")
    assert (probe.width, probe.height) == (300, 200)
    with pytest.raises(Unfit, match=protocol.TOO_LARGE):
        made(tmp_path, content, "image/png", "image/jpeg;max=500")
    probe, path = made(tmp_path, content, "image/png", "image/webp;square;max=102400;side=512")
    assert (probe.width, probe.height, probe.alpha) == (512, 512, True)
    assert seen(path).convert("RGBA").getpixel((256, 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_moving_pictures_become_films(tmp_path: Path, form: str) -> None:
    told: list[int] = []
    probe, _path = made(tmp_path, samples.animation(form), f"image/{form.lower()}", "video/mp4;max=1000000", told)
    assert (probe.codecs, probe.channels, probe.width, probe.height) == (("h264",), None, 60, 40)
    assert 750 <= (probe.duration_ms or 0) <= 1100
    assert told == sorted(told)
    assert told[-1] > 80
    probe, path = made(tmp_path, samples.animation(form), f"image/{form.lower()}", "image/jpeg")
    assert probe.kind == "image"
    assert _is_near(seen(path).getpixel((10, 10)), (0, 0, 0)), "the first picture"


def test_the_limits_of_an_animation_are_those_of_a_picture_and_of_a_film(tmp_path: Path) -> None:
    """However much it unfolds into: its pictures are opened one after the other."""
    frames = [Image.new("1", (900, 900), number % 2) for number in range(9)]
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=80)
    (tmp_path / "animation").write_bytes(target.getvalue())
    job = Job(protocol.MAKE, str(tmp_path / "animation"), "image/gif", str(tmp_path / "made"), "video/mp4")
    assert making.make(replace(job, max_pixels=1_000_000), [].append).kind == "video"
    for limit, problem in (
        ({"max_pixels": 800_000}, protocol.TOO_MANY_PIXELS),
        ({"media_seconds": 0}, protocol.TOO_LONG),
    ):
        with pytest.raises(Unfit, match=problem):
            making.make(replace(job, **limit), [].append)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "codec", "mime_type"),
    [
        ("webm", "libopus", "audio/webm"),
        ("mp3", "libmp3lame", "audio/mpeg"),
        ("mp4", "aac", "audio/mp4"),
        ("adts", "aac", "audio/aac"),
        ("amr", "libopencore_amrnb", "audio/amr"),
        ("3gp", "libopencore_amrnb", "audio/3gpp"),
        ("wav", "pcm_s16le", "audio/wav"),
        ("flac", "flac", "audio/flac"),
    ],
)
def test_every_sound_becomes_every_other(tmp_path: Path, form: str, codec: str, mime_type: str) -> None:
    content = samples.sound(form, codec)
    for recipe, name in (
        ("audio/ogg;mono", "opus"),
        ("audio/mpeg", "mp3"),
        ("audio/mp4", "aac"),
        ("audio/aac", "aac"),
        ("audio/amr;mono", "amr_nb"),
    ):
        probe, _path = made(tmp_path, content, mime_type, recipe)
        assert (probe.mime_type, probe.codecs, probe.channels) == (recipe.partition(";")[0], (name,), 1)
        assert 900 <= (probe.duration_ms or 0) <= 1200


def test_a_browsers_recording_is_only_repacked(tmp_path: Path) -> None:
    content = samples.sound("webm", "libopus")
    _probe, path = made(tmp_path, content, "audio/webm", "audio/ogg;mono")
    assert _packets(path) == _packets_of(tmp_path, content)
    probe, path = made(tmp_path, samples.sound("webm", "libopus", channels=2), "audio/webm", "audio/ogg;mono")
    assert probe.channels == 1, "two channels have to be encoded again"


def test_long_sounds_are_made_to_fit(tmp_path: Path) -> None:
    content = samples.sound("wav", "pcm_s16le", seconds=8)
    probe, _path = made(tmp_path, content, "audio/wav", "audio/ogg;mono;max=30000")
    assert 12_000 < probe.size <= 30_000
    with pytest.raises(Unfit, match=protocol.TOO_LARGE):
        made(tmp_path, content, "audio/wav", "audio/mpeg;max=5000")


@pytest.mark.parametrize(
    ("form", "video", "audio", "mime_type"),
    [
        ("mov", "libx265", "aac", "video/quicktime"),
        ("webm", "libvpx", "libopus", "video/webm"),
        ("matroska", "libx264", "libmp3lame", "video/x-matroska"),
        ("matroska", "libx264", "aac", "video/x-matroska"),  # which does not tell when a packet is decoded
        ("3gp", "h263", "libopencore_amrnb", "video/3gpp"),
        ("avi", "mpeg4", "libmp3lame", "video/x-msvideo"),
        ("mp4", "libx265", "", "video/mp4"),
    ],
)
def test_every_film_becomes_what_phones_play(tmp_path: Path, form: str, video: str, audio: str, mime_type: str) -> None:
    told: list[int] = []
    probe, path = made(tmp_path, samples.film(form, video, audio), mime_type, "video/mp4;max=500000", told)
    assert probe.codecs == (("h264", "aac") if audio else ("h264",))
    assert (probe.mime_type, probe.width, probe.height) == ("video/mp4", 176, 144)
    assert 900 <= (probe.duration_ms or 0) <= 1250
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat"), "it plays before it is all there"
    assert told == sorted(told)


def test_a_film_that_is_only_packed_wrongly_is_repacked(tmp_path: Path) -> None:
    content = samples.film("mov", "libx264", "aac")
    probe, path = made(tmp_path, content, "video/quicktime", "video/mp4;max=500000")
    assert probe.mime_type == "video/mp4"
    assert _packets(path) == _packets_of(tmp_path, content)


def test_a_turned_film_is_encoded_upright(tmp_path: Path) -> None:
    content = samples.turned(samples.film())
    probe, path = made(tmp_path, content, "video/mp4", "video/mp4")
    assert (probe.turned, probe.width, probe.height) == (False, 144, 176)
    small, picture = made(tmp_path, content, "video/mp4", THUMBNAIL)
    assert (small.width, small.height) == (144, 176)
    corner = seen(picture).convert("RGB").getpixel((143 - 5, 5))
    assert _is_near(corner, (255, 255, 255), 60), "what was at the top left is at the top right"
    with av.open(str(path)) as container:
        frame: Any = next(container.decode(video=0))
        assert _is_near(frame.to_image().getpixel((143 - 5, 5)), (255, 255, 255), 60)


def test_a_films_size_is_kept_by_its_quality(tmp_path: Path) -> None:
    noise = samples.film(seconds=3, size=(320, 240), noisy=True)
    assert len(noise) > 500_000
    probe, path = made(tmp_path, noise, "video/mp4", "video/mp4;max=120000")
    assert 60_000 < path.stat().st_size == probe.size <= 120_000
    with pytest.raises(Unfit, match=protocol.TOO_LARGE):
        made(tmp_path, noise, "video/mp4", "video/mp4;max=20000")


def test_previews(tmp_path: Path) -> None:
    small, _path = made(tmp_path, samples.noise("JPEG", (800, 400)), "image/jpeg", THUMBNAIL)
    assert (small.mime_type, small.width, small.height) == ("image/webp", 320, 160)
    picture, _path = made(tmp_path, samples.picture("HEIF"), "image/heic", PICTURE_PREVIEW)
    assert picture.mime_type == "image/jpeg"
    sound, _path = made(tmp_path, samples.sound("amr", "libopencore_amrnb"), "audio/amr", SOUND_PREVIEW)
    assert sound.codecs == ("mp3",)
    film, _path = made(tmp_path, samples.film("3gp", "h263", "libopencore_amrnb"), "video/3gpp", FILM_PREVIEW)
    assert film.codecs == ("h264", "aac")


@pytest.mark.parametrize("seconds", [0.3, 1, 5])
def test_waveforms_grow_with_the_sound(tmp_path: Path, seconds: float) -> None:
    source = tmp_path / "source"
    source.write_bytes(samples.sound("ogg", "libopus", seconds=seconds))
    levels = making.waveform(Job(protocol.WAVEFORM, str(source), "audio/ogg"))
    assert len(levels) == 64
    assert max(levels) == 100
    assert min(levels) >= 0
    assert sum(levels[:16]) < sum(levels[16:32]) < sum(levels[32:48])


@pytest.mark.parametrize(("mime_type", "recipe"), [
    ("audio/ogg", "image/jpeg"),
    ("video/mp4", "audio/mpeg"),
    ("audio/ogg", "video/mp4"),
])  # fmt: skip
def test_nothing_comes_of_nothing(tmp_path: Path, mime_type: str, recipe: str) -> None:
    content = samples.film(audio="") if mime_type == "video/mp4" else samples.sound("ogg", "libopus")
    with pytest.raises(Unfit, match=protocol.NOTHING_INSIDE):
        made(tmp_path, content, mime_type, recipe)


@pytest.mark.parametrize(
    "text",
    [
        "image/jpeg",
        "image/png;max=10;side=20",
        "image/webp;square;side=512",
        "audio/ogg;mono;max=524288",
        "video/mp4;seconds=60",
    ],
)
def test_recipes_are_their_text(text: str) -> None:
    assert str(Recipe.parse(text)) == text


@pytest.mark.parametrize("text", ["", "image/tiff", "image/jpeg;quality=3", "image/jpeg;max=much"])
def test_what_is_no_recipe(text: str) -> None:
    with pytest.raises(ValueError):
        Recipe.parse(text)


def test_quality_falls_with_the_duration_until_nothing_is_worth_it() -> None:
    megabytes = 16 * 1024 * 1024
    sides = []
    for minutes in (0.2, 1, 2, 5, 10):
        quality = film_quality(seconds=minutes * 60, side=1920, max_bytes=megabytes)
        assert quality is not None
        assert quality.size(minutes * 60) <= megabytes
        sides.append(quality.side)
    assert sides == sorted(sides, reverse=True)
    assert sides[0] == 1920
    assert film_quality(seconds=3600, side=1920, max_bytes=megabytes) is None
    assert sound_rate("audio/ogg", seconds=60, channels=1, max_bytes=0) == 48_000
    assert sound_rate("audio/ogg", seconds=3600, channels=1, max_bytes=512 * 1024) is None


def _is_near(seen_colour: Any, wanted: tuple[int, int, int], distance: int = 40) -> bool:
    return all(abs(one - other) <= distance for one, other in zip(seen_colour, wanted, strict=False))


def _packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return sorted(bytes(packet) for packet in container.demux() if packet.size)


def _packets_of(tmp_path: Path, content: bytes) -> list[bytes]:
    path = tmp_path / "original"
    path.write_bytes(content)
    return _packets(path)
