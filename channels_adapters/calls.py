"""Calls on behalf of an account: descriptions to answers, with a valid token where the vendor's tokens run out.

A vendor whose tokens live for hours (`Adapter.token_request`) needs one place that keeps them, since fetching a new one
may void the old. That place is injected; so is whoever keeps a log of the exchanges.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from .base import Adapter
from .errors import NotSent, OutcomeUnknown, SendError, TransportError
from .transport import AsyncTransport
from .types import HttpRequest, HttpResponse, OutboundMessage, SendResult, Token

T = TypeVar("T")


class TokenStore(Protocol):
    """Keeps the tokens of all processes. Called from threads; the keys are those of `Account`."""

    def get(self, key: str) -> str:
        """Return the token, "" when there is none that is still valid."""

    def put(self, key: str, token: Token) -> None: ...

    def drop(self, key: str, value: str) -> None:
        """Forget the token if it still is this one."""


@dataclass(frozen=True)
class Account:
    """Whose call it is. `key` names the account to the token store and to the log."""

    key: str
    adapter: Adapter
    credentials: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Exchange:
    """One request, and the answer or the error that took its place."""

    account: Account
    request: HttpRequest
    outcome: HttpResponse | TransportError
    seconds: float


class Caller:
    """Executes what adapters describe. One per event loop, like the transport it is given.

    `on_exchange` is called after each request, in the event loop: it must not block, and not raise.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        tokens: TokenStore,
        on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._on_exchange = on_exchange
        self._known: dict[str, str] = {}
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, account: Account, message: OutboundMessage) -> SendResult:
        """Send a message once. Raises SendError, NotSent or OutcomeUnknown."""
        adapter = account.adapter
        return await self.call(account, lambda known: adapter.requests_for(message, known), adapter.result_of)

    async def call(
        self,
        account: Account,
        describe: Callable[[Mapping[str, str]], Sequence[HttpRequest]],
        read: Callable[[HttpResponse], T],
    ) -> T:
        """Execute the described requests in order and return what `read` makes of the last answer.

        One that is refused for its token is sent once more with a fresh one. Raises what `describe` and `read` raise,
        NotSent and OutcomeUnknown (also when a later request fails, since the first ones must not be repeated);
        ValueError if nothing is described.
        """
        token = await self._token(account)
        requests = describe(_with_token(account, token))
        position = 0
        renewed = False
        try:
            while position < len(requests):
                try:
                    result = read(await self.execute(account, requests[position]))
                except SendError as refusal:
                    if not refusal.stale_token or not token or renewed:
                        raise
                    renewed = True
                    token = await self._token(account, instead_of=token)
                    requests = describe(_with_token(account, token))
                else:
                    position += 1
        except (SendError, NotSent) as error:
            if not position:
                raise
            # What has gone out in part must not be repeated by the caller.
            raise OutcomeUnknown(f"{position} of the requests were accepted, then: {error}") from error
        if not position:
            raise ValueError("no request was described")
        return result

    async def _token(self, account: Account, *, instead_of: str = "") -> str:
        """Return a token, fetched where needed; "" for accounts whose credentials hold a lasting one."""
        request = account.adapter.token_request(account.credentials)
        if request is None:
            return ""
        async with self._fetching[account.key]:
            known = self._known.get(account.key, "")
            if instead_of and known in ("", instead_of):
                known = ""
                await asyncio.to_thread(self._tokens.drop, account.key, instead_of)
            known = known or await asyncio.to_thread(self._tokens.get, account.key)
            if not known:
                try:
                    token = account.adapter.token_of(await self.execute(account, request))
                except OutcomeUnknown as error:
                    raise NotSent(f"no access token: {error}") from error
                await asyncio.to_thread(self._tokens.put, account.key, token)
                known = token.value
            self._known[account.key] = known
            return known

    async def execute(self, account: Account, request: HttpRequest) -> HttpResponse:
        """Send one request as it is. Raises NotSent or OutcomeUnknown."""
        started = time.perf_counter()
        outcome: HttpResponse | TransportError
        try:
            outcome = await self._transport.execute(request)
        except TransportError as error:
            outcome = error
        self._on_exchange(Exchange(account, request, outcome, time.perf_counter() - started))
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome


def _with_token(account: Account, token: str) -> Mapping[str, str]:
    return {**account.credentials, "access_token": token} if token else account.credentials
