"""The form in which processes tell each other's sockets something: a group's Redis channel, a kind, and a text."""

from __future__ import annotations

from django.conf import settings

SAY = "say"  # the text goes to the browser as it is
REVOKE = "revoke"
RECHECK = "recheck"


def channel_of(group: str) -> bytes:
    return f"{settings.CHANNEL_PREFIX}__group__{group}".encode()


def encode(kind: str, text: str = "") -> bytes:
    return f"{kind}\n{text}".encode()


def decode(data: bytes) -> tuple[str, str]:
    kind, _newline, text = data.decode().partition("\n")
    return kind, text
