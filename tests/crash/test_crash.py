"""Processes of the product are killed while they work, as by a power cut: nothing is lost, nothing happens twice.

Each test also counts what a careless product would have done wrong, so that a test that proves nothing fails.
"""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
from pytest_django import Settings

from inbox.chatrooms.actions import dispatch_due, retry_message, settle_lost_sends
from inbox.chatrooms.models import Direction, Message, MessageState, OutboxEntry
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.lib.background import enqueue
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import WebProcess, WorkerProcess, until
from tests.world import (
    World,
    messages_of,
    put_on_the_phone_network,
    receive,
    rooms_of,
    signed,
    status,
    text_message,
    webhook,
    write,
)

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

logger = logging.getLogger(__name__)

NOON = int(datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp())
COUNT = 200


def count_of(rows: Callable[[], int]) -> int:
    with platform_scope("test"):
        return rows()


def messages_stored() -> int:
    return count_of(Message.objects.filter(direction=Direction.INBOUND).count)


def events_pending() -> int:
    return count_of(WebhookEvent.objects.filter(state=EventState.PENDING).count)


# --- in --------------------------------------------------------------------------------------------------------------


class Meta:
    """Delivers webhooks like the vendor: again and again, until they are answered with 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.acknowledged: list[bytes] = []
        self.unanswered = 0
        self._http = httpx.Client(timeout=10, trust_env=False)
        self._pool = ThreadPoolExecutor(8)

    def deliver(self, bodies: list[bytes]) -> None:
        for body in bodies:
            self._pool.submit(self._deliver, body)

    def _deliver(self, body: bytes) -> None:
        give_up_at = time.monotonic() + 50
        while time.monotonic() < give_up_at:
            try:
                if self._http.post(self.url, content=body, headers=signed(body)).status_code == 200:
                    self.acknowledged.append(body)
                    return
            except httpx.HTTPError:
                pass
            self.unanswered += 1
            time.sleep(0.1)  # the vendor's patience

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._http.close()


def test_every_webhook_that_was_acknowledged_is_one_message_whatever_is_killed(world: World) -> None:
    bodies = []
    for number in range(COUNT):
        message = text_message(str(number), phone=f"852900{number % 20:05}", wamid=f"wamid.{number}", at=NOON + number)
        bodies.append(json.dumps(webhook(world.shop, messages=[message])).encode())
    pending_at_kills = []
    with WebProcess() as web, WorkerProcess() as worker:
        meta = Meta(web.webhook_url(world.app))
        try:
            meta.deliver(bodies[:10])
            until(lambda: messages_stored() >= 10, within=30)  # both are up and at work
            for until_number in (70, 130, COUNT):
                already = len(meta.acknowledged)
                meta.deliver(bodies[already:until_number])
                until(lambda already=already: len(meta.acknowledged) > already + 15, every=0.001)
                web.kill()
                if until_number != COUNT:
                    pending_at_kills.append(events_pending())
                    worker.kill()
                    worker.start()
                web.start()
                until(lambda until_number=until_number: len(meta.acknowledged) == until_number, within=30)
        finally:
            meta.close()

        def swept() -> bool:
            enqueue("inbox.webhooks.tasks.process_webhook_events")  # what beat does every few seconds
            return events_pending() == 0

        until(swept, within=30, every=0.2)

    # Not blind: requests were cut off and delivered again, and a worker died with work before it.
    assert meta.unanswered > 0
    assert max(pending_at_kills) > 0
    logger.info(
        "acknowledged %s, cut off or refused %s, pending when the worker was killed %s, stored %s",
        *(len(meta.acknowledged), meta.unanswered, pending_at_kills, messages_stored()),
    )
    assert Counter(meta.acknowledged) == Counter(bodies)
    rooms = rooms_of(world.shop)
    said = [[int(message.text) for message in messages_of(room)] for room in rooms]
    assert sorted(itertools.chain(*said)) == list(range(COUNT))
    assert all(texts == sorted(texts) for texts in said)
    assert [room.inbound_count for room in rooms] == [10] * 20
    with platform_scope("test"):
        assert list(WebhookEvent.objects.values_list("state", "attempts").distinct()) == [(EventState.DONE, 0)]
        assert WebhookEvent.objects.count() == COUNT


# --- out -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_vendor(world: World, simulator: SimulatorProcess, settings: Settings) -> Iterator[SimulatorClient]:
    """A vendor that answers after a second, never takes what is called lost, and tells nobody's fate."""
    settings.VENDOR_API_URL = simulator.base_url
    with simulator.client() as client:
        client.reset()
        put_on_the_phone_network(client, world)
        client.faults(delay=1, hang_before_accept={"seconds": 1, "match_text": "lost"}, no_statuses=True)
        yield client
        client.reset()


def outbound_by_state() -> dict[str, set[str]]:
    """The client ids of our messages, by their state."""
    found = defaultdict(set)
    with platform_scope("test"):
        for state, client_id in Message.objects.filter(direction=Direction.OUTBOUND).values_list("state", "client_id"):
            found[state].add(str(client_id))
    return dict(found)


def test_no_message_is_sent_twice_or_forgotten_when_dispatchers_are_killed_in_the_middle_of_sending(
    world: World, slow_vendor: SimulatorClient, simulator: SimulatorProcess
) -> None:
    receive(world.app, webhook(world.shop, messages=[text_message(phone=f"852900{n:05}") for n in range(50)]))
    texts = [f"{number} lost" if room % 10 == number else str(number) for number in range(4) for room in range(50)]
    rooms = rooms_of(world.shop)
    lost = set()
    for text, room in zip(texts, itertools.cycle(rooms)):
        message = write(world.amy, room, text)
        if "lost" in text:
            lost.add(str(message.client_id))
    everything = outbound_by_state()[MessageState.QUEUED]
    assert len(everything) == COUNT

    def at_the_vendor() -> Counter[str]:
        return Counter(sent.biz_opaque_callback_data.partition(":")[0] for sent in slow_vendor.sent())

    def swept() -> bool:
        settle_lost_sends()  # what beat does every few seconds
        enqueue("inbox.chatrooms.tasks.dispatch_outbox")
        return count_of(OutboxEntry.objects.count) == 0

    def sending_the(number: int) -> Callable[[], bool]:
        return lambda: swept() or slow_vendor.health()["sent"] >= number

    in_flight = []
    settling = {"OUTBOX_LEASE_SECONDS": "4", "UNKNOWN_SEND_GRACE_SECONDS": "1", "VENDOR_TIMEOUT_SECONDS": "5"}
    with WorkerProcess(VENDOR_API_URL=simulator.base_url, **settling) as worker:
        for number in (10, 100):
            until(sending_the(number), within=30, every=0.02)
            worker.kill()
            in_flight.append(outbound_by_state().get(MessageState.SENDING, set()))
            worker.start()
        until(swept, within=90, every=0.1)

    states, accepted = outbound_by_state(), at_the_vendor()
    unknown = states[MessageState.UNKNOWN]
    logger.info(
        "in flight when killed %s; sent %s; unknown %s, of which the vendor has %s; sent twice %s",
        *([len(ids) for ids in in_flight], len(states[MessageState.SENT]), len(unknown)),
        *(len(unknown & accepted.keys()), sum(count > 1 for count in accepted.values())),
    )
    assert max(accepted.values()) == 1
    assert states.keys() == {MessageState.SENT, MessageState.UNKNOWN}
    assert states[MessageState.SENT] <= accepted.keys()
    # Where the machine is slow, a dispatcher may die between the claim and the request.
    missing = unknown - accepted.keys()
    assert lost <= missing <= lost.union(*in_flight)
    # Not blind: the dispatchers died with messages in flight. Sending all of those again would have sent some twice,
    # and sending none of them again would have lost some.
    for ids in in_flight:
        assert ids & accepted.keys()
        assert ids - accepted.keys()
    said = defaultdict(list)
    for sent in slow_vendor.sent():
        said[sent.to].append(sent.text)
    assert all(texts == sorted(texts) for texts in said.values())

    # Receipts settle what the vendor has, and for the rest an agent answers the question.
    receipts = [status(s.wamid, "delivered", correlation=s.biz_opaque_callback_data) for s in slow_vendor.sent()]
    receive(world.app, webhook(world.shop, statuses=receipts))
    assert outbound_by_state() == {MessageState.DELIVERED: everything - missing, MessageState.UNKNOWN: missing}
    slow_vendor.faults(no_statuses=True)
    with scope(world.lotus.pk):
        for message in Message.objects.filter(state=MessageState.UNKNOWN):
            retry_message(actor=world.amy, message=message)
    dispatch_due()
    assert at_the_vendor() == Counter(everything)
    assert outbound_by_state() == {MessageState.DELIVERED: everything - missing, MessageState.SENT: missing}
