"""Secrets at rest: values are encrypted with Fernet before they reach the database.

`settings.CREDENTIAL_KEYS` lists the keys, newest first, so that a key can be rotated: new values use the first,
old ones stay readable with the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class UnreadableSecret(Exception):
    """None of the configured keys decrypts the value."""


class Secrets(dict[str, str]):
    """A mapping that never shows its values: safe in logs, tracebacks and debug pages."""

    def __repr__(self) -> str:
        return f"<Secrets: {', '.join(sorted(self)) or 'empty'}>"

    __str__ = __repr__


def encrypt(values: Mapping[str, str]) -> str:
    return _fernet(tuple(settings.CREDENTIAL_KEYS)).encrypt(json.dumps(dict(values)).encode()).decode()


def decrypt(token: str) -> Secrets:
    """Return the values. Raises UnreadableSecret."""
    try:
        return Secrets(json.loads(_fernet(tuple(settings.CREDENTIAL_KEYS)).decrypt(token.encode())))
    except InvalidToken as error:
        raise UnreadableSecret("no configured key decrypts this value") from error


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedField(models.TextField[Mapping[str, str], Secrets]):
    """A mapping of names to secret strings, encrypted in its column and unreadable in its repr."""

    def from_db_value(self, value: str | None, *_: object) -> Secrets:
        return decrypt(value) if value else Secrets()

    def to_python(self, value: object) -> Secrets:
        return Secrets(value) if isinstance(value, Mapping) else Secrets()

    def get_prep_value(self, value: Any) -> str:
        return encrypt(value) if value else ""

    def value_to_string(self, obj: models.Model) -> str:
        return ""
