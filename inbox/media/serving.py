"""Bytes over HTTP: whole or in ranges, as what they are and never as something that a browser would run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header, quote_etag

from . import storage
from .filetypes import ACTIVE_TYPES, UNKNOWN
from .models import MediaFile

_AN_HOUR = 3600
_SIGNED_SECONDS = 120
# What is in memory at once of a file on its way.
_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")

_POLICY = "sandbox; default-src 'none'"


def respond(request: HttpRequest, file: MediaFile, *, download: bool = False) -> HttpResponseBase:
    """Answer with the file. It must have been asked for by somebody who may see it. Raises Http404 if its bytes are gone."""
    inline = file.is_inline and not download
    headers = {
        "Content-Type": UNKNOWN if file.mime_type in ACTIVE_TYPES else file.mime_type,
        "Content-Disposition": content_disposition_header(not inline, file.filename) or "attachment",
    }
    if signed := storage.signed_url(file.workspace_id, file.sha256, headers, seconds=_SIGNED_SECONDS):
        redirect = HttpResponseRedirect(signed)
        patch_cache_control(redirect, private=True, no_store=True)
        return redirect
    headers |= {
        "ETag": quote_etag(file.sha256),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    response = _body(request, file, headers["ETag"])
    for name, value in headers.items():
        response[name] = value
    patch_cache_control(response, private=True, max_age=_AN_HOUR)
    return response


def _body(request: HttpRequest, file: MediaFile, etag: str) -> HttpResponseBase:
    if etag in re.split(r"\s*,\s*", request.headers.get("If-None-Match", "").replace("W/", "")):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    wanted = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    match = _RANGE.fullmatch(wanted)
    if match is None or match.groups() == ("", ""):
        return _whole(request, file)
    span = _span(*match.groups(), size=file.size)
    if span is None:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused["Content-Range"] = f"bytes */{file.size}"
        return refused
    return _part(request, file, *span)


def _span(first: str, last: str, *, size: int) -> tuple[int, int] | None:
    """Return the first and last byte of what is meant, None for none of this file."""
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last or size), size - 1)
    return (start, end) if start <= end else None


def _whole(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    response = _response(request, file, 0, file.size)
    response["Content-Length"] = str(file.size)
    return response


def _part(request: HttpRequest, file: MediaFile, start: int, end: int) -> HttpResponseBase:
    response = _response(request, file, start, end - start + 1)
    response.status_code = HTTPStatus.PARTIAL_CONTENT
    response["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    response["Content-Length"] = str(end - start + 1)
    return response


def _response(request: HttpRequest, file: MediaFile, start: int, count: int) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    return StreamingHttpResponse(_chunks(file, start, count))


def _chunks(file: MediaFile, start: int, count: int) -> Iterator[bytes]:
    """Open the file now, so that a missing one is a 404, and read it as it is sent. Raises Http404."""
    try:
        source = storage.opened(file.workspace_id, file.sha256)
    except FileNotFoundError as error:
        raise Http404("its bytes are gone") from error

    def read() -> Iterator[bytes]:
        left = count
        with source:
            source.seek(start)
            while left and (chunk := source.read(min(left, _PIECE))):
                left -= len(chunk)
                yield chunk

    return read()
