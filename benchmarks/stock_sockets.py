"""What `fanout` compares with: a plain consumer on the stock pub/sub layer, in the product's web server.

Origin and session are looked at as the product does. Nobody asks who it is, so nothing is read from the database.
"""

from __future__ import annotations

import django

django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from inbox.lib.memory import settle  # noqa: E402
from inbox.lib.wsgi_bridge import Receive, Scope, Send  # noqa: E402

GROUP = "everybody"
PATH = "ws/stock/"

LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"
LAYER_OPTIONS = {"hosts": [settings.REDIS_URL], "prefix": f"{settings.CHANNEL_PREFIX}.stock"}
settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYER, "CONFIG": LAYER_OPTIONS}}


class StockConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """In two groups, as the product's sockets are: everybody's, and its person's own."""

    async def connect(self) -> None:
        for group in (GROUP, self.scope["session"].session_key):
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        await self.send(text_data='{"type": "ready"}')

    async def disconnect(self, code: int) -> None:
        for group in (GROUP, self.scope["session"].session_key):
            await self.channel_layer.group_discard(group, self.channel_name)

    async def frame_html(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["html"])


_sockets = AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter([path(PATH, StockConsumer.as_asgi())])))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _sockets(scope, receive, send)
    else:  # asked whether it is up
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


settle()
