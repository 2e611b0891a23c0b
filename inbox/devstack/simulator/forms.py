"""Forms with files in them, as the vendors' upload endpoints take them."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from .http import Request


@dataclass(frozen=True)
class Part:
    """A field, or a file with the name and type that its sender says it has."""

    body: bytes
    filename: str = ""
    mime_type: str = ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def form_in(request: Request) -> dict[str, Part]:
    """Return the parts of a multipart form by name; nothing for any other body."""
    kind = BytesParser(policy=HTTP).parsebytes(b"content-type: " + request.header(b"content-type").encode("latin-1"))
    boundary = kind.get_boundary() if kind.get_content_type() == "multipart/form-data" else None
    if not boundary:
        return {}
    parts: dict[str, Part] = {}
    # The first piece stands before the form, and the last one begins with "--".
    for piece in (b"\r\n" + request.body).split(f"\r\n--{boundary}".encode())[1:-1]:
        head, _, body = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        about = BytesParser(policy=HTTP).parsebytes(head + b"\r\n\r\n")
        name = about.get_param("name", header="content-disposition")
        mime_type = about.get_content_type() if "content-type" in about else ""
        parts[str(name or "")] = Part(body, about.get_filename() or "", mime_type)
    return parts
