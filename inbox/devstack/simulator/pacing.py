"""The faults of a send that every vendor shares: hanging, refusing, losing or delaying the answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from .faults import Fault
from .http import Request, Response
from .outbox import TIMEOUT_SECONDS
from .simulator import Simulator
from .updates import Outcome

# Sends the webhooks that follow a send, and returns what tells when each has arrived.
Report = Callable[[], list["asyncio.Future[Outcome]"]]


async def before_file(sim: Simulator, account_id: str) -> Fault | None:
    """Apply the faults of files that are stored or fetched: wait, and return the failure to show, if any."""
    slow = sim.faults.take("file_slow", account_id)
    if slow:
        await asyncio.sleep(slow.seconds)
    return sim.faults.take("file_fail", account_id)


async def before_accept(sim: Simulator, request: Request, account_id: str, text: str) -> Response | Fault | None:
    """Apply the faults that keep a send from being looked at: an answer to give, the failure to show, or None."""
    hang = sim.faults.take("hang_before_accept", account_id, text)
    if hang:
        return await hang_up(request, hang.seconds)
    return sim.faults.take("fail", account_id, text)


async def after_accept(
    sim: Simulator, request: Request, account_id: str, text: str, answer: Response, report: Report, *, first: bool
) -> Response:
    """Let the answer leave as the faults want it, and the webhooks after it, or before it when they come `first`."""
    delay = sim.faults.take("delay", account_id, text)
    drop = sim.faults.take("drop_after_accept", account_id, text)
    if drop:
        report()
        return await hang_up(request, drop.seconds)
    if first or sim.faults.take("status_before_response", account_id, text):
        arrivals = report()
        if arrivals:
            await asyncio.wait(arrivals, timeout=TIMEOUT_SECONDS)
        await asyncio.sleep(delay.seconds if delay else 0)
        return answer
    release = sim.outbox.expect()

    def afterwards() -> None:
        report()
        release()

    if delay:
        try:
            await asyncio.sleep(delay.seconds)
        except asyncio.CancelledError:
            afterwards()  # the client left; the message was accepted all the same
            raise
    answer.after = afterwards
    return answer


async def hang_up(request: Request, seconds: float) -> Response:
    if seconds:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(request.disconnected(), seconds)
    return Response(drop=True)
