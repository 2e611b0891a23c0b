"""What Meta's webhooks and identifiers have in common, whatever the product."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from .http import JsonObject, to_json


def sign(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256 for exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def vendor_bytes(document: JsonObject) -> bytes:
    """Write JSON as Meta does: ASCII, lower-case escapes, and every slash escaped."""
    return to_json(document).replace(b"/", b"\\/")


def trace_id() -> str:
    return "A" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode("ascii").rstrip("=")
