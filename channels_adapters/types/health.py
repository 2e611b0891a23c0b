"""Questions to a vendor that tell whether a connection works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .content import JsonObject
from .http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class Finding:
    """The result of one health check: what is, and what to do about it where it is not well.

    `facts` are as in AccountNotice, and `token_expires_at` (UTC, ISO 8601)."""

    ok: bool
    words: str
    advice: str = ""
    facts: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class HealthCheck:
    """A question to the vendor about a connection. `read` never raises: an unusable answer is a Finding too."""

    code: str  # credentials, scopes, account, subscription
    label: str
    request: HttpRequest
    read: Callable[[HttpResponse], Finding]
