"""The signature of Meta's webhooks, for the `verify` of every Meta adapter.

X-Hub-Signature-256 is the HMAC-SHA256 of the raw body, keyed with the app secret. Meta escapes non-ASCII before it
signs, so a body that was parsed and written again has another digest: only the bytes as received will do.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from channels_adapters.errors import WebhookRejected
from channels_adapters.types import WebhookRequest

SIGNATURE_HEADER = "x-hub-signature-256"

# The names of the secrets that may have signed. An app with Instagram Login has a secret of its own for it, and it is
# not documented with which of the two its webhooks are signed.
SECRETS = ("app_secret", "previous_app_secret", "instagram_app_secret")

_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


def sign(body: bytes, secret: str) -> str:
    """Return the header's value for a body; the vendor simulator and the tests sign with it."""
    return "sha256=" + hmac.new(secret.encode("utf-8", "surrogatepass"), body, hashlib.sha256).hexdigest()


def verify_signature(request: WebhookRequest, secrets: Mapping[str, str]) -> None:
    """Check the body against each of the `SECRETS` that is configured, whatever the method. Raises WebhookRejected.

    An empty secret is skipped, since anyone can sign with it.
    """
    header = request.headers.get(SIGNATURE_HEADER)
    if header is None:
        raise WebhookRejected("signature header missing")
    match = _SIGNATURE.fullmatch(header.strip())
    if match is None:
        raise WebhookRejected("signature header malformed")
    usable = [secrets[name] for name in SECRETS if secrets.get(name)]
    if not usable:
        raise WebhookRejected("no app secret is configured")
    received = "sha256=" + match[1].lower()
    # Every secret is tried: the time taken must not tell which one fitted.
    if True not in [hmac.compare_digest(received, sign(request.body, secret)) for secret in usable]:
        raise WebhookRejected("signature does not fit any app secret")
