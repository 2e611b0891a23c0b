"""Sounds and films: which streams are in them, for how long, and whether they can be decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition
from PIL import Image

from .probe import AUDIO, VIDEO, Probe
from .protocol import DAMAGED, NOTHING_INSIDE, TOO_LONG, TOO_MANY_PIXELS, Job, Unfit

# Formats that hold their own content. No playlists and no lists of other files: those name what else to open.
_FORMATS = "mov,matroska,ogg,mp3,aac,amr,wav,flac,aiff,avi,mpegts,mpeg,asf"
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
# (format, type of a sound, type of a film)
_TYPES = {
    "matroska": ("audio/x-matroska", "video/x-matroska"),
    "ogg": ("audio/ogg", "video/ogg"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "aac": ("audio/aac", "audio/aac"),
    "amr": ("audio/amr", "audio/amr"),
    "wav": ("audio/wav", "audio/wav"),
    "flac": ("audio/flac", "audio/flac"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "avi": ("video/x-msvideo", "video/x-msvideo"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "mpeg": ("video/mpeg", "video/mpeg"),
    "asf": ("audio/x-ms-wma", "video/x-ms-wmv"),
}
# These formats say how long they are, so that one that ends before is cut off.
_MEASURED = {"mov", "matroska"}


def opened(path: str) -> InputContainer:
    return av.open(path, options=_OPTIONS, metadata_errors="ignore")


def chosen(container: InputContainer) -> tuple[Any | None, Any | None]:
    """Return the first film and the first sound; a cover picture is neither."""
    films = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]
    sounds = container.streams.audio
    return (films[0] if films else None), (sounds[0] if sounds else None)


def film_in(container: InputContainer) -> Any:
    """Raises Unfit."""
    film, _sound = chosen(container)
    if film is None:
        raise Unfit(NOTHING_INSIDE)
    return film


def sound_in(container: InputContainer) -> Any:
    """Raises Unfit."""
    _film, sound = chosen(container)
    if sound is None:
        raise Unfit(NOTHING_INSIDE)
    return sound


def look(job: Job) -> Probe:
    """Say what is inside; every packet is read, and the first picture and sound decoded. Raises Unfit."""
    with opened(job.source) as container:
        film, sound = chosen(container)
        if film is None and sound is None:
            raise Unfit(NOTHING_INSIDE)
        form = container.format.name.partition(",")[0]
        if film is not None:
            check_pixels(film, job)
        seconds = _length(container, film, sound, is_measured=form in _MEASURED)
        if seconds > job.media_seconds:
            raise Unfit(TOO_LONG)
        rotation = _decode_a_little(job.source)
        codecs = tuple(each.codec_context.codec.canonical_name for each in (film, sound) if each is not None)
        width, height = (film.codec_context.width, film.codec_context.height) if film is not None else (None, None)
        return Probe(
            VIDEO if film is not None else AUDIO,
            _type(container, form, codecs, job.mime_type, has_film=film is not None),
            Path(job.source).stat().st_size,
            *((height, width) if rotation % 180 else (width, height)),
            duration_ms=round(seconds * 1000),
            container=form,
            codecs=codecs,
            channels=sound.codec_context.channels if sound is not None else None,
            turned=bool(rotation % 360),
        )


def check_pixels(film: Any, job: Job) -> None:
    if film.codec_context.width * film.codec_context.height > job.max_pixels:
        raise Unfit(TOO_MANY_PIXELS)


def first_picture(job: Job) -> Image.Image:
    """Return the first picture of a film, upright. Raises Unfit."""
    with opened(job.source) as container:
        film = film_in(container)
        check_pixels(film, job)
        for frame in container.decode(film):
            picture: Image.Image = frame.to_image().rotate(frame.rotation, expand=True)
            return picture
    raise Unfit(DAMAGED)


def _length(container: InputContainer, film: Any, sound: Any, *, is_measured: bool) -> float:
    """Return how long it plays, by what is there and not by what is said."""
    end = start = None
    for packet in container.demux(*(each for each in (film, sound) if each is not None)):
        if packet.pts is None or packet.time_base is None:
            continue
        begins = float(packet.pts * packet.time_base)
        ends = begins + float((packet.duration or 0) * packet.time_base)
        start = begins if start is None else min(start, begins)
        end = ends if end is None else max(end, ends)
    if start is None or end is None:
        raise Unfit(DAMAGED)
    said = (container.duration or 0) / av.time_base
    if is_measured and end - start < said * 0.9 - 1:
        raise Unfit(DAMAGED)
    return end - max(start, 0.0)


def _decode_a_little(path: str) -> int:
    """Return by how much the film is turned. Raises Unfit or FFmpegError where nothing comes out."""
    rotation = 0
    for index in range(2):
        with opened(path) as container:
            stream = chosen(container)[index]
            if stream is None:
                continue
            frame: Any = next(iter(container.decode(stream)), None)
            if frame is None:
                raise Unfit(DAMAGED)
            rotation = frame.rotation if index == 0 else rotation
    return rotation


def _type(container: InputContainer, form: str, codecs: tuple[str, ...], seems: str, *, has_film: bool) -> str:
    if form == "mov":
        return _apple_type(container.metadata.get("major_brand", ""), has_film=has_film)
    if form == "matroska" and seems.endswith("webm"):
        return "video/webm" if has_film else "audio/webm"
    return _TYPES[form][has_film]


def _apple_type(brand: str, *, has_film: bool) -> str:
    """The same format under several names, of which vendors know some."""
    if brand.startswith("3g"):
        return "video/3gpp" if has_film else "audio/3gpp"
    if not has_film:
        return "audio/mp4"
    return "video/quicktime" if brand.strip() in ("qt", "") else "video/mp4"
