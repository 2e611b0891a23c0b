"""Files of a number: stored before they are sent, and fetched in two steps ("Media")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from channels_adapters import media as files
from channels_adapters.errors import OutcomeUnknown
from channels_adapters.meta.answers import NO_CODE, read_response
from channels_adapters.reading import Unreadable, decode, identifier_of, object_of, text_of
from channels_adapters.types import (
    Capabilities,
    DownloadedMedia,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    UploadedMedia,
)

from .answers import check
from .calling import bearer, get, post_form, usable
from .capabilities import CAPABILITIES
from .errors import send_error
from .refusing import refusal

KEPT_SECONDS = 30 * 86_400

HOSTS = ("fbsbx.com", "fbcdn.net", "whatsapp.net")

_UNKNOWN_ID = ("100", "33")


def upload_request(upload: MediaUpload, credentials: Mapping[str, str], capabilities: Capabilities) -> HttpRequest:
    """Describe the storing of a file for this number. Raises SendError."""
    mime_type = files.checked(upload, capabilities)
    if mime_type in capabilities.media[upload.kind].as_text:
        mime_type = "text/plain"
    fields = {"messaging_product": "whatsapp", "type": mime_type}
    form = files.multipart(fields, "file", upload.filename, mime_type, upload.content)
    return post_form(credentials, usable(credentials, "phone_number_id"), "media", form=form)


def upload_of(response: HttpResponse) -> UploadedMedia:
    """Return the id of the stored file. Raises SendError or OutcomeUnknown."""
    external_id = identifier_of(check(response).get("id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without a media id")
    return UploadedMedia(external_id, KEPT_SECONDS)


def download_request(media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the question where a file is: its address lives for minutes. Raises SendError."""
    if not media.external_id:
        raise refusal("no_file", "WhatsApp gave no id to fetch this file by.")
    return get(credentials, media.external_id)


def download_of(response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
    """Read the answer: the file's address, or the file from there. Raises SendError or OutcomeUnknown."""
    if url := _address(response) or files.redirect_of(response):
        request = files.fetching(url, HOSTS, credentials)
        return replace(request, headers={**request.headers, "authorization": bearer(credentials)})
    if response.status == 200:
        return files.file_of(response)
    _answer, known = read_response(response)
    if known is None:
        raise OutcomeUnknown(f"HTTP {response.status} without a file")
    if (known.code, known.subcode) == _UNKNOWN_ID:
        raise files.gone(known.code, CAPABILITIES.label, known.detail)
    if known.code.startswith(NO_CODE) and response.status != 401:  # from the content network, which speaks HTTP alone
        return files.fetched(response, CAPABILITIES.label)
    raise send_error(known)


def _address(response: HttpResponse) -> str:
    """Return the address that the answer to the question tells; a customer's own file in JSON is not taken for one."""
    if response.status != 200 or len(response.body) > files.LONGEST_ANSWER:
        return ""
    try:
        answer = object_of(decode(response.body))
    except Unreadable:
        return ""
    return text_of(answer.get("url")).strip() if answer.get("messaging_product") == "whatsapp" else ""
