"""The web process: three ways in, one daphne.

Sockets go to Channels, vendors' webhooks to a bare ASGI door, pages through one thread hop to Django's WSGI handler.
Their measured costs differ tenfold, so they share a process but not a stack.
"""

from __future__ import annotations

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inbox.settings")  # noqa: TID251 - where Django itself looks
pages = get_wsgi_application()

from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from inbox.chatrooms.routing import websocket_urlpatterns  # noqa: E402
from inbox.lib.memory import settle  # noqa: E402
from inbox.lib.wsgi_bridge import Receive, Scope, Send, WsgiBridge  # noqa: E402
from inbox.media.scanning import announce_absence  # noqa: E402
from inbox.webhooks.door import WebhookDoor  # noqa: E402

_sockets: Any = AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(websocket_urlpatterns)))
_webhooks = WebhookDoor()
_pages = WsgiBridge(
    pages,
    threads=settings.WEB_THREADS,
    max_bytes=settings.PAGE_MAX_BYTES,
    max_file_bytes=settings.MEDIA_MAX_BYTES,
    session_cookie=settings.SESSION_COOKIE_NAME,
    before_rest=close_old_connections,
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _sockets(scope, receive, send)
    elif scope["path"].startswith("/webhooks/"):
        await _webhooks(scope, receive, send)
    else:
        await _pages(scope, receive, send)


announce_absence()
settle()
