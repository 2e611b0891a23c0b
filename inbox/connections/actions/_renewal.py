"""Tokens that run out after weeks are prolonged before they do; only a person can replace one that has run out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from channels_adapters.errors import SendError, TransportError
from channels_adapters.types import HttpRequest, Token
from inbox.lib import clock
from inbox.lib.background import enqueue
from inbox.lib.crypto import Secrets, UnreadableSecret
from inbox.workspaces import audit
from inbox.workspaces.tenancy import platform_scope, scope

from ..calls import vendor_call
from ..health import CREDENTIALS
from ..models import Connection, ConnectionState
from ._state import require_attention

logger = logging.getLogger(__name__)

RENEW = "inbox.connections.tasks.renew_token"
RENEWED_AHEAD = timedelta(days=10)
# Vendors refuse to prolong a token that they have just issued.
YOUNGEST = timedelta(hours=24)


def renew_tokens() -> int:
    """Have those tokens prolonged that run out within days, and those of which nobody knows; return how many."""
    now = clock.now()
    with platform_scope("choosing tokens to renew"):
        candidates = list(
            Connection.objects.filter(
                Q(token_expires_at__lt=now + RENEWED_AHEAD) | Q(token_expires_at=None),
                credentials_at__lt=now - YOUNGEST,
            )
            .order_by("token_expires_at", "pk")
            .values_list("pk", flat=True)
        )
    due = [pk for pk in candidates if _renewable(pk) is not None]
    for pk in due:
        enqueue(RENEW, connection_id=pk)
    return len(due)


def renew_token(*, connection_id: int) -> bool:
    """Prolong a connection's token; return whether that worked. If not, an admin reads by when to reconnect."""
    connection = _renewable(connection_id)
    if connection is None:
        return False
    adapter = connection.adapter

    def describe(known: Mapping[str, str]) -> list[HttpRequest]:
        request = adapter.renewal_request(known)
        return [request] if request else []

    try:
        token = vendor_call(
            connection=connection,
            describe=describe,
            read=adapter.token_of,
            read_timeout=settings.VENDOR_TIMEOUT_SECONDS,
        )
    except (SendError, TransportError) as error:
        logger.warning("the token of connection %s was not renewed: %s", connection.pk, type(error).__name__)
        _warn(connection)
        return False
    return _store(connection, token)


def _renewable(connection_id: int) -> Connection | None:
    """Return the connection if its channel prolongs tokens."""
    try:
        with platform_scope("looking at a token"):
            connection = Connection.objects.filter(pk=connection_id).first()
        if connection is None or connection.adapter.renewal_request(connection.vendor_credentials) is None:
            return None
    except (UnreadableSecret, SendError):
        return None  # the hourly check says what is wrong
    return connection


def _store(connection: Connection, token: Token) -> bool:
    now = clock.now()
    with scope(connection.workspace_id):
        current = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        if current.credentials != connection.credentials:
            return False  # an admin was faster
        current.credentials = Secrets({**current.credentials, "access_token": token.value})
        current.credentials_at = now
        current.token_expires_at = now + timedelta(seconds=token.seconds)
        if current.state == ConnectionState.ACTIVE:
            current.attention = current.attention_code = ""
        current.save(update_fields=["credentials", "credentials_at", "token_expires_at", "attention", "attention_code"])
        audit.record(workspace_id=current.workspace_id, actor=None, verb="connection.token_renewed", subject=current)
    return True


def _warn(connection: Connection) -> None:
    """Tell the admins; stop sending only when the token is worthless already."""
    expires_at = connection.token_expires_at
    if expires_at is None:
        return
    with scope(connection.workspace_id):
        if expires_at <= clock.now():
            reason = _("The access token has expired. Enter a new one.")
            require_attention(connection=connection, reason=reason, code="token_expired", check=CREDENTIALS)
        else:
            reason = _("The access token expires on %s and could not be renewed. Enter a new one before.")
            Connection.objects.filter(pk=connection.pk, attention="").update(
                attention=reason % expires_at.strftime("%Y-%m-%d"), attention_code="token_expires"
            )
