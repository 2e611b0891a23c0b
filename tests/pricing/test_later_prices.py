"""What had no rate is priced once one covers it; what has a price keeps it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from inbox.lib import clock
from inbox.pricing import actions
from inbox.pricing.actions import price_charges
from inbox.pricing.models import Charge, PlatformRate, WorkspaceRate
from inbox.workspaces.tenancy import platform_scope, scope
from tests.chatrooms.conversation import asked_for
from tests.world import World, room_with

from .house import PMP, add_rate, charges_of, report, sent, totals, totals_agree

PRICE = "inbox.pricing.tasks.price_charges"


@pytest.mark.parametrize("confirmed", [False, True], ids=["estimated", "confirmed"])
def test_it_is_priced_by_the_rate_of_its_day_and_once(world: World, confirmed: bool) -> None:
    room = room_with(world)
    message = sent(room, template="marketing", at=clock.now() - timedelta(days=3))
    if confirmed:
        report(world, message, pricing={**PMP, "category": "marketing_lite"})
    category = "marketing_lite" if confirmed else "marketing"
    assert list(totals().values()) == [(1, 0, 1, "0")]

    today = clock.now().date()
    add_rate("1", category="marketing", country="JP")
    add_rate("2", category="utility")
    add_rate("3", category="marketing", valid_from=today)
    add_rate("4", category="marketing", country="*", valid_until=today - timedelta(days=9))
    add_rate("5", category="marketing", channel="messenger")
    add_rate("6", category="marketing", workspace_id=world.bakery.pk)
    assert price_charges() == 0

    add_rate("0.05", category="marketing", country="*", currency="HKD", valid_from=today - timedelta(days=8))
    assert price_charges() == 1
    [charge] = charges_of(room)
    assert (charge.amount, charge.currency, charge.is_priced) == (Decimal("0.05"), "HKD", True)
    assert totals() == {("Shop", category): (1, 1, 0, "0.05")}
    assert totals_agree()
    PlatformRate.objects.update(amount=9)
    assert price_charges() == 0
    assert charges_of(room)[0].amount == Decimal("0.05")


def test_of_a_conversation_only_its_first_message_costs_later_too(world: World) -> None:
    room = room_with(world)
    old = {"billable": True, "pricing_model": "CBP", "category": "utility"}
    for conversation in ("c1", "c1", "c2"):
        words = {"id": conversation, "origin": {"type": "utility"}}
        report(world, sent(room, noted=False), pricing=old, conversation=words)
    add_rate("0.02")
    assert price_charges() == 3
    assert [charge.amount for charge in charges_of(room)] == [Decimal("0.02"), 0, Decimal("0.02")]
    assert totals_agree()


def test_a_crowd_is_priced_in_batches_and_what_has_no_rate_is_in_nobodys_way(
    world: World, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    room = room_with(world)
    messages = [sent(room, template=("marketing", "utility")[number % 2], noted=False) for number in range(40)]
    own = {"workspace": world.lotus, "chatroom": room, "connection": world.shop, "country": "HK", "model": "PMP"}
    with scope(world.lotus.pk):
        Charge.objects.bulk_create(
            Charge(
                **own,
                message=message,
                at=message.sent_at,
                category=message.details["template"]["category"],
                type="regular",
                is_priced=False,
            )
            for message in messages
        )
    add_rate("0.5")
    monkeypatch.setattr("inbox.pricing.actions._amounts.BATCH", 8)
    monkeypatch.setattr("inbox.pricing.actions._amounts.MOST_BATCHES", 2)
    with django_assert_max_num_queries(40):
        assert price_charges() == 16
    assert price_charges() == 4
    with platform_scope("test"):
        assert set(Charge.objects.values_list("category", "is_priced")) == {("utility", True), ("marketing", False)}


CSV = b"country,category,amount\nHK,utility,0.02\n"


@pytest.mark.parametrize("way", ["file", "platform's file", "form", "platform's form"])
def test_every_way_of_a_new_rate_has_them_priced(  # type: ignore[no-untyped-def]
    world: World, way: str, django_capture_on_commit_callbacks
) -> None:
    rate = {"channel": "whatsapp", "country": "HK", "category": "utility", "amount": Decimal(1), "currency": "USD"}
    with scope(world.lotus.pk), django_capture_on_commit_callbacks(execute=True):
        if way == "file":
            actions.import_rates(actor=world.olivia, content=CSV)
        elif way == "platform's file":
            actions.import_platform_rates(content=CSV)
        elif way == "form":
            own = WorkspaceRate(**rate, valid_from=clock.now().date())
            actions.save_rate(actor=world.olivia, rate=own)
        else:
            actions.save_platform_rate(rate=PlatformRate(**rate, valid_from=clock.now().date()))
    assert asked_for(PRICE) == [{}]
