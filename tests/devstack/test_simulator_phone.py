"""The page where a person plays the customer."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from inbox.devstack.simulator import files
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess

from .conftest import INSTA, MEI, NUMBER, OFFICIAL, PAGE, TOKEN, Business, Graph, put_other_accounts

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
    assert web.get("/phone/chats", params={"account": NUMBER}).json()["people"][0]["unread"] == 1

    with web.stream("GET", "/phone/events", params={"account": NUMBER, "person": MEI}) as events:
        lines = events.iter_lines()
        next(lines)
        control.settle()
        assert business.fates == ["sent", "delivered", "read"]
        graph.send("Good.")
        control.settle()
        assert business.fates[3:] == ["sent", "delivered", "read"]
        assert any("Good." in line for line in itertools.islice(lines, 20))
    assert web.get("/phone/chats", params={"account": NUMBER}).json()["people"][0]["unread"] == 0


@pytest.mark.usefixtures("open_window")
def test_a_message_that_failed_is_not_on_the_phone(control: SimulatorClient, graph: Graph, web: httpx.Client) -> None:
    control.settings(clock_offset=2 * 86_400)
    graph.send("too late")
    control.settle()

    thread = web.get("/phone/thread", params={"account": NUMBER, "person": MEI}).json()
    assert [message["text"] for message in thread["messages"]] == ["Hello"]


@pytest.mark.parametrize(
    ("account", "channel", "cannot"),
    [
        (NUMBER, "whatsapp", {"story_reply", "postback", "like_heart", "menu"}),
        (PAGE, "messenger", {"story_reply", "contacts", "order", "number_change"}),
        (INSTA, "instagram", {"location", "contacts", "order", "sticker"}),
        (OFFICIAL, "wechat", {"reaction", "edit", "unsend", "document", "reply", "app_message"}),
    ],
)
def test_a_thread_says_what_a_person_can_do_there(
    control: SimulatorClient, business: Business, web: httpx.Client, account: str, channel: str, cannot: set[str]
) -> None:
    put_other_accounts(control, business)
    before = web.get("/phone/thread", params={"account": account, "person": MEI}).json()
    message = control.inbound(account, MEI, "Hello").message
    after = web.get("/phone/thread", params={"account": account, "person": MEI}).json()

    assert (before["account"]["channel"], before["messages"]) == (channel, [])
    assert before["window"] == {"closes_at": None, "left": None, "limit": None}
    assert {"text", "image", "unsupported"} <= set(before["abilities"])
    assert not cannot & set(before["abilities"])
    assert after["messages"] == [message]
    assert after["window"]["closes_at"] > time.time()
    assert after["window"]["left"] == (5 if channel == "wechat" else None)
    assert account in after["person"]["ids"]


def test_chats_are_of_one_account_and_people_of_all(
    control: SimulatorClient, business: Business, web: httpx.Client
) -> None:
    put_other_accounts(control, business)
    control.inbound(PAGE, MEI, "Hello page")

    on_page = web.get("/phone/chats", params={"account": PAGE}).json()
    on_insta = web.get("/phone/chats", params={"account": INSTA, "q": "mei"}).json()

    assert [account["channel"] for account in on_page["accounts"]] == ["whatsapp", "messenger", "instagram", "wechat"]
    assert {account["business"] for account in on_page["accounts"]} == {"Harbour Tailors"}
    assert on_page["people"][0]["last"]["text"] == "Hello page"
    assert on_insta["people"][0]["last"] is None
    ids = on_insta["people"][0]["ids"]
    assert len({ids[PAGE], ids[INSTA]}) == 2


@pytest.mark.parametrize("account", [NUMBER, PAGE, INSTA, OFFICIAL])
def test_files_in_a_chat_are_served_by_the_simulator(
    control: SimulatorClient, business: Business, web: httpx.Client, account: str
) -> None:
    put_other_accounts(control, business)
    for kind, magic in (("image", b"\x89PNG"), ("video", b"\x00\x00\x00\x1cftyp")):
        message = control.inbound(account, MEI, kind=kind).message
        assert message is not None
        assert web.get(message["details"]["url"]).content.startswith(magic)
    assert web.get("/media/files/none").status_code == 404


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
        page.goto(f"{simulator.base_url}/phone/?account={NUMBER}&person={MEI}")
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
        document = {"file": ("prices.pdf", files.document(), "application/pdf")}
        form = {"messaging_product": "whatsapp"}
        bearer = {"authorization": f"Bearer {TOKEN}"}
        stored = graph.http.post(f"/{NUMBER}/media", data=form, files=document, headers=bearer).json()
        graph.send("", type="document", document={"id": stored["id"], "filename": "Prices.pdf"})
        sync_api.expect(page.get_by_role("link", name="Prices.pdf")).to_have_attribute("download", "Prices.pdf")
        browser.close()

    control.settle()
    assert problems == []
    assert business.fates == ["sent", "delivered", "read"] * 2
    reply, location = business.messages
    assert reply["text"]["body"] == "15:30 & a fitting"
    assert reply["context"] == {"from": "85255501000", "id": control.sent()[0].wamid}
    assert location["location"]["name"] == "Star Ferry Pier"
