"""Files of both channels: stored with the Attachment Upload API before they are sent, fetched from Meta's content network.

Instagram's own login is documented for sending by address only; that it stores files under the same path as a page does is
UNVERIFIED, hence `UPLOAD_PATH`.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from channels_adapters import media as files
from channels_adapters.errors import OutcomeUnknown
from channels_adapters.reading import identifier_of
from channels_adapters.types import (
    Capabilities,
    CredentialField,
    DownloadedMedia,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    UploadedMedia,
)

from .answers import read_answer
from .dialect import Dialect
from .endpoint import Endpoint
from .requests import ATTACHMENTS

KEPT_SECONDS = 90 * 86_400

HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")

UPLOAD_EDGE = "message_attachments"
UPLOAD_PATH = CredentialField(
    "upload_path",
    "Path for files",
    f"Leave it empty for {UPLOAD_EDGE}. Name another if Meta takes this account's files elsewhere.",
    required=False,
)


def upload_request(
    upload: MediaUpload, endpoint: Endpoint, capabilities: Capabilities, *, edge: str = UPLOAD_EDGE, platform: str = ""
) -> HttpRequest:
    """Describe the storing of a file that may be sent any number of times. Raises SendError."""
    mime_type = files.checked(upload, capabilities)
    attachment = {"type": ATTACHMENTS[upload.kind], "payload": {"is_reusable": True}}
    fields = {"message": orjson.dumps({"attachment": attachment}).decode()}
    if platform:
        fields["platform"] = platform
    return endpoint.post_form(edge, files.multipart(fields, "filedata", upload.filename, mime_type, upload.content))


def upload_of(response: HttpResponse, dialect: Dialect) -> UploadedMedia:
    """Return the id of the stored file. Raises SendError or OutcomeUnknown."""
    external_id = identifier_of(read_answer(response, dialect).get("attachment_id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without an attachment id")
    return UploadedMedia(external_id, KEPT_SECONDS)


def download_request(media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the fetching of a file, without the token: the address is all it takes. Raises SendError(GIVE_UP)."""
    return files.fetching(media.url, HOSTS, credentials)


def download_of(
    response: HttpResponse, credentials: Mapping[str, str], dialect: Dialect
) -> DownloadedMedia | HttpRequest:
    """Return the file, or the request for where it has moved. Raises SendError or OutcomeUnknown."""
    if url := files.redirect_of(response):
        return files.fetching(url, HOSTS, credentials)
    return files.fetched(response, dialect.label)
