"""How fast a connection may send, by the limits its adapter declares. Moving windows in Redis, by the `limits` library.

A message that must wait is not failed and costs no attempt: it is only due later.
"""

from __future__ import annotations

import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from channels_adapters.types import RateLimit
from inbox.connections.models import Connection


class Throttle:
    """The limits as one batch of sends meets them. An account that is full is not asked about again."""

    def __init__(self) -> None:
        self._full: dict[int, float] = {}

    def seconds_to_wait(self, connection: Connection, recipient: str) -> float:
        """Take one send out of the connection's and the recipient's budget; return 0, or how long to wait instead."""
        if connection.pk in self._full:
            return self._full[connection.pk]
        capabilities = connection.adapter.capabilities
        pair = (_item(capabilities.recipient_rate), "recipient", str(connection.pk), recipient)
        account = (_item(capabilities.account_rate), "account", str(connection.pk))
        if not _limiter().test(*pair):
            return _until_reset(*pair)
        if not _limiter().hit(*account):
            self._full[connection.pk] = _until_reset(*account)
            return self._full[connection.pk]
        _limiter().hit(*pair)
        return 0.0


def _until_reset(item: RateLimitItem, *identifiers: str) -> float:
    return max(_limiter().get_window_stats(item, *identifiers).reset_time - time.time(), 0.05)


def _item(rate: RateLimit) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, rate.seconds)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL))
