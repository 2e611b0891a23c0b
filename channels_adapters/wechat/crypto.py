"""Signatures and encryption of WeChat's webhooks, as its "message encryption" guide describes them.

AES-256-CBC over 16 random bytes, the length of the message, the message and the appid of the account it is meant for,
padded to blocks of 32 bytes: a padding to AES's own 16 is none of the vendor's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_LENGTH = 43  # characters of an EncodingAESKey: 32 bytes as base64, without the "=" at the end

_BLOCK = 32
_RANDOM = 16
_HEADER = _RANDOM + 4  # the random bytes and the length


class Undecryptable(ValueError):
    """The text is not what the vendor encrypts with this key for this account."""


class MeantForAnother(Undecryptable):
    """The key fits, and the account does not."""


def sign(*parts: str) -> str:
    """Return the signature of a token, a timestamp and a nonce, and of an encrypted text where there is one."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def key_of(encoding_aes_key: str) -> bytes | None:
    """Return the key that an EncodingAESKey spells, None if it spells none."""
    text = encoding_aes_key.strip()
    if len(text) != KEY_LENGTH:
        return None
    try:
        return base64.b64decode(text + "=", validate=True)
    except ValueError:  # of characters beyond ASCII, and of those that are no base64
        return None


def encrypt(message: bytes, key: bytes, appid: str) -> str:
    """Encrypt as the vendor does; the tests, the simulator and our own probe speak with its voice."""
    plain = os.urandom(_RANDOM) + len(message).to_bytes(4, "big") + message + appid.encode()
    missing = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()


def decrypt(encrypted: str, key: bytes, appid: str) -> bytes:
    """Return the message in the text. Raises Undecryptable, MeantForAnother where the key fits."""
    try:
        data = base64.b64decode("".join(encrypted.split()), validate=True)
    except (ValueError, binascii.Error):
        raise Undecryptable("the encrypted part is not base64") from None
    if not data or len(data) % _BLOCK:
        raise Undecryptable(f"the encrypted part is not made of blocks of {_BLOCK} bytes")
    decryptor = _cipher(key).decryptor()
    plain = _unpadded(decryptor.update(data) + decryptor.finalize())
    end = _HEADER + int.from_bytes(plain[_RANDOM:_HEADER], "big")
    if len(plain) < _HEADER or end > len(plain):
        raise Undecryptable("the length inside the encrypted part is wrong")
    if plain[end:] != appid.encode("utf-8", "surrogatepass"):
        raise MeantForAnother("the message is meant for another appid")
    return plain[_HEADER:end]


def _unpadded(plain: bytes) -> bytes:
    size = plain[-1]
    if not 1 <= size <= _BLOCK or plain[-size:] != bytes([size]) * size:
        raise Undecryptable("the padding of the encrypted part is wrong: another key, or another scheme")
    return plain[:-size]


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
