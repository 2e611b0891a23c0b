"""A push service with browsers behind it: a real HTTP server that reads what it is sent as a browser would."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC


def text_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _mac(key: bytes, content: bytes) -> bytes:
    mac = HMAC(key, hashes.SHA256())
    mac.update(content)
    return mac.finalize()


@dataclass
class Browser:
    """What a browser keeps of its subscription, and what it was told."""

    path: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    status: int = 201
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def read(self, body: bytes) -> bytes:
        """RFC 8188 and 8291, written down from the receiver's side."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\x00" + self.public + theirs
        material = _mac(_mac(self.secret, shared), info + b"\x01")
        pseudo = _mac(salt, material)
        key = _mac(pseudo, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = _mac(pseudo, b"Content-Encoding: nonce\x00\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        content = padded.rstrip(b"\x00")
        assert content.endswith(b"\x02")
        return content[:-1]


@dataclass
class PushService:
    url: str
    browsers: dict[str, Browser] = field(default_factory=dict)

    def subscribe(self) -> Browser:
        browser = Browser(f"/push/{text_of(os.urandom(12))}")
        self.browsers[browser.path] = browser
        return browser

    def form(self, browser: Browser) -> dict[str, str]:
        """What the browser's page posts to us."""
        return {
            "endpoint": self.url + browser.path,
            "p256dh": text_of(browser.public),
            "auth": text_of(browser.secret),
        }


@contextmanager
def push_service() -> Iterator[PushService]:
    service = PushService("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            browser = service.browsers[self.path]
            if browser.status == 201:
                browser.told.append(json.loads(browser.read(body)))
            browser.headers.append(dict(self.headers))
            self.send_response(browser.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield service
        server.shutdown()


def claims_of(headers: dict[str, str]) -> dict[str, Any]:
    """Check the signature of who sent it, and return what they say."""
    scheme, _space, rest = headers["Authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = parts["t"].split(".")
    assert json.loads(bytes_of(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = bytes_of(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(parts["k"]))
    numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.verify(numbers, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return {**json.loads(bytes_of(claims)), "key": parts["k"]}
