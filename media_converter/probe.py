"""What a file is, as far as opening it tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

IMAGE, VIDEO, AUDIO, DOCUMENT = "image", "video", "audio", "document"


@dataclass(frozen=True)
class Probe:
    """`kind` is image, video, audio or document. `codecs` are FFmpeg names, the film's first. `turned`: a picture that is
    shown rotated or mirrored. `problem` is a code of `protocol` for what keeps it from being opened."""

    kind: str
    mime_type: str
    size: int
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    container: str = ""
    codecs: tuple[str, ...] = field(default=())
    channels: int | None = None
    animated: bool = False
    alpha: bool = False
    turned: bool = False
    problem: str = ""

    @property
    def seconds(self) -> float:
        return (self.duration_ms or 0) / 1000

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "codecs": list(self.codecs)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Probe:
        return cls(**{**data, "codecs": tuple(data.get("codecs", ()))})
