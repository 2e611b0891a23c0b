"""What a file really is, by its bytes. The name only tells apart what the bytes leave open, such as a table from a text."""

from __future__ import annotations

from pathlib import Path

import magic

from media_converter import protocol
from media_converter.probe import DOCUMENT, Probe

from . import conversion
from .conversion import ConversionFailed
from .filetypes import ACTIVE_TYPES, ENDINGS, UNKNOWN, by_ending, ending_of, kind_of, usual_name

_HEAD = 256 * 1024
_TAIL = 64 * 1024
_OFFICE_PARTS = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
# A few bytes of anything may look like the beginning of these; whether it is one shows when it is opened.
_PERHAPS = {UNKNOWN, "audio/mpeg", "audio/aac", "video/mpeg", "video/mp2t"}


def look(path: Path, filename: str) -> Probe:
    """Return what the file is. One that should open and does not is a document with a `problem`. Raises Busy."""
    size = path.stat().st_size
    mime_type = type_of(path, filename)
    if kind_of(mime_type) == DOCUMENT and mime_type != UNKNOWN:
        return Probe(DOCUMENT, mime_type, size)
    try:
        return conversion.probe(path, mime_type)
    except ConversionFailed as failure:
        is_guess = mime_type in _PERHAPS and ending_of(filename) not in ENDINGS.get(mime_type, ())
        if is_guess and failure.problem in (protocol.DAMAGED, protocol.NOTHING_INSIDE):
            return Probe(DOCUMENT, UNKNOWN, size)
        return Probe(DOCUMENT, mime_type, size, problem=failure.problem)


def type_of(path: Path, filename: str) -> str:
    """Return the type that the bytes tell."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read()
    mime_type = usual_name(magic.from_buffer(head, mime=True))
    ending = ending_of(filename)
    if mime_type == "application/zip":
        return _office_type(head + tail)
    if mime_type in ("application/cdfv2", "application/x-ole-storage"):
        return by_ending(ending, "ole") or UNKNOWN
    if _is_mere_text(mime_type):
        return by_ending(ending, "text") or "text/plain"
    return mime_type if mime_type in ENDINGS or "/" in mime_type else UNKNOWN


def _is_mere_text(mime_type: str) -> bool:
    """A note may look like a program of some language, or like a manual page: vendors know one type of text."""
    return mime_type.startswith("text/") and mime_type not in ENDINGS and mime_type not in ACTIVE_TYPES


def _office_type(content: bytes) -> str:
    """Tell an office document from any other archive by the names in it; it is never unpacked."""
    if b"[Content_Types].xml" in content:
        for part, mime_type in _OFFICE_PARTS.items():
            if part in content:
                return mime_type
    return "application/zip"
