"""One line for each channel."""

from __future__ import annotations

import pytest

from inbox.devstack.flower_shop import INSTA, OFFICIAL, PAGE, SHOP, Account
from inbox.devstack.simulator.client import SimulatorClient
from tests.processes import WebProcess
from tests.world import World, connect_account_of_the_shop, put_on_its_network

from .lines import ADA, Line


@pytest.fixture(params=[SHOP, PAGE, INSTA, OFFICIAL], ids=lambda account: account.channel.value)
def line(request: pytest.FixtureRequest, world: World, vendor: SimulatorClient, web: WebProcess) -> Line:
    account: Account = request.param
    connection = connect_account_of_the_shop(world, account)
    put_on_its_network(vendor, account, webhook_url=web.webhook_url(connection.app))
    vendor.put_person(ADA, "Ada Lee")
    return Line(world, vendor, account, connection)
