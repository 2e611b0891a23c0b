"""Carry the outbox out: claim a batch, hand it to the vendor, record what came of it.

Vendors know no idempotency key, so the claim is committed as `sending` before a request leaves, and a request that may
have left is never repeated by us: only a receipt, or an agent, settles it. Within a room messages leave in order.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, Min, Q, QuerySet
from redis import RedisError

from channels_adapters.calls import Account, Caller
from channels_adapters.errors import NotSent, OutcomeUnknown, SendError
from channels_adapters.transport import AsyncTransport
from channels_adapters.types import (
    JsonObject,
    MediaReference,
    MessageKind,
    Option,
    OutboundMessage,
    Person,
    TemplateMessage,
)
from inbox.connections.call_log import CallLog
from inbox.connections.calls import SharedTokens, credentials_of
from inbox.connections.models import Connection, ConnectionState
from inbox.customers.models import person_of
from inbox.lib import clock, rows
from inbox.lib.background import enqueue
from inbox.lib.crypto import Secrets
from inbox.workspaces.tenancy import platform_scope, scope

from ..models import Attachment, AttachmentState, AttemptOutcome, DeliveryAttempt, Message, MessageState, OutboxEntry
from ..throttle import Throttle, seconds_before_departure
from ..window import Mode, Window
from ._changes import record_changes
from ._gate import TEMPLATE_IN_REVIEW, refusals, windows_for
from ._outcomes import Outcome, Sending, record_outcomes
from ._outgoing import DISPATCH
from ._review import wait_for_review
from ._statuses import correlation_id

logger = logging.getLogger(__name__)

# How many requests of one dispatcher are on their way at once, and how few are not worth a claim of their own.
# What one account may send in a second on most channels: more would be claimed in vain.
BATCH = 80
SMALLEST_CLAIM = 25
# Among how many messages those that may go are looked for at a time: enough for several dispatchers at once.
LOOK_AHEAD = 1000
# Seconds after which a dispatcher lets another go on, well before Celery would kill it in the middle of its sends.
LONGEST_RUN = 60.0
# How often the beat looks after the outbox, see CELERY_BEAT_SCHEDULE.
SWEEP_INTERVAL = timedelta(seconds=3)
# While it stands, a run has been asked for when the next limit ends.
_NEXT_RUN = "outbox.next_run"
# How long finished sends wait for others, to be recorded together.
GATHER_SECONDS = 0.15
# How long answers are waited for until the outbox is looked at again: others may be due meanwhile.
LOOK_AGAIN_SECONDS = 0.5

_Task = asyncio.Task[tuple[Sending, Outcome]]


def dispatch_due() -> int:
    """Send everything that is due; return how many messages were handed over or given up."""
    cache.delete(_NEXT_RUN)  # this is the run that was asked for
    total = 0
    stop_at = time.monotonic() + LONGEST_RUN
    throttle = Throttle()
    served: set[int] = set()
    with _line() as line:
        while time.monotonic() < stop_at:
            sendings = _claim(throttle, line.room, served) if line.room else None
            if sendings:
                line.start(sendings)
                total += len(sendings)
            elif sendings is None and not line.is_busy:
                break
            # All of a batch may have had to wait for a limit: others are due behind them.
            if sendings != []:
                # Back in time for the next limit that ends.
                line.record_finished(within=min([LOOK_AGAIN_SECONDS, *throttle.full().values()]))
        else:
            enqueue(DISPATCH)
            return total
    _come_back_for_throttled(throttle)
    return total


def _come_back_for_throttled(throttle: Throttle) -> None:
    """Ask for another run when a limit lets the next message go, if that is sooner than the sweep. One asks for all."""
    now = clock.now()
    opens = [now + timedelta(seconds=pause) for pause in throttle.full().values()]
    with platform_scope("when the next message is due"):
        waiting = OutboxEntry.objects.filter(
            due_at__range=(now, now + SWEEP_INTERVAL),
            lease_until__isnull=True,
            message__connection__state=ConnectionState.ACTIVE,
        )
        due_at = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    next_at = min([*opens, due_at] if due_at else opens, default=None)
    if next_at is None:
        return
    pause = (next_at - now).total_seconds()
    try:
        first_to_ask = cache.add(_NEXT_RUN, 1, timeout=math.ceil(pause))
    except RedisError:
        first_to_ask = True
    if first_to_ask:
        enqueue(DISPATCH, after=pause)


def settle_lost_sends() -> int:
    """Ask the agents about sends that nobody will answer for: the dispatcher died, or no receipt came in time.

    Never sends anything again by itself. Returns how many messages became questions.
    """
    with platform_scope("settling lost sends"):
        lost = list(
            OutboxEntry.objects.filter(lease_until__lt=clock.now())
            .select_related("message")
            .select_for_update(of=("self", "message"), no_key=True, skip_locked=True)
            .order_by("pk")[:500]
        )
        by_workspace: dict[int, list[OutboxEntry]] = {}
        for entry in lost:
            by_workspace.setdefault(entry.workspace_id, []).append(entry)
        for workspace_id, entries in sorted(by_workspace.items()):
            with scope(workspace_id):
                ids = [entry.message_id for entry in entries]
                Message.objects.filter(pk__in=ids, state=MessageState.SENDING).update(state=MessageState.UNKNOWN)
                DeliveryAttempt.objects.filter(message_id__in=ids, outcome=AttemptOutcome.PENDING).update(
                    outcome=AttemptOutcome.UNKNOWN, finished_at=clock.now(), detail="the dispatcher stopped"
                )
                OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
                record_changes(
                    workspace_id=workspace_id, messages=[(entry.chatroom_id, entry.message_id) for entry in entries]
                )
    return len(lost)


def _claim(throttle: Throttle, most: int, served: set[int]) -> list[Sending] | None:
    """Mark due messages `sending` and write their attempts, in one committed transaction; None when nothing is due.

    Connections take turns: those that were `served` wait until the others have been, however much is due for one.
    All of a batch may have to wait for a limit: then the list is empty, and others may be due behind them.
    """
    now = clock.now()
    with platform_scope("claiming due messages"):
        entries = _due_entries(now, {*throttle.full(), *served}, most)
        if not entries and served:
            served.clear()
            entries = _due_entries(now, throttle.full(), most)
        if not entries:
            return None
        served.update(entry.message.connection_id for entry in entries)
        credentials = _credentials({entry.message.connection for entry in entries})
        sendings: list[Sending] = []
        throttled: list[OutboxEntry] = []
        in_review: list[tuple[OutboxEntry, SendError]] = []
        people = {entry.pk: person_of(entry.chatroom.customer, entry.message.connection) for entry in entries}
        windows = windows_for(entries)
        refused = refusals(entries, people, windows, now)
        for entry in entries:
            connection, person, window = entry.message.connection, people[entry.pk], windows[entry.chatroom_id]
            refusal = refused.get(entry.message_id)
            if refusal and refusal.code == TEMPLATE_IN_REVIEW:
                in_review.append((entry, refusal))
                continue
            if refusal:
                sendings.append(_prepare(entry, person, window, refusal, now))
                continue
            if not throttle.has_room(connection):
                continue
            pause = throttle.seconds_to_wait(connection, person.identities[0].value if person.identities else "")
            if pause:
                entry.due_at = now + timedelta(seconds=pause)
                throttled.append(entry)
            else:
                sendings.append(_prepare(entry, person, window, credentials[connection.pk], now))
        rows.update(throttled, ["due_at"])
        rows.insert([sending.attempt for sending in sendings])
        OutboxEntry.objects.filter(pk__in=[sending.entry.pk for sending in sendings]).update(
            lease_until=now + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS), is_parked=False
        )
        Message.objects.filter(pk__in=[sending.message.pk for sending in sendings]).update(
            state=MessageState.SENDING, attempt_count=F("attempt_count") + 1, failure_code="", failure_text=""
        )
        wait_for_review(in_review, now)
    return sendings


def _due_entries(now: datetime, resting: Collection[int], most: int) -> list[OutboxEntry]:
    """Lock what may be sent next and its message, oldest first. `resting` are the connections that are not to send now.

    Found and locked in steps of known cost: a queue is empty when its statistics are taken, and a planner who expects one
    row looks through the whole queue again for each row of it.
    """
    due = OutboxEntry.objects.filter(due_at__lte=now, lease_until__isnull=True)
    return list(
        due.filter(pk__in=_next_in_their_rooms(due, resting), message__state=MessageState.QUEUED)
        .select_related("message__connection", "message__reply_to", "chatroom__customer")
        .defer("message__connection__credentials")
        .prefetch_related("chatroom__customer__identities", "message__attachments")
        .select_for_update(of=("self", "message"), no_key=True, skip_locked=True)
        .order_by("due_at", "pk")[:most]
    )


def _next_in_their_rooms(due: QuerySet[OutboxEntry], resting: Collection[int]) -> list[int]:
    """Return entries that nothing in their room has to leave before, whose files are ready and whose connection may send.

    They are looked for among the first `LOOK_AHEAD` that are due, or the next so many where all of these have to wait.
    """
    ready = (
        due.exclude(connection__in=resting)
        .exclude(connection__in=Connection.objects.exclude(state=ConnectionState.ACTIVE).values("pk"))
        .exclude(message__in=Attachment.objects.filter(state=AttachmentState.WAITING).values("message"))
        .order_by("due_at", "pk")
        .values_list("due_at", "pk", "chatroom")
    )
    found = list(ready[:LOOK_AHEAD])
    while found:
        rooms = {chatroom for _due_at, _pk, chatroom in found}
        ahead = OutboxEntry.objects.filter(chatroom__in=rooms, is_parked=False)
        heads = dict(ahead.order_by().values_list("chatroom").annotate(Min("pk")))
        if heads_found := [pk for _due_at, pk, chatroom in found if pk <= heads.get(chatroom, pk)]:
            return heads_found
        last_due_at, last_pk, _chatroom = found[-1]
        found = list(ready.filter(Q(due_at__gt=last_due_at) | Q(due_at=last_due_at, pk__gt=last_pk))[:LOOK_AHEAD])
    return []


def _credentials(connections: set[Connection]) -> dict[int, Secrets | SendError]:
    """Return each connection's credentials; one that no key decrypts must not stop the others."""
    found: dict[int, Secrets | SendError] = {}
    for connection in connections:
        try:
            found[connection.pk] = credentials_of(connection)
        except SendError as refusal:
            found[connection.pk] = refusal
    return found


def _prepare(
    entry: OutboxEntry, person: Person, window: Window, credentials: Secrets | SendError, now: datetime
) -> Sending:
    message = entry.message
    attempt_number = message.attempt_count + 1
    media = next((attachment.media for attachment in message.attachments.all()), None)
    attempt = DeliveryAttempt(workspace_id=entry.workspace_id, message=message, number=attempt_number, started_at=now)
    outbound = OutboundMessage(
        recipient=person,
        text=message.text,
        correlation_id=correlation_id(message, attempt_number),
        reply_to=(message.reply_to.external_id or "") if message.reply_to else "",
        kind=MessageKind(message.kind),
        options=tuple(Option(**option) for option in message.details.get("options", ())),
        media=media,
        details=message.details,
        template=_template(message, media),
        by_person=message.author_id is not None,
        human_agent_tag=window.mode is Mode.PERSON,
    )
    account = (
        credentials
        if isinstance(credentials, SendError)
        else Account(str(message.connection_id), message.connection.adapter, credentials)
    )
    return Sending(entry, attempt, outbound, account, entry.refusals)


def _template(message: Message, media: MediaReference | None) -> TemplateMessage | None:
    template = message.details.get("template")
    if not template:
        return None
    components = template["components"]
    if media is not None:
        components = [_with_file(component, media) for component in components]
    return TemplateMessage(template["name"], template["language"], tuple(components))


def _with_file(component: JsonObject, media: MediaReference) -> JsonObject:
    """Put the id of the file that the vendor was given into a template's header."""
    if component.get("type") != "header":
        return component
    [parameter] = component["parameters"]
    file = {"id": media.external_id}
    if parameter["type"] == "document":
        file["filename"] = media.filename
    return {**component, "parameters": [{**parameter, parameter["type"]: file}]}


class _Line:
    """Requests on their way, over connections that the next ones use too. A slow answer holds up no other."""

    def __init__(self, runner: asyncio.Runner, transport: AsyncTransport) -> None:
        self._runner = runner
        self._log = CallLog()
        self._caller = Caller(transport, SharedTokens(), self._log.note, _departure)
        self._waiting: set[_Task] = set()

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting)

    @property
    def room(self) -> int:
        """How many more may start, in lots that are worth a claim."""
        room = BATCH - len(self._waiting)
        return room if room >= SMALLEST_CLAIM else 0

    def start(self, sendings: Sequence[Sending]) -> None:
        self._waiting |= self._runner.run(_start(self._caller, sendings))

    def record_finished(self, *, within: float) -> None:
        """Wait some seconds for answers, and write down what came of those that have come."""
        finished, self._waiting = self._runner.run(_next_finished(self._waiting, within))
        record_outcomes([task.result() for task in finished], self._log)


@contextmanager
def _line() -> Iterator[_Line]:
    """Open a line; whatever happens, the outcome of all that has left is recorded before it closes."""
    with asyncio.Runner() as runner:
        transport = AsyncTransport(read_timeout=settings.VENDOR_TIMEOUT_SECONDS)
        runner.run(transport.__aenter__())
        line = _Line(runner, transport)
        try:
            yield line
        finally:
            while line.is_busy:
                line.record_finished(within=LOOK_AGAIN_SECONDS)
            runner.run(transport.__aexit__(None, None, None))


async def _start(caller: Caller, sendings: Sequence[Sending]) -> set[_Task]:
    tasks = set()
    for sending in sendings:
        tasks.add(asyncio.create_task(_send(caller, sending)))
        await asyncio.sleep(0)  # on its way before the next: started together they would all leave late
    return tasks


async def _next_finished(tasks: set[_Task], within: float) -> tuple[set[_Task], set[_Task]]:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=within)
    return await asyncio.wait(tasks, timeout=min(GATHER_SECONDS, within))


async def _send(caller: Caller, sending: Sending) -> tuple[Sending, Outcome]:
    """Hand one message to the vendor. Never raises: an exception would take the others' outcomes with it."""
    if isinstance(sending.account, SendError):
        return sending, sending.account
    try:
        result = await caller.send(sending.account, sending.outbound)
    except (SendError, NotSent, OutcomeUnknown) as outcome:
        return sending, outcome
    except Exception as error:
        logger.exception("sending message %s ended unexpectedly", sending.message.pk)
        return sending, OutcomeUnknown(type(error).__name__)
    return sending, result


async def _departure(account: Account) -> None:
    """Wait until the account may send one more; not long, because claims keep to the same limit."""
    with suppress(RedisError):
        while pause := seconds_before_departure(account):
            await asyncio.sleep(pause)
