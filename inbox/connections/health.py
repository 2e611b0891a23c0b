"""What health checks find: questions to a vendor about one connection, and a webhook of our own to ourselves.

Nothing here touches the database; `actions` store what comes out and act on it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_noop

from channels_adapters.base import Adapter
from channels_adapters.calls import Account, Caller
from channels_adapters.errors import OutcomeUnknown, Remedy, SendError, TransportError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import HealthCheck, HttpRequest, HttpResponse, JsonObject

from .models import Connection

# Codes of checks that the product acts on, see HealthCheck.
CREDENTIALS = "credentials"
ACCOUNT = "account"
SUBSCRIPTION = "subscription"

KNOCK_SECONDS = 5.0

CREDENTIALS_LABEL = gettext_noop("The channel accepts the credentials")
_SUBSCRIPTION = gettext_noop("Webhooks are subscribed")
_UNREACHABLE = gettext_noop("The channel could not be reached. We ask again within the hour.")
_NOT_ASKED = gettext_noop("Not asked yet: mend what stands above first.")
_RESUBSCRIBED = gettext_noop("The subscription was lost. We have renewed it.")
UNREADABLE = gettext_noop("The stored credentials cannot be read. An administrator must enter them again.")


class Health(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"  # the vendor could not be asked
    MENDED = "mended"  # it was a problem, and we have put it right


@dataclass(frozen=True)
class Result:
    """What one check found. Texts are the adapter's English; pages translate them.

    `stops_sending`: the vendor would refuse every message, so that none should be tried. `problem`: what `failures` knows
    it by.
    """

    code: str
    label: str
    health: Health
    words: str
    advice: str = ""
    facts: JsonObject = field(default_factory=dict)
    stops_sending: bool = False
    problem: str = ""

    def stored(self) -> dict[str, str]:
        names = ("code", "label", "health", "words", "advice", "problem")
        return {name: str(getattr(self, name)) for name in names}


class _Refused(SendError):
    """The vendor does not take our credentials; with a fresh token it may."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.code, remedy=Remedy.OPERATOR, public_text=result.words, stale_token=True)
        self.result = result


class _LeftToAConsole(Exception):
    """The vendor has no call that subscribes to webhooks."""


class Questions:
    """The health checks of one connection, for `vendor_talk`.

    With `subscribe` the webhooks are ordered first; a lost subscription is renewed by itself if `may_mend`.
    """

    def __init__(self, secrets: Mapping[str, str], *, subscribe: bool = False, may_mend: bool = True) -> None:
        self._secrets = secrets
        self._subscribe = subscribe
        self._may_mend = may_mend

    async def ask(self, caller: Caller, account: Account) -> list[Result]:
        """Ask everything, in order. Never raises for what a vendor says, or does not."""
        if self._subscribe and (problem := await self._order(caller, account)):
            return [problem if result.code == SUBSCRIPTION else result for result in await self._ask(caller, account)]
        results = await self._ask(caller, account)
        for position, result in enumerate(results):
            is_lost = result.code == SUBSCRIPTION and result.health == Health.PROBLEM and "subscribed" in result.facts
            if is_lost and self._may_mend:
                results[position] = await self._order(caller, account, instead_of=result) or Result(
                    result.code, result.label, Health.MENDED, _RESUBSCRIBED, facts={"subscribed": True}
                )
        return results

    async def _ask(self, caller: Caller, account: Account) -> list[Result]:
        checks: list[HealthCheck] = []
        results: list[Result] = []
        has_token = doubted = False

        def describe(known: Mapping[str, str]) -> list[HttpRequest]:
            nonlocal has_token
            has_token = "access_token" in known and "access_token" not in account.credentials
            checks[:] = account.adapter.health_checks(known, self._secrets)
            return [check.request for check in checks]

        def read(response: HttpResponse) -> None:
            nonlocal doubted
            result = _result(account.adapter, checks[len(results)], response)
            # A short-lived token may have been voided elsewhere: one fresh token before a problem counts.
            doubtful = has_token and not doubted and result.health == Health.PROBLEM
            if doubtful or (result.code == CREDENTIALS and result.stops_sending):
                doubted = True
                raise _Refused(result)
            results.append(result)

        why = _NOT_ASKED
        try:
            await caller.call(account, describe, read)
        except _Refused as refusal:
            results.append(refusal.result)
        except SendError as refusal:
            results.append(await self._without_token(caller, account) or _refusal(refusal))
        except TransportError:
            why = _UNREACHABLE
        known = {result.code for result in results}
        rest = [check for check in checks if check.code not in known]
        return [*results, *(Result(check.code, check.label, Health.UNKNOWN, why) for check in rest)] or [
            Result(CREDENTIALS, CREDENTIALS_LABEL, Health.UNKNOWN, why)
        ]

    async def _without_token(self, caller: Caller, account: Account) -> Result | None:
        """Ask what can be asked without an access token, for more words than the refusal to issue one has."""
        try:
            (check, *_) = account.adapter.health_checks(account.credentials, self._secrets)
            result = _result(account.adapter, check, await caller.execute(account, check.request))
        except (SendError, TransportError):
            return None
        return None if result.health == Health.OK else result

    async def _order(self, caller: Caller, account: Account, *, instead_of: Result | None = None) -> Result | None:
        """Subscribe to the account's webhooks; return what stands in the way, None when nothing does."""

        def describe(known: Mapping[str, str]) -> list[HttpRequest]:
            request = account.adapter.subscribe_request(known)
            if request is None:
                raise _LeftToAConsole
            return [request]

        try:
            await caller.call(account, describe, account.adapter.check)
        except _LeftToAConsole:
            return instead_of
        except SendError as refusal:
            return instead_of or Result(
                SUBSCRIPTION, _SUBSCRIPTION, Health.PROBLEM, refusal.public_text, problem=refusal.code
            )
        except TransportError:
            return instead_of or Result(SUBSCRIPTION, _SUBSCRIPTION, Health.UNKNOWN, _UNREACHABLE)
        return None


def knock(connection: Connection) -> dict[str, Any]:
    """Deliver a webhook that means nothing to our own address, as the vendor would; return what came of it."""
    try:
        probe = connection.adapter.probe(connection.vendor_credentials, connection.app.credentials)
    except SendError as refusal:
        return {"status": None, "error": refusal.public_text}
    request = HttpRequest(
        probe.method, connection.app.webhook_url, headers=probe.headers, body=probe.body, secret_query=probe.query
    )

    async def deliver() -> HttpResponse:
        async with AsyncTransport(read_timeout=KNOCK_SECONDS) as transport:
            return await transport.execute(request)

    outcome: dict[str, Any] = {"fingerprint": hashlib.sha256(probe.body).hexdigest()}
    try:
        return {**outcome, "status": asyncio.run(deliver()).status}
    except TransportError as error:
        return {**outcome, "status": None, "error": str(error)[:300]}


def moment(text: object) -> datetime | None:
    """Read a fact that is a time."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at


def _result(adapter: Adapter, check: HealthCheck, response: HttpResponse) -> Result:
    """Read an answer. A vendor's passing trouble is no finding about the account."""
    finding = check.read(response)
    result = Result(check.code, check.label, Health.OK, finding.words, finding.advice, finding.facts)
    if finding.ok:
        return result
    is_shut_out = False
    try:
        adapter.check(response)
    except SendError as refusal:
        if refusal.retryable:
            return replace(result, health=Health.UNKNOWN)
        is_shut_out, result = refusal.shut_out, replace(result, problem=refusal.code)
    except OutcomeUnknown:
        return replace(result, health=Health.UNKNOWN)
    # A question that is refused for a permission of its own says nothing about messages.
    stops_sending = check.code == CREDENTIALS or (check.code == ACCOUNT and is_shut_out)
    return replace(result, health=Health.PROBLEM, stops_sending=stops_sending)


def _refusal(refusal: SendError) -> Result:
    health = Health.UNKNOWN if refusal.retryable else Health.PROBLEM
    is_problem = health == Health.PROBLEM
    return Result(
        CREDENTIALS, CREDENTIALS_LABEL, health, refusal.public_text, stops_sending=is_problem, problem=refusal.code
    )
