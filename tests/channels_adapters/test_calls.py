"""Calls with tokens that run out, against a real server on this machine: fetched once, renewed once, never shown."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest

from channels_adapters.calls import Account, Caller, Exchange
from channels_adapters.errors import NotSent, OutcomeUnknown, Remedy, SendError, TransportError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import (
    HttpRequest,
    HttpResponse,
    Identity,
    IdentityKind,
    OutboundMessage,
    Person,
    SendResult,
    Token,
)
from channels_adapters.whatsapp.adapter import WhatsAppAdapter

T = TypeVar("T")

SECRET = "secret-of-the-account-0001"
ADA = Person((Identity(IdentityKind.PHONE, "447700900123"),))


class Vendor(ThreadingHTTPServer):
    """Gives out token-1, token-2, … and takes messages with the last of them only."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fetched = 0
        self.valid: set[str] = set()
        self.received: list[tuple[str, str, int]] = []
        self.forgetful = False  # takes no token at all
        self.lock = threading.Lock()
        self.voided_after: set[str] = set()  # taking one of these messages voids all tokens

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fetch(self, secret: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if secret != SECRET:
                return 403, {}
            self.fetched += 1
            token = f"token-{self.fetched}"
            self.valid = set() if self.forgetful else {token}
        time.sleep(0.02)
        return 200, {"access_token": token, "expires_in": 7200}

    def take(self, name: str, token: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            status = 200 if token in self.valid or name == "free" else 401
            status = 400 if name == "bad" else status
            self.received.append((name, token, status))
            if name in self.voided_after:
                self.voided_after.discard(name)
                self.valid = set()
        return status, {"id": f"id-of-{name}"}


class Handler(BaseHTTPRequestHandler):
    server: Vendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        address = urlsplit(self.path)
        name = address.path.removeprefix("/")
        if name == "hangs-up":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if name == "token":
            status, answer = self.server.fetch(json.loads(body)["secret"])
        else:
            status, answer = self.server.take(name, parse_qs(address.query).get("access_token", [""])[0])
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


class ShortLived(WhatsAppAdapter):
    """A channel whose tokens run out; each word of a message is a request of its own."""

    def requests_for(self, message: OutboundMessage, credentials: Mapping[str, str]) -> list[HttpRequest]:
        token = credentials.get("access_token", "")
        return [
            HttpRequest("POST", f"{credentials['base_url']}/{word}", secret_query={"access_token": token})
            for word in message.text.split()
        ]

    def result_of(self, response: HttpResponse) -> SendResult:
        if response.status != 200:
            stale = response.status == 401
            raise SendError(str(response.status), remedy=Remedy.OPERATOR, public_text="No.", stale_token=stale)
        return SendResult(json.loads(response.body)["id"])

    def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
        if "secret" not in credentials:
            return None
        body = json.dumps({"secret": credentials["secret"]}).encode()
        return HttpRequest("POST", f"{credentials['base_url']}/token", body=body)

    def token_of(self, response: HttpResponse) -> Token:
        if response.status != 200:
            raise SendError("40125", remedy=Remedy.OPERATOR, public_text="The secret is wrong.")
        answer = json.loads(response.body)
        return Token(answer["access_token"], answer["expires_in"])


class Tokens:
    """A token store in memory, which counts what is asked of it."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept
        self.asked: list[tuple[str, ...]] = []
        self.lock = threading.Lock()

    def get(self, key: str) -> str:
        with self.lock:
            self.asked.append(("get", key))
            return self.kept.get(key, "")

    def put(self, key: str, token: Token) -> None:
        with self.lock:
            self.asked.append(("put", key, token.value))
            self.kept[key] = token.value

    def drop(self, key: str, value: str) -> None:
        with self.lock:
            self.asked.append(("drop", key, value))
            if self.kept.get(key) == value:
                del self.kept[key]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    thread = threading.Thread(target=vendor.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield vendor
    vendor.shutdown()
    vendor.server_close()
    thread.join(5)


@pytest.fixture
def account(vendor: Vendor) -> Account:
    return Account("account-1", ShortLived(), {"base_url": vendor.url, "secret": SECRET})


def message(text: str) -> OutboundMessage:
    return OutboundMessage(ADA, text, "correlation-1")


def talk(
    tokens: Tokens,
    conversation: Callable[[Caller], Coroutine[Any, Any, T]],
    on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
) -> T:
    async def run() -> T:
        async with AsyncTransport() as transport:
            return await conversation(Caller(transport, tokens, on_exchange))

    return asyncio.run(run())


def test_many_calls_at_once_fetch_one_token(vendor: Vendor, account: Account) -> None:
    tokens = Tokens()

    async def batch(caller: Caller) -> list[SendResult]:
        return await asyncio.gather(*(caller.send(account, message(f"m{number}")) for number in range(20)))

    results = talk(tokens, batch)
    assert [result.external_id for result in results] == [f"id-of-m{number}" for number in range(20)]
    assert vendor.fetched == 1
    assert {(token, status) for _name, token, status in vendor.received} == {("token-1", 200)}
    assert tokens.asked == [("get", "account-1"), ("put", "account-1", "token-1")]


def test_a_token_that_another_process_fetched_is_used(vendor: Vendor, account: Account) -> None:
    vendor.valid = {"token-of-another"}
    talk(Tokens(**{"account-1": "token-of-another"}), lambda caller: caller.send(account, message("m")))
    assert vendor.fetched == 0
    assert vendor.received == [("m", "token-of-another", 200)]


def test_a_token_that_was_voided_is_renewed_once_for_many_calls(vendor: Vendor, account: Account) -> None:
    tokens = Tokens(**{"account-1": "old"})

    async def batch(caller: Caller) -> list[SendResult]:
        return await asyncio.gather(*(caller.send(account, message(f"m{number}")) for number in range(20)))

    assert len(talk(tokens, batch)) == 20
    assert vendor.fetched == 1
    assert tokens.kept == {"account-1": "token-1"}
    assert ("drop", "account-1", "old") in tokens.asked
    taken = [name for name, _token, status in vendor.received if status == 200]
    assert sorted(taken) == sorted(f"m{number}" for number in range(20))


def test_a_newer_token_of_another_process_is_not_dropped_but_used(vendor: Vendor, account: Account) -> None:
    tokens = Tokens(**{"account-1": "old"})

    async def twice(caller: Caller) -> None:
        vendor.valid = {"old"}
        await caller.send(account, message("first"))
        vendor.valid = {"newer"}
        tokens.kept["account-1"] = "newer"
        await caller.send(account, message("second"))

    talk(tokens, twice)
    assert vendor.fetched == 0
    assert tokens.kept == {"account-1": "newer"}
    assert vendor.received == [("first", "old", 200), ("second", "old", 401), ("second", "newer", 200)]


def test_a_fresh_token_that_is_refused_too_is_not_renewed_again(vendor: Vendor, account: Account) -> None:
    vendor.forgetful = True
    with pytest.raises(SendError) as refused:
        talk(Tokens(), lambda caller: caller.send(account, message("m")))
    assert refused.value.stale_token
    assert vendor.fetched == 2
    assert vendor.received == [("m", "token-1", 401), ("m", "token-2", 401)]


def test_what_the_vendor_took_is_not_sent_again_with_the_fresh_token(vendor: Vendor, account: Account) -> None:
    vendor.voided_after = {"one"}
    result = talk(Tokens(), lambda caller: caller.send(account, message("one two three")))
    assert result.external_id == "id-of-three"
    assert vendor.received == [
        ("one", "token-1", 200),
        ("two", "token-1", 401),
        ("two", "token-2", 200),
        ("three", "token-2", 200),
    ]


def test_another_refusal_is_raised_at_once(vendor: Vendor, account: Account) -> None:
    with pytest.raises(SendError) as refused:
        talk(Tokens(), lambda caller: caller.send(account, message("bad two")))
    assert refused.value.code == "400"
    assert vendor.received == [("bad", "token-1", 400)]
    assert vendor.fetched == 1


def test_a_message_that_went_out_in_part_is_never_repeated(vendor: Vendor, account: Account) -> None:
    with pytest.raises(OutcomeUnknown, match="1 of the requests were accepted, then: 400"):
        talk(Tokens(), lambda caller: caller.send(account, message("one bad three")))
    assert [name for name, _token, _status in vendor.received] == ["one", "bad"]


def test_it_is_not_repeated_either_when_no_fresh_token_can_be_had(vendor: Vendor, account: Account) -> None:
    vendor.voided_after = {"one"}
    wrong = Account(account.key, account.adapter, {**account.credentials, "secret": "wrong"})
    vendor.valid = {"old"}
    with pytest.raises(OutcomeUnknown, match="1 of the requests were accepted, then: 40125"):
        talk(Tokens(**{"account-1": "old"}), lambda caller: caller.send(wrong, message("one two")))
    assert vendor.received == [("one", "old", 200), ("two", "old", 401)]


def test_a_token_that_never_came_means_that_nothing_was_sent(vendor: Vendor, account: Account) -> None:
    class Unlucky(ShortLived):
        def token_request(self, credentials: Mapping[str, str]) -> HttpRequest | None:
            return HttpRequest("POST", f"{credentials['base_url']}/hangs-up")

    with pytest.raises(NotSent, match="no access token"):
        talk(Tokens(), lambda caller: caller.send(Account("a", Unlucky(), account.credentials), message("one")))
    assert vendor.received == []


def test_without_a_token_nothing_is_sent(vendor: Vendor, account: Account) -> None:
    wrong = Account(account.key, account.adapter, {**account.credentials, "secret": "wrong"})
    tokens = Tokens()
    with pytest.raises(SendError, match="40125"):
        talk(tokens, lambda caller: caller.send(wrong, message("m")))
    assert vendor.received == []
    assert tokens.kept == {}


def test_a_lasting_token_asks_no_store_and_is_not_renewed(vendor: Vendor, account: Account) -> None:
    lasting = Account(account.key, account.adapter, {"base_url": vendor.url, "access_token": "lasting"})
    tokens = Tokens()
    vendor.valid = {"lasting"}
    assert talk(tokens, lambda caller: caller.send(lasting, message("m"))).external_id == "id-of-m"
    vendor.valid = set()
    with pytest.raises(SendError):
        talk(tokens, lambda caller: caller.send(lasting, message("m")))
    assert tokens.asked == []
    assert vendor.fetched == 0
    assert len(vendor.received) == 2


def test_two_accounts_have_two_tokens(vendor: Vendor, account: Account) -> None:
    tokens = Tokens()
    other = Account("account-2", account.adapter, account.credentials)
    vendor.voided_after = set()

    async def both(caller: Caller) -> None:
        await caller.send(account, message("free"))
        await caller.send(other, message("free"))

    talk(tokens, both)
    assert tokens.kept == {"account-1": "token-1", "account-2": "token-2"}


def test_every_exchange_is_reported_with_its_outcome_and_its_time(vendor: Vendor, account: Account) -> None:
    seen: list[Exchange] = []
    vendor.voided_after = {"one"}
    with pytest.raises(OutcomeUnknown) as lost:
        talk(Tokens(), lambda caller: caller.send(account, message("one two hangs-up")), seen.append)
    told = [
        (
            urlsplit(exchange.request.url).path,
            exchange.outcome.status if isinstance(exchange.outcome, HttpResponse) else exchange.outcome,
        )
        for exchange in seen
    ]
    assert told == [
        ("/token", 200),
        ("/one", 200),
        ("/two", 401),
        ("/token", 200),
        ("/two", 200),
        ("/hangs-up", lost.value),
    ]
    assert isinstance(lost.value, TransportError)
    assert all(exchange.account is account and 0 < exchange.seconds < 5 for exchange in seen)


def test_no_exchange_shows_a_secret(vendor: Vendor, account: Account) -> None:
    seen: list[Exchange] = []
    talk(Tokens(), lambda caller: caller.send(account, message("m")), seen.append)
    assert len(seen) == 2
    shown = repr(seen) + "".join(exchange.request.url for exchange in seen) + repr(account)
    assert SECRET not in shown
    assert "token-1" not in shown
    assert [token for _name, token, _status in vendor.received] == ["token-1"]


def test_a_call_reads_the_answers_as_it_is_told(vendor: Vendor, account: Account) -> None:
    def describe(credentials: Mapping[str, str]) -> list[HttpRequest]:
        token = {"access_token": credentials["access_token"]}
        return [HttpRequest("POST", f"{vendor.url}/look-up", secret_query=token)]

    def read(response: HttpResponse) -> str:
        return json.loads(response.body)["id"]

    assert talk(Tokens(), lambda caller: caller.call(account, describe, read)) == "id-of-look-up"


def test_a_call_without_a_request_is_a_mistake(account: Account) -> None:
    with pytest.raises(ValueError, match="no request"):
        talk(Tokens(), lambda caller: caller.call(account, lambda _known: [], lambda _response: None))
