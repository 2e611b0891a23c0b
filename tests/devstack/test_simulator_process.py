"""The simulator as a process: it keeps its phones over a restart, and minds who talks to it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess

from .conftest import MEI, NUMBER, Business, Graph, put_harbour_tailors


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
        thread = httpx.get(f"{second.base_url}/phone/thread", params={"number": NUMBER, "person": MEI}).json()
        assert [message["text"] for message in thread["messages"]] == ["Do you remember me?", "Of course"]
        assert thread["messages"][1]["status"] == "delivered"
        assert thread["person"]["username"] == "mei.chan"
        assert Graph(second.base_url).send().status_code == 200
        client.settle()
    assert business.fates == ["sent", "delivered"]


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


def test_secrets_are_not_shown(control: SimulatorClient) -> None:
    assert set(control.numbers()[0]) == {"phone_number_id", "waba_id", "display_phone_number", "name", "webhook_url"}
