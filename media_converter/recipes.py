"""What a file is to be turned into, as a text that is stable, can be stored and can be compared.

`image/jpeg;max=5242880;side=4096` is a JPEG of at most 5 MB and 4096 pixels a side.
"""

from __future__ import annotations

from dataclasses import dataclass

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
# The type of a sound, and the FFmpeg names of the encoder and the format that make it.
SOUNDS = {
    "audio/ogg": ("libopus", "ogg"),
    "audio/mpeg": ("libmp3lame", "mp3"),
    "audio/mp4": ("aac", "mp4"),
    "audio/aac": ("aac", "adts"),
    "audio/amr": ("libopencore_amrnb", "amr"),
}
FILM = "video/mp4"
TARGETS = PICTURES | SOUNDS.keys() | {FILM}


@dataclass(frozen=True)
class Recipe:
    """`max_bytes`, `max_side` (pixels) and `max_seconds` are upper limits, 0 for none. `square`: both sides `max_side`, what
    is missing transparent."""

    mime_type: str
    max_bytes: int = 0
    max_side: int = 0
    max_seconds: int = 0
    mono: bool = False
    square: bool = False

    def __str__(self) -> str:
        limits = {"max": self.max_bytes, "side": self.max_side, "seconds": self.max_seconds}
        parts = [self.mime_type, *(["mono"] if self.mono else []), *(["square"] if self.square else [])]
        return ";".join([*parts, *(f"{name}={value}" for name, value in limits.items() if value)])

    @classmethod
    def parse(cls, text: str) -> Recipe:
        """Raises ValueError."""
        mime_type, *parts = text.split(";")
        given = dict(part.partition("=")[::2] for part in parts)
        if mime_type not in TARGETS or given.keys() - {"mono", "square", "max", "side", "seconds"}:
            raise ValueError(f"{text!r} is no recipe")
        max_bytes, max_side, max_seconds = (int(given.get(name, 0)) for name in ("max", "side", "seconds"))
        return cls(mime_type, max_bytes, max_side, max_seconds, mono="mono" in given, square="square" in given)


# The small picture in a list, and what a browser gets of what it cannot show itself.
THUMBNAIL = str(Recipe("image/webp", max_side=320))
PICTURE_PREVIEW = str(Recipe("image/jpeg", max_side=2048))
SOUND_PREVIEW = str(Recipe("audio/mpeg"))
FILM_PREVIEW = str(Recipe(FILM, max_side=1280, max_bytes=64 * 1024 * 1024))
