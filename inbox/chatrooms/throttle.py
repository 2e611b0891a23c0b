"""How fast a connection may send, by the limits its adapter declares. Moving windows in Redis, by the `limits` library.

A message that must wait is not failed and costs no attempt. Where its account is full, it stays due and is left alone
until there is room: there may be ten thousand behind it. Where only its recipient has had enough, it is due later.
"""

from __future__ import annotations

import time
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from channels_adapters.calls import Account
from channels_adapters.types import RateLimit
from inbox.connections.models import Connection

# A full account is left alone for at least this share of its window.
LEAST_PAUSE = 0.1


class Throttle:
    """The limits as one run of sends meets them. An account that is full is not asked about again until it opens."""

    def __init__(self) -> None:
        self._opens_at: dict[int, float] = {}

    def full(self) -> dict[int, float]:
        """Return the connections that may send nothing now, and for how many seconds."""
        now = time.monotonic()
        return {pk: opens_at - now for pk, opens_at in self._opens_at.items() if opens_at > now}

    def has_room(self, connection: Connection) -> bool:
        """Take one send out of the connection's budget, if there is any left."""
        if self._opens_at.get(connection.pk, 0.0) > time.monotonic():
            return False
        rate = connection.adapter.capabilities.account_rate
        account = (_item(rate), "account", str(connection.pk))
        if _limiter().hit(*account):
            return True
        # Not for the first send alone that is allowed again: asking costs more than sending.
        pause = max(_until_reset(*account), rate.seconds * LEAST_PAUSE)
        self._opens_at[connection.pk] = time.monotonic() + pause
        return False

    def seconds_to_wait(self, connection: Connection, recipient: str) -> float:
        """Take one send out of the recipient's budget; return 0, or how long to wait instead."""
        pair = (_item(connection.adapter.capabilities.recipient_rate), "recipient", str(connection.pk), recipient)
        return 0.0 if _limiter().hit(*pair) else _until_reset(*pair)


def seconds_before_departure(account: Account) -> float:
    """Count one request that leaves now; return 0, or after how many seconds to ask again.

    What was claimed in time may leave late, together with what was claimed after it, and the vendor counts arrivals.
    """
    departures = (_item(account.adapter.capabilities.account_rate), "departures", account.key)
    return 0.0 if _limiter().hit(*departures) else _until_reset(*departures)


def _until_reset(item: RateLimitItem, *identifiers: str) -> float:
    return max(_limiter().get_window_stats(item, *identifiers).reset_time - time.time(), 0.05)


def _item(rate: RateLimit) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.count, rate.seconds)


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL))
