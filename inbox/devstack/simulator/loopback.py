"""The simulator talks to this machine only: nothing it is told may make it call anybody else."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from .http import Refused


def require_loopback(url: str) -> None:
    """Raises Refused, in words, unless `url` is an HTTP address on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(f"“{url}” is not a URL.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Refused(f"A webhook URL must start with http:// or https://, unlike “{url}”.")
    if not _is_loopback(host):
        raise Refused(f"The simulator sends webhooks to this machine only (localhost, 127.0.0.1), not to “{host}”.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
