"""Files of an account: stored for three days before they are sent, and fetched by id ("Temporary media")."""

from __future__ import annotations

from collections.abc import Mapping

from channels_adapters import media as files
from channels_adapters.errors import OutcomeUnknown, SendError
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

from .answers import read_answer
from .requests import FILES, get, post_form, refusal

KEPT_SECONDS = 3 * 86_400

# UNVERIFIED: the vendor names no hosts; these are where its pictures and videos have been seen.
HOSTS = ("qq.com", "qpic.cn", "qlogo.cn", "wechat.com")

# The vendor goes by the name's ending, and by the type less.
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/mpeg": "mp3",
    "audio/amr": "amr",
    "video/mp4": "mp4",
}

_LABEL = "WeChat"
_UNKNOWN_ID = "40007"


def upload_request(upload: MediaUpload, credentials: Mapping[str, str], capabilities: Capabilities) -> HttpRequest:
    """Describe the storing of a file. Raises SendError."""
    mime_type = files.checked(upload, capabilities)
    form = files.multipart({}, "media", f"file.{_ENDINGS[mime_type]}", mime_type, upload.content)
    return post_form("media/upload", credentials, form, type="thumb" if upload.is_thumb else FILES[upload.kind])


def upload_of(response: HttpResponse) -> UploadedMedia:
    """Return the id of the stored file. Raises SendError or OutcomeUnknown."""
    answer = read_answer(response)
    external_id = identifier_of(answer.get("media_id")) or identifier_of(answer.get("thumb_media_id"))
    if not external_id:
        raise OutcomeUnknown(f"HTTP {response.status} without a media id")
    return UploadedMedia(external_id, KEPT_SECONDS)


def download_request(media: MediaReference, credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the fetching of a file by its id, or from the address of a picture. Raises SendError."""
    if media.external_id:
        return get("media/get", credentials, media_id=media.external_id)
    if media.url:
        return files.fetching(_secure(media.url, credentials), HOSTS, credentials)
    raise refusal("no_file", "WeChat gave no id to fetch this file by.")


def download_of(response: HttpResponse, credentials: Mapping[str, str]) -> DownloadedMedia | HttpRequest:
    """Return the file, or the request for a video at the address that the answer tells. Raises SendError or
    OutcomeUnknown."""
    if url := _video_url(response) or files.redirect_of(response):
        return files.fetching(_secure(url, credentials), HOSTS, credentials)
    return files.fetched(response, _LABEL)


def _video_url(response: HttpResponse) -> str:
    """Return the address in an answer of fields, "" for a file. Raises SendError for a refusal."""
    if response.status != 200 or len(response.body) > files.LONGEST_ANSWER:
        return ""
    try:
        fields = object_of(decode(response.body))
    except Unreadable:
        return ""
    if not fields:
        return ""
    try:
        read_answer(response)
    except SendError as error:
        raise files.gone(error.code, _LABEL, error.detail) if error.code == _UNKNOWN_ID else error from None
    url = text_of(fields.get("video_url")).strip()
    if not url:
        raise OutcomeUnknown(f"HTTP {response.status} without a file")
    return url


def _secure(url: str, credentials: Mapping[str, str]) -> str:
    """Return the address by https: the vendor still writes http for hosts that speak both."""
    base_url = credentials.get("base_url") or ""
    if url.startswith("http://") and not (base_url and url.startswith(f"{base_url.rstrip('/')}/")):
        return f"https://{url.removeprefix('http://')}"
    return url
