"""Charges: estimated when a template leaves, confirmed by the vendor's reports, once for each message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_adapters.types import DeliveryStatus, StatusChanged
from inbox.chatrooms.actions import dispatch_due
from inbox.chatrooms.models import Message, MessageState
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.pricing import actions, selectors
from inbox.pricing.models import Budget
from inbox.workspaces.tenancy import scope
from tests.world import World, news_from, receive, reload, room_with, rooms_of, write

from .house import (
    FREE,
    PHONE,
    PMP,
    add_rate,
    charge_of,
    charges_of,
    conversations_of,
    payload,
    report,
    sent,
    totals,
    totals_agree,
)

pytestmark = pytest.mark.django_db


@contextmanager
def statements(most: int, exactly: bool = True) -> Iterator[None]:
    """Count what is asked of the database, savepoints aside."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert len(asked) == most if exactly else len(asked) <= most, "\n".join(asked)


# --- conversations --------------------------------------------------------------------------------------------------


def test_an_answer_opens_the_customers_conversation(world: World) -> None:
    room = room_with(world)
    first, _second = sent(room), sent(room)
    (opened,) = conversations_of(room)
    assert (opened.opened_by, opened.category, opened.opened_at) == ("customer", "service", first.accepted_at)
    assert opened.expires_at - opened.opened_at == timedelta(hours=24)
    assert charges_of(room) == []


def test_a_template_opens_the_businesss_and_an_answer_in_it_none(world: World) -> None:
    room = room_with(world)
    yesterday = clock.now() - timedelta(hours=23)
    sent(room, at=yesterday, template="marketing")
    sent(room)
    assert [(each.opened_by, each.category) for each in conversations_of(room)] == [("business", "marketing")]


def test_rooms_have_conversations_of_their_own(world: World) -> None:
    first, second = room_with(world), room_with(world, phone="85290000002")
    sent(first)
    sent(second, template="utility")
    assert [each.opened_by for each in conversations_of(first)] == ["customer"]
    assert [each.opened_by for each in conversations_of(second)] == ["business"]


def test_the_vendors_words_update_the_conversation(world: World) -> None:
    room = room_with(world)
    message = sent(room)
    end = int((clock.now() + timedelta(hours=20)).timestamp())
    report(world, message, conversation={"id": "c1", "origin": {"type": "service"}, "expiration_timestamp": str(end)})
    report(world, message, "delivered", conversation={"id": "c1", "origin": {"type": "service"}}, pricing=FREE)
    (found,) = conversations_of(room)
    assert (found.external_id, int(found.expires_at.timestamp())) == ("c1", end)


def test_a_delivery_days_later_is_about_the_conversation_of_its_message(world: World) -> None:
    room = room_with(world)
    early = sent(room, at=clock.now() - timedelta(days=3))
    words = {"conversation": {"id": "c1", "origin": {"type": "marketing"}}, "pricing": FREE}
    report(world, early, "delivered", **words)
    assert [(each.external_id, each.category) for each in conversations_of(room)] == [("c1", "marketing")]
    sent(room, at=clock.now() - timedelta(hours=1))
    report(world, early, "read", **words)
    assert [(each.external_id, each.category) for each in conversations_of(room)] == [
        ("c1", "marketing"),
        ("", "service"),
    ]


@pytest.mark.parametrize("timestamp", ["1", "99999999999"])
def test_a_charge_has_the_time_of_its_message_whatever_the_report_says(world: World, timestamp: str) -> None:
    room = room_with(world)
    message = sent(room)
    report(world, message, "delivered", pricing=FREE, timestamp=timestamp)
    assert charge_of(message).at == message.accepted_at


def test_a_free_entry_point_makes_later_templates_free(world: World) -> None:
    add_rate("0.07", category="marketing")
    room = room_with(world)
    answer = sent(room)
    free = {"billable": False, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"}
    report(world, answer, conversation={"id": "c1", "origin": {"type": "referral_conversion"}}, pricing=free)
    (found,) = conversations_of(room)
    assert (found.category, found.is_entry_point) == ("referral", True)
    assert found.expires_at - found.opened_at == timedelta(hours=72)
    later = sent(room, at=clock.now() + timedelta(hours=50), template="marketing")
    assert charge_of(later).amount == 0
    assert len(conversations_of(room)) == 1


# --- charges --------------------------------------------------------------------------------------------------------


def test_a_template_is_estimated_and_then_confirmed(world: World) -> None:
    add_rate("0.07", category="marketing")
    room = room_with(world)
    message = sent(room, template="marketing")
    charge = charge_of(message)
    assert (charge.country, charge.category, charge.type) == ("HK", "marketing", "regular")
    assert (charge.amount, charge.currency, charge.is_confirmed) == (Decimal("0.07"), "USD", False)
    assert totals() == {("Shop", "marketing"): (1, 1, 0, "0.07")}

    report(world, message, pricing={**PMP, "category": "marketing"})
    charge = charge_of(message)
    assert (charge.amount, charge.is_confirmed, charge.model) == (Decimal("0.07"), True, "PMP")
    assert totals() == {("Shop", "marketing"): (1, 1, 0, "0.07")}


def test_the_vendor_may_count_it_otherwise(world: World) -> None:
    add_rate("0.02")
    add_rate("0.07", category="marketing")
    room = room_with(world)
    message = sent(room, template="utility", at=clock.now() + timedelta(days=2))
    assert charge_of(message).amount == Decimal("0.02")
    report(world, message, pricing={**PMP, "category": "marketing"})
    assert (charge_of(message).category, charge_of(message).amount) == ("marketing", Decimal("0.07"))
    assert totals() == {("Shop", "marketing"): (1, 1, 0, "0.07")}
    assert totals_agree()


def test_a_report_without_a_category_keeps_ours(world: World) -> None:
    add_rate("0.07", category="marketing")
    room = room_with(world)
    template, answer = sent(room, template="marketing"), sent(room)
    for message in (template, answer):
        report(world, message, pricing={"billable": True, "pricing_model": "PMP", "type": "regular"})
    assert [(charge.category, charge.amount) for charge in charges_of(room)] == [
        ("marketing", Decimal("0.07")),
        ("service", 0),
    ]


def test_a_utility_template_inside_the_window_is_free(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    inside, outside = sent(room, template="utility"), sent(room, template="UTILITY", at=clock.now() + timedelta(days=1))
    assert (charge_of(inside).amount, charge_of(inside).type) == (0, "free_customer_service")
    assert (charge_of(outside).amount, charge_of(outside).type) == (Decimal("0.02"), "regular")


def test_answers_are_counted_and_cost_nothing(world: World) -> None:
    add_rate("9", category="service")
    room = room_with(world)
    report(world, sent(room), pricing=FREE)
    (charge,) = charges_of(room)
    assert (charge.category, charge.type, charge.amount) == ("service", "free_customer_service", 0)
    assert totals() == {("Shop", "service"): (1, 0, 0, "0")}


def test_without_a_rate_the_message_is_counted_and_said_to_be_unpriced(world: World) -> None:
    room = room_with(world)
    report(world, sent(room, template="marketing"), pricing={**PMP, "category": "marketing"})
    (charge,) = charges_of(room)
    assert (charge.amount, charge.is_priced) == (0, False)
    assert totals() == {("Shop", "marketing"): (1, 0, 1, "0")}


def test_the_workspaces_own_rate_goes_first_and_its_currency_stays(world: World) -> None:
    add_rate("0.02")
    add_rate("0.2", workspace_id=world.lotus.pk, currency="HKD", country="*")
    add_rate("9", workspace_id=world.bakery.pk)
    room = room_with(world)
    report(world, sent(room), "delivered", pricing=PMP)
    assert [(charge.amount, charge.currency) for charge in charges_of(room)] == [(Decimal("0.2"), "HKD")]


@pytest.mark.parametrize("name", ["status_sent_expiration_number", "status_sent", "status_delivered"])
def test_the_shapes_of_both_versions(world: World, name: str) -> None:
    """With `conversation`, its end a text or a number, and without it."""
    add_rate("0.04", country="GB")
    room = room_with(world)
    message = sent(room, noted=False)
    receive(world.app, payload(name, message))
    (charge,) = charges_of(room)
    assert (charge.country, charge.category, charge.type, charge.model) == ("GB", "utility", "regular", "PMP")
    assert (charge.amount, charge.is_confirmed) == (Decimal("0.04"), True)
    assert bool(charge.conversation_id) == (name != "status_delivered")


def test_old_reports_only_say_whether_it_is_billable(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    for billable in (True, False):
        report(world, sent(room, noted=False), pricing={"billable": billable, "category": "utility"})
    assert [(charge.type, charge.amount) for charge in charges_of(room)] == [
        ("regular", Decimal("0.02")),
        ("free_customer_service", 0),
    ]


def test_by_conversation_only_its_first_message_costs(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    old = {"billable": True, "pricing_model": "CBP", "category": "utility"}
    for conversation in ("c1", "c1", "c2"):
        words = {"id": conversation, "origin": {"type": "utility"}}
        report(world, sent(room, noted=False), pricing=old, conversation=words)
    assert [charge.amount for charge in charges_of(room)] == [Decimal("0.02"), 0, Decimal("0.02")]


# --- once -----------------------------------------------------------------------------------------------------------


def test_reports_that_come_again_change_nothing(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    message = sent(room, template="utility")
    for state in ("sent", "delivered", "sent", "delivered", "read"):
        report(world, message, state, pricing=PMP)
    assert len(charges_of(room)) == 1
    assert totals() == {("Shop", "utility"): (1, 1, 0, "0.02")}
    with scope(world.lotus.pk):
        person = None
        again = actions.Sent(world.shop, message.pk, room.pk, clock.now(), person, "utility")
        actions.note_sent(workspace_id=world.lotus.pk, sent=[again, again])
    assert totals() == {("Shop", "utility"): (1, 1, 0, "0.02")}
    assert len(conversations_of(room)) == 1


def test_what_failed_costs_nothing_unless_it_arrives_after_all(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    message = sent(room, template="utility", at=clock.now() + timedelta(days=2))
    report(world, message, pricing=PMP)
    report(world, message, "failed", error=131026)
    assert (charge_of(message).type, charge_of(message).amount) == ("undelivered", 0)
    report(world, message, pricing=PMP)  # redelivered
    assert charge_of(message).amount == 0
    assert totals() == {("Shop", "utility"): (1, 0, 0, "0")}
    report(world, message, "delivered", pricing=PMP)
    assert (charge_of(message).type, charge_of(message).amount) == ("regular", Decimal("0.02"))
    assert totals_agree()


def test_a_failure_after_an_arrival_is_late(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    message = sent(room, template="utility")
    report(world, message, "delivered", pricing=PMP)
    report(world, message, "failed", error=131026)
    assert charge_of(message).amount == Decimal("0.02")


def test_a_message_of_the_customer_is_never_charged(world: World) -> None:
    room = room_with(world)
    with scope(world.lotus.pk):
        inbound = Message.objects.get(chatroom=room)
    report(world, inbound, pricing=PMP)
    assert charges_of(room) == []


def test_a_report_that_tells_of_the_send_opens_the_conversation(world: World) -> None:
    """Our own request got no answer: what the vendor says later is all we know."""
    room = room_with(world)
    message = sent(room, noted=False)
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(state=MessageState.UNKNOWN)
    report(world, message, pricing=FREE)
    assert [each.opened_by for each in conversations_of(room)] == ["customer"]


def test_unpriced_reports_ask_the_database_nothing(world: World) -> None:
    room = room_with(world)
    status = StatusChanged(world.shop.account_id, "wamid.1", DeliveryStatus.READ, clock.now())
    with scope(world.lotus.pk), statements(0):
        actions.note_statuses(
            workspace_id=world.lotus.pk, reports=[actions.Reported(world.shop, status, 1, room.pk, clock.now())]
        )
        actions.note_sent(workspace_id=world.lotus.pk, sent=[])


def test_a_batch_costs_the_same_for_few_and_for_many(world: World) -> None:
    add_rate("0.02")
    room = room_with(world)
    messages = [sent(room, noted=False) for _number in range(40)]
    sends = [actions.Sent(world.shop, each.pk, room.pk, clock.now(), None, "utility") for each in messages]
    reports = [
        actions.Reported(
            world.shop,
            StatusChanged(world.shop.account_id, each.external_id or "", DeliveryStatus.SENT, clock.now(), pricing=PMP),
            each.pk,
            room.pk,
            each.sent_at,
        )
        for each in messages
    ]
    answers = [actions.Sent(world.shop, 0, room.pk, clock.now(), None)] * 40
    workspace_id = world.lotus.pk
    with scope(workspace_id):
        with statements(7):  # the conversations, a new one, the two sorts of rates, the charges, theirs, the totals
            actions.note_sent(workspace_id=workspace_id, sent=sends)
        with statements(1):  # the open conversation
            actions.note_sent(workspace_id=workspace_id, sent=answers)
        with statements(4):  # the charges, the two sorts of rates, the changed charges; the totals stay
            actions.note_statuses(workspace_id=workspace_id, reports=reports)
        with statements(1):  # the charges
            actions.note_statuses(workspace_id=workspace_id, reports=reports)
    assert totals_agree()


# --- budgets --------------------------------------------------------------------------------------------------------


def may_spend(world: World, amount: str | None) -> bool:
    with scope(world.lotus.pk), statements(1):
        return selectors.may_spend(world.shop, Decimal(amount) if amount is not None else None)


def test_a_budget_counts_what_its_connection_spent_this_month(world: World) -> None:
    add_rate("0.40")
    assert may_spend(world, "1000000")
    with scope(world.lotus.pk):
        actions.set_budget(actor=world.olivia, connection=world.shop, typed="1")
    room = room_with(world)
    last_month = clock.now().replace(day=1) - timedelta(days=1)
    sent(room, template="utility", at=last_month)
    report(world, sent(room_with(world, connection=world.events)), connection=world.events, pricing=PMP)
    assert may_spend(world, "1")
    for _message in range(2):
        report(world, sent(room), pricing=PMP)
    assert [may_spend(world, amount) for amount in ("0.20", "0.21", "0", None)] == [True, False, True, True]
    with scope(world.lotus.pk):
        left = selectors.allowances([world.shop, world.events])
    assert (left[world.shop.pk].is_near, left[world.events.pk].is_near) == (True, False)
    report(world, sent(room), pricing=PMP)
    assert [may_spend(world, amount) for amount in ("0.01", "0", None)] == [False, True, False]


def test_a_budget_of_zero_stops_everything_that_is_paid_for(world: World) -> None:
    with scope(world.lotus.pk):
        actions.set_budget(actor=world.olivia, connection=world.shop, typed="0")
    assert [may_spend(world, amount) for amount in ("0.000001", None, "0")] == [False, False, True]
    with scope(world.lotus.pk):
        assert selectors.may_spend(world.events, Decimal(1))
        actions.set_budget(actor=world.olivia, connection=world.shop, typed=" ")
        assert not Budget.objects.exists()
    assert may_spend(world, "1")


# --- the simulated vendor -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_real_answer_opens_a_conversation_and_is_counted_as_free(world: World, vendor: SimulatorClient) -> None:
    vendor.inbound(world.shop.account_id, PHONE, "Do you have peonies?")
    news_from(vendor)
    (room,) = rooms_of(world.shop)
    message = write(world.amy, room, "Yes")
    dispatch_due()
    news_from(vendor)
    assert reload(message).state == "delivered"
    assert [(each.opened_by, each.category) for each in conversations_of(room)] == [("customer", "service")]
    (charge,) = charges_of(room)
    assert (charge.message_id, charge.country, charge.is_confirmed) == (message.pk, "HK", True)
    assert (charge.type, charge.amount) == ("free_customer_service", 0)
