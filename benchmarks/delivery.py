"""How long after its webhook a customer's message is on an agent's screen, at a steady 50 messages a second.

From the first byte of the webhook to the frame in the socket: daphne stores it and wakes the worker, the worker makes a
message of it, renders and publishes, daphne forwards. One agent has the list open (a row for every customer who wrote)
and one a chat (every message in it). The load does not wait for answers, so a stall shows in full.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect

from inbox.chatrooms.models import Chatroom
from inbox.workspaces.tenancy import scope

from .cast import Business, open_business
from .load import HttpConnection, OpenLoop
from .report import Verdict, print_table, quantile
from .stage import Stage, UnableToMeasure

RATE = 50
TARGET_MS = 100.0
_FIRST_PHONE = 85291000000
_OPEN_CHAT = _FIRST_PHONE - 1
# Every tenth message is for the open chat; all others come from a customer each, so that no row hides another.
_OPEN_CHAT_SHARE = 10
_STRAGGLERS = 5.0
_WARM_UP = 50
_NUMBER = re.compile(r"bench-(\d+)")


def run(stage: Stage) -> list[Verdict]:
    business = open_business("Delivery")
    seconds = 2 if stage.quick else 10
    rounds: list[_Round] = []
    with stage.web() as port, stage.worker():
        asyncio.run(_warm_up(port, business))
        for _ in range(stage.rounds(3)):
            rounds.append(asyncio.run(_measure(port, business, messages=RATE * seconds)))
    rows = []
    for name in ("list", "chat"):
        for number, one in enumerate(rounds, start=1):
            times = [one.seconds[n] * 1000 for n in one.expected[name] if n in one.seconds]
            shown = f"{len(times)}/{len(one.expected[name])}"
            rows.append([name, str(number), shown, *(f"{quantile(times, q):.1f}" for q in (0.5, 0.99, 1.0))])
    answers = [seconds * 1000 for one in rounds for seconds in one.answered.values()]
    rows.append(["(answer)", "", f"{len(answers)}", *(f"{quantile(answers, q):.1f}" for q in (0.5, 0.99, 1.0))])
    print_table(["socket", "round", "delivered", "p50 ms", "p99 ms", "max ms"], rows)
    all_times = [seconds * 1000 for one in rounds for seconds in one.seconds.values()]
    expected = sum(len(numbers) for one in rounds for numbers in one.expected.values())
    p99 = quantile(all_times, 0.99)
    ratio = quantile(all_times, 0.5) / quantile(answers, 0.5)
    print(f"  ratio: on the screen after {ratio:.1f} times as long as the webhook's own answer (p50)")
    delivered = f"{len(all_times)} of {expected}"
    return [
        Verdict(
            f"webhook → agent's socket at {RATE}/s, p99", f"{p99:.1f} ms", f"< {TARGET_MS:.0f} ms", p99 < TARGET_MS
        ),
        Verdict("delivered", delivered, "every message", len(all_times) == expected),
    ]


class _Round:
    """Which messages each socket must show, and how long the answer and the frame of each took."""

    def __init__(self, first: int, messages: int) -> None:
        numbers = range(first, first + messages)
        chat = [number for number in numbers if number % _OPEN_CHAT_SHARE == 0]
        self.expected = {"list": [number for number in numbers if number % _OPEN_CHAT_SHARE], "chat": chat}
        self.sent_at: dict[int, float] = {}
        self.answered: dict[int, float] = {}
        self.seconds: dict[int, float] = {}
        self.complete = asyncio.Event()

    def note(self, socket: str, frame: str) -> None:
        """Take the time of what a frame shows for the first time."""
        now = time.perf_counter()
        for number in {int(digits) for digits in _NUMBER.findall(frame)}:
            is_chat = number % _OPEN_CHAT_SHARE == 0
            if number in self.sent_at and is_chat == (socket == "chat"):
                self.seconds.setdefault(number, now - self.sent_at[number])
        if len(self.seconds) == sum(map(len, self.expected.values())):
            self.complete.set()


_next_message = 1


async def _measure(port: int, business: Business, *, messages: int) -> _Round:
    global _next_message
    this = _Round(_next_message, messages)
    _next_message += messages
    numbers = sorted(number for some in this.expected.values() for number in some)
    requests = {number: _request(business, number) for number in numbers}
    room = await asyncio.to_thread(_open_chat, business)
    load = OpenLoop(port)
    async with _socket(port, business, "inbox/", this, "list"), _socket(port, business, f"rooms/{room}/", this, "chat"):
        began_at = time.perf_counter()
        sending = []
        for position, number in enumerate(numbers):
            await asyncio.sleep(max(began_at + position / RATE - time.perf_counter(), 0))
            this.sent_at[number] = time.perf_counter()
            sending.append(asyncio.create_task(_send(load, requests[number], number, this)))
        statuses = await asyncio.gather(*sending)
        if set(statuses) != {200}:
            raise UnableToMeasure(f"Not every webhook was accepted: {sorted(set(statuses))}")
        with suppress(TimeoutError):  # the verdict says how many are missing
            await asyncio.wait_for(this.complete.wait(), _STRAGGLERS)
    load.close()
    return this


async def _send(load: OpenLoop, request: bytes, number: int, this: _Round) -> int:
    status = await load.send(request)
    this.answered[number] = time.perf_counter() - this.sent_at[number]
    return status


async def _warm_up(port: int, business: Business) -> None:
    """Let the open chat's customer and others write until the worker, started a moment ago, has stored it all."""
    connection = await HttpConnection.open(port)
    for number in range(_WARM_UP):
        phone = _OPEN_CHAT if number == 0 else _FIRST_PHONE - 10 - number
        await connection.exchange(business.request(business.body(f"warm{number}", phone=phone, text="Hello")))
    give_up_at = time.monotonic() + 30
    while await asyncio.to_thread(_rooms, business) < _WARM_UP:
        if time.monotonic() > give_up_at:
            raise UnableToMeasure("The worker has not processed anything in 30 s.")
        await asyncio.sleep(0.1)
        # A wake-up may have come before the worker listened.
        await connection.exchange(business.request(business.body("again", phone=_OPEN_CHAT, text="Hello")))
    connection.close()


@asynccontextmanager
async def _socket(port: int, business: Business, path: str, this: _Round, name: str) -> AsyncIterator[None]:
    """Open one of the sockets of the agent's page, and note its frames while the block runs."""
    address = f"ws://127.0.0.1:{port}/ws/w/{business.workspace.slug}/{path}?language=en"
    cookie = await asyncio.to_thread(business.session_cookie)
    headers = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{port}"}
    async with connect(address, additional_headers=headers, compression=None) as socket:
        if '"ready"' not in str(await socket.recv()):
            raise UnableToMeasure("The socket was refused.")
        reading = asyncio.create_task(_read(socket, this, name))
        try:
            yield
        finally:
            reading.cancel()


async def _read(socket: ClientConnection, this: _Round, name: str) -> None:
    async for frame in socket:
        this.note(name, str(frame))


def _request(business: Business, number: int) -> bytes:
    phone = _OPEN_CHAT if number % _OPEN_CHAT_SHARE == 0 else _FIRST_PHONE + number
    return business.request(business.body(f"delivery{number}", phone=phone, text=f"bench-{number}"))


def _open_chat(business: Business) -> int:
    with scope(business.workspace.pk):
        rooms = Chatroom.objects.filter(workspace=business.workspace, customer__identities__value=str(_OPEN_CHAT))
        return rooms.values_list("pk", flat=True).get()


def _rooms(business: Business) -> int:
    with scope(business.workspace.pk):
        return Chatroom.objects.filter(workspace=business.workspace).count()
