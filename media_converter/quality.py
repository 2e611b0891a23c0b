"""How good a sound or film can be for its size: bit rates chosen from the duration, and the least that is worth sending."""

from __future__ import annotations

from dataclasses import dataclass

# Of the size that is allowed, what the streams may use: the rest is the container's.
_SHARE = 0.94
# An encoder may miss what it was told; then it is told less.
SHARES = (1.0, 0.8, 0.6)
# Longest side, and the least bits per second with which it still looks like something; the best is three times that.
_SIDES = ((1920, 1_800_000), (1280, 900_000), (960, 500_000), (640, 240_000), (426, 110_000))
_BEST = 3
FILM_SOUND = (128_000, 64_000, 32_000)
# Usual and least bits per second of a sound, by its type, one channel.
_SOUND_RATES = {
    "audio/ogg": (48_000, 12_000),
    "audio/mpeg": (96_000, 32_000),
    "audio/mp4": (96_000, 32_000),
    "audio/aac": (96_000, 32_000),
    "audio/amr": (12_200, 12_200),
}


@dataclass(frozen=True)
class FilmQuality:
    side: int
    video_rate: int
    audio_rate: int

    def size(self, seconds: float) -> int:
        return int((self.video_rate + self.audio_rate) * seconds / 8 / _SHARE)


def film_quality(*, seconds: float, side: int, max_bytes: int, has_sound: bool = True) -> FilmQuality | None:
    """Return the best that fits into the size, None where nothing would be worth looking at."""
    room = max_bytes * 8 * _SHARE / max(seconds, 1) if max_bytes else float("inf")
    for step, (longest, least) in enumerate(_SIDES):
        if longest > side and step < len(_SIDES) - 1 and _SIDES[step + 1][0] >= side:
            continue
        audio = FILM_SOUND[min(step // 2, len(FILM_SOUND) - 1)] if has_sound else 0
        if room - audio >= least:
            return FilmQuality(min(longest, side), int(min(room - audio, least * _BEST)), audio)
    return None


def sound_rate(mime_type: str, *, seconds: float, channels: int, max_bytes: int) -> int | None:
    """Return the bits per second of a sound, None where it would not be worth hearing."""
    usual, least = (rate * channels for rate in _SOUND_RATES[mime_type])
    if not max_bytes:
        return usual
    room = int(max_bytes * 8 * _SHARE / max(seconds, 1))
    return min(usual, room) if room >= least else None
