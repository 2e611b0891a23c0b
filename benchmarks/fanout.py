"""How long until the last of 1 000 agents' sockets has a change, and what an idle socket weighs.

One web process with a list's socket for each of 1 000 members, against the same web server with a plain consumer on the
stock pub/sub layer. The same frame goes to both, from this process. Each arm has a new process in each round.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median

import psutil
from channels.layers import get_channel_layer
from django.conf import settings

from inbox.chatrooms.catch_up import changes_since
from inbox.realtime import publish
from inbox.workspaces.tenancy import scope

from . import stock_sockets
from .cast import Business, hire, open_business, receive
from .listeners import Listeners, listeners
from .report import Spread, Verdict, print_table
from .stage import Stage, UnableToMeasure

SOCKETS = 1000
FRAMES = 20
MOST_TIME = 0.4
MOST_MEMORY = 1.1
_PAUSE = 0.1  # between two frames, so that each finds the server idle
_SETTLES = 1.0


@dataclass
class Arm:
    """A server to measure: its application, where its sockets are, and how a frame reaches all of them."""

    name: str
    application: str
    path: str
    say: Callable[[str], Awaitable[None]]
    milliseconds: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)


def run(stage: Stage) -> list[Verdict]:
    business = open_business("Fanout")
    sessions = hire(business, 50 if stage.quick else SOCKETS)
    group = publish.inbox_group(business.workspace.pk, settings.LANGUAGE_CODE)

    async def say(frame: str) -> None:
        publish.send_html([(group, frame)])

    async def say_to_stock(frame: str) -> None:
        await get_channel_layer().group_send(stock_sockets.GROUP, {"type": "frame.html", "html": frame})

    path = f"ws/w/{business.workspace.slug}/inbox/?language={settings.LANGUAGE_CODE}"
    ours = Arm("the product", "inbox.asgi:application", path, say)
    stock = Arm("stock layer and consumer", f"{stock_sockets.__name__}:application", stock_sockets.PATH, say_to_stock)
    frame = _frame(business)
    for number in range(stage.rounds(3)):
        for arm in (ours, stock) if number % 2 else (stock, ours):
            _measure(stage, arm, sessions, frame)
    rows = [[arm.name, Spread.of(arm.milliseconds).show(1), Spread.of(arm.kilobytes).show(1)] for arm in (ours, stock)]
    print_table([f"{len(sessions)} sockets, frame of {len(frame)} bytes", "ms to the last", "kB an idle one"], rows)
    return [
        _verdict("the last socket has a frame, ours ÷ stock", ours.milliseconds, stock.milliseconds, MOST_TIME),
        _verdict("memory of an idle socket, ours ÷ stock", ours.kilobytes, stock.kilobytes, MOST_MEMORY),
    ]


def _verdict(what: str, ours: list[float], stock: list[float], most: float) -> Verdict:
    ratio = Spread.of([a / b for a, b in zip(ours, stock, strict=True)])
    return Verdict(what, ratio.show(2), f"≤ {most}", ratio.median <= most)


def _frame(business: Business) -> str:
    """Return the frame of a real change: one customer has written."""
    receive(business, business.body("fanout", phone=85_291_000_000, text="Do you have tulips?"))
    with scope(business.workspace.pk):
        frame = changes_since(business.agent, 0, None)
    if frame is None:
        raise UnableToMeasure("There is no change to tell of.")
    return frame


def _measure(stage: Stage, arm: Arm, sessions: list[str], frame: str) -> None:
    with stage.server(arm.application) as (port, process):
        with listeners() as some:  # what is loaded by the first sockets is no socket's weight
            some.open(port, arm.path, sessions[: len(sessions) // 10])
            asyncio.run(_tell(arm, some, frame, times=3))
        time.sleep(_SETTLES)
        empty = _weight(process.pid)
        with listeners() as everybody:
            everybody.open(port, arm.path, sessions)
            time.sleep(_SETTLES)
            arm.kilobytes.append((_weight(process.pid) - empty) / len(sessions) / 1000)
            arm.milliseconds.append(median(asyncio.run(_tell(arm, everybody, frame, times=FRAMES))) * 1000)


def _weight(pid: int) -> int:
    """Return the memory that would be free if the process ended."""
    return int(psutil.Process(pid).memory_full_info().uss)


async def _tell(arm: Arm, sockets: Listeners, frame: str, *, times: int) -> list[float]:
    """Say the frame some times; return how long it took each time until the last socket had it."""
    seconds = []
    for number in range(times):
        ending = f"<!-- {number:06} -->"
        await asyncio.sleep(_PAUSE)
        began_at = time.perf_counter()
        await arm.say(frame + ending)
        seconds.append(sockets.hear(ending.encode()) - began_at)
    return seconds
