"""What two workers do at once: every message is counted once, and a room has one conversation at a time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from channels_adapters.types import Identity, IdentityKind, Person, SendResult
from inbox.chatrooms.actions import settle_parked
from inbox.chatrooms.actions._costs import note_sends
from inbox.chatrooms.actions._outcomes import record_outcomes
from inbox.chatrooms.models import Message, ParkedStatus
from inbox.connections.call_log import CallLog
from inbox.lib import clock
from inbox.pricing import actions, selectors
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.chatrooms.conversation import arrive, claimed, echoed, room_of, said
from tests.processes import at_once, in_thread, until, who_waits_for_us
from tests.world import World, receive, reload, room_with, status, store, webhook, write

from .house import (
    FREE,
    PHONE,
    PMP,
    add_rate,
    charge_of,
    charges_of,
    conversations_of,
    report,
    sent,
    totals,
    totals_agree,
)


@pytest.mark.django_db(transaction=True)
def test_the_totals_of_room_connection_and_month_are_exact_under_two_workers(world: World) -> None:
    add_rate("0.012")
    add_rate("0.07", category="marketing")
    rooms = [room_with(world, phone=f"8529000000{number}") for number in range(3)]
    messages = [
        (sent(room, template=category, noted=False), category)
        for room in rooms
        for category in ("utility", "marketing") * 4
    ]
    for message, category in messages:
        for _again in range(2):
            body = status(message.external_id or "", "sent")
            pricing = {**PMP, "category": category}
            store(world.app, webhook(world.shop, statuses=[{**body, "pricing": pricing, "delivery": uuid4().hex}]))
    person = Person((Identity(IdentityKind.PHONE, PHONE),))

    def note(own: list[tuple[Message, str]]) -> None:
        for message, _category in own:
            with scope(world.lotus.pk):
                locked = Message.objects.select_related("connection", "chatroom").select_for_update(of=("self",))
                note_sends(workspace_id=world.lotus.pk, sends=[(locked.get(pk=message.pk), person)])

    at_once(process_pending, process_pending, lambda: note(messages), lambda: note(messages[::-1]))
    process_pending()
    assert totals() == {("Shop", "utility"): (12, 12, 0, "0.144"), ("Shop", "marketing"): (12, 12, 0, "0.84")}
    assert totals_agree()
    with scope(world.lotus.pk):
        assert [selectors.sum_of(selectors.totals_of_room(world.amy, room.pk)) for room in rooms] == [
            {"USD": Decimal("0.328")}
        ] * 3
    assert [len(conversations_of(room)) for room in rooms] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_begin_one_conversation(world: World) -> None:
    """The second sees none that is open, because the first has not committed yet."""
    room = room_with(world)
    first, second = sent(room, noted=False), sent(room, template="utility", noted=False)
    with scope(world.lotus.pk):
        note_sends(workspace_id=world.lotus.pk, sends=[(first, None)])
        worker = in_thread(lambda: _note(second))
        until(lambda: not worker.is_alive() or who_waits_for_us())
    worker.join(20)
    assert [each.opened_by for each in conversations_of(room)] == ["customer"]
    assert charge_of(second).category == "utility"


# --- what arrives in another order -----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["with our answer", "by the sweep"])
def test_a_report_that_comes_before_our_own_answer_keeps_its_price(world: World, way: str) -> None:
    add_rate("0.02", country="*")
    room = room_with(world)
    message = write(world.amy, room, "Your order is on its way")
    sending = claimed(world, message)
    early = {**status("wamid.early", "sent"), "pricing": PMP}
    if way == "with our answer":
        receive(world.app, webhook(world.shop, statuses=[early]))
        assert charges_of(room) == []
        record_outcomes([(sending, SendResult("wamid.early"))], CallLog())
    else:
        record_outcomes([(sending, SendResult("wamid.late"))], CallLog())
        receive(world.app, webhook(world.shop, statuses=[early]))
        with scope(world.lotus.pk):
            Message.objects.filter(pk=message.pk).update(external_id="wamid.early")
            ParkedStatus.objects.update(created_at=clock.now() - timedelta(seconds=9))
        assert settle_parked() == 1
    charge = charge_of(message)
    assert (charge.is_confirmed, charge.amount, reload(message).state) == (True, Decimal("0.02"), "sent")
    assert totals() == {("Shop", "utility"): (1, 1, 0, "0.02")}
    assert len(conversations_of(room)) == 1


@pytest.mark.django_db
def test_an_echo_that_was_taken_for_a_message_is_counted_once(world: World) -> None:
    arrive(world.shop, said(world.shop))
    room = room_of(world.shop)
    message = write(world.amy, room, "Yes  it is")
    sending = claimed(world, message)
    arrive(world.shop, echoed(world.shop, "Yes it is", mid="wamid.ours"))
    receive(world.app, webhook(world.shop, statuses=[{**status("wamid.ours", "sent"), "pricing": FREE}]))
    assert totals() == {("Shop", "service"): (1, 0, 0, "0")}
    record_outcomes([(sending, SendResult("wamid.ours"))], CallLog())
    report(world, reload(message), "delivered", pricing=FREE)
    assert [charge.message_id for charge in charges_of(room)] == [message.pk]
    assert totals() == {("Shop", "service"): (1, 0, 0, "0")}


@pytest.mark.django_db
@pytest.mark.parametrize("confirmed", ["the message", "the echo", "neither"])
def test_of_two_charges_of_one_message_one_stays(world: World, confirmed: str) -> None:
    add_rate("0.02")
    room = room_with(world)
    later = clock.now() + timedelta(days=2)
    message, echo = (sent(room, template="utility", at=later) for _each in range(2))
    if confirmed != "neither":
        report(world, message if confirmed == "the message" else echo, pricing=PMP)
    with scope(world.lotus.pk):
        actions.move_charge(
            workspace_id=world.lotus.pk, source_id=echo.pk, target_id=message.pk, chatroom_id=message.chatroom_id
        )
    (charge,) = charges_of(room)
    assert (charge.message_id, charge.is_confirmed) == (message.pk, confirmed != "neither")
    assert totals() == {("Shop", "utility"): (1, 1, 0, "0.02")}


def _note(message: Message) -> None:
    with scope(message.workspace_id):
        note_sends(workspace_id=message.workspace_id, sends=[(message, None)])
