"""The cache, as something that may be missing: what it would have remembered is read from the database again."""

from __future__ import annotations

import logging
from functools import cache, cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import RedisError

logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Reads miss and writes are dropped while Redis is down. `add` still raises: its callers decide by its answer."""

    @cached_property
    def _cache(self) -> RedisCacheClient:
        """Share the connections of the process. Django makes a cache for each context, and every open socket is one."""
        return _client(*self._servers, **self._options)  # type: ignore[attr-defined]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            _report(error)
            return default

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        try:
            super().set(key, value, *args, **kwargs)
        except RedisError as error:
            _report(error)

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except RedisError as error:
            _report(error)
            return False


@cache
def _client(*servers: str, **options: Any) -> RedisCacheClient:
    return RedisCacheClient(list(servers), **options)


def _report(error: RedisError) -> None:
    logger.warning("the cache is unreachable: %s", type(error).__name__)
