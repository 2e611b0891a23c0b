"""An open page under traffic, while Valkey, the web and PostgreSQL are killed: in the end it shows what a new one shows."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, Request, expect
from pytest_django import Settings

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom
from inbox.devstack import valkey
from inbox.devstack.processes import processes_in
from inbox.devstack.processes import stop as stop_processes
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.realtime import presence, publish
from inbox.workspaces.tenancy import scope
from tests.own_database import OwnDatabase, own_database
from tests.processes import WebProcess, WorkerProcess, at_once, until
from tests.realtime.open_page import OpenPage
from tests.world import World, receive, room_with, text_message, webhook

from .conftest import Stage, raised

LIVE, NOT_LIVE = "html[data-socket=open]", "html:not([data-socket=open])"
CHATS = 8  # a chat shows its newest 50 messages, and a slow machine takes long to start a server under traffic
OF_BROKEN_LINES = (  # how the browser and htmx mention what did not arrive; an error of a script is none of them
    "Failed to load resource: ",
    "WebSocket connection to ",
    "[object Event]",
    "htmx:afterRequest, ",
    "htmx:sendError, ",
    "Response Status Error Code 5",
)


@dataclass
class Traffic:
    """A change after the other in a thread, as long as the block lasts; each is told its number."""

    change: Callable[[int], object]
    changes: int = 0
    _has_ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Traffic:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended.set()
        self._thread.join()

    def more(self, number: int) -> None:
        """Wait until so many changes more have happened."""
        wanted = self.changes + number
        until(lambda: self.changes >= wanted, within=30)

    def _run(self) -> None:
        for number in itertools.count():
            if self._has_ended.wait(0.1):
                break
            self.change(number)
            self.changes += 1
        connections.close_all()


def phone(number: int) -> str:
    return f"8529000000{number % CHATS}"


def rooms_of(world: World) -> list[Chatroom]:
    return [room_with(world, phone=phone(number)) for number in range(CHATS)]


def address_of(room: Chatroom) -> str:
    return f"/w/lotus-flowers/rooms/{room.pk}/"


def shown(page: Page) -> OpenPage:
    return OpenPage(page.content())


def is_as_true_as_a_new_one(page: Page, after: str) -> None:
    """Hold the page against one that is opened now, until both show the same."""
    assert page.evaluate("window.isTheSame"), f"after {after} it was loaded anew, so nothing was caught up"
    fresh = page.context.new_page()
    fresh.goto(page.url)
    fresh.wait_for_selector(LIVE)
    give_up_at = time.monotonic() + 10
    while (differences := shown(page).differences(shown(fresh))) and time.monotonic() < give_up_at:
        page.wait_for_timeout(200)
    assert not differences, "\n".join((after, *map(str, differences.values())))
    assert list(shown(page).elements) == list(shown(fresh).elements)
    assert len(shown(page).texts()) > 2
    fresh.close()


def forgive(stage: Stage) -> None:
    """Take what a browser says about broken lines for no complaint."""
    stage.complaints[:] = [each for each in stage.complaints if not each.startswith(OF_BROKEN_LINES)]


# --- Valkey and the web ----------------------------------------------------------------------------------------------


@dataclass
class Lines:
    """The stage of the test, and what its web depends on."""

    stage: Stage
    valkey_folder: Path

    def kill_valkey(self) -> None:
        stop_processes(processes_in(self.valkey_folder, valkey.PROGRAM), signal.SIGKILL)

    def start_valkey(self) -> None:
        valkey.ensure_running(self.valkey_folder, durable=False)

    def kill_web(self) -> None:
        self.stage.web.kill()

    def start_web(self) -> None:
        self.stage.web.start()


@pytest.fixture
def lines(
    transactional_db: None, simulator: SimulatorProcess, chromium: Browser, tmp_path: Path, settings: Settings
) -> Iterator[Lines]:
    with ExitStack() as cleanup:
        folder = tmp_path / "valkey"
        settings.REDIS_URL = valkey.ensure_running(folder, durable=False)
        cleanup.callback(valkey.stop, folder)
        for module in (publish, presence):
            module._redis.cache_clear()
            cleanup.callback(module._redis.cache_clear)
        web = cleanup.enter_context(WebProcess(REDIS_URL=settings.REDIS_URL))
        vendor = cleanup.enter_context(simulator.client())
        yield Lines(cleanup.enter_context(raised(web, vendor, chromium)), folder)


def change_something(world: World, rooms: list[Chatroom], number: int) -> None:
    """Let an agent close a chat now and then, and else a customer write."""
    if number % 7 == 6:
        with scope(world.lotus.pk):
            actions.close_chatroom(actor=world.ben, chatroom=rooms[number % CHATS])
        return
    receive(world.app, webhook(world.shop, messages=[text_message(f"News {number}", phone=phone(number))]))


def test_a_page_is_as_true_as_a_new_one_after_valkey_and_the_web_were_killed(lines: Lines) -> None:
    stage, world = lines.stage, lines.stage.world
    rooms = rooms_of(world)
    page = stage.agent(world.amy)
    caught_up: list[str] = []
    page.on("request", lambda request: note(request, caught_up))

    things = ((lines.kill_valkey, lines.start_valkey), (lines.kill_web, lines.start_web))
    for room, (kill, start) in zip(rooms, things, strict=False):  # an own chat for each
        page.goto(address_of(room))
        page.wait_for_selector(LIVE)
        page.evaluate("window.isTheSame = true")
        caught_up.clear()
        with Traffic(partial(change_something, world, rooms)) as traffic:
            traffic.more(5)
            kill()
            page.wait_for_selector(NOT_LIVE)
            traffic.more(10)
            start()
            page.wait_for_selector(LIVE, timeout=30_000)
            traffic.more(3)
        assert caught_up, kill
        is_as_true_as_a_new_one(page, kill.__name__)
    forgive(stage)


def note(request: Request, caught_up: list[str]) -> None:
    if "/since/?" in request.url:
        caught_up.append(request.url)


def test_an_answer_that_is_older_than_what_was_heard_brings_no_closed_chat_back(stage: Stage) -> None:
    page = stage.agent(stage.world.amy)
    page.goto("/w/lotus-flowers/")
    page.wait_for_selector(LIVE)
    since = page.evaluate("document.getElementById('rooms').dataset.cursor")
    room = room_with(stage.world)
    row = page.locator(f"#room-{room.pk}-row")
    expect(row).to_be_visible()
    late = page.request.get(f"/w/lotus-flowers/since/?cursor={since}").text()
    assert f'id="room-{room.pk}-row"' in late
    with scope(room.workspace_id):
        actions.close_chatroom(actor=stage.world.ben, chatroom=room)
    expect(row).to_have_count(0)
    page.evaluate("late => htmx.swap(document.body, late, { swapStyle: 'none' })", late)
    expect(row).to_have_count(0)
    with scope(room.workspace_id):
        actions.reopen_chatroom(actor=stage.world.ben, chatroom=room)
    expect(row).to_be_visible()


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


@dataclass
class Shop:
    """A product on a database server of its own, with a vendor that delivers again what was not answered with 200."""

    stage: Stage
    database: OwnDatabase
    rooms: list[Chatroom]
    page: Page  # of an agent, not opened yet

    @property
    def vendor(self) -> SimulatorClient:
        return self.stage.simulator

    def write(self, number: int) -> None:
        """Let a customer write; nobody waits for the webhook."""
        self.vendor.inbound(self.stage.world.shop.account_id, phone(number), f"News {number}", wait=0)

    def messages(self) -> list[str]:
        """What new pages of all chats show now."""
        pages = [OpenPage(self.page.request.get(address_of(room)).text()) for room in self.rooms]
        return sorted(text for page in pages for text in page.texts())


@pytest.fixture
def shop(transactional_db: None, simulator: SimulatorProcess, chromium: Browser, tmp_path: Path) -> Iterator[Shop]:
    with ExitStack() as cleanup:
        database = cleanup.enter_context(own_database())
        cleanup.callback(valkey.stop, tmp_path / "valkey")
        environ = {
            "DATABASE_URL": database.url,
            "REDIS_URL": valkey.ensure_running(tmp_path / "valkey", durable=False),
            "VENDOR_API_URL": simulator.base_url,
        }
        worker, web = cleanup.push(WorkerProcess(**environ)), cleanup.push(WebProcess(**environ))
        vendor = cleanup.enter_context(simulator.client())
        stage = cleanup.enter_context(raised(web, vendor, chromium))
        rooms, page = rooms_of(stage.world), stage.agent(stage.world.amy)
        at_once(database.take_over, worker.start, web.start)
        yield Shop(stage, database, rooms, page)
        worker.kill()  # asked to stop, it takes seconds


def test_postgresql_killed_under_traffic_loses_no_message_and_the_page_stays_as_true_as_a_new_one(shop: Shop) -> None:
    page = shop.page
    page.goto(address_of(shop.rooms[0]))
    page.wait_for_selector(LIVE)
    page.evaluate("window.isTheSame = true")
    with Traffic(shop.write) as traffic:
        traffic.more(5)
        page.wait_for_selector('.message-text:text-is("News 0")')
        shop.database.kill()
        traffic.more(10)
        shop.database.start()
        traffic.more(5)
    assert shop.vendor.settle(20)
    assert [each for each in shop.vendor.webhooks() if each["status"] == 503], "nothing was refused meanwhile"
    written = sorted(["Hello"] * CHATS + [f"News {number}" for number in range(traffic.changes)])
    until(lambda: shop.messages() == written, every=0.2)
    is_as_true_as_a_new_one(page, "a killed database")
    forgive(shop.stage)
