"""The life of an outbound message, as properties: it only moves forward, whatever order reports arrive in."""

from __future__ import annotations

import itertools
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms import delivery
from inbox.chatrooms.models import Message, MessageState
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, reload, room_with, status, webhook, write

LADDER = [delivery.QUEUED, delivery.SENDING, delivery.UNKNOWN, delivery.SENT, delivery.DELIVERED, delivery.READ]

states = st.sampled_from([*LADDER, delivery.FAILED])
reports = st.sampled_from([delivery.SENT, delivery.DELIVERED, delivery.READ, delivery.FAILED])


@given(states, states)
def test_a_report_never_moves_a_message_back(current: str, reported: str) -> None:
    after = delivery.advance(current, reported)
    assert after in (current, reported)
    assert delivery.advance(after, current) == after
    if current in LADDER and after in LADDER:
        assert LADDER.index(after) >= LADDER.index(current)


@given(states, states)
def test_a_repeated_report_changes_nothing(current: str, reported: str) -> None:
    once = delivery.advance(current, reported)
    assert delivery.advance(once, reported) == once


@given(states, st.lists(reports, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_reports_makes_no_difference(start: str, orders: tuple[list[str], list[str]]) -> None:
    told, retold = orders
    assert reduce(delivery.advance, told, start) == reduce(delivery.advance, retold, start)


@given(states, st.lists(reports), st.sampled_from([delivery.DELIVERED, delivery.READ]), st.lists(reports))
def test_a_proof_of_delivery_outranks_any_failure(start: str, before: list[str], proof: str, after: list[str]) -> None:
    final = reduce(delivery.advance, [*before, proof, *after], start)
    assert LADDER.index(final) >= LADDER.index(proof)


@given(st.sampled_from(DeliveryStatus))
def test_every_status_of_a_vendor_means_a_state_or_nothing(reported: DeliveryStatus) -> None:
    state = delivery.state_reported_by(reported)
    assert state is None or state in MessageState.values
    assert (state is None) == (reported is DeliveryStatus.DELETED)


@pytest.mark.parametrize("reported", [("sent", "delivered", "read"), ("failed", "delivered"), ("sent", "played")])
def test_receipts_in_any_order_leave_the_same_message(world: World, reported: tuple[str, ...]) -> None:
    room = room_with(world)
    orders = list(itertools.permutations(reported))
    messages = [write(world.amy, room, str(order)) for order in orders]
    with scope(world.lotus.pk):
        for message in messages:
            message.state, message.external_id = MessageState.SENT, f"wamid.{message.pk}"
            message.save()
    for place in range(len(reported)):
        told = [
            status(message.external_id, order[place], at=1_790_000_000, error=131026 if order[place] == "failed" else 0)
            for message, order in zip(messages, orders, strict=True)
        ]
        receive(world.app, webhook(world.shop, statuses=told))

    def ending(message: Message) -> tuple[object, ...]:
        return message.state, message.delivered_at, message.read_at, message.failure_code, message.failure_text

    endings = {ending(reload(message)) for message in messages}
    assert len(endings) == 1
    state, delivered_at, _read_at, *failure = endings.pop()
    assert state == (MessageState.DELIVERED if "failed" in reported else MessageState.READ)
    assert delivered_at is not None
    assert failure == ["", ""]
