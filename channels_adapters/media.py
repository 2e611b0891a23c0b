"""Files over HTTP, as every channel needs them: multipart bodies, what an answer tells of a file, and which addresses a
file may be fetched from. A customer's file is bytes from a stranger: nothing here looks into it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from email.message import Message
from email.utils import collapse_rfc2231_value
from urllib.parse import urlsplit

from .errors import OutcomeUnknown, Remedy, SendError
from .reading import retry_after_of, storable
from .types import ANY_TYPE, Capabilities, DownloadedMedia, HttpRequest, HttpResponse, MediaRule, MediaUpload

UNKNOWN_TYPE = "application/octet-stream"
LONGEST_NAME = 255

# What an answer in JSON may at most have: anything longer is a file.
LONGEST_ANSWER = 64 * 1024

# Content networks answer some clients that name themselves otherwise with a page instead of the file.
USER_AGENT = "Mozilla/5.0 (compatible; Switchboard)"

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({403, 404, 410})  # 403: the signature in the address has expired


def type_of(mime_type: str) -> str:
    """Return a type without its parameters, "" for what is none."""
    kind = mime_type.partition(";")[0].strip().lower()
    return kind if _TYPE.fullmatch(kind) else ""


# --- to the vendor --------------------------------------------------------------------------------


def checked(upload: MediaUpload, capabilities: Capabilities) -> str:
    """Return the type to declare for a file that the channel takes. Raises SendError(GIVE_UP)."""
    label, rule = capabilities.label, capabilities.media.get(upload.kind)
    if upload.is_thumb:
        rule = MediaRule(("image/jpeg",), rule.thumb_bytes) if rule and rule.thumb_bytes else None
    if rule is None:
        raise refusal("unsupported_kind", f"Files of this kind cannot be sent on {label}.")
    if not upload.content:
        raise refusal("file_empty", "The file is empty.")
    limit = max(rule.max_bytes, rule.max_animated_bytes or 0)
    if len(upload.content) > limit:
        raise refusal("file_too_large", f"The file has {len(upload.content)} bytes; {label} allows {limit}.")
    kind = type_of(upload.mime_type)
    if kind not in rule.mime_types and ANY_TYPE not in rule.mime_types:
        raise refusal("file_type", f"{label} does not take files of the type {kind or 'that this one has'} here.")
    return kind or UNKNOWN_TYPE


def multipart(
    fields: Mapping[str, str], name: str, filename: str, mime_type: str, content: bytes
) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of a form with a file in it."""
    # No content holds its own digest, so the boundary cannot occur inside.
    boundary = f"switchboard-{hashlib.sha256(content).hexdigest()}"
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    shown = _quoted(filename) or "file"
    head = (
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"; filename="{shown}"\r\n'
        f"content-type: {mime_type}\r\n\r\n"
    )
    body = b"".join((*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
    return {"content-type": f"multipart/form-data; boundary={boundary}"}, body


def _quoted(filename: str) -> str:
    """Return the name as browsers write it into a form."""
    name = _CONTROLS.sub("", str(storable(filename)))[-LONGEST_NAME:]
    return name.replace('"', "%22").replace("\\", "_").replace("/", "_")


# --- from the vendor ------------------------------------------------------------------------------


def fetching(url: str, hosts: tuple[str, ...], credentials: Mapping[str, str]) -> HttpRequest:
    """Describe the fetching of an address of the vendor: by https from one of its hosts or their subdomains, or from
    where `base_url` stands in for it. Raises SendError(GIVE_UP) for any other."""
    if not _is_of(url, hosts, credentials.get("base_url") or ""):
        raise refusal("file_unreachable", "The file is not at an address of the vendor, so it is not fetched.")
    return HttpRequest("GET", url, {"user-agent": USER_AGENT})


def _is_of(url: str, hosts: tuple[str, ...], base_url: str) -> bool:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:  # read differently by different readers
        return False
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
        port = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None:
        return False
    if base_url and (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
        return True
    host = parts.hostname or ""
    return (
        parts.scheme == "https"
        and port in (None, 443)
        and any(host == known or host.endswith(f".{known}") for known in hosts)
    )


def redirect_of(response: HttpResponse) -> str:
    """Return the address that an answer sends us on to, "" where it does not."""
    return response.headers.get("location", "").strip() if response.status in _REDIRECTS else ""


def file_of(response: HttpResponse) -> DownloadedMedia:
    """Return the file that an answer brings. Raises OutcomeUnknown for one without."""
    if response.status != 200 or not response.body:
        raise OutcomeUnknown(f"HTTP {response.status} without a file")
    return DownloadedMedia(response.body, type_of(response.headers.get("content-type", "")), _filename(response))


def fetched(response: HttpResponse, label: str) -> DownloadedMedia:
    """Return the file from a content network, which speaks HTTP alone. Raises SendError or OutcomeUnknown."""
    status = response.status
    if status in _GONE:
        raise gone(f"http_{status}", label)
    if status in (408, 425, 429):
        words = f"{label} does not hand over the file at the moment; we keep trying."
        raise SendError(
            f"http_{status}",
            remedy=Remedy.RETRY,
            public_text=words,
            retry_after=retry_after_of(response.headers),
            growth=1.0 if retry_after_of(response.headers) is not None else 2.0,
        )
    if 300 <= status < 500:
        raise refusal(f"http_{status}", f"{label} does not hand over the file; ask the customer to send it again.")
    return file_of(response)


def gone(code: str, label: str, detail: str = "") -> SendError:
    """Return the error of a file that the vendor does not keep, or not at that address."""
    return SendError(
        code,
        remedy=Remedy.GIVE_UP,
        public_text=f"{label} does not keep the file any more; ask the customer to send it again.",
        detail=detail,
        stale_media=True,
    )


def refusal(code: str, public_text: str) -> SendError:
    return SendError(code, remedy=Remedy.GIVE_UP, public_text=public_text)


def _filename(response: HttpResponse) -> str:
    """Return the last part of the name in `Content-Disposition`, "" where there is none."""
    message = Message()
    message["content-disposition"] = _CONTROLS.sub("", response.headers.get("content-disposition", ""))
    try:
        name = collapse_rfc2231_value(message.get_filename() or "")
    except (LookupError, ValueError):  # a character set that does not exist, or does not fit
        return ""
    name = _CONTROLS.sub("", str(storable(name))).replace("\\", "/").rpartition("/")[2].strip()
    return name[-LONGEST_NAME:]
