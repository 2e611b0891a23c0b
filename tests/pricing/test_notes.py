"""What is said beside a template before it is sent: its price, and that the budget is nearly used up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inbox.chatrooms.models import Chatroom, Message
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.pricing import actions, pages, selectors
from inbox.workspaces.tenancy import scope
from tests.world import World, room_with

from .house import PHONE, PMP, add_rate, report, sent

pytestmark = pytest.mark.django_db


def note(world: World, category: str = "marketing", *, phone: str = PHONE, room: Chatroom | None = None) -> str:
    with scope(world.lotus.pk):
        return selectors.send_note(world.shop, phone, category, False, room_id=room.pk if room else None)


def test_the_price_of_a_template_is_said_before_it_leaves(world: World) -> None:
    add_rate("0.012")
    assert note(world, "utility") == "Utility template to HK: about US$0.012; free inside the window"
    assert note(world, "UTILITY", phone="") == "Utility template: the price is not known; free inside the window"
    with scope(world.lotus.pk):
        said = selectors.send_note(world.shop, PHONE, "utility", True)
        assert said == "Utility template to HK: free, because the customer wrote within the window"


def test_a_channel_that_bills_nothing_says_nothing(world: World) -> None:
    with scope(world.lotus.pk):
        page = Connection(workspace_id=world.lotus.pk, channel="messenger")
        assert selectors.send_note(page, PHONE, "utility", False) == ""


@pytest.mark.parametrize(
    ("hours", "says"),
    [(1, "probably free: the customer came through an ad"), (23.9, "probably free"), (24.1, "about US$0.07")],
)
def test_a_customer_of_an_ad_is_probably_free_while_not_answered(world: World, hours: float, says: str) -> None:
    add_rate("0.07", category="marketing")
    room = room_with(world)
    with scope(world.lotus.pk):
        Message.objects.filter(chatroom=room).update(
            sent_at=clock.now() - timedelta(hours=hours), details={"referral": {"title": "Roses"}}
        )
    assert says in note(world, room=room)
    with scope(world.lotus.pk):
        panel = pages.room_costs(world.amy, room.pk, world.shop)
    assert bool(panel.ad) is (hours < 24)


def test_once_answered_the_vendors_word_decides(world: World) -> None:
    add_rate("0.07", category="marketing")
    room = room_with(world)
    with scope(world.lotus.pk):
        Message.objects.filter(chatroom=room).update(details={"referral": {"title": "Roses"}})
    answer = sent(room, at=clock.now() + timedelta(seconds=1))
    assert "about US$0.07" in note(world, room=room)
    report(world, answer, pricing={"pricing_model": "PMP", "type": "free_entry_point"})
    assert "free, because the customer came through an ad" in note(world, room=room)


def test_a_budget_warns_from_four_fifths_on(world: World) -> None:
    add_rate("0.40")
    room = room_with(world)

    def warning() -> str:
        with scope(world.lotus.pk):
            return selectors.warning_for(world.shop)

    assert warning() == ""
    with scope(world.lotus.pk):
        actions.set_budget(actor=world.olivia, connection=world.shop, typed="1")
    assert warning() == ""
    for expected in ("", "The budget of this month is nearly used up: US$0.80 of US$1.00."):
        report(world, sent(room), pricing=PMP)
        assert warning() == expected
    report(world, sent(room), pricing=PMP)
    assert "is used up" in warning()
