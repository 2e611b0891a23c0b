"""The access tokens of WeChat accounts. Time is an argument."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

OVERLAP_SECONDS = 300.0
MAX_TOKENS = 5_000


@dataclass(frozen=True)
class Token:
    account_id: str
    expires_at: float
    value: str = field(default_factory=lambda: secrets.token_urlsafe(60), repr=False)


class Tokens:
    """Each account has a stable token, the same for everybody who asks, and one that every fetch replaces."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._known: dict[str, Token] = {}
        self._stable: dict[str, Token] = {}
        self._latest: dict[str, Token] = {}

    def find(self, value: str) -> Token | None:
        return self._known.get(value)

    def stable(self, account_id: str, seconds: float, now: float, *, anew: bool = False) -> Token:
        """Return the stable token; a new one shortly before it runs out, or when it is wanted `anew`."""
        token = self._stable.get(account_id)
        if anew or token is None or now >= token.expires_at - min(OVERLAP_SECONDS, seconds / 10):
            token = self._stable[account_id] = self._issue(account_id, now + seconds)
        return token

    def fetched(self, account_id: str, seconds: float, now: float) -> Token:
        """Return a fresh token; the one fetched before is void."""
        before = self._latest.get(account_id)
        if before is not None:
            self._known.pop(before.value, None)
        token = self._latest[account_id] = self._issue(account_id, now + seconds)
        return token

    def _issue(self, account_id: str, expires_at: float) -> Token:
        token = Token(account_id, expires_at)
        self._known[token.value] = token
        while len(self._known) > MAX_TOKENS:
            del self._known[next(iter(self._known))]
        return token
