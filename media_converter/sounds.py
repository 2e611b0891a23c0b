"""Sounds turned into others, copied where only the container has to change, and how loud they are."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from . import streams
from .probe import Probe
from .protocol import NOTHING_INSIDE, TOO_LARGE, Job, Unfit
from .quality import SHARES, sound_rate
from .recipes import SOUNDS, Recipe

Progress = Callable[[int], None]

_RATES = {"libopus": 48_000, "libmp3lame": 44_100, "aac": 44_100, "libopencore_amrnb": 8_000}
_CODECS = {"libopus": "opus", "libmp3lame": "mp3", "aac": "aac", "libopencore_amrnb": "amr_nb"}
_LEVELS = 64
_LEVELS_PER_SECOND = 20


def make(job: Job, recipe: Recipe, progress: Progress) -> None:
    """Raises Unfit."""
    probe = streams.look(job)
    if probe.channels is None:
        raise Unfit(NOTHING_INSIDE)
    encoder, form = SOUNDS[recipe.mime_type]
    channels = 1 if recipe.mono or encoder == "libopencore_amrnb" else min(probe.channels, 2)
    if _is_as_wanted(probe, encoder, channels, recipe):
        _copy(job, form)
        return
    for share in SHARES:
        most = int(recipe.max_bytes * share)
        rate = sound_rate(recipe.mime_type, seconds=probe.seconds, channels=channels, max_bytes=most)
        if rate is None:
            break
        _encode(job, recipe, rate, channels, _in_percent(progress, probe.seconds))
        if not recipe.max_bytes or Path(job.target).stat().st_size <= recipe.max_bytes:
            return
    raise Unfit(TOO_LARGE)


def _in_percent(progress: Progress, seconds: float) -> Callable[[float], None]:
    return lambda at: progress(min(99, int(at * 100 / max(seconds, 0.1))))


def waveform(job: Job) -> list[int]:
    """Return how loud the sound is at 64 moments, 0 to 100 of its loudest. Raises Unfit."""
    peaks: list[int] = []
    with streams.opened(job.source) as container:
        sound = streams.sound_in(container)
        size = 8000 // _LEVELS_PER_SECOND
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000, frame_size=size)
        for frame in container.decode(sound):
            frame.pts = None
            peaks += [_peak(each) for each in resampler.resample(frame)]
        peaks += [_peak(each) for each in resampler.resample(None)]
    if not peaks:
        raise Unfit(NOTHING_INSIDE)
    return _levels(peaks)


def _levels(peaks: list[int]) -> list[int]:
    """Squeeze or stretch what was measured to the number of levels that is shown."""
    loudest = max(max(peaks), 1)
    bounds = [round(step * len(peaks) / _LEVELS) for step in range(_LEVELS + 1)]
    groups = [peaks[first : max(last, first + 1)] or peaks[-1:] for first, last in pairwise(bounds)]
    return [round(max(group) * 100 / loudest) for group in groups]


def _peak(frame: av.AudioFrame) -> int:
    samples = array("h", bytes(frame.planes[0])[: frame.samples * 2])
    return max(max(samples), -min(samples)) if samples else 0


def _is_as_wanted(probe: Probe, encoder: str, channels: int, recipe: Recipe) -> bool:
    """Whether the stream itself may stay, in another container."""
    is_small = not recipe.max_bytes or probe.size <= recipe.max_bytes * 0.95
    return _CODECS[encoder] in probe.codecs and probe.channels == channels and is_small


def _copy(job: Job, form: str) -> None:
    with streams.opened(job.source) as source, av.open(job.target, "w", format=form) as target:
        sound = streams.sound_in(source)
        out = target.add_stream_from_template(sound)
        for packet in source.demux(sound):
            if packet.dts is not None:
                packet.stream = out
                target.mux(packet)


def _encode(job: Job, recipe: Recipe, rate: int, channels: int, progress: Callable[[float], None]) -> None:
    encoder, form = SOUNDS[recipe.mime_type]
    with streams.opened(job.source) as source, av.open(job.target, "w", format=form) as target:
        sound = streams.sound_in(source)
        out: Any = target.add_stream(encoder, rate=_RATES[encoder], layout="mono" if channels == 1 else "stereo")
        out.codec_context.bit_rate = rate
        for frame in source.decode(sound):
            progress(frame.time or 0.0)
            frame.pts = None
            target.mux(out.encode(frame))
        target.mux(out.encode(None))
