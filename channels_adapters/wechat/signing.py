"""Who may speak to the endpoint: the handshake and the signatures of WeChat's webhooks.

`signature` covers a timestamp and a nonce, not the body; `msg_signature` covers the encrypted part of the body too.
Whoever saw one address of plaintext mode could forge bodies. Therefore, where a key is configured, only an account that
is said to be in plaintext mode may send what is not encrypted.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from channels_adapters.errors import HandshakeRejected, WebhookRejected
from channels_adapters.reading import Unreadable, text_of
from channels_adapters.types import WebhookRequest

from .bodies import read_fields
from .crypto import MeantForAnother, Undecryptable, decrypt, key_of, sign

TOKENS = ("token", "previous_token")
KEYS = ("encoding_aes_key", "previous_encoding_aes_key")

# The values of `encryption`. None chosen: plaintext without a key, and encrypted with one.
PLAINTEXT, COMPATIBLE, SECURE = "plaintext", "compatible", "secure"

# WeChat sends digits. Nothing that a browser could take for markup is ever sent back.
_ECHO = re.compile(r"[A-Za-z0-9_.\-]{1,200}")


def answer_handshake(request: WebhookRequest, secrets: Mapping[str, str]) -> str:
    """Return the echo of a signed handshake, decrypted where it is encrypted. Raises HandshakeRejected."""
    if request.method.upper() != "GET":
        raise HandshakeRejected("not a handshake")
    echo = request.query.get("echostr", "")
    try:
        if "msg_signature" in request.query and has_key(secrets):
            echo = echo.replace(" ", "+")  # base64 that nobody escaped for the address
            _check(request, "msg_signature", secrets, echo)
            echo = decrypted(echo, secrets).decode("ascii", "replace")
        else:
            _check(request, "signature", secrets)
    except (WebhookRejected, Undecryptable) as error:
        raise HandshakeRejected(str(error)) from None
    if not _ECHO.fullmatch(echo):
        raise HandshakeRejected("echostr missing or malformed")
    return echo


def verify_signature(request: WebhookRequest, secrets: Mapping[str, str]) -> None:
    """Check the signatures of a request, whatever its method, with the current and the previous token.

    An encrypted one needs both signatures. Raises WebhookRejected."""
    _check(request, "signature", secrets)
    claims_encryption = "msg_signature" in request.query or request.query.get("encrypt_type", "").lower() == "aes"
    if claims_encryption or must_encrypt(secrets):
        _check(request, "msg_signature", secrets, _encrypted_part(request.body))


def is_secure(secrets: Mapping[str, str]) -> bool:
    return secrets.get("encryption") == SECURE


def must_encrypt(secrets: Mapping[str, str]) -> bool:
    """Tell whether a body without a signature of its own is refused."""
    return is_secure(secrets) or (has_key(secrets) and secrets.get("encryption") != PLAINTEXT)


def has_key(secrets: Mapping[str, str]) -> bool:
    return any((secrets.get(name) or "").strip() for name in KEYS)


def decrypted(encrypted: str, secrets: Mapping[str, str]) -> bytes:
    """Return what was encrypted with the current key, or else with the previous one. Raises Undecryptable."""
    appid = (secrets.get("appid") or "").strip()
    if not appid:
        raise Undecryptable("no appid is configured to check whom the message is meant for")
    refusal: Undecryptable | None = None
    for key in filter(None, (key_of(secrets.get(name) or "") for name in KEYS)):
        try:
            return decrypt(encrypted, key, appid)
        except MeantForAnother:
            raise
        except Undecryptable as error:
            refusal = refusal or error
    raise refusal or Undecryptable("no usable EncodingAESKey is configured")


def _check(request: WebhookRequest, name: str, secrets: Mapping[str, str], *more: str) -> None:
    """Check one of the signatures in the query; an empty token is skipped, since anyone can sign with it."""
    received, timestamp, nonce = (request.query.get(part, "") for part in (name, "timestamp", "nonce"))
    if not (received and timestamp and nonce):
        raise WebhookRejected(f"{name}, timestamp or nonce missing")
    tokens = [token for candidate in TOKENS if (token := secrets.get(candidate))]
    if not tokens:
        raise WebhookRejected("no token is configured")
    offered = received.lower().encode("utf-8", "surrogatepass")
    # Every token is tried: the time taken must not tell which one fitted.
    if True not in [hmac.compare_digest(offered, sign(t, timestamp, nonce, *more).encode()) for t in tokens]:
        raise WebhookRejected(f"{name} does not fit any token")


def _encrypted_part(body: bytes) -> str:
    try:
        encrypted = encrypted_part(read_fields(body))
    except Unreadable:
        raise WebhookRejected("the body is unreadable") from None
    if not encrypted:
        raise WebhookRejected("the body is not encrypted")
    return encrypted


def encrypted_part(fields: Mapping[str, object]) -> str:
    return text_of(fields.get("Encrypt")).strip()
