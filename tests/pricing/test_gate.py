"""The budgets' word on a batch of templates of several workspaces."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.pricing import actions
from inbox.pricing.gate import Asked, over_budget
from inbox.pricing.models import BillingConversation
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with

from .house import PHONE, add_rate

pytestmark = pytest.mark.django_db


def ask(*asked: Asked, queries: int) -> set[int]:
    with platform_scope("test"), CaptureQueriesContext(connection) as captured:
        refused = over_budget(asked, now=clock.now())
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == queries
    return refused


def template(
    number: int, to: Connection, category: str = "utility", room: int = 0, *, in_window: bool = False
) -> Asked:
    return Asked(number, room, to, PHONE, category, in_window)


def test_without_budgets_everything_may_leave(world: World) -> None:
    add_rate("0.4")
    assert ask(template(1, world.shop), template(2, world.oven), queries=1) == set()
    assert ask(queries=0) == set()


def test_a_batch_stops_where_its_budget_does_and_others_go_on(world: World) -> None:
    add_rate("0.4")
    add_rate("0.1", workspace_id=world.bakery.pk)
    for member, each in ((world.olivia, world.shop), (world.sam, world.oven)):
        with scope(member.workspace_id):
            actions.set_budget(actor=member, connection=each, typed="1")
    asked = [template(number, [world.shop, world.events, world.oven][number % 3]) for number in range(12)]
    assert ask(*asked, queries=7) == {6, 9}  # the shop's third and fourth


def test_what_is_free_passes_a_budget_of_zero(world: World) -> None:
    add_rate("0.4")
    room = room_with(world)
    with scope(world.lotus.pk):
        actions.set_budget(actor=world.olivia, connection=world.shop, typed="0")
        BillingConversation.objects.create(
            workspace=world.lotus,
            chatroom=room,
            opened_by="customer",
            category="referral",
            opened_at=clock.now(),
            expires_at=clock.now() + timedelta(hours=1),
            is_entry_point=True,
        )
    asked = [
        template(1, world.shop),
        template(2, world.shop, in_window=True),
        template(3, world.shop, "marketing", in_window=True),
        template(4, world.shop, "marketing", room.pk),
    ]
    assert ask(*asked, queries=4) == {1, 3}
