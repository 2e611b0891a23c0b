"""One change on its way to a business, and how its journey ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How a webhook ended: the last HTTP status, 0 when there was no answer at all."""

    delivered: bool
    status: int


@dataclass(frozen=True)
class RawBody:
    """A body that goes out as it is. `encrypt`: as the account's mode asks, in the name of `app_id` if there is one."""

    body: bytes
    content_type: str
    encrypt: bool = False
    app_id: str = ""


@dataclass(eq=False)
class Update:
    """`value` is what the account's vendor puts into its envelope; `topic` the field that apps subscribe to.

    `label` names it in the log, `text` is what faults match. kind: "inbound", "status", "echo" or "raw"; `outcome` is
    set for those who wait for the end of it."""

    account_id: str
    value: Any
    kind: str
    label: str = ""
    person: str = ""
    text: str = ""
    topic: str = "messages"
    outcome: asyncio.Future[Outcome] | None = None

    def settle(self, outcome: Outcome) -> None:
        if self.outcome is not None and not self.outcome.done():
            self.outcome.set_result(outcome)

    def expect(self) -> asyncio.Future[Outcome]:
        """Return what tells how it ended. Needs a running event loop."""
        if self.outcome is None:
            self.outcome = asyncio.get_running_loop().create_future()
        return self.outcome


@dataclass(frozen=True)
class Post:
    """A webhook ready to leave."""

    url: str
    headers: dict[str, str]
    body: bytes
