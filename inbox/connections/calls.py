"""Calls to vendors on behalf of a connection, with the tokens that all processes share, written down in the call log."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from channels_adapters.calls import Account, Caller
from channels_adapters.errors import Remedy, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HttpRequest, HttpResponse, Token
from inbox.lib.crypto import Secrets, UnreadableSecret, decrypt, encrypt
from inbox.workspaces.tenancy import scope

from .call_log import CallLog
from .health import UNREADABLE
from .models import Connection

T = TypeVar("T")

# A token is fetched anew this long before it runs out: a request takes time, and clocks differ.
_AHEAD_SECONDS = 120


class SharedTokens:
    """Short-lived access tokens in the cache, encrypted. Without a cache each process fetches its own."""

    def get(self, key: str) -> str:
        stored = cache.get(f"tokens.{key}")
        try:
            return decrypt(stored)["token"] if stored else ""
        except UnreadableSecret:  # the keys were rotated
            return ""

    def put(self, key: str, token: Token) -> None:
        seconds = math.floor(token.seconds) - _AHEAD_SECONDS
        if seconds > 0:
            cache.set(f"tokens.{key}", encrypt({"token": token.value}), timeout=seconds)

    def drop(self, key: str, value: str) -> None:
        if self.get(key) == value:
            cache.delete(f"tokens.{key}")


def credentials_of(connection: Connection) -> Secrets:
    """Return the credentials as the adapter wants them; where they were deferred, they are read now.

    Raises SendError when no key decrypts them.
    """
    try:
        return connection.vendor_credentials
    except UnreadableSecret as error:
        raise SendError("credentials", remedy=Remedy.OPERATOR, public_text=_(UNREADABLE), detail=str(error)) from error


def vendor_call(
    *,
    connection: Connection,
    describe: Callable[[Mapping[str, str]], Sequence[HttpRequest]],
    read: Callable[[HttpResponse], T],
    read_timeout: float,
) -> T:
    """Execute requests for a connection and return what `read` makes of the last answer.

    Call it outside of transactions. Raises SendError, NotSent or OutcomeUnknown.
    """
    return vendor_talk(
        connection=connection,
        talk=lambda caller, account: caller.call(account, describe, read),
        read_timeout=read_timeout,
    )


def vendor_talk(
    *,
    connection: Connection,
    talk: Callable[[Caller, Account], Awaitable[T]],
    read_timeout: float | None = None,
    hide: Sequence[str] = (),
) -> T:
    """Make several calls for a connection in one event loop; `hide` are further values that the log must not show.

    Call it outside of transactions. Raises what `talk` raises, and SendError when no key decrypts the credentials; a
    caller that wants this defers them when it reads the connection.
    """
    log = CallLog(hide=hide)
    with scope(connection.workspace_id):
        account = Account(str(connection.pk), connection.adapter, credentials_of(connection))

    async def conversation() -> T:
        async with AsyncTransport(read_timeout=read_timeout or settings.VENDOR_TIMEOUT_SECONDS) as transport:
            return await talk(Caller(transport, SharedTokens(), log.note), account)

    try:
        return asyncio.run(conversation())
    finally:
        log.save([connection])
