"""Films turned into what every phone plays: MP4 with H.264 and AAC, its index in front, as good as its size allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.filter import Graph

from . import pictures, streams
from .probe import Probe
from .protocol import NOTHING_INSIDE, TOO_LARGE, TOO_LONG, Job, Unfit
from .quality import SHARES, FilmQuality, film_quality
from .recipes import Recipe

Progress = Callable[[int], None]

_FAST_START = {"movflags": "+faststart"}
_SOUND_RATE = 44_100
_VIDEO_FRAME: Any = av.VideoFrame
_TICKS = Fraction(1, 90_000)
_MILLISECONDS = Fraction(1, 1000)
_MOST_FRAMES_PER_SECOND = 30
# By how much a film has to be turned, counter-clockwise, and the filters that do it.
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


def make(job: Job, recipe: Recipe, progress: Progress) -> None:
    """Raises Unfit."""
    probe = streams.look(job)
    if probe.width is None or probe.height is None:
        raise Unfit(NOTHING_INSIDE)
    if recipe.max_seconds and probe.seconds > recipe.max_seconds:
        raise Unfit(TOO_LONG)
    side = min(max(probe.width, probe.height), recipe.max_side or 10_000)
    if _is_as_wanted(probe, job.source, side, recipe) and _copied(job):
        return
    for share in SHARES:
        quality = film_quality(
            seconds=probe.seconds,
            side=side,
            max_bytes=int(recipe.max_bytes * share),
            has_sound=probe.channels is not None,
        )
        if quality is None:
            break
        _encode(job, probe, quality, progress)
        if _is_small(job, recipe):
            return
    raise Unfit(TOO_LARGE)


def from_animation(job: Job, recipe: Recipe, progress: Progress) -> None:
    """Turn an animated picture into a film without sound. Raises Unfit."""
    size, length = _measured(job)
    side = min(max(size), recipe.max_side or 10_000)
    quality = film_quality(seconds=length / 1000, side=side, max_bytes=recipe.max_bytes, has_sound=False)
    if quality is None:
        raise Unfit(TOO_LARGE)
    with av.open(job.target, "w", format="mp4", options=_FAST_START) as target:
        out = _film_stream(target, quality, *size)
        at = 0
        for picture, milliseconds in pictures.frames(job.source, job.max_pixels):
            progress(at * 100 // length)
            shown = pictures.on_white(picture.convert("RGBA"))
            _encode_picture(target, out, shown, at)
            at += milliseconds
        _encode_picture(target, out, shown, at - 1)  # the last one is seen as long as the others
        target.mux(out.encode(None))
    if not _is_small(job, recipe):
        raise Unfit(TOO_LARGE)


def _measured(job: Job) -> tuple[tuple[int, int], int]:
    """Return the sides of an animation, and for how many milliseconds it plays. Raises Unfit."""
    size, length = (0, 0), 0
    for picture, milliseconds in pictures.frames(job.source, job.max_pixels):
        size, length = picture.size, length + milliseconds
        if length > job.media_seconds * 1000:
            raise Unfit(TOO_LONG)
    return size, length


def _encode_picture(target: Any, out: Any, picture: Any, milliseconds: int) -> None:
    frame = _VIDEO_FRAME.from_image(picture).reformat(width=out.width, height=out.height, format="yuv420p")
    frame.pts, frame.time_base = milliseconds, _MILLISECONDS
    target.mux(out.encode(frame))


def _is_small(job: Job, recipe: Recipe) -> bool:
    return not recipe.max_bytes or Path(job.target).stat().st_size <= recipe.max_bytes


def _is_as_wanted(probe: Probe, path: str, side: int, recipe: Recipe) -> bool:
    """Whether the streams themselves may stay, in another container."""
    with streams.opened(path) as container:
        pixels = streams.film_in(container).codec_context.pix_fmt
    return (
        probe.codecs in (("h264", "aac"), ("h264",))
        and pixels in ("yuv420p", "yuvj420p")
        and not probe.turned
        and side >= max(probe.width or 0, probe.height or 0)
        and (not recipe.max_bytes or probe.size <= recipe.max_bytes * 0.98)
    )


def _copied(job: Job) -> bool:
    """Put the streams into another container, unless it has to know of each packet when it is decoded and this one does
    not tell, as Matroska need not."""
    with streams.opened(job.source) as source, av.open(job.target, "w", format="mp4", options=_FAST_START) as target:
        wanted = [each for each in streams.chosen(source) if each is not None]
        out = {each.index: target.add_stream_from_template(each) for each in wanted}
        for packet in source.demux(*wanted):
            if packet.dts is not None:
                packet.stream = out[packet.stream.index]
                target.mux(packet)
            elif packet.size:  # not the empty one at the end
                return False
    return True


def _encode(job: Job, probe: Probe, quality: FilmQuality, progress: Progress) -> None:
    with streams.opened(job.source) as source, av.open(job.target, "w", format="mp4", options=_FAST_START) as target:
        film, sound = streams.film_in(source), streams.chosen(source)[1]
        film.thread_count = 2
        pictures_out = _film_stream(target, quality, probe.width or 0, probe.height or 0)
        in_time = _in_time(sound, _sound_stream(target, quality, sound)) if sound is not None else None
        upright: _Filters | None = None
        due = 0.0
        for packet in source.demux(*(each for each in (film, sound) if each is not None)):
            for frame in _decoded(packet):
                if in_time is not None and isinstance(frame, av.AudioFrame):
                    in_time.push(target, frame)
                    continue
                at = frame.time or 0.0
                if at < due:  # more pictures a second than anybody sees
                    continue
                due = max(due, at - 1) + 1 / _MOST_FRAMES_PER_SECOND * 0.95
                upright = upright or _upright(film, frame, pictures_out)
                upright.push(target, frame)
                progress(min(99, int(at * 100 / max(probe.seconds, 0.1))))
        for filters in (upright, in_time):
            if filters is not None:
                filters.finish(target)


def _decoded(packet: Any) -> Iterator[Any]:
    """The packet's frames. One that cannot be decoded in the middle of a film is left out, as players do."""
    try:
        yield from packet.decode()
    except av.error.InvalidDataError:
        return


def _film_stream(target: Any, quality: FilmQuality, width: int, height: int) -> Any:
    scale = min(1.0, quality.side / max(width, height))
    rate, buffer = str(quality.video_rate), str(quality.video_rate // 2)
    options = {"preset": "veryfast", "crf": "23", "maxrate": rate, "bufsize": buffer, "profile": "main"}
    out = target.add_stream("libx264", rate=_MOST_FRAMES_PER_SECOND, options=options)
    out.width, out.height = (max(2, int(length * scale) // 2 * 2) for length in (width, height))
    out.pix_fmt = "yuv420p"
    out.codec_context.time_base = _TICKS
    out.codec_context.thread_count = 2
    return out


def _sound_stream(target: Any, quality: FilmQuality, sound: Any) -> Any:
    channels = min(sound.codec_context.channels, 2 if quality.audio_rate > 32_000 else 1)
    out = target.add_stream("aac", rate=_SOUND_RATE, layout="mono" if channels == 1 else "stereo")
    out.codec_context.bit_rate = quality.audio_rate
    return out


@dataclass
class _Filters:
    """A chain of filters from a stream that is decoded to one that is encoded."""

    graph: Graph
    out: Any

    def push(self, target: Any, frame: Any) -> None:
        self.graph.push(frame)
        while (ready := self._next()) is not None:
            target.mux(self.out.encode(ready))

    def finish(self, target: Any) -> None:
        self.push(target, None)
        target.mux(self.out.encode(None))

    def _next(self) -> Any:
        try:
            return self.graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return None


def _upright(film: Any, first: Any, out: Any) -> _Filters:
    """Turn each picture and bring it to the film's size."""
    graph = Graph()
    nodes = [graph.add_buffer(template=film, width=first.width, height=first.height, format=first.format)]
    nodes += [graph.add("transpose", f"dir={way}") for way in _TURNS.get(first.rotation % 360, ())]
    filters = (("scale", f"{out.width}:{out.height}"), ("setsar", "1"), ("format", "yuv420p"))
    nodes += [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return _Filters(graph, out)


def _in_time(sound: Any, out: Any) -> _Filters:
    """Fill gaps and drop what overlaps, so that sound and picture stay together."""
    graph = Graph()
    layout = f"sample_fmts=fltp:sample_rates={_SOUND_RATE}:channel_layouts={out.layout.name}"
    nodes = [graph.add_abuffer(template=sound), graph.add("aresample", f"{_SOUND_RATE}:async=1:first_pts=0")]
    graph.link_nodes(*nodes, graph.add("aformat", layout), graph.add("abuffersink")).configure()
    return _Filters(graph, out)
