"""How often one member may search: as fast as anybody types, and no faster."""

from __future__ import annotations

import logging
from functools import cache

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import RedisError

from inbox.workspaces.models import Membership

logger = logging.getLogger(__name__)

MOST = RateLimitItemPerSecond(40, 10)


def has_room(member: Membership) -> bool:
    """Take one search out of the member's budget, if there is any left. Without Redis nobody is held back."""
    try:
        return _limiter().hit(MOST, "search", str(member.pk))
    except RedisError as error:
        logger.warning("searches are not counted: %s", type(error).__name__)
        return True


@cache
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(RedisStorage(settings.REDIS_URL))
