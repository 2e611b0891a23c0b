"""What a process's sockets are told when Redis is lost and found again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from redis.asyncio.client import PubSub

from inbox.devstack import valkey
from inbox.devstack.processes import processes_in, stop
from inbox.realtime.hub import Hub


class Ear:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.is_lost, self.is_back = asyncio.Event(), asyncio.Event()

    async def hear(self, kind: str, text: str) -> None:
        """Nobody says anything here."""

    async def lose(self) -> None:
        self.is_lost.set()

    async def regain(self) -> None:
        self.is_back.set()


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    folder = tmp_path / "valkey"
    settings.REDIS_URL = valkey.ensure_running(folder, durable=False)
    yield folder
    valkey.stop(folder)


def test_who_goes_while_redis_comes_back_keeps_nobody_else_deaf(
    server: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    subscribe, is_up = PubSub.subscribe, asyncio.Event()

    async def unanswered(self: PubSub, *channels: bytes) -> None:
        await is_up.wait()
        for process in processes_in(server, valkey.PROGRAM):
            process.suspend()
        await subscribe(self, *channels)

    async def test() -> None:
        hub, stays, goes = Hub(), Ear(), Ear()
        await hub.join(stays, ("one",))
        await hub.join(goes, ("another",))
        monkeypatch.setattr(PubSub, "subscribe", unanswered)
        await asyncio.to_thread(stop, processes_in(server, valkey.PROGRAM), signal.SIGKILL)
        await asyncio.wait_for(stays.is_lost.wait(), 15)
        await asyncio.to_thread(valkey.ensure_running, server, durable=False)
        is_up.set()
        async with asyncio.timeout(15):
            while "realtime is back" not in caplog.messages:  # it has asked for its groups, and waits for the answer
                await asyncio.sleep(0.01)
        await hub.leave(goes, ("another",))
        for process in processes_in(server, valkey.PROGRAM):
            process.resume()
        await asyncio.wait_for(stays.is_back.wait(), 15)
        assert not goes.is_back.is_set()

    asyncio.run(test())
