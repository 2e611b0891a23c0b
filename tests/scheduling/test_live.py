"""Scheduled messages all the way to the phone: the real product and the simulated vendors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inbox.chatrooms.actions import dispatch_due
from inbox.devstack.flower_shop import INSTA, OFFICIAL, PAGE, SHOP, Account
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.scheduling.actions import send_due
from inbox.scheduling.models import ScheduledMessage
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.chatrooms.conversation import room_of
from tests.processes import WebProcess
from tests.world import World, connect_account_of_the_shop, news_from, put_on_its_network

from .conftest import message_of, plan

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "85290000001"


@pytest.mark.parametrize("account", [SHOP, PAGE, INSTA, OFFICIAL], ids=lambda account: account.channel.value)
def test_a_message_that_is_due_arrives_on_the_phone(
    world: World, vendor: SimulatorClient, web: WebProcess, account: Account
) -> None:
    connection = connect_account_of_the_shop(world, account)
    put_on_its_network(vendor, account, webhook_url=web.webhook_url(connection.app))
    vendor.put_person(ADA, "Ada Lee")
    assert vendor.inbound(account.account_id, ADA, "Remind me, please").delivered
    process_pending()
    row = plan(world.amy, room_of(connection), "Your peonies are ready — 三束")
    assert send_due() == 0
    with scope(world.lotus.pk):
        ScheduledMessage.objects.filter(pk=row.pk).update(due_at=clock.now() - timedelta(seconds=1))
    assert send_due() == 1
    dispatch_due()
    news_from(vendor)
    assert [sent.text for sent in vendor.sent(account.account_id)] == ["Your peonies are ready — 三束"]
    assert message_of(row).state in ("sent", "delivered", "read")
