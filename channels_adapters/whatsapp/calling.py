"""One call of the Cloud API as an HTTP request: address, token and body. All requests of the package are made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from channels_adapters.credentials import credential
from channels_adapters.meta.graph import DEFAULT_BASE_URL, DEFAULT_VERSION
from channels_adapters.reading import storable
from channels_adapters.types import HttpRequest


def get(credentials: Mapping[str, str], *path: str, **query: str) -> HttpRequest:
    """Describe a question. Raises SendError(OPERATOR) when the token is missing."""
    suffix = f"?{urlencode(query)}" if query else ""
    return HttpRequest("GET", _url(credentials, path) + suffix, {"authorization": bearer(credentials)})


def post(credentials: Mapping[str, str], *path: str, payload: Mapping[str, Any]) -> HttpRequest:
    """Describe an order. Raises SendError(OPERATOR) when the token is missing."""
    return HttpRequest(
        method="POST",
        url=_url(credentials, path),
        headers={"authorization": bearer(credentials), "content-type": "application/json"},
        body=orjson.dumps(storable(dict(payload))),
    )


def post_form(credentials: Mapping[str, str], *path: str, form: tuple[Mapping[str, str], bytes]) -> HttpRequest:
    """Describe an upload: `form` is what `media.multipart` makes. Raises SendError(OPERATOR) when the token is missing."""
    headers, body = form
    return HttpRequest("POST", _url(credentials, path), {"authorization": bearer(credentials), **headers}, body)


def post_query(credentials: Mapping[str, str], *path: str, **query: str) -> HttpRequest:
    """Describe an order whose values stand in its address. Raises SendError(OPERATOR) when the token is missing."""
    return replace(get(credentials, *path, **query), method="POST")


def delete(credentials: Mapping[str, str], *path: str, **query: str) -> HttpRequest:
    """Describe a removal. Raises SendError(OPERATOR) when the token is missing."""
    return replace(get(credentials, *path, **query), method="DELETE")


def usable(credentials: Mapping[str, str], name: str) -> str:
    """Return a value that may stand in a header or an address. Raises SendError(OPERATOR)."""
    return credential(credentials, name, "WhatsApp")


def address(credentials: Mapping[str, str]) -> str:
    """Return where the API begins, with its version."""
    base_url = (credentials.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
    return f"{base_url}/{quote(credentials.get('api_version') or DEFAULT_VERSION, safe='')}"


def bearer(credentials: Mapping[str, str]) -> str:
    """Return the value of the header that proves who we are. Raises SendError(OPERATOR)."""
    return f"Bearer {usable(credentials, 'access_token')}"


def _url(credentials: Mapping[str, str], path: tuple[str, ...]) -> str:
    return "/".join((address(credentials), *(quote(part, safe="") for part in path)))
