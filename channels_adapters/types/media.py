"""Files on their way to a vendor and from it, and what of them a channel takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from .content import MessageKind

ANY_TYPE = "*/*"


@dataclass(frozen=True)
class MediaRule:
    """What a channel takes as messages of one kind.

    `mime_types`: the first is what other files are converted to; (ANY_TYPE,) for any. `codecs`: the streams that may be
    inside, as FFmpeg names them, empty for any. `mono`: one channel of sound only; `mono_codecs`: only where the sound is
    one of these. `max_side`: in pixels. `max_animated_bytes`: where what moves may have
    another size. `as_text`: of the types, those that are declared to be plain text.
    `thumb_bytes`: where a small JPEG of at most this size is stored and sent along.
    """

    mime_types: tuple[str, ...]
    max_bytes: int
    max_seconds: int | None = None
    codecs: frozenset[str] = frozenset()
    mono: bool = False
    mono_codecs: frozenset[str] = frozenset()
    max_side: int | None = None
    max_animated_bytes: int | None = None
    as_text: frozenset[str] = frozenset()
    thumb_bytes: int | None = None


@dataclass(frozen=True)
class MediaUpload:
    """A file to store at a vendor, whole. `kind` is that of the message it will be sent in; `is_thumb`: as the small
    picture that goes along."""

    kind: MessageKind
    mime_type: str
    filename: str
    content: bytes = field(repr=False)
    is_thumb: bool = False


@dataclass(frozen=True)
class UploadedMedia:
    """The id to send a file by, and for how many seconds the vendor keeps it; None where it does not say."""

    external_id: str
    seconds: int | None


@dataclass(frozen=True)
class DownloadedMedia:
    """A customer's file as the vendor gave it: `mime_type` and `filename` are its words, "" where it has none."""

    content: bytes = field(repr=False)
    mime_type: str
    filename: str
