"""Webhooks out: signed, in order for each account, retried with growing pauses, given up in the end.

At least once, like the vendor: a business that answers anything but 200 gets the same bytes again. The
faults that concern webhooks happen here.
"""

from __future__ import annotations

import asyncio
import random
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from .accounts import Account
from .faults import Fault, FaultSet
from .http import JsonObject
from .packing import is_accepted, may_share, pack
from .updates import Outcome, Post, Update
from .world import World

MAX_WAITING = 50_000
MAX_LOG = 200
TIMEOUT_SECONDS = 10.0


@dataclass
class _Parcel:
    """What travels in one POST."""

    updates: list[Update]
    batched: bool = False
    together: bool = False

    @property
    def is_closed(self) -> bool:
        """Nothing else may join it."""
        return self.batched or self.together


@dataclass
class _Held:
    """Inbound messages kept back for a moment, to be batched or shuffled."""

    updates: list[Update] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class Outbox:
    def __init__(self, world: World, faults: FaultSet, publish: Callable[[str, Any], None]) -> None:
        self._world = world
        self._faults = faults
        self._publish = publish
        self._client: httpx.AsyncClient | None = None
        self._queues: dict[tuple[str, int], deque[_Parcel]] = {}
        self._workers: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._held: dict[tuple[str, str], _Held] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._random = random.Random(0)  # a repeatable shuffle
        self._expected: set[object] = set()
        self.pending = 0
        self.delivered = 0
        self.given_up = 0
        self.log: deque[JsonObject] = deque(maxlen=MAX_LOG)

    # --- in ---------------------------------------------------------------------------------------

    def post(self, updates: Iterable[Update]) -> None:
        """Queue updates in this order. What does not fit any more is given up at once."""
        for update in updates:
            self.pending += 1
            if self.pending > MAX_WAITING:
                self._finish(update, Outcome(False, 0), "queue full")
                continue
            fault = self._holding_fault(update)
            if fault is None:
                self._enqueue(_Parcel([update]), update)
            else:
                self._hold(update, fault)

    def expect(self) -> Callable[[], None]:
        """Count something that will soon post, so that `settled` waits for it; call the result when it has."""
        token = object()
        self._expected.add(token)
        return lambda: self._expected.discard(token)

    def post_together(self, updates: list[Update]) -> None:
        """Queue updates that travel in one POST, whatever accounts they belong to."""
        self.pending += len(updates)
        self._enqueue(_Parcel(updates, together=True), updates[0])

    async def settled(self, seconds: float) -> bool:
        """Wait until nothing is waiting or under way; False when it takes longer."""
        give_up_at = time.monotonic() + seconds
        while self.pending or self._expected:
            if time.monotonic() >= give_up_at:
                return False
            await asyncio.sleep(0.005)
        return True

    def clear(self) -> None:
        """Forget everything that waits, and the log."""
        for worker in self._workers.values():
            worker.cancel()
        for timer in self._timers:
            timer.cancel()
        held = [update for group in self._held.values() for update in group.updates]
        waiting = [update for queue in self._queues.values() for parcel in queue for update in parcel.updates]
        for update in held + waiting:
            update.settle(Outcome(False, 0))
        self._queues, self._workers, self._held, self._timers = {}, {}, {}, set()
        self._expected = set()
        self.pending = self.delivered = self.given_up = 0
        self.log.clear()

    # --- order ------------------------------------------------------------------------------------

    def _holding_fault(self, update: Update) -> Fault | None:
        if update.kind != "inbound":
            return None
        account = self._world.accounts.get(update.account_id)
        if account is None or not may_share(account):
            return self._faults.take("reorder_webhooks", update.account_id, update.text)
        return self._faults.take("batch", update.account_id, update.text) or self._faults.take(
            "reorder_webhooks", update.account_id, update.text
        )

    def _hold(self, update: Update, fault: Fault) -> None:
        key = (update.account_id, fault.name)
        held = self._held.setdefault(key, _Held())
        held.updates.append(update)
        if held.timer is None:
            held.timer = self.later(fault.seconds, lambda: self._let_go(key))
        if fault.n and len(held.updates) >= fault.n:
            self._let_go(key)

    def _let_go(self, key: tuple[str, str]) -> None:
        held = self._held.pop(key, None)
        if held is None:
            return
        if held.timer is not None:
            held.timer.cancel()
            self._timers.discard(held.timer)
        if key[1] == "batch":
            self._enqueue(_Parcel(held.updates, batched=True), held.updates[0])
            return
        shuffled = self._random.sample(held.updates, len(held.updates))
        if shuffled == held.updates:
            shuffled.reverse()
        for update in shuffled:
            self._enqueue(_Parcel([update]), update)

    def later(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Run `action` after that time, unless `clear` comes first."""

        def run() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)
        return timer

    def _enqueue(self, parcel: _Parcel, first: Update) -> None:
        lanes = self._world.settings.lanes
        lane = (first.account_id, zlib.crc32(first.person.encode()) % lanes if lanes > 1 else 0)
        queue = self._queues.setdefault(lane, deque())
        queue.append(parcel)
        if lane not in self._workers:
            self._workers[lane] = asyncio.get_running_loop().create_task(self._work(lane, queue))

    async def _work(self, lane: tuple[str, int], queue: deque[_Parcel]) -> None:
        while queue:
            parcel = queue.popleft()
            while queue and len(parcel.updates) < self._world.settings.coalesce and self._may_join(parcel, queue[0]):
                parcel.updates += queue.popleft().updates
            try:
                outcome, words = await self._deliver(parcel)
            except asyncio.CancelledError:
                for update in parcel.updates:
                    update.settle(Outcome(False, 0))
                raise
            except Exception as error:  # one webhook that cannot be built must not stop the queue
                outcome, words = Outcome(False, 0), repr(error)
            for update in parcel.updates:
                self._finish(update, outcome, words)
        del self._workers[lane], self._queues[lane]

    def _may_join(self, parcel: _Parcel, other: _Parcel) -> bool:
        account = self._world.accounts.get(parcel.updates[0].account_id)
        raw = parcel.updates[0].kind == "raw" or other.updates[0].kind == "raw"
        return account is not None and may_share(account) and not (raw or parcel.is_closed or other.is_closed)

    def _finish(self, update: Update, outcome: Outcome, words: str) -> None:
        self.pending -= 1
        if outcome.delivered:
            self.delivered += 1
        else:
            self.given_up += 1
            self._note([update], outcome.status, 0.0, 0, words)
        update.settle(outcome)

    # --- out --------------------------------------------------------------------------------------

    async def _deliver(self, parcel: _Parcel) -> tuple[Outcome, str]:
        accounts = self._world.accounts
        wanted = [
            (account, update)
            for update in parcel.updates
            if (account := accounts.get(update.account_id)) is not None and self._world.gets(account, update.topic)
        ]
        if not wanted or not wanted[0][0].webhook_url:
            return Outcome(False, 0), "not subscribed" if not wanted else "no webhook URL"
        account = wanted[0][0]
        settings = self._world.settings
        text = "\n".join(update.text for update in parcel.updates)
        pauses = settings.retry_pauses if may_share(account) else settings.wechat_retry_pauses
        forged = self._faults.take("bad_signature", account.id, text) is not None
        if forged:
            # A forger does not try again, and neither would a retry with the right signature prove anything.
            pauses = ()
        post = pack(wanted, batched=parcel.batched, forged=forged, now=self._world.now())
        duplicate = self._faults.take("duplicate_webhooks", account.id, text)
        copies = 1 + (duplicate.n if duplicate else 0)
        status = 0
        for attempt, pause in enumerate((*pauses, None), start=1):
            attempts = (self._attempt(account, parcel, post, attempt) for _ in range(copies))
            answers = [await next(attempts)] if copies == 1 else await asyncio.gather(*attempts)
            if any(accepted for _, accepted in answers):
                return Outcome(True, 200), ""
            status, copies = answers[0][0], 1
            if pause is not None:
                await asyncio.sleep(pause)
        return Outcome(False, status), "given up"

    async def _attempt(self, account: Account, parcel: _Parcel, post: Post, attempt: int) -> tuple[int, bool]:
        """Send it once. Returns the HTTP status, 0 for none, and whether the vendor is content."""
        if self._client is None:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
        started = time.perf_counter()
        accepted = False
        try:
            response = await self._client.post(post.url, content=post.body, headers=post.headers)
            status = response.status_code
            accepted = is_accepted(account, status, response.content)
            words = "" if accepted else "refused"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            status, words = 0, type(error).__name__
        self._note(parcel.updates, status, time.perf_counter() - started, attempt, words)
        return status, accepted

    def _note(self, updates: list[Update], status: int, seconds: float, attempt: int, words: str) -> None:
        entry = {
            "at": time.time(),
            "account": updates[0].account_id,
            "person": updates[0].person,
            "kind": updates[0].kind,
            "label": updates[0].label,
            "count": len(updates),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "attempt": attempt,
            "words": words,
        }
        self.log.append(entry)
        self._publish("webhook", entry)
