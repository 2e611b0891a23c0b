"""The simulator as a process: it keeps its phones over a restart, and minds who talks to it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from inbox.devstack.simulator.accounts import read_account
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.devstack.simulator.http import Refused

from .conftest import (
    AES_KEY,
    INSTA,
    MEI,
    NUMBER,
    OFFICIAL,
    PAGE,
    SECRET,
    TOKEN,
    Business,
    Graph,
    put_harbour_tailors,
    put_other_accounts,
)


def test_phones_survive_a_restart(tmp_path: Path, business: Business) -> None:
    state = tmp_path / "simulator.json"
    first = SimulatorProcess(state_file=state)
    with first, first.client() as client:
        put_harbour_tailors(client, business)
        client.put_person(MEI, "Mei Chan", username="mei.chan")
        client.inbound(NUMBER, MEI, "Do you remember me?")
        Graph(first.base_url).send_id("Of course")
        client.settle()
        port = first.port
    business.forget()

    second = SimulatorProcess(state_file=state, port=port)
    with second, second.client() as client:
        assert second.port == port
        assert [message["text"] for message in client.inbound_log(NUMBER)] == ["Do you remember me?"]
        thread = httpx.get(f"{second.base_url}/phone/thread", params={"account": NUMBER, "person": MEI}).json()
        assert [message["text"] for message in thread["messages"]] == ["Do you remember me?", "Of course"]
        assert thread["messages"][1]["status"] == "delivered"
        assert thread["person"]["username"] == "mei.chan"
        assert Graph(second.base_url).send().status_code == 200
        client.settle()
    assert business.fates == ["sent", "delivered"]


def test_all_channels_survive_a_restart(tmp_path: Path, business: Business) -> None:
    state = tmp_path / "simulator.json"
    first = SimulatorProcess(state_file=state)
    with first, first.client() as client:
        put_other_accounts(client, business, mode="secure")
        for account in (PAGE, INSTA, OFFICIAL):
            picture = client.inbound(account, MEI, kind="image").message
        httpx.delete(f"{first.base_url}/{PAGE}/subscribed_apps", headers={"authorization": "Bearer page-token"})
        client.inbound(OFFICIAL, "kenji", kind="unfollow")
        before = client.accounts(), client.people(), client.inbound_log()
        thread = {"account": OFFICIAL, "person": MEI}
        window = httpx.get(f"{first.base_url}/phone/thread", params=thread).json()["window"]

    second = SimulatorProcess(state_file=state)
    with second, second.client() as client:
        assert (client.accounts(), client.people(), client.inbound_log()) == before
        assert client.subscriptions() == {INSTA: ["*"]}
        assert httpx.get(f"{second.base_url}/phone/thread", params=thread).json()["window"] == window
        assert picture is not None
        assert httpx.get(second.base_url + picture["details"]["url"]).content.startswith(b"\x89PNG")
        assert client.inbound(OFFICIAL, MEI, "And now?").delivered


def test_an_unreadable_state_file_is_set_aside(tmp_path: Path) -> None:
    state = tmp_path / "simulator.json"
    state.write_text('{"version": 1, "numbers": [{"surprise": true}]}')

    process = SimulatorProcess(state_file=state)
    with process, process.client() as client:
        assert client.numbers() == []

    assert (tmp_path / "simulator.json.unreadable").exists()


def test_a_port_in_use_is_an_error(simulator: SimulatorProcess, tmp_path: Path) -> None:
    state = tmp_path / "simulator.json"

    with pytest.raises(RuntimeError, match="did not start"):
        SimulatorProcess(port=simulator.port, state_file=state).start()

    assert not state.exists()


def test_reset_forgets_everything(control: SimulatorClient, business: Business) -> None:
    control.settings(pair_limit=1, retry_pauses=[5])
    control.faults(no_statuses=True)
    business.answers = [500]
    control.inbound(NUMBER, MEI, "stuck", wait=0)

    control.reset()

    assert control.settle(timeout=0.2)
    assert control.numbers() == []
    assert control.settings()["pair_limit"] == 45
    assert control.faults() == {}


def test_other_web_sites_may_not_use_the_controls(simulator: SimulatorProcess) -> None:
    own = httpx.post(f"{simulator.base_url}/control/reset", headers={"origin": simulator.base_url})
    other = httpx.post(f"{simulator.base_url}/control/reset", headers={"origin": "https://evil.example"})

    assert (own.status_code, other.status_code) == (200, 403)


def test_secrets_are_not_shown(control: SimulatorClient, business: Business) -> None:
    put_other_accounts(control, business, mode="secure")
    shown = httpx.get(f"{control.base_url}/control/accounts").text
    for secret in (TOKEN, SECRET, "page-token", "insta-token", "wechat-secret", "wechat-token", AES_KEY):
        assert secret not in shown
    assert set(control.numbers()[0]) == {"phone_number_id", "waba_id", "display_phone_number", "name", "webhook_url"}


def test_secrets_are_in_no_repr() -> None:
    description = {"channel": "wechat", "name": "Harbour", "app_id": "wx1", "secret": "hush", "token": "hush"}
    number = {"channel": "whatsapp", "name": "Harbour", "waba_id": "1", "display_phone_number": "1"}

    for account in (
        read_account("gh_1", description | {"aes_key": AES_KEY, "mode": "secure"}, None),
        read_account("1", number | {"access_token": "hush", "app_secret": "hush"}, None),
    ):
        assert "hush" not in repr(account)
        assert AES_KEY not in repr(account)


@pytest.mark.parametrize(
    ("account", "fields", "words"),
    [
        ("1", {"channel": "telegram"}, "channel must be one of"),
        ("1", {"channel": "messenger", "name": "Page"}, "needs access_token, app_secret"),
        ("1", {"channel": "messenger", "colour": "blue"}, "has no colour"),
        ("1/2", {"channel": "messenger"}, "letters, digits"),
        ("gh_1", {"channel": "wechat", "name": "x", "app_id": "1", "secret": "1", "token": "1", "mode": "odd"}, "mode"),
        (
            "gh_1",
            {"channel": "wechat", "name": "x", "app_id": "1", "secret": "1", "token": "1", "mode": "secure"},
            "43",
        ),
    ],
)
def test_an_account_that_no_vendor_has_is_refused(account: str, fields: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_account(account, fields, None)
