"""The same checks against the simulated vendors, whose rules are written down apart from ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from inbox.connections import actions
from inbox.connections.models import Connection, ConnectionState
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from tests.world import World, reload

from .conftest import ACCOUNTS, TOKEN

Connect = Callable[..., Connection]

# How the simulator describes the accounts of `ACCOUNTS`, and the field that holds what they authenticate with.
SIMULATED: dict[str, tuple[dict[str, Any], str]] = {
    "whatsapp": (
        {"waba_id": "2222", "display_phone_number": "+85221111111", "app_secret": "wa-app-secret"},
        "access_token",
    ),
    "messenger": ({"app_secret": "ms-app-secret"}, "access_token"),
    "instagram": ({"username": "lotus", "app_secret": "ig-app-secret"}, "access_token"),
    "wechat": ({"app_id": "wx5555", "token": "wxphrase"}, "secret"),
}


@pytest.fixture
def put(vendor: SimulatorClient, settings: Settings) -> Callable[..., None]:
    """Return a function that makes the simulator know the account of a channel, with this secret."""

    def put_account(channel: str, secret: str = "", **more: object) -> None:
        fields, field = SIMULATED[channel]
        known = secret or (TOKEN if field == "access_token" else ACCOUNTS[channel].account["app_secret"])
        vendor.put_account(ACCOUNTS[channel].account_id, channel, name="Lotus", **fields, **{field: known}, **more)

    return put_account


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_credentials_that_die_and_come_back(
    world: World, connect: Connect, put: Callable[..., None], channel: str
) -> None:
    connection = connect(channel)
    put(channel)
    assert actions.check_connection(connection_id=connection.pk), reload(connection).findings
    assert reload(connection).state == ConnectionState.ACTIVE
    put(channel, secret="another-one-now")
    assert not actions.check_connection(connection_id=connection.pk)
    assert reload(connection).state == ConnectionState.NEEDS_ATTENTION, reload(connection).findings
    put(channel)
    assert actions.check_connection(connection_id=connection.pk)
    assert reload(connection).state == ConnectionState.ACTIVE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("channel", "more", "code"),
    [
        ("wechat", {"verified": False}, "scopes"),
        ("wechat", {"ip_allowed": False}, "credentials"),
        ("messenger", {"scopes": ["pages_messaging"]}, "scopes"),
        ("whatsapp", {"scopes": ["whatsapp_business_messaging"]}, "scopes"),
    ],
)
def test_what_is_missing_is_found_and_told(
    connect: Connect, put: Callable[..., None], channel: str, more: dict[str, object], code: str
) -> None:
    connection = connect(channel)
    put(channel, **more)
    assert not actions.check_connection(connection_id=connection.pk)
    (row, *_) = [row for row in reload(connection).findings if row["health"] == "problem"]
    assert row["code"] == code
    assert row["advice"]


@pytest.mark.django_db(transaction=True)
def test_an_instagram_token_is_prolonged_by_the_vendors_own_rules(
    connect: Connect,
    put: Callable[..., None],
) -> None:
    connection = connect("instagram")
    put("instagram", token_expires_at=clock.now().timestamp() + 5 * 86_400)
    actions.check_connection(connection_id=connection.pk)
    before = reload(connection)
    assert actions.renew_token(connection_id=connection.pk)
    after = reload(connection)
    assert after.credentials["access_token"] != before.credentials["access_token"] == TOKEN
    assert actions.check_connection(connection_id=connection.pk), reload(connection).findings
