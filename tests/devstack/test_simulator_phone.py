"""The page where a person plays the customer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess

from .conftest import MEI, NUMBER, Business, Graph

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
def web(simulator: SimulatorProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=simulator.base_url, timeout=5, trust_env=False) as client:
        yield client


def test_the_page_has_neither_inline_scripts_nor_inline_styles(web: httpx.Client) -> None:
    page = web.get("/phone/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<style" not in page.text
    assert "style=" not in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "nothing.js", ".", ""])
def test_only_the_pages_own_files_are_served(web: httpx.Client, name: str) -> None:
    assert web.get(f"/phone/static/{name}").status_code == 404


@pytest.mark.usefixtures("open_window")
def test_looking_at_a_chat_reads_it(
    control: SimulatorClient, business: Business, graph: Graph, web: httpx.Client
) -> None:
    graph.send("Are you there?")
    control.settle()
    assert business.fates == ["sent", "delivered"]
    assert web.get("/phone/chats", params={"number": NUMBER}).json()["people"][0]["unread"] == 1

    with web.stream("GET", "/phone/events", params={"number": NUMBER, "person": MEI}) as events:
        lines = events.iter_lines()
        next(lines)
        control.settle()
        assert business.fates == ["sent", "delivered", "read"]
        graph.send("Good.")
        control.settle()
        assert business.fates[3:] == ["sent", "delivered", "read"]
        assert any("Good." in line for line in itertools.islice(lines, 20))
    assert web.get("/phone/chats", params={"number": NUMBER}).json()["people"][0]["unread"] == 0


@pytest.mark.usefixtures("open_window")
def test_a_message_that_failed_is_not_on_the_phone(control: SimulatorClient, graph: Graph, web: httpx.Client) -> None:
    control.settings(clock_offset=2 * 86_400)
    graph.send("too late")
    control.settle()

    thread = web.get("/phone/thread", params={"number": NUMBER, "person": MEI}).json()
    assert [message["text"] for message in thread["messages"]] == ["Hello"]


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")
@pytest.mark.usefixtures("open_window")
def test_a_person_can_play_the_customer(
    simulator: SimulatorProcess, control: SimulatorClient, business: Business, graph: Graph
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*arguments, "--disable-sync"])
        page = browser.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.goto(f"{simulator.base_url}/phone/?number={NUMBER}&person={MEI}")
        sync_api.expect(page.locator(".bubble")).to_have_count(1)

        graph.send("<img src=x onerror=alert(1)> 15:30?")
        arrived = page.locator("[data-from=business] .text")
        sync_api.expect(arrived).to_have_text("<img src=x onerror=alert(1)> 15:30?")

        arrived.hover()
        page.locator("[data-from=business] summary").click()
        page.get_by_role("button", name="Reply").click()
        page.get_by_label("Message", exact=True).fill("15:30 & a fitting")
        page.keyboard.press("Enter")
        sync_api.expect(page.locator("[data-from=customer] blockquote")).to_contain_text("15:30?")
        page.get_by_label("Send something else").click()
        page.get_by_role("button", name="Location").click()
        sync_api.expect(page.locator(".media")).to_contain_text("Star Ferry Pier")
        browser.close()

    control.settle()
    assert problems == []
    assert business.fates == ["sent", "delivered", "read"]
    reply, location = business.messages
    assert reply["text"]["body"] == "15:30 & a fitting"
    assert reply["context"] == {"from": "85255501000", "id": control.sent()[0].wamid}
    assert location["location"]["name"] == "Star Ferry Pier"
