"""Send frames to open browsers: state as HTML, signals as JSON, never both in one frame.

Only actions call this, and only after their transaction has committed. Frames go straight to the Redis channels that
the hubs of the web processes subscribe to, with one pipeline on a kept connection.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from .wire import RECHECK, REVOKE, SAY, channel_of, encode

logger = logging.getLogger(__name__)

Frames = Iterable[tuple[str, str]]


def inbox_group(workspace_id: int, language: str) -> str:
    """A group has one language, because a frame is rendered once for all its listeners."""
    return f"w{workspace_id}.inbox.{language}"


def limited_group(workspace_id: int) -> str:
    """All sockets of those who are not told everything: what they hear here names no room and has no language."""
    return f"w{workspace_id}.limited"


def own_group(membership_id: int, language: str) -> str:
    """What one of them is told instead of the inbox's group."""
    return f"m{membership_id}.inbox.{language}"


def own_room_group(membership_id: int, room_id: int) -> str:
    """The sockets that one of them has in one room."""
    return f"m{membership_id}.room{room_id}"


def room_group(workspace_id: int, room_id: int, language: str) -> str:
    return f"w{workspace_id}.room{room_id}.{language}"


def list_groups(workspace_id: int) -> list[str]:
    """Return the groups by which the lists of all members hear, whatever they see."""
    return [*(inbox_group(workspace_id, code) for code, _name in settings.LANGUAGES), limited_group(workspace_id)]


def member_group(membership_id: int) -> str:
    return f"m{membership_id}"


def audience(groups: Iterable[str]) -> set[str]:
    """Return the groups that have a listener now, so that nobody renders what nobody will see."""
    names = list(dict.fromkeys(groups))
    if not names:
        return set()
    try:
        counts = _redis().pubsub_numsub(*[channel_of(name) for name in names])
    except redis.RedisError as error:
        logger.warning("realtime is unreachable: %s", type(error).__name__)
        return set()
    return {name for name, (_channel, count) in zip(names, counts, strict=True) if count}


def send_html(frames: Frames) -> None:
    """Send rendered HTML to groups: (group, html) pairs, in order."""
    _send((group, encode(SAY, html)) for group, html in frames)


def send_signal(groups: Iterable[str], signal: Mapping[str, Any]) -> None:
    """Send an ephemeral fact to groups: what has no row, and is told again when it is lost."""
    send_signals((group, signal) for group in groups)


def send_signals(signals: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Send to each group a fact of its own."""
    _send((group, encode(SAY, json.dumps(signal))) for group, signal in signals)


def doubt(workspace_id: int, part: str, pk: int) -> None:
    """Let open lists whose filter names this row in this part ask what of it still holds."""
    send_signal(list_groups(workspace_id), {"type": "doubt", "part": part, "id": pk})


def revoke(group: str) -> None:
    """Close every socket of a group: its holder may not listen any more."""
    _send([(group, encode(REVOKE))])


def recheck(groups: Iterable[str]) -> None:
    """Let every socket of these groups ask again whether it may listen, and close if it may not."""
    _send((group, encode(RECHECK)) for group in groups)


def renew(groups: Iterable[str]) -> None:
    """Let the pages of these groups load anew, and every socket ask whether it may listen."""
    names, text = list(groups), json.dumps({"type": "renew"})
    _send([*((name, encode(SAY, text)) for name in names), *((name, encode(RECHECK)) for name in names)])


def _send(said: Iterable[tuple[str, bytes]]) -> None:
    """Publish at most once. A frame that Redis loses is recovered by the page's catch-up, so failing is not fatal."""
    pipeline = _redis().pipeline(transaction=False)
    for group, data in said:
        pipeline.publish(channel_of(group), data)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        logger.warning("frames were not published: %s", type(error).__name__)


@cache
def _redis() -> redis.Redis:
    # Once more if the connection was an old one. Whoever has changed something is not to wait longer for Redis to come back.
    retry = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=retry)
