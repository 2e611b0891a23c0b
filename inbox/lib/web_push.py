"""Web Push: messages that reach a browser while no page is open, through the push service of its maker.

RFC 8291 (what is in it only the browser can read), 8188 (its format), 8292 (who sent it). Nothing here opens a
connection: the caller posts `body` with `headers`.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# A record of 4096 octets, less what the format adds to it.
LONGEST = 3993
_RECORD = 4096
# Services refuse more than a day.
_SIGNED_FOR = timedelta(hours=12)


class InvalidKeys(ValueError):
    """These are not the keys of a browser."""


@dataclass(frozen=True)
class Receiver:
    """A browser's subscription: where its push service listens, and the two keys it gave."""

    endpoint: str
    public: bytes
    secret: bytes

    @classmethod
    def of(cls, endpoint: str, p256dh: str, auth: str) -> Receiver:
        """Read what a browser says of itself. Raises InvalidKeys."""
        try:
            public, secret = from_base64(p256dh), from_base64(auth)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        except (ValueError, binascii.Error) as error:
            raise InvalidKeys("not a public key") from error
        if len(secret) != 16:
            raise InvalidKeys("not an authentication secret")
        return cls(endpoint, public, secret)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


def new_key() -> str:
    """Return a new private key of the sender."""
    return _to_text(ec.generate_private_key(ec.SECP256R1()))


def public_key(private: str) -> str:
    """Return the public half, as browsers want it."""
    return to_base64(_point(_from_text(private).public_key()))


def encrypt(
    plain: bytes, receiver: Receiver, *, salt: bytes | None = None, key: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Return the body. A test gives the two random parts."""
    if len(plain) > LONGEST:
        raise ValueError("longer than push services take")
    salt, key = salt or os.urandom(16), key or ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver.public)
    own = _point(key.public_key())
    shared = key.exchange(ec.ECDH(), theirs)
    material = _derive(shared, receiver.secret, b"WebPush: info\0" + receiver.public + own, 32)
    content_key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(own)]) + own
    return header + AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)


def headers(
    receiver: Receiver, private: str, *, contact: str, now: datetime, seconds: int, topic: str
) -> dict[str, str]:
    """Return what goes with the body: it is kept for `seconds`, and replaces what waits under the same `topic`."""
    claims = {"aud": receiver.origin, "exp": int((now + _SIGNED_FOR).timestamp()), "sub": contact}
    signed = ".".join(to_base64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_from_text(private).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{to_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return {
        "Authorization": f"vapid t={token}, k={public_key(private)}",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(seconds),
        "Topic": topic,
        "Urgency": "high",
    }


def to_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _to_text(key: ec.EllipticCurvePrivateKey) -> str:
    return to_base64(key.private_numbers().private_value.to_bytes(32, "big"))


def _from_text(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64(text), "big"), ec.SECP256R1())
