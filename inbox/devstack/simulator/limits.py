"""Sliding-window counters for the vendor's rate limits. Time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

MAX_KEYS = 50_000


class SlidingWindow:
    """Allows `count` hits in any stretch of `seconds`, for each key."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._hits: dict[Hashable, deque[float]] = {}

    def allow(self, key: Hashable, count: int, now: float) -> bool:
        """Count a hit and return whether it fits; a refused one does not count. A count of 0 is no limit."""
        if not count:
            return True
        hits = self._hits.get(key)
        if hits is None:
            self._make_room(now)
            hits = self._hits[key] = deque()
        while hits and hits[0] <= now - self.seconds:
            hits.popleft()
        if len(hits) >= count:
            return False
        hits.append(now)
        return True

    def clear(self) -> None:
        self._hits.clear()

    def _make_room(self, now: float) -> None:
        if len(self._hits) < MAX_KEYS:
            return
        expired = [key for key, hits in self._hits.items() if not hits or hits[-1] <= now - self.seconds]
        for key in expired or list(self._hits)[: MAX_KEYS // 10]:
            del self._hits[key]
