"""A running simulator, and the business that its webhooks go to."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess

NUMBER = "105511110001"
WABA = "900011110001"
PAGE = "301100000000001"
INSTA = "17841400000000001"
OFFICIAL = "gh_0123456789ab"
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
TOKEN = "token-of-harbour-tailors"
SECRET = "secret-of-harbour-tailors"
MEI = "85255551234"


@dataclass(frozen=True)
class Received:
    body: bytes
    signature: str
    at: float
    query: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for entry in self.json["entry"] for change in entry["changes"]]

    @property
    def items(self) -> list[dict[str, Any]]:
        """What Messenger and Instagram put into their envelope."""
        return [item for entry in self.json["entry"] for item in entry["messaging"]]

    def is_signed_with(self, secret: str) -> bool:
        expected = "sha256=" + hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.signature)


class Business:
    """Harbour Tailors: receives webhooks over real HTTP, and answers `answers` before it answers 200."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.verify_token = "verify-me"
        business = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                signature = self.headers["x-hub-signature-256"] or ""
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                business.received.append(Received(body, signature, time.monotonic(), query))
                self.answer(business.answers.pop(0) if business.answers else 200)

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                fits = query["hub.verify_token"] == [business.verify_token]
                self.answer(200 if fits else 403, query["hub.challenge"][0] if fits else "")

            def answer(self, status: int, body: str = "") -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks/whatsapp/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        self.received, self.answers = [], []

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for post in self.received for item in post.items]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [item for post in self.received for value in post.values for item in value.get("messages", [])]

    @property
    def texts(self) -> list[str]:
        return [message["text"]["body"] for message in self.messages]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [item for post in self.received for value in post.values for item in value.get("statuses", [])]

    @property
    def fates(self) -> list[str]:
        return [status["status"] for status in self.statuses]


class Graph:
    """The vendor's API as the product's adapter would call it."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=f"{base_url}/v25.0", timeout=10, trust_env=False)

    def post(self, path: str, body: dict[str, Any], token: str = TOKEN, timeout: float = 10) -> httpx.Response:
        return self.http.post(path, json=body, headers=_bearer(token), timeout=timeout)

    def get(self, path: str, token: str = TOKEN) -> httpx.Response:
        return self.http.get(path, headers=_bearer(token))

    def send(
        self, text: str = "Good morning!", to: str = f"+{MEI}", timeout: float = 10, **more: Any
    ) -> httpx.Response:
        content = {} if "type" in more else {"type": "text", "text": {"body": text}}
        body = {"messaging_product": "whatsapp", "to": to} | content | more
        return self.post(f"/{NUMBER}/messages", body, timeout=timeout)

    def send_id(self, text: str = "Good morning!", **more: Any) -> str:
        wamid: str = self.send(text, **more).json()["messages"][0]["id"]
        return wamid


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}


def error_of(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert error["message"]
    assert error["type"] in ("OAuthException", "GraphMethodException")
    assert error["fbtrace_id"]
    return error


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture(scope="session")
def _business() -> Iterator[Business]:
    business = Business()
    yield business
    business.close()


@pytest.fixture
def control(simulator: SimulatorProcess, _business: Business) -> Iterator[SimulatorClient]:
    """The simulator with Harbour Tailors' number and their customer Mei, and nothing else."""
    with simulator.client() as client:
        client.reset()
        _business.forget()
        client.settings(retry_pauses=[0.05, 0.05])
        put_harbour_tailors(client, _business)
        client.put_person(MEI, "Mei Chan 陳美儀", username="mei.chan")
        yield client


def put_harbour_tailors(client: SimulatorClient, business: Business, number: str = NUMBER) -> None:
    client.put_number(
        number,
        waba_id=WABA,
        display_phone_number="+852 5550 1000",
        name="Harbour Tailors",
        access_token=TOKEN,
        app_secret=SECRET,
        webhook_url=business.url,
    )


def put_other_accounts(client: SimulatorClient, business: Business, *, mode: str = "plain") -> None:
    """Harbour Tailors' page, Instagram account (with its own login) and WeChat account."""
    shared = {"name": "Harbour Tailors", "webhook_url": business.url}
    client.put_account(PAGE, "messenger", access_token="page-token", app_secret=SECRET, **shared)
    client.put_account(
        INSTA, "instagram", username="harbour.tailors", access_token="insta-token", app_secret=SECRET, **shared
    )
    client.put_account(
        OFFICIAL,
        "wechat",
        app_id="wx49f0ab532d5d035a",
        secret="wechat-secret",
        token="wechat-token",
        aes_key=AES_KEY,
        mode=mode,
        **shared,
    )


@pytest.fixture
def business(control: SimulatorClient, _business: Business) -> Business:
    return _business


@pytest.fixture
def graph(simulator: SimulatorProcess) -> Iterator[Graph]:
    graph = Graph(simulator.base_url)
    yield graph
    graph.http.close()


@pytest.fixture
def open_window(control: SimulatorClient, business: Business) -> None:
    """Mei has just written."""
    control.inbound(NUMBER, MEI, "Hello")
    business.forget()
