"""Accounts on every channel, the vendor they talk to, and the browsers of the two workspaces' owners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection
from inbox.workspaces.models import Membership, Workspace
from tests.world import World

from .vendor import Vendor, running_vendor

TOKEN = "EAAsecret-token-of-the-account"


@dataclass(frozen=True)
class Account:
    """What one needs to connect an account of a channel, and what a vendor in good health says about it."""

    app: dict[str, str]
    account: dict[str, str]
    account_id: str
    address: str
    answers: dict[str, Any]


def _scopes(*scopes: str) -> dict[str, Any]:
    return {"data": {"is_valid": True, "expires_at": 0, "scopes": [*scopes]}}


ACCOUNTS: dict[str, Account] = {
    "whatsapp": Account(
        app={"app_secret": "wa-app-secret", "verify_token": "wa-phrase"},
        account={"phone_number_id": "1111", "waba_id": "2222", "access_token": TOKEN},
        account_id="1111",
        address="+852 2111 1111",
        answers={
            "debug_token": _scopes("whatsapp_business_messaging", "whatsapp_business_management"),
            "1111": {"id": "1111", "verified_name": "Lotus", "quality_rating": "GREEN"},
            "GET subscribed_apps": {"data": [{"whatsapp_business_api_data": {"id": "9", "name": "Inbox"}}]},
            "POST subscribed_apps": {"success": True},
        },
    ),
    "messenger": Account(
        app={"app_secret": "ms-app-secret", "verify_token": "ms-phrase"},
        account={"page_id": "3333", "access_token": TOKEN},
        account_id="3333",
        address="Lotus Flowers",
        answers={
            "debug_token": _scopes("pages_messaging", "pages_manage_metadata"),
            "3333": {"id": "3333", "name": "Lotus Flowers"},
            "GET subscribed_apps": {"data": [{"id": "9", "name": "Inbox"}]},
            "POST subscribed_apps": {"success": True},
        },
    ),
    "instagram": Account(
        app={"app_secret": "ig-app-secret", "verify_token": "ig-phrase"},
        account={"login": "instagram", "instagram_id": "4444", "access_token": TOKEN},
        account_id="4444",
        address="@lotus",
        answers={
            "4444": {"id": "4444", "user_id": "4444", "username": "lotus"},
            "me": {"id": "4444", "user_id": "4444", "username": "lotus"},
            "GET subscribed_apps": {"data": [{"id": "9", "name": "Inbox"}]},
            "POST subscribed_apps": {"success": True},
            "refresh_access_token": {"access_token": "IGAAnew-token-of-the-account", "expires_in": 5184000},
        },
    ),
    "wechat": Account(
        app={"token": "wxphrase", "encryption": "plaintext"},
        account={"original_id": "gh_5555", "appid": "wx5555", "app_secret": "wx-account-secret"},
        account_id="gh_5555",
        address="Lotus 花店",
        answers={
            "stable_token": {"access_token": "wx-short-lived-token", "expires_in": 7200},
            "token": {"access_token": "wx-short-lived-token", "expires_in": 7200},
            "getcallbackip": {"ip_list": ["127.0.0.1"]},
            "getkflist": {"kf_list": []},
        },
    ),
}


@pytest.fixture
def scripted(settings: Settings) -> Iterator[Vendor]:
    with running_vendor() as vendor:
        settings.VENDOR_API_URL = vendor.url
        yield vendor


@pytest.fixture
def connect(world: World) -> Callable[..., Connection]:
    """Return a function that connects an account of a channel to a workspace, on an app of its own."""

    def account_of(channel: str, workspace: Workspace | None = None, **credentials: str) -> Connection:
        account = ACCOUNTS[channel]
        app_secrets = account.app | ({"appid": "wx5555"} if channel == "wechat" else {})
        app = register_app(channel=Channel(channel), name=f"App for {channel}", credentials=app_secrets)
        return connect_account(
            actor=None,
            workspace=workspace or world.lotus,
            app=app,
            name=f"Our {channel}",
            address=account.address,
            credentials=account.account | credentials,
        )

    return account_of


def entered(browser: Client, member: Membership) -> Client:
    browser.get(reverse("enter_admin", args=[member.workspace.slug]))
    return browser


@pytest.fixture
def owner(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return entered(client_of(world.olivia), world.olivia)


@pytest.fixture
def stranger(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return entered(client_of(world.sam), world.sam)
