"""Send frames to open browsers: state as HTML, signals as JSON, never both in one frame.

Only actions call this, and only after their transaction has committed. Frames go straight to the Redis channels that
the Channels layer subscribes its groups to: from synchronous code that is one pipeline on a kept connection, where
`async_to_sync(layer.group_send)` would open an event loop and a connection for every frame.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)

Frames = Iterable[tuple[str, str]]


def inbox_group(workspace_id: int, language: str) -> str:
    """A group has one language, because a frame is rendered once for all its listeners."""
    return f"w{workspace_id}.inbox.{language}"


def room_group(workspace_id: int, room_id: int, language: str) -> str:
    return f"w{workspace_id}.room{room_id}.{language}"


def member_group(membership_id: int) -> str:
    return f"m{membership_id}"


def audience(groups: Iterable[str]) -> set[str]:
    """Return the groups that have a listener now, so that nobody renders what nobody will see."""
    names = list(dict.fromkeys(groups))
    if not names:
        return set()
    try:
        counts = _redis().pubsub_numsub(*[_redis_channel(name) for name in names])
    except redis.RedisError as error:
        logger.warning("realtime is unreachable: %s", type(error).__name__)
        return set()
    return {name for name, (_channel, count) in zip(names, counts, strict=True) if count}


def send_html(frames: Frames) -> None:
    """Send rendered HTML to groups: (group, html) pairs, in order."""
    _send((group, {"type": "frame.html", "html": html}) for group, html in frames)


def revoke(group: str) -> None:
    """Close every socket of a group: its holder may not listen any more."""
    _send([(group, {"type": "socket.revoked"})])


def recheck(groups: Iterable[str]) -> None:
    """Let every socket of these groups ask again whether it may listen, and close if it may not."""
    _send((group, {"type": "socket.recheck"}) for group in groups)


def _send(events: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Publish at most once. A frame that Redis loses is recovered by the page's catch-up, so failing is not fatal."""
    layer = get_channel_layer()
    pipeline = _redis().pipeline(transaction=False)
    for group, event in events:
        pipeline.publish(_redis_channel(group), layer.serialize(event))
    try:
        pipeline.execute()
    except redis.RedisError as error:
        logger.warning("frames were not published: %s", type(error).__name__)


def _redis_channel(group: str) -> str:
    return f"{settings.CHANNEL_PREFIX}__group__{group}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
