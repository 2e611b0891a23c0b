"""Says what a file is, by opening it."""

from __future__ import annotations

import struct
import zlib

from av.error import FFmpegError
from PIL import UnidentifiedImageError

from . import pictures, streams
from .probe import Probe
from .protocol import Job

# What decoders raise about content that is not what it seems; anything else is our mistake, and shows as a crash.
DECODER_ERRORS = (
    FFmpegError,
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)


def is_lack_of_memory(error: BaseException) -> bool:
    return "memory" in str(error).lower()


def look(job: Job) -> Probe:
    """Raises Unfit and DECODER_ERRORS."""
    return pictures.look(job) if is_picture(job.mime_type) else streams.look(job)


def is_picture(mime_type: str) -> bool:
    return mime_type.startswith("image/")
