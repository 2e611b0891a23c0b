"""A process that subscribes to one Redis channel, as a daphne does for an agent's socket: `… <url> <channel>`."""

from __future__ import annotations

import sys

import redis

SUBSCRIBED = "subscribed"


def main(url: str, channel: str) -> None:
    """Read until ended, like a socket that never lags; say when the subscription stands."""
    subscription = redis.Redis.from_url(url).pubsub()  # type: ignore[no-untyped-call]
    subscription.subscribe(channel)
    for message in subscription.listen():
        if message["type"] == "subscribe":
            print(SUBSCRIBED, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
