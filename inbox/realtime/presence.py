"""Who is somewhere now, in Redis: in a workspace, in a room. Knows no noun of the product.

Each open socket has an entry of its own, so somebody with several tabs is there until the last one closes. An entry
that nobody renews ends by itself: a process that died leaves no ghosts.
"""

from __future__ import annotations

import logging
import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# A socket renews its entry each minute, see `consumers`.
LASTS = 130.0


def enter(place: str, member: int, token: str, *, seconds: float = LASTS) -> bool:
    """Put an entry of a member there, or renew it. Return whether others ended meanwhile by themselves."""
    now = time.time()
    try:
        with _redis().pipeline(transaction=True) as pipeline:
            pipeline.zremrangebyscore(_key(place), "-inf", now)
            pipeline.zadd(_key(place), {f"{member}:{token}": now + seconds})
            pipeline.expire(_key(place), int(LASTS) + 1)
            ended, *_rest = pipeline.execute()
    except redis.RedisError as error:
        logger.warning("who is present could not be noted: %s", type(error).__name__)
        return False
    return bool(ended)


def leave(place: str, member: int, token: str) -> bool:
    """Take an entry away. Return whether it was there."""
    try:
        return bool(_redis().zrem(_key(place), f"{member}:{token}"))
    except redis.RedisError as error:
        logger.warning("who has left could not be noted: %s", type(error).__name__)
        return False


def present(place: str) -> set[int] | None:
    """Return who is there, None if that cannot be known now."""
    try:
        entries: list[bytes] = _redis().zrangebyscore(_key(place), f"({time.time()}", "+inf")  # type: ignore[assignment]
    except redis.RedisError as error:
        logger.warning("who is present is not known: %s", type(error).__name__)
        return None
    return {int(entry.partition(b":")[0]) for entry in entries}


def _key(place: str) -> str:
    return f"{settings.CHANNEL_PREFIX}.present.{place}"


@cache
def _redis() -> redis.Redis:
    # Once more if the connection was an old one. Whoever has changed something is not to wait longer for Redis to come back.
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=retry)
