"""Sample files of templates' headers, by the Resumable Upload API: a session of the app's, then the file in one piece."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from channels_adapters.errors import OutcomeUnknown
from channels_adapters.media import checked
from channels_adapters.reading import text_of
from channels_adapters.types import HttpRequest, HttpResponse, MediaUpload

from .answers import check
from .calling import address, post_query, usable
from .capabilities import CAPABILITIES
from .refusing import refusal

# "Upload a file": the session takes no others.
TYPES = ("image/jpeg", "image/png", "video/mp4", "application/pdf")

_SESSION = re.compile(r"upload:[A-Za-z0-9:._~%=+-]+")


def sample_request(upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the opening of a session. Raises SendError."""
    mime_type = checked(upload, CAPABILITIES)
    if mime_type not in TYPES:
        raise refusal("file_type", "A sample for the header must be a JPEG, a PNG, an MP4 video or a PDF.")
    query = {"file_name": upload.filename or "sample", "file_length": str(len(upload.content)), "file_type": mime_type}
    return post_query(credentials, usable(credentials, "app_id"), "uploads", **query)


def sample_step(response: HttpResponse, upload: MediaUpload, credentials: Mapping[str, str]) -> HttpRequest | str:
    """Return the upload into the session just opened, or the handle of what was uploaded. Raises SendError or
    OutcomeUnknown."""
    answer = check(response)
    if handle := text_of(answer.get("h")).strip():
        return handle
    session, _, query = text_of(answer.get("id")).strip().partition("?")
    if not _SESSION.fullmatch(session):
        raise OutcomeUnknown(f"HTTP {response.status} without an upload session")
    return HttpRequest(
        "POST",
        f"{address(credentials)}/{session}",
        {
            "authorization": f"OAuth {usable(credentials, 'access_token')}",
            "file_offset": "0",
            "content-type": "application/octet-stream",
        },
        upload.content,
        secret_query=dict(parse_qsl(query)),  # the session's signature
    )
