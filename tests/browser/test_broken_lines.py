"""An open page under traffic, while Valkey, the web and PostgreSQL are killed: in the end it shows what a new one shows."""

from __future__ import annotations

import itertools
import re
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect
from pytest_django import Settings

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom
from inbox.customers.access import get_group
from inbox.customers.actions import rename_customer
from inbox.devstack import valkey
from inbox.devstack.processes import processes_in
from inbox.devstack.processes import stop as stop_processes
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.labels.actions import change_label, create_label, set_customer_labels
from inbox.labels.models import Label
from inbox.notes.actions import add_note
from inbox.realtime import presence, publish
from inbox.workspaces.tenancy import scope
from tests.own_database import OwnDatabase, own_database
from tests.processes import WebProcess, WorkerProcess, at_once, until
from tests.realtime.open_page import OpenPage
from tests.world import World, receive, room_with, text_message, webhook

from .conftest import BROKEN_LINES, Stage, raised

LIVE, NOT_LIVE = "html[data-socket=open]", "html:not([data-socket=open])"
SLOWEST_COUNT = 75  # seconds: the longer an answer took, the later a page asks for its counts again, see view-counts.js
CHATS = 8  # a chat shows its newest 50 messages, and a slow machine takes long to start a server under traffic


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
    return OpenPage(page.content(), scripts=True)


def is_as_true_as_a_new_one(page: Page, after: str) -> None:
    """Hold the page against one that is opened now, until both show the same."""
    assert page.evaluate("window.isTheSame"), f"after {after} it was loaded anew, so nothing was caught up"
    fresh = page.context.new_page()
    fresh.goto(page.url)
    fresh.wait_for_selector(LIVE)
    give_up_at = time.monotonic() + SLOWEST_COUNT
    while True:
        old, new = shown(page), shown(fresh)
        differences, is_in_order = old.differences(new), list(old.elements) == list(new.elements)
        if (is_in_order and not differences) or time.monotonic() > give_up_at:
            break
        page.wait_for_timeout(200)
    assert not differences, "\n".join((after, *map(str, differences.values())))
    assert is_in_order, after
    assert len(old.texts()) > 2
    fresh.close()


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
    """Let a customer write; now and then an agent closes a chat, or does what else changes a page."""
    with scope(world.lotus.pk):
        if number % 7 == 6:
            actions.close_chatroom(actor=world.ben, chatroom=rooms[number % len(rooms)])
        elif number % 5 == 4:
            do_something(world, rooms[number // 20 % 2], number // 5)
        else:
            news = text_message(f"News {number}", phone=phone(number % len(rooms)))
            receive(world.app, webhook(world.shop, messages=[news]))


def do_something(world: World, opened: Chatroom, turn: int) -> None:
    room = Chatroom.objects.select_related("customer").get(pk=opened.pk)
    match turn % 4:
        case 0:
            assignee = None if room.assignee_id else world.amy
            actions.assign_chatroom(actor=world.ben, chatroom=room, assignee=assignee, expected_id=room.assignee_id)
        case 1:
            rename_customer(actor=world.ben, customer=room.customer, name=f"Chan {turn}")
        case 2:
            group = get_group(world.ben, room.customer_id)
            add_note(actor=world.ben, group=group, text=f"Peonies {turn}", client_id=uuid.uuid4())
        case 3:
            actions.mark_all(member=world.amy, room_ids=[room.pk], is_read=True)


def change_what_no_frame_tells(world: World, room: Chatroom, label: Label, word: str) -> None:
    """Call a label something else, and mark a chat on another device of the member: both are told by signals only."""
    with scope(world.lotus.pk):
        change_label(actor=world.ben, workspace_id=world.lotus.pk, label=label, name=word, colour=label.colour)
        for is_read in (True, False):
            if actions.mark_all(member=world.amy, room_ids=[room.pk], is_read=is_read).changed:
                break


@pytest.mark.timeout(300)  # of which it needs a minute where counts are answered slowly
def test_a_page_is_as_true_as_a_new_one_after_valkey_and_the_web_were_killed(lines: Lines) -> None:
    stage, world = lines.stage, lines.stage.world
    *rooms, quiet = rooms_of(world)
    with scope(world.lotus.pk):
        label = create_label(actor=world.ben, name="Regular")
        set_customer_labels(actor=world.ben, customers=[quiet.customer, rooms[0].customer], add=[label])
    page = stage.agent(world.amy)
    caught_up: list[str] = []
    page.on("request", lambda request: note(request, caught_up))

    things = (
        (lines.kill_valkey, lines.start_valkey, "Catching up"),
        (lines.kill_web, lines.start_web, "Offline"),
    )
    for room, (kill, start, word) in zip(rooms, things, strict=False):  # an own chat for each
        page.goto(address_of(room))
        page.wait_for_selector(LIVE)
        expect(dot(page)).to_have_text("Live", use_inner_text=True)
        page.evaluate("window.isTheSame = true")
        caught_up.clear()
        with Traffic(partial(change_something, world, rooms)) as traffic:
            traffic.more(5)
            kill()
            page.wait_for_selector(NOT_LIVE)
            expect(dot(page)).to_have_text(word, use_inner_text=True)
            traffic.more(10)
            change_what_no_frame_tells(world, quiet, label, word)
            start()
            page.wait_for_selector(LIVE, timeout=30_000)
            traffic.more(3)
        assert caught_up, kill
        is_as_true_as_a_new_one(page, kill.__name__)
    stage.forgive(BROKEN_LINES)


def test_a_page_that_may_not_catch_up_says_so_and_is_not_live_until_it_has(stage: Stage) -> None:
    page = stage.agent(stage.world.amy)
    page.goto("/w/lotus-flowers/")
    page.wait_for_selector(LIVE)
    for status, words in ((403, "out of date"), (404, "does not exist any more")):
        page.route("**/since/?*", answering(status))
        page.locator(".rooms-filter .tab").first.click()  # a list that was put in later asks for what it missed
        expect(page.locator("#notices")).to_contain_text(words)
        expect(dot(page)).to_have_text("Catching up", use_inner_text=True)
        page.unroute("**/since/?*")
        page.evaluate("dispatchEvent(new Event('focus'))")
        expect(dot(page)).to_have_text("Live", use_inner_text=True)
        expect(page.locator("#notices")).not_to_contain_text(words)
    stage.forgive("40[34]")


def test_what_a_script_asks_for_in_vain_is_said_and_costs_no_file(stage: Stage) -> None:
    room = room_with(stage.world)
    page = stage.agent(stage.world.amy)
    page.goto(f"{address_of(room)}?search=q%3Drose")
    page.wait_for_selector(LIVE)
    page.route("**/draft/", lambda route: route.abort())  # so that only this browser knows of the file
    page.set_input_files("input[type=file]", {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Roses"})
    expect(page.locator("#composer .composer-file[data-value]")).to_have_count(1)

    page.route(re.compile(r"/search/|/files/chosen/"), answering(500))
    with page.expect_response(re.compile("/files/chosen/")):
        page.reload()
    expect(page.locator("#notices")).to_contain_text("wrong on our side")
    page.unroute_all()
    page.reload()
    expect(page.locator("#composer .composer-file[data-value]")).to_have_count(1)
    stage.forgive(BROKEN_LINES)


def answering(status: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status)


def dot(page: Page) -> Locator:
    return page.locator(".live")


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


@pytest.mark.timeout(300)
def test_postgresql_killed_under_traffic_loses_no_message_and_the_page_stays_as_true_as_a_new_one(shop: Shop) -> None:
    page = shop.page
    page.goto(address_of(shop.rooms[0]))
    page.wait_for_selector(LIVE)
    page.evaluate("window.isTheSame = true")
    with Traffic(shop.write) as traffic:
        traffic.more(5)
        page.wait_for_selector('.message-text:text-is("News 0")', timeout=30_000)  # the worker may still be starting
        shop.database.kill()
        traffic.more(10)
        shop.database.start()
        traffic.more(5)
    assert shop.vendor.settle(20)
    assert [each for each in shop.vendor.webhooks() if each["status"] == 503], "nothing was refused meanwhile"
    written = sorted(["Hello"] * CHATS + [f"News {number}" for number in range(traffic.changes)])
    until(lambda: shop.messages() == written, within=30, every=0.2)
    is_as_true_as_a_new_one(page, "a killed database")
    shop.stage.forgive(BROKEN_LINES)
