"""Where an account's Graph calls go, and with which token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from channels_adapters.credentials import credential
from channels_adapters.meta.graph import DEFAULT_VERSION
from channels_adapters.reading import storable
from channels_adapters.types import HttpRequest


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`node` is the id of the page or account that the calls are about."""

    root: str  # without the version
    version: str
    node: str
    token: str = field(repr=False)

    def post(self, edge: str, payload: Any) -> HttpRequest:
        """Describe the POST of a JSON object to an edge of the node."""
        headers = {**self._authorization(), "content-type": "application/json"}
        return HttpRequest("POST", f"{self._node_url()}/{edge}", headers, orjson.dumps(storable(payload)))

    def post_form(self, edge: str, form: tuple[Mapping[str, str], bytes]) -> HttpRequest:
        """Describe the POST of a form with a file, as `media.multipart` makes it, to an edge of the node."""
        headers, body = form
        return HttpRequest("POST", f"{self._node_url()}/{quote(edge)}", {**self._authorization(), **headers}, body)

    def post_query(self, edge: str, **query: str) -> HttpRequest:
        """Describe a POST whose values stand in its address, as the vendor documents it."""
        return HttpRequest("POST", _with_query(f"{self._node_url()}/{edge}", query), self._authorization())

    def get(self, edge: str = "", **query: str) -> HttpRequest:
        """Describe a GET of the node, or of an edge of it."""
        return self._get(f"{self._node_url()}/{edge}".rstrip("/"), query)

    def get_other(self, node: str, **query: str) -> HttpRequest:
        """Describe a GET of another node, such as a customer's."""
        return self._get(f"{self.root}/{self.version}/{quote(node, safe='')}", query)

    def _get(self, url: str, query: Mapping[str, str]) -> HttpRequest:
        return HttpRequest("GET", _with_query(url, query), self._authorization())

    def _node_url(self) -> str:
        return f"{self.root}/{self.version}/{quote(self.node, safe='')}"

    def _authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(query, safe=',')}" if query else url


def endpoint_of(credentials: Mapping[str, str], label: str, *, host: str, node_field: str) -> Endpoint:
    """Return the endpoint that an account's credentials describe. Raises SendError(OPERATOR)."""
    return Endpoint(
        root=(credentials.get("base_url") or host).rstrip("/"),
        version=quote(credentials.get("api_version") or DEFAULT_VERSION, safe=""),
        node=credential(credentials, node_field, label),
        token=credential(credentials, "access_token", label),
    )
