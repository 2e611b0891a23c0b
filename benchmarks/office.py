"""What the pages of 200 agents of one workspace ask by themselves while its chats change.

Real sockets and requests to one web process; what a page does when it hears something is the rule of its scripts
(`pace.js`, `view-counts.js`, `row-questions.js`, `unread.js`, `notifications.js`). The same once more with the rule that asks
after a fixed pause, for every signal, and about each chat by itself. What the changes cost by themselves is taken off.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from statistics import median
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.db import connections
from websockets.asyncio.client import ClientConnection, connect

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom
from inbox.customers.models import CustomerIdentity
from inbox.labels.models import Label
from inbox.lib import clock
from inbox.notifications.actions import notify_changes
from inbox.workspaces.tenancy import scope

from .cast import Business, hire, open_business, receive
from .crowd import fill
from .load import OpenLoop
from .report import Verdict, print_table, quantile
from .stage import Stage

AGENTS = 200
CHATS = 20_000
SECONDS = 12.0
EVERY = 0.25  # a change
TOLD_EVERY = 4  # changes: a worker reads the log once a second
PROBE_EVERY = 0.5
MOST_TIME = 0.5
_AT_ONCE = 25
_STATISTICS_AFTER = 11.0  # seconds until idle sessions have told the server's statistics what they did
_ROW = re.compile(r'id="room-(\d+)-row"(?:[^>]* data-created-at="([^"]+)")?')
_FIRST_PHONE = 85_291_000_000
_SHOWN = 50  # chats of a list
_MOST_ASKED = 100  # chats in one question
_STRIDE = 7919  # which of the older chats is next


@dataclass(frozen=True)
class Limits:
    """How long a page waits: as `wait` in pace.js has it, in seconds."""

    after: float
    pause: float = 0
    share: float = 0
    most: float = 60
    jitter: float = 0.25

    def wait(self, since_answer: float, took: float) -> float:
        slack = self.share * took
        least = max(self.after, min(max(self.pause, slack), self.most) - since_answer)
        return least + random.random() * min(max(least * self.jitter, slack), 2)


@dataclass(frozen=True)
class Rule:
    """When pages ask. `trusts` is whether they take a signal or a new chat for what it says; `seen` is when they ask, of
    all chats together, what the member has seen of them, None where they ask about each by itself."""

    name: str
    counts: Limits
    rows: Limits
    news: Limits
    seen: Limits | None
    trusts: bool


RULES = (
    Rule(
        "after a fixed pause",
        Limits(1.5, pause=8),
        Limits(0.25, jitter=0),
        Limits(0.2, jitter=0),
        seen=None,
        trusts=False,
    ),
    Rule(
        "at the server's pace",
        Limits(1.5, pause=8, share=50),
        Limits(0.25, share=20, most=10),
        Limits(0.2, share=20, most=3),
        seen=Limits(0.5, pause=1, share=100, most=10),
        trusts=True,
    ),
)


@dataclass
class Tally:
    """What was asked in one run, what it cost, and how long an agent waited for a chat meanwhile."""

    changes: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    opened: list[float] = field(default_factory=list)
    database: float = 0.0


class Question:
    """One thing that a page asks the server: once for everything that happens until it is asked, never beside itself."""

    def __init__(self, limits: Limits, ask: Callable[[], asyncio.Future[int]]) -> None:
        self.limits, self.ask = limits, ask
        self.task: asyncio.Task[None] | None = None
        self.answered_at, self.took = 0.0, 0.0
        self.is_under_way = self.is_wanted = False

    def soon(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())
        elif self.is_under_way:
            self.is_wanted = True

    async def _run(self) -> None:
        self.is_wanted = True
        while self.is_wanted:
            await asyncio.sleep(self.limits.wait(time.perf_counter() - self.answered_at, self.took))
            began_at, self.is_wanted, self.is_under_way = time.perf_counter(), False, True
            await asyncio.shield(self.ask())  # what is under way is answered, also when the day is over
            self.answered_at, self.is_under_way = time.perf_counter(), False
            self.took = self.answered_at - began_at


class Page:
    """An agent's open list. Every fourth agent's shows a label's chats, which only the server can tell."""

    def __init__(self, office: Office, number: int) -> None:
        self.office, self.session = office, office.sessions[number]
        self.query = {"label": office.label} if number % 4 == 0 else {}
        self.made_at = clock.now()
        self.rooms: set[str] = set()
        self.unseen: set[str] = set()
        self.known: set[str] = set(office.known)
        rule = office.rule
        self.counts = Question(rule.counts, lambda: self.get("counts/", **self.query))
        self.rows = Question(rule.rows, self.ask_rows)
        self.news = Question(rule.news, lambda: self.get("notifications/news/", after=office.after))
        self.seen = Question(rule.seen, self.ask_seen) if rule.seen else None
        self.questions = [each for each in (self.counts, self.rows, self.news, self.seen) if each]

    def get(self, place: str, kind: str = "", /, **query: object) -> asyncio.Future[int]:
        return self.office.ask(place, kind or place, self.session, **query)

    def ask_rows(self) -> asyncio.Future[int]:
        rooms, self.rooms = self.rooms, set()
        return self.get("rows/", **self.query, room=sorted(rooms))

    def ask_seen(self) -> asyncio.Future[int]:
        rooms = sorted(self.unseen)[:_MOST_ASKED]
        self.unseen -= set(rooms)
        if self.unseen and self.seen:
            self.seen.soon()
        return self.get("rows/", "seen", room=rooms)

    def hear(self, said: str) -> None:
        if said.startswith("{"):
            signal = json.loads(said)
            if signal["type"] == "notifications" and not (self.office.rule.trusts and "unread" in signal):
                self.news.soon()
            return
        rooms = dict(_ROW.findall(said))
        if not rooms:
            return
        self.counts.soon()
        if self.query:
            self.rooms |= rooms.keys()
            self.rows.soon()
        else:
            self.ask_what_is_seen({room: created for room, created in rooms.items() if room not in self.known})
        self.known |= rooms.keys()

    def ask_what_is_seen(self, strange: dict[str, str]) -> None:
        """Ask about chats that were not in the list; of those that are younger nobody had seen anything."""
        if self.seen is None:
            for room in strange:
                self.get(f"rooms/{room}/row/", "seen")
            return
        self.unseen |= {room for room, at in strange.items() if at and datetime.fromisoformat(at) <= self.made_at}
        if self.unseen:
            self.seen.soon()


class Office:
    """A workspace whose agents all have their list open, and one of whom opens a chat now and then."""

    def __init__(self, business: Business, sessions: list[str], rule: Rule, port: int) -> None:
        self.business, self.sessions, self.rule, self.port = business, sessions, rule, port
        self.place = f"/w/{business.workspace.slug}/"
        self.line, self.tally, self.turn = OpenLoop(port), Tally(), asyncio.Semaphore(_AT_ONCE)
        self.under_way: set[asyncio.Future[int]] = set()
        with scope(business.workspace.pk):
            self.label = Label.objects.get(workspace=business.workspace, name="Regular").pk
            rooms = Chatroom.objects.filter(workspace=business.workspace, status="open").order_by("-last_message_at")
            self.known = {str(pk) for pk in rooms.values_list("pk", flat=True)[:_SHOWN]}
        self.after = "2026-01-01T00:00:00+00:00_0"

    def ask(self, place: str, kind: str, session: str, /, **query: object) -> asyncio.Future[int]:
        self.tally.asked[kind] += 1
        request = asyncio.ensure_future(self._get(place, session, **query))
        self.under_way.add(request)
        request.add_done_callback(self.under_way.discard)
        return request

    async def _get(self, place: str, session: str, **query: object) -> int:
        path = f"{self.place}{place}?{urlencode(query, doseq=True)}"
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nHX-Request: true\r\nCookie: sessionid={session}\r\n\r\n"
        return await self.line.send(head.encode())

    async def probe(self) -> None:
        """Open a chat again and again, as an agent does."""
        for room in sorted(self.known):
            began_at = time.perf_counter()
            await asyncio.shield(self.ask(f"rooms/{room}/", "chat", self.sessions[0]))
            self.tally.opened.append(time.perf_counter() - began_at)
            await asyncio.sleep(PROBE_EVERY)

    async def listen(self, number: int, pages: AsyncExitStack) -> tuple[Page, ClientConnection]:
        address = f"ws://127.0.0.1:{self.port}/ws{self.place}inbox/?language={settings.LANGUAGE_CODE}"
        async with self.turn:
            line = connect(
                address,
                additional_headers={"Cookie": f"sessionid={self.sessions[number]}"},
                origin=f"http://127.0.0.1:{self.port}",  # type: ignore[arg-type]
                proxy=None,
                compression=None,
                max_queue=None,
                close_timeout=1,
            )
            socket = await pages.enter_async_context(line)
            while json.loads(await socket.recv()) != {"type": "ready"}:
                pass
        return Page(self, number), socket


async def _hear(page: Page, socket: ClientConnection) -> None:
    async for said in socket:
        page.hear(str(said))


def run(stage: Stage) -> list[Verdict]:
    business = open_business("Office")
    sessions = hire(business, 20 if stage.quick else AGENTS)
    fill(stage, {business: 500 if stage.quick else CHATS}, is_varied=True)
    seconds = 4.0 if stage.quick else SECONDS
    changes = Changes(business)
    tallies: dict[str, Tally] = {}
    with stage.server() as (port, _process):
        plain = asyncio.run(_day(stage, Office(business, [], RULES[0], port), changes, seconds))
        for rule in RULES:
            tallies[rule.name] = asyncio.run(_day(stage, Office(business, sessions, rule, port), changes, seconds))
    own = plain.database / plain.changes
    rows, costs = [], []
    for name, tally in tallies.items():
        cost = tally.database / tally.changes - own
        costs.append(cost)
        kinds = [f"{tally.asked[kind] / seconds:.1f}" for kind in ("counts/", "rows/", "notifications/news/", "seen")]
        opened = [f"{median(tally.opened) * 1000:.0f}", f"{quantile(tally.opened, 0.95) * 1000:.0f}"]
        rows.append([name, *kinds, f"{cost:.0f}", *opened])
    head = [f"{len(sessions)} pages, {1 / EVERY:.0f} changes/s", "counts/s", "rows/s", "news/s", "seen/s"]
    print_table([*head, "ms of database a change", "a chat opens in ms, p50", "p95"], rows)
    print(f"  a change by itself: {own:.0f} ms of database")
    ratio = costs[1] / costs[0]
    return [Verdict("database time, at its pace ÷ fixed pauses", f"{ratio:.2f}", f"≤ {MOST_TIME}", ratio <= MOST_TIME)]


class Changes:
    """A new customer writes, two of long ago write, what nobody has is taken: in turns, without an end."""

    def __init__(self, business: Business) -> None:
        self.business, self.numbers = business, count()
        with scope(business.workspace.pk):
            known = CustomerIdentity.objects.filter(workspace=business.workspace).order_by("customer_id")
            self.older = [int(key) for key in known.values_list("key", flat=True)[_SHOWN:]]

    def one(self) -> None:
        number = next(self.numbers)
        turn = number % 4
        if turn == 3:
            with scope(self.business.workspace.pk):
                room = Chatroom.objects.filter(workspace=self.business.workspace).latest("pk")
                actions.assign_chatroom(
                    actor=self.business.agent, chatroom=room, assignee=self.business.agent, expected_id=None
                )
        else:
            phone = self.older[number * _STRIDE % len(self.older)] if turn else _FIRST_PHONE + number
            receive(self.business, self.business.body(f"office.{number}", phone=phone, text="Do you have tulips?"))
        if number % TOLD_EVERY in (0, 3):
            notify_changes()

    def go_on(self, seconds: float) -> int:
        """Change something at every tick; return how often."""
        began_at = time.perf_counter()
        done = 0
        try:
            while (now := time.perf_counter() - began_at) < seconds:
                if now < done * EVERY:
                    time.sleep(done * EVERY - now)
                self.one()
                done += 1
        finally:
            connections.close_all()
        return done


async def _day(stage: Stage, office: Office, changes: Changes, seconds: float) -> Tally:
    async with AsyncExitStack() as pages:
        numbers = range(len(office.sessions))
        opened = await asyncio.gather(*[office.listen(number, pages) for number in numbers])
        tasks = [asyncio.create_task(_hear(page, socket)) for page, socket in opened]
        before = _database_time(stage)
        if office.sessions:
            tasks.append(asyncio.create_task(office.probe()))
        office.tally.changes = await asyncio.to_thread(changes.go_on, seconds)
        for task in tasks:
            task.cancel()
        for page, _socket in opened:
            for question in page.questions:
                if question.task is not None:
                    question.task.cancel()
        while office.under_way:
            await asyncio.wait(list(office.under_way))
    office.line.close()
    await asyncio.sleep(0 if stage.quick else _STATISTICS_AFTER)
    office.tally.database = _database_time(stage) - before
    return office.tally


def _database_time(stage: Stage) -> float:
    """Return how many milliseconds all sessions have worked for statements so far."""
    with psycopg.connect(stage.database_url, autocommit=True) as connection:
        found = connection.execute("SELECT active_time FROM pg_stat_database WHERE datname = current_database()")
        [value] = found.fetchone() or [0.0]
    return float(value)
