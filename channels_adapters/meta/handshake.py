"""The subscription handshake of Meta's webhooks, for the `handshake` of every Meta adapter.

Meta asks GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…; the challenge alone is the right answer.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from channels_adapters.errors import HandshakeRejected
from channels_adapters.types import WebhookRequest

# Meta sends digits. Nothing that a browser could take for markup is ever sent back.
_CHALLENGE = re.compile(r"[A-Za-z0-9_.\-]{1,200}")


def answer_challenge(request: WebhookRequest, secrets: Mapping[str, str]) -> str:
    """Return the challenge if the request carries our `verify_token`. Raises HandshakeRejected."""
    if request.method.upper() != "GET" or request.query.get("hub.mode") != "subscribe":
        raise HandshakeRejected("not a subscription handshake")
    verify_token = secrets.get("verify_token", "")
    offered = request.query.get("hub.verify_token", "")
    if not verify_token or not hmac.compare_digest(_bytes(offered), _bytes(verify_token)):
        raise HandshakeRejected("verify token does not match")
    challenge = request.query.get("hub.challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise HandshakeRejected("challenge missing or malformed")
    return challenge


def _bytes(token: str) -> bytes:
    return token.encode("utf-8", "surrogatepass")
