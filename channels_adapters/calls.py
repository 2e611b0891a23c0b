"""Calls on behalf of an account: descriptions to answers, with a valid token where the vendor's tokens run out.

A vendor whose tokens live for hours (`Adapter.token_request`) needs one place that keeps them, since fetching a new one
may void the old. That place is injected; so is whoever keeps a log of the exchanges.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

from .base import Adapter
from .errors import AnswerTooLong, NotSent, OutcomeUnknown, Remedy, SendError, TransportError
from .transport import AsyncTransport
from .types import (
    DownloadedMedia,
    HttpRequest,
    HttpResponse,
    MediaReference,
    MediaUpload,
    OutboundMessage,
    SendResult,
    Token,
    UploadedMedia,
)

T = TypeVar("T")

FILE_SECONDS = 120.0  # for a file to come or go, however large
FILE_STEPS = 3  # requests that a vendor may ask for on the way to one file


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

    `on_exchange` is called after each request, in the event loop: it must not block, and not raise. `before_leaving` is
    awaited before the first byte of each, once its connection stands.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        tokens: TokenStore,
        on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
        before_leaving: Callable[[Account], Awaitable[None]] | None = None,
    ) -> None:
        self._transport = transport
        self._tokens = tokens
        self._on_exchange = on_exchange
        self._before_leaving = before_leaving
        self._known: dict[str, str] = {}
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(self, account: Account, message: OutboundMessage) -> SendResult:
        """Send a message once. Raises SendError, NotSent or OutcomeUnknown."""
        adapter = account.adapter
        return await self.call(account, lambda known: adapter.requests_for(message, known), adapter.result_of)

    async def upload(self, account: Account, upload: MediaUpload) -> UploadedMedia:
        """Store a file at the vendor. What is stored twice harms nobody, so every failure may be repeated as it says.

        Raises SendError or NotSent."""
        adapter = account.adapter

        def describe(known: Mapping[str, str]) -> Sequence[HttpRequest]:
            return [adapter.upload_request(upload, known)]

        with _repeatable():
            return await self.call(account, describe, adapter.upload_of, seconds=FILE_SECONDS)

    async def upload_sample(self, account: Account, upload: MediaUpload) -> str:
        """Store the sample file of a template's header and return its handle; the account's credentials hold `app_id`.

        Raises SendError or NotSent; ValueError where the channel has no templates."""
        calls = account.adapter.templates
        if calls is None:
            raise ValueError("this channel has no templates")
        with _repeatable():
            step = calls.sample_request(upload, account.credentials)
            for _ in range(FILE_STEPS):
                answer = await self.execute(account, step, seconds=FILE_SECONDS)
                outcome = calls.sample_step(answer, upload, account.credentials)
                if isinstance(outcome, str):
                    return outcome
                step = outcome
        raise NotSent(f"no end after {FILE_STEPS} requests")

    async def download(self, account: Account, media: MediaReference, *, max_bytes: int) -> DownloadedMedia:
        """Fetch a customer's file of at most `max_bytes`, from its address if its id leads nowhere.

        A stale token is renewed once, an expired address asked for once more. Raises SendError or NotSent."""
        try:
            return await self._download(account, media, max_bytes)
        except SendError as refusal:
            if refusal.retryable or not (media.external_id and media.url):
                raise
            try:
                return await self._download(account, replace(media, external_id=""), max_bytes)
            except SendError:
                raise refusal from None

    async def _download(self, account: Account, media: MediaReference, max_bytes: int) -> DownloadedMedia:
        adapter = account.adapter
        token = await self._token(account)
        renewed = located_again = False
        step = 0
        request: HttpRequest | None = None
        while step < FILE_STEPS:
            known = _with_token(account, token)
            request = request or adapter.download_request(media, known)
            step += 1
            try:
                with _repeatable():
                    found = await self._fetch(account, request, known, max_bytes)
            except SendError as refusal:
                if refusal.stale_token and token and not renewed:
                    renewed = True
                    token = await self._token(account, instead_of=token)
                elif refusal.stale_media and step > 1 and not located_again:
                    located_again = True
                else:
                    raise
                step, request = 0, None
                continue
            if isinstance(found, DownloadedMedia):
                return found
            request = found
        raise NotSent(f"no file after {FILE_STEPS} requests")

    async def _fetch(
        self, account: Account, request: HttpRequest, known: Mapping[str, str], max_bytes: int
    ) -> DownloadedMedia | HttpRequest:
        """Execute one request on the way to a file. The file itself is not reported: it is the customer's."""
        outcome, seconds = await self._attempt(request, max_bytes, FILE_SECONDS)
        shown = outcome
        try:
            if isinstance(outcome, TransportError):
                raise outcome
            found = account.adapter.download_of(outcome, known)
            if isinstance(found, DownloadedMedia):
                shown = replace(outcome, body=b"")
            return found
        finally:
            self._on_exchange(Exchange(account, request, shown, seconds))

    async def call(
        self,
        account: Account,
        describe: Callable[[Mapping[str, str]], Sequence[HttpRequest]],
        read: Callable[[HttpResponse], T],
        *,
        seconds: float | None = None,
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
                    result = read(await self.execute(account, requests[position], seconds=seconds))
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

    async def execute(self, account: Account, request: HttpRequest, *, seconds: float | None = None) -> HttpResponse:
        """Send one request as it is. Raises NotSent or OutcomeUnknown."""
        leaving = partial(self._before_leaving, account) if self._before_leaving else None
        outcome, taken = await self._attempt(request, None, seconds, leaving)
        self._on_exchange(Exchange(account, request, outcome, taken))
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    async def _attempt(
        self,
        request: HttpRequest,
        max_bytes: int | None,
        seconds: float | None,
        leaving: Callable[[], Awaitable[None]] | None = None,
    ) -> tuple[HttpResponse | TransportError, float]:
        started = time.perf_counter()
        outcome: HttpResponse | TransportError
        try:
            outcome = await self._transport.execute(
                request, max_bytes=max_bytes, seconds=seconds, before_leaving=leaving
            )
        except TransportError as error:
            outcome = error
        return outcome, time.perf_counter() - started


@contextmanager
def _repeatable() -> Iterator[None]:
    """Turn an unknown outcome of what may be repeated into NotSent, except where it would be the same again."""
    try:
        yield
    except AnswerTooLong as error:
        raise SendError(
            "file_too_large",
            remedy=Remedy.GIVE_UP,
            public_text="The file is larger than may be received here.",
            detail=str(error),
        ) from error
    except OutcomeUnknown as error:
        raise NotSent(str(error)) from error


def _with_token(account: Account, token: str) -> Mapping[str, str]:
    return {**account.credentials, "access_token": token} if token else account.credentials
