"""How often a member may search, and for how long a search may keep the database busy, wherever in the product it is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from psycopg.errors import QueryCanceled
from redis import RedisError

from .models import Membership

Result = TypeVar("Result")

# As fast as anybody types, and no faster.
MOST = RateLimitItemPerSecond(40, 10)
SECONDS = 2.0

logger = logging.getLogger(__name__)


def has_room(member: Membership) -> bool:
    """Take one search out of the member's budget, if there is any left. Without Redis nobody is held back."""
    try:
        return _limiter().hit(MOST, "search", str(member.pk))
    except RedisError as error:
        logger.warning("searches are not counted: %s", type(error).__name__)
        return True


def too_fast() -> HttpResponse:
    words = _("You are searching faster than we can follow. Wait a moment.")
    return HttpResponse(words, status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "10"})


def limit_statements() -> None:
    """Give each of the transaction's further statements a time limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [time_limit()])


def time_limit() -> str:
    """Return the limit of one statement as PostgreSQL takes it."""
    return str(int(SECONDS * 1000))


def in_time(work: Callable[[], Result]) -> Result | None:
    """Return what came of some reading; None when a statement's time ran out, and the transaction goes on."""
    try:
        with transaction.atomic():
            return work()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


@cache
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(RedisStorage(settings.REDIS_URL))
