"""Group commit without a database: who shares a statement, who is told what, and that nobody waits in vain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from inbox.webhooks.ledger import MOST_AT_ONCE, Ledger


class Database:
    """Takes statements like the real one; `commit` lets the next one through, and it can be made to refuse."""

    def __init__(self) -> None:
        self.groups: list[list[bytes]] = []
        self.refusal: Exception | None = None
        self.gate = asyncio.Semaphore(0)

    async def execute(self, _statement: str, values: tuple[Any, ...]) -> None:
        self.groups.append(values[2])
        await self.gate.acquire()
        if self.refusal is not None:
            raise self.refusal

    def commit(self, times: int = 1) -> None:
        for _ in range(times):
            self.gate.release()


def arrive(ledger: Ledger, *bodies: bytes) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(ledger.store(1, body, body)) for body in bodies]


async def breathe() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_arrives_while_one_is_written_shares_the_next_statement() -> None:
    database = Database()
    ledger = Ledger(database.execute)
    (first,) = arrive(ledger, b"1")
    await breathe()
    later = arrive(ledger, b"2", b"3")
    await breathe()
    assert database.groups == [[b"1"]]
    assert not first.done()

    database.commit()
    await breathe()
    assert first.done()
    assert database.groups == [[b"1"], [b"2", b"3"]]
    assert not any(task.done() for task in later)

    database.commit()
    await asyncio.gather(*later)


async def test_a_group_has_a_limit_and_what_is_left_over_comes_next() -> None:
    database = Database()
    database.commit(2)
    await asyncio.gather(*arrive(Ledger(database.execute), *[b"x"] * (MOST_AT_ONCE + 3)))
    assert [len(group) for group in database.groups] == [MOST_AT_ONCE, 3]


async def test_when_the_database_refuses_the_whole_group_is_told_and_the_next_one_is_written() -> None:
    database = Database()
    database.refusal = OSError("gone")
    ledger = Ledger(database.execute)
    refused = arrive(ledger, b"1", b"2")
    database.commit()
    for task in refused:
        with pytest.raises(OSError, match="gone"):
            await task

    database.refusal = None
    (welcome,) = arrive(ledger, b"3")
    database.commit()
    await welcome
    assert database.groups == [[b"1", b"2"], [b"3"]]


async def test_a_vendor_that_hangs_up_does_not_keep_the_others_from_their_answer() -> None:
    database = Database()
    impatient, patient = arrive(Ledger(database.execute), b"1", b"2")
    await breathe()
    impatient.cancel()
    database.commit()
    await patient
    assert impatient.cancelled()
    assert database.groups == [[b"1", b"2"]]
