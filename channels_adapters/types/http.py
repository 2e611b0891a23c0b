"""HTTP as adapters see it: webhooks that came in, requests to execute, answers to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class WebhookRequest:
    """What an adapter may know of an incoming request. Header names are lower case."""

    method: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class HttpRequest:
    """A request that `transport` will execute. Secrets live in `headers`, in `secret_query` (which `transport` adds to
    the url) or in `body`: repr shows none of them."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    secret_query: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class HttpResponse:
    """An answer as `transport` read it. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Token:
    """An access token that runs out."""

    value: str = field(repr=False)
    seconds: float  # how long it is valid from now
