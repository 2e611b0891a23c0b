"""One call of the Cloud API as an HTTP request: address, token and JSON body. All requests of the package are made here."""

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
    return HttpRequest("GET", _url(credentials, path) + suffix, {"authorization": _bearer(credentials)})


def post(credentials: Mapping[str, str], *path: str, payload: Mapping[str, Any]) -> HttpRequest:
    """Describe an order. Raises SendError(OPERATOR) when the token is missing."""
    return HttpRequest(
        method="POST",
        url=_url(credentials, path),
        headers={"authorization": _bearer(credentials), "content-type": "application/json"},
        body=orjson.dumps(storable(dict(payload))),
    )


def delete(credentials: Mapping[str, str], *path: str, **query: str) -> HttpRequest:
    """Describe a removal. Raises SendError(OPERATOR) when the token is missing."""
    return replace(get(credentials, *path, **query), method="DELETE")


def usable(credentials: Mapping[str, str], name: str) -> str:
    """Return a value that may stand in a header or an address. Raises SendError(OPERATOR)."""
    return credential(credentials, name, "WhatsApp")


def _url(credentials: Mapping[str, str], path: tuple[str, ...]) -> str:
    base_url = (credentials.get("base_url") or DEFAULT_BASE_URL).rstrip("/")
    version = credentials.get("api_version") or DEFAULT_VERSION
    return "/".join((base_url, *(quote(part, safe="") for part in (version, *path))))


def _bearer(credentials: Mapping[str, str]) -> str:
    return f"Bearer {usable(credentials, 'access_token')}"
