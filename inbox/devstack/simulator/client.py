"""Driving a simulator from tests, seeds and benchmarks: a typed client and a process to talk to."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 15.0


class SimulatorRefused(Exception):
    """The simulator would not do it; the text says why."""


@dataclass(frozen=True)
class Delivery:
    """How a webhook ended: `status` is the business's last HTTP answer, 0 for none, None when not waited for.

    `id` is that of the message, `message` its bubble on the phone."""

    delivered: bool
    status: int | None
    id: str = ""
    message: dict[str, Any] | None = None

    @property
    def wamid(self) -> str:
        return self.id


@dataclass(frozen=True)
class SentMessage:
    """A message that the vendor's endpoint accepted. `to` is how the vendor knows the person; for WhatsApp it is the
    phone number, digits only, or the user id. `correlation` is the text that comes back with receipts or the echo."""

    id: str
    account: str
    to: str
    kind: str
    text: str
    correlation: str
    reply_to: str
    details: dict[str, Any]
    at: float

    @property
    def wamid(self) -> str:
        return self.id

    @property
    def phone_number_id(self) -> str:
        return self.account

    @property
    def context_id(self) -> str:
        return self.reply_to

    @property
    def biz_opaque_callback_data(self) -> str:
        return self.correlation


@dataclass(frozen=True)
class ReadMark:
    """The business has read a message, and all before it."""

    id: str
    account: str
    typing: bool
    at: float

    @property
    def wamid(self) -> str:
        return self.id


@dataclass(frozen=True)
class Action:
    """Something small that the business did: typing_on, mark_seen, react, Typing, …"""

    account: str
    person: str
    action: str
    at: float


class SimulatorClient:
    """Speaks the control API. `base_url` is also the root of the simulated vendor API."""

    def __init__(self, base_url: str, timeout: float = 65.0) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(base_url=self.base_url, timeout=timeout, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the scene --------------------------------------------------------------------------------

    def put_account(self, account_id: str, channel: str, **fields: Any) -> dict[str, Any]:
        """Create the account or change what is known of it; `accounts` names the fields of each channel."""
        return self._object("PUT", f"accounts/{account_id}", {"channel": channel} | fields)

    def accounts(self) -> list[dict[str, Any]]:
        return self._list("accounts")

    def put_template(self, waba_id: str, **fields: Any) -> dict[str, Any]:
        """Put a message template there: name, language, category, components, parameter_format; `status` is APPROVED."""
        return self._object("PUT", f"templates/{waba_id}", fields)

    def decide_template(self, waba_id: str, name: str, language: str, **fields: Any) -> dict[str, Any]:
        """Change a template as the vendor's review does, with its webhook: status (reason, title), quality, category or
        next_category."""
        return self._object("POST", f"templates/{waba_id}", {"name": name, "language": language} | fields)

    def templates(self, waba_id: str) -> list[dict[str, Any]]:
        return self._list(f"templates/{waba_id}")

    def put_number(
        self,
        phone_number_id: str,
        *,
        waba_id: str,
        display_phone_number: str,
        name: str,
        access_token: str,
        app_secret: str,
        webhook_url: str = "",
    ) -> None:
        """Create the WhatsApp number or replace what is known of it."""
        self.put_account(
            phone_number_id,
            "whatsapp",
            waba_id=waba_id,
            display_phone_number=display_phone_number,
            name=name,
            access_token=access_token,
            app_secret=app_secret,
            webhook_url=webhook_url,
        )

    def numbers(self) -> list[dict[str, Any]]:
        return self._list("numbers")

    def put_person(self, person: str, name: str = "", **fields: Any) -> dict[str, Any]:
        """Create or change a person, by phone number or by an id of one's own.

        Further fields: phone, bsuid, username, hide_phone, on_whatsapp, ids (by account)."""
        return self._object("PUT", f"people/{person}", fields | ({"name": name} if name else {}))

    def people(self) -> list[dict[str, Any]]:
        return self._list("people")

    # --- people act -------------------------------------------------------------------------------

    def inbound(
        self,
        account_id: str,
        person: str,
        text: str | None = None,
        *,
        kind: str = "text",
        wait: float = 30.0,
        **fields: Any,
    ) -> Delivery:
        """Let a person act towards the account, and wait up to `wait` seconds for the webhook (0: do not wait)."""
        document = act(account_id, person, text, kind=kind, **fields)
        return Delivery(**self._call("POST", "inbound", document, {"wait": wait}))

    def batch(self, *acts: dict[str, Any], wait: float = 30.0) -> list[str]:
        """Let several acts, made with `act`, share one webhook; all accounts must be of one vendor.

        Returns the ids of the messages once the webhook is delivered. Raises SimulatorRefused if it is not."""
        answer = self._call("POST", "batch", {"items": acts}, {"wait": wait})
        if wait and not answer["delivered"]:
            raise SimulatorRefused(f"The webhook was not delivered; the last answer was {answer['status']}.")
        ids: list[str] = answer["ids"]
        return ids

    def webhook(
        self, account_id: str, value: dict[str, Any], *, field: str = "messages", wait: float = 30.0
    ) -> Delivery:
        """Send any `value` as a signed webhook of the account, in its vendor's envelope."""
        document = {"account": account_id, "value": value, "field": field}
        return Delivery(**self._call("POST", "webhook", document, {"wait": wait}))

    def raw(
        self, account_id: str, body: bytes, *, encrypt: bool = False, app_id: str = "", wait: float = 30.0
    ) -> Delivery:
        """Send any bytes, signed as the account's vendor signs. `encrypt`: as a WeChat account's mode asks, in the
        name of another `app_id` if one is given."""
        document = {"account": account_id, "body_base64": base64.b64encode(body).decode("ascii")}
        options = {"encrypt": encrypt, "app_id": app_id}
        return Delivery(**self._call("POST", "raw", document | options, {"wait": wait}))

    # --- what happened ----------------------------------------------------------------------------

    def sent(self, account_id: str | None = None) -> list[SentMessage]:
        return [SentMessage(**entry) for entry in self._list("sent", _of(account_id))]

    def inbound_log(self, account_id: str | None = None) -> list[dict[str, Any]]:
        """Return what customers wrote and the phones remember: id, account, person, kind, text, at, …"""
        return self._list("inbound", _of(account_id))

    def reads(self, account_id: str | None = None) -> list[ReadMark]:
        return [ReadMark(**entry) for entry in self._list("reads", _of(account_id))]

    def actions(self, account_id: str | None = None) -> list[Action]:
        return [Action(**entry) for entry in self._list("actions", _of(account_id))]

    def subscriptions(self) -> dict[str, list[str]]:
        """Return what apps have subscribed to, and the fields; "*" stands for all."""
        return self._object("GET", "subscriptions")

    def webhooks(self) -> list[dict[str, Any]]:
        """Return the log of the last attempts to deliver a webhook, oldest first."""
        return self._list("webhooks")

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until no webhook is waiting or under way; False when that takes longer."""
        return bool(self._call("GET", "settle", query={"timeout": timeout})["settled"])

    def health(self) -> dict[str, Any]:
        return self._object("GET", "health")

    # --- switches ---------------------------------------------------------------------------------

    def faults(self, **faults: Any) -> dict[str, Any]:
        """Replace all faults: `faults(delay=2, fail={"http_status": 503, "remaining": 1})`; none: behave well."""
        return self._object("PUT", "faults", faults)

    def settings(self, **settings: Any) -> dict[str, Any]:
        """Change the named settings and return them all."""
        return self._object("PUT", "settings", settings)

    def reset(self) -> None:
        """Forget accounts, people, chats, logs, faults and settings."""
        self._call("POST", "reset")

    def _call(
        self, method: str, path: str, document: dict[str, Any] | None = None, query: dict[str, Any] | None = None
    ) -> Any:
        response = self._http.request(method, f"/control/{path}", json=document, params=query)
        if response.status_code != 200:
            raise SimulatorRefused(response.json()["error"])
        return response.json()

    def _object(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._call(method, path, document)
        return answer

    def _list(self, path: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._call("GET", path, query=query)
        return entries


def act(account_id: str, person: str, text: str | None = None, *, kind: str = "text", **fields: Any) -> dict[str, Any]:
    """Describe what a person does, for `SimulatorClient.batch`. `content`: the bytes of a file, where a sample will not
    do."""
    content = fields.pop("content", None)
    file = {} if content is None else {"content_base64": base64.b64encode(content).decode("ascii")}
    return {"account": account_id, "person": person, "kind": kind, "text": text} | file | fields


def _of(account_id: str | None) -> dict[str, Any] | None:
    return {"account": account_id} if account_id else None


class SimulatorProcess:
    """A simulator of one's own, on a free port unless one is given. Ends with `stop`, or as a context manager.

    `launcher`: a module, with its arguments, that runs the simulator's."""

    def __init__(self, *, port: int = 0, state_file: Path | None = None, launcher: Sequence[str] = ()) -> None:
        self._port = port
        self._state_file = state_file
        self._launcher = launcher
        self._process: subprocess.Popen[str] | None = None
        self.base_url = ""

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def port(self) -> int:
        return httpx.URL(self.base_url).port or 0

    def start(self) -> Self:
        """Start it and return when it answers."""
        command = [sys.executable, "-m", *self._launcher, "inbox.devstack.simulator", "--port", str(self._port)]
        if self._state_file is not None:
            command += ["--state", str(self._state_file)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.base_url = self._address()
        self._port = self.port
        return self

    def stop(self) -> None:
        """Let it save its state and end."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def client(self) -> SimulatorClient:
        return SimulatorClient(self.base_url)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _address(self) -> str:
        """Read the address it prints once it listens; stop it when none comes."""
        process = self._running()
        assert process.stdout is not None  # opened as a pipe above
        impatience = threading.Timer(START_SECONDS, process.kill)
        impatience.start()
        try:
            line = process.stdout.readline()
        finally:
            impatience.cancel()
        if "http://" not in line:
            self.stop()
            raise RuntimeError("The simulator did not start; its error output says why.")
        return line[line.index("http://") :].split("/phone")[0].strip()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("The simulator is not running.")
        return self._process
