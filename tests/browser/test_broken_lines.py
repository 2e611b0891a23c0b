"""An open page under traffic, while Valkey, the database and the web are killed: in the end it shows what a new one shows."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections
from playwright.sync_api import Browser, Page, Request
from pytest_django import Settings

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom
from inbox.devstack import valkey
from inbox.devstack.processes import processes_in
from inbox.devstack.processes import stop as stop_processes
from inbox.devstack.simulator.client import SimulatorProcess
from inbox.realtime import presence, publish
from inbox.workspaces.tenancy import scope
from tests.processes import DatabaseRoad, WebProcess, until
from tests.realtime.open_page import OpenPage
from tests.world import World, receive, room_with, text_message, webhook

from .conftest import Stage, raised

LIVE, NOT_LIVE = "html[data-socket=open]", "html:not([data-socket=open])"
CHATS = 4
OF_BROKEN_LINES = (  # how the browser and htmx mention what did not arrive; an error of a script is none of them
    "Failed to load resource: ",
    "WebSocket connection to ",
    "[object Event]",
    "htmx:afterRequest, ",
    "htmx:sendError, ",
    "Response Status Error Code 5",
)


@dataclass
class Lines:
    """The stage of the test, and what its web depends on."""

    stage: Stage
    road: DatabaseRoad
    valkey_folder: Path

    def kill_valkey(self, _traffic: Traffic) -> None:
        stop_processes(processes_in(self.valkey_folder, valkey.PROGRAM), signal.SIGKILL)

    def start_valkey(self) -> None:
        valkey.ensure_running(self.valkey_folder, durable=False)

    def kill_web(self, _traffic: Traffic) -> None:
        self.stage.web.kill()

    def start_web(self) -> None:
        self.stage.web.start()

    def kill_database(self, traffic: Traffic) -> None:
        """Let nobody of the web in any more, and cut the traffic off in the middle of its transactions."""
        self.road.close()
        for _ in range(20):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [traffic.backend])
            time.sleep(0.05)
        self.stage.web.kill()  # its sockets would know nothing of it
        self.stage.web.start()

    def start_database(self) -> None:
        self.road.open()


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
        road = cleanup.enter_context(DatabaseRoad())
        web = cleanup.enter_context(WebProcess(DATABASE_URL=road.url, REDIS_URL=settings.REDIS_URL))
        vendor = cleanup.enter_context(simulator.client())
        yield Lines(cleanup.enter_context(raised(web, vendor, chromium)), road, folder)


@dataclass
class Traffic:
    """Customers who write and an agent who closes chats, as long as the block lasts."""

    world: World
    rooms: list[Chatroom]
    changes: int = 0
    broken_off: int = 0
    backend: int = 0  # its own connection's process in the database
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
            try:
                self._change(number)
                self.backend = connection.connection.info.backend_pid
                self.changes += 1
            except DatabaseError:
                self.broken_off += 1
                connections.close_all()
        connections.close_all()

    def _change(self, number: int) -> None:
        if number % 7 == 6:
            with scope(self.world.lotus.pk):
                actions.close_chatroom(actor=self.world.ben, chatroom=self.rooms[number % CHATS])
            return
        receive(
            self.world.app, webhook(self.world.shop, messages=[text_message(f"News {number}", phone=phone(number))])
        )


def phone(number: int) -> str:
    return f"8529000000{number % CHATS}"


def shown(page: Page) -> OpenPage:
    return OpenPage(page.content())


def test_a_page_is_as_true_as_a_new_one_after_each_thing_it_depends_on_was_killed(lines: Lines) -> None:
    stage, world = lines.stage, lines.stage.world
    rooms = [room_with(world, phone=phone(number)) for number in range(CHATS)]
    page = stage.agent(world.amy)
    address = f"/w/lotus-flowers/rooms/{rooms[0].pk}/"
    caught_up: list[str] = []
    page.on("request", lambda request: note(request, caught_up))

    broken_off = 0
    things: list[tuple[Callable[[Traffic], None], Callable[[], None]]] = [
        (lines.kill_valkey, lines.start_valkey),
        (lines.kill_web, lines.start_web),
        (lines.kill_database, lines.start_database),
    ]
    for kill, start in things:
        page.goto(address)  # with the newest messages only, as a new one
        page.wait_for_selector(LIVE)
        page.evaluate("window.isTheSame = true")
        caught_up.clear()
        with Traffic(world, rooms) as traffic:
            traffic.more(5)
            kill(traffic)
            page.wait_for_selector(NOT_LIVE)
            traffic.more(10)
            start()
            page.wait_for_selector(LIVE, timeout=30_000)
            traffic.more(3)
        broken_off += traffic.broken_off
        assert caught_up, kill
        fresh = page.context.new_page()
        fresh.goto(address)
        fresh.wait_for_selector(LIVE)
        become_equal(page, fresh, kill.__name__)
        assert list(shown(page).elements) == list(shown(fresh).elements)
        assert len(shown(page).texts()) > CHATS
        fresh.close()
        assert page.evaluate("window.isTheSame"), "it was loaded anew, so nothing was caught up"
    assert broken_off, "no transaction was cut off"
    stage.complaints[:] = [each for each in stage.complaints if not each.startswith(OF_BROKEN_LINES)]


def become_equal(page: Page, fresh: Page, after: str) -> None:
    give_up_at = time.monotonic() + 10
    while (differences := shown(page).differences(shown(fresh))) and time.monotonic() < give_up_at:
        page.wait_for_timeout(200)
    assert not differences, "\n".join((after, *map(str, differences.values())))


def note(request: Request, caught_up: list[str]) -> None:
    if "/since/?" in request.url:
        caught_up.append(request.url)
