"""Connecting an account of any channel: the forms are made of what its adapter asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_adapters.registry import adapter_for, kinds
from channels_adapters.types import ChannelKind
from inbox.connections.actions import rotate_app_secret
from inbox.connections.models import REPLY_RULES, Channel, Connection, VendorApp
from inbox.workspaces.models import AuditEntry, User
from inbox.workspaces.tenancy import scope
from tests.world import World, reload

from .conftest import ACCOUNTS

Connect = Callable[..., Connection]
ADD = "/admin/connections/connection/add/"
CHANNELS = [*ACCOUNTS]


def posted(channel: str) -> dict[str, str]:
    account = ACCOUNTS[channel]
    return {"name": f"New {channel}", "address": account.address, **account.app, **account.account}


def new_connection(world: World, channel: str) -> Connection:
    with scope(world.lotus.pk):
        return Connection.objects.select_related("app").get(name=f"New {channel}")


def test_every_channel_has_a_name_from_its_adapter() -> None:
    assert {kind.value for kind in kinds()} == set(Channel.values) == set(CHANNELS)
    assert dict(Channel.choices) == {kind.value: adapter_for(kind).capabilities.label for kind in kinds()}


@pytest.mark.parametrize("address", [ADD, f"{ADD}?channel=", f"{ADD}?channel=pigeon", f"{ADD}?channel=WHATSAPP"])
def test_one_chooses_the_channel_first(owner: Client, address: str) -> None:
    page = owner.get(address).content.decode()
    for kind in kinds():
        assert f'href="?channel={kind.value}"' in page
    assert 'name="address"' not in page


def test_nothing_is_made_without_a_channel(world: World, owner: Client) -> None:
    before = VendorApp.objects.count()
    assert owner.post(ADD, posted("whatsapp")).status_code == 200
    assert VendorApp.objects.count() == before


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_form_asks_for_everything_and_hides_what_is_secret(owner: Client, channel: str) -> None:
    page = owner.get(f"{ADD}?channel={channel}").content.decode()
    capabilities = adapter_for(ChannelKind(channel)).capabilities
    for field in (*capabilities.account_credentials, *capabilities.app_credentials):
        inputs = re.findall(rf'<(?:input|select)[^>]*name="{field.name}"[^>]*>', page)
        assert len(inputs) == (0 if field.name.startswith("previous_") else 1), field.name
        if inputs and field.choices:
            assert inputs[0].startswith("<select")
            assert all(f'<option value="{value}"' in page for value, _label in field.choices)
        elif inputs:
            assert ('type="password"' in inputs[0]) == field.secret


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_is_connected_and_the_doctor_goes_on(world: World, owner: Client, channel: str) -> None:
    answer = owner.post(f"{ADD}?channel={channel}", posted(channel))
    made = new_connection(world, channel)
    assert answer["Location"] == reverse("connection_doctor", args=[made.pk])
    account = ACCOUNTS[channel]
    assert (made.channel, made.account_id, made.address) == (channel, account.account_id, account.address)
    assert dict(made.credentials) == account.account
    assert account.app.items() <= dict(made.app.credentials).items()
    assert made.business_id == account.account.get("waba_id", "")
    with scope(world.lotus.pk):
        assert AuditEntry.objects.filter(verb="connection.created", actor=world.olivia).count() == 1
    page = owner.get(reverse("admin:connections_connection_change", args=[made.pk]))
    assert made.app.webhook_url in page.content.decode()


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_required_is_required(world: World, owner: Client, channel: str) -> None:
    capabilities = adapter_for(ChannelKind(channel)).capabilities
    before = VendorApp.objects.count()
    for field in (*capabilities.account_credentials, *capabilities.app_credentials):
        if field.required and not field.choices:
            answer = owner.post(f"{ADD}?channel={channel}", {**posted(channel), field.name: ""})
            assert answer.status_code == 200, field.name
            assert "This field is required" in answer.content.decode()
    assert VendorApp.objects.count() == before


def test_a_choice_outside_the_list_is_refused(world: World, owner: Client) -> None:
    answer = owner.post(f"{ADD}?channel=instagram", {**posted("instagram"), "login": "telepathy"})
    assert answer.status_code == 200
    assert "telepathy" in answer.content.decode()


def test_an_app_of_another_channel_cannot_be_shared(world: World, owner: Client) -> None:
    page = owner.get(f"{ADD}?channel=messenger").content.decode()
    assert f'<option value="{world.app.pk}">' not in page
    answer = owner.post(f"{ADD}?channel=messenger", {**posted("messenger"), "vendor_app": world.app.pk})
    assert answer.status_code == 200
    with scope(world.lotus.pk):
        assert not Connection.objects.filter(name="New messenger").exists()


def test_the_portfolio_is_kept_and_can_be_changed(world: World, owner: Client) -> None:
    owner.post(f"{ADD}?channel=whatsapp", {**posted("whatsapp"), "portfolio_id": "777"})
    made = new_connection(world, "whatsapp")
    assert made.portfolio_id == "777"
    page = reverse("admin:connections_connection_change", args=[made.pk])
    owner.post(page, {"name": made.name, "address": made.address, "portfolio_id": "778"})
    assert reload(made).portfolio_id == "778"


RULES = {
    "whatsapp": {"window_hours": 48},
    "messenger": {"window_hours": 12, "reminder_days": 3},
    "instagram": {"window_hours": 24, "reminder_days": 7},
    "wechat": {"window_hours": 48, "message_quota": 20, "activity_minutes": 2, "activity_quota": 5},
}


@pytest.mark.parametrize("channel", CHANNELS)
def test_when_customers_may_be_answered_is_set_where_the_channel_has_such_a_rule(
    world: World, owner: Client, channel: str
) -> None:
    owner.post(f"{ADD}?channel={channel}", posted(channel))
    made = new_connection(world, channel)
    page = reverse("admin:connections_connection_change", args=[made.pk])
    shown = owner.get(page).content.decode()
    assert {name for name in REPLY_RULES if f'name="{name}"' in shown} == RULES[channel].keys()
    usual = made.reply_policy
    owner.post(page, {"name": made.name, "address": made.address, **RULES[channel]})
    changed = reload(made)
    assert {name: getattr(changed, name) for name in RULES[channel]} == RULES[channel]
    assert changed.reply_policy.window == timedelta(hours=RULES[channel]["window_hours"])
    wrong = owner.post(page, {"name": made.name, "address": made.address, "window_hours": "-1"})
    assert wrong.status_code == 200
    owner.post(page, {"name": made.name, "address": made.address})
    assert reload(made).reply_policy == usual


def test_every_secret_with_a_twin_can_be_replaced_without_a_gap(world: World, owner: Client) -> None:
    owner.post(f"{ADD}?channel=wechat", {**posted("wechat"), "encoding_aes_key": "k" * 43})
    made = new_connection(world, "wechat")
    page = reverse("admin:connections_connection_change", args=[made.pk])
    shown = owner.get(page).content.decode()
    assert 'name="new_token"' in shown
    assert 'name="new_encoding_aes_key"' in shown
    owner.post(page, {"name": made.name, "address": made.address, "new_token": "wxnewphrase"})
    app = reload(made.app)
    assert (app.credentials["token"], app.credentials["previous_token"]) == ("wxnewphrase", "wxphrase")
    assert app.credentials["encoding_aes_key"] == "k" * 43
    assert "previous_encoding_aes_key" not in app.credentials


def test_staff_change_what_an_app_is_registered_with(world: World, connect: Connect) -> None:
    app = connect("wechat").app
    staff = Client()
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    staff.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:connections_vendorapp_change", args=[app.pk])
    assert "wxphrase" not in staff.get(page).content.decode()
    staff.post(page, {"name": "Ours", "token": "", "appid": "wx5555", "encryption": "secure"})
    after = reload(app)
    assert (after.name, after.credentials["encryption"], after.credentials["token"]) == ("Ours", "secure", "wxphrase")
    assert "previous_token" not in after.credentials


def test_several_secrets_are_replaced_at_once(connect: Connect) -> None:
    app = rotate_app_secret(actor=None, app=connect("wechat").app, token="two", encoding_aes_key="b" * 43)
    assert app.credentials["previous_token"] == "wxphrase"
    assert app.credentials["previous_encoding_aes_key"] == ""


@pytest.mark.parametrize("more", [0, 20])
def test_the_list_costs_the_same_for_few_and_for_many(world: World, owner: Client, connect: Connect, more: int) -> None:
    for number in range(more):
        connect("messenger", page_id=f"9{number}")
    owner.get(reverse("admin:connections_connection_changelist"))
    with CaptureQueriesContext(database) as captured:
        page = owner.get(reverse("admin:connections_connection_changelist"))
    assert page.content.decode().count("Our messenger") >= more
    asked = [query["sql"] for query in captured if 'FROM "connections_' in query["sql"]]
    assert len(asked) == 3, asked  # two counts, as Django's lists ask, and the rows with their apps
    assert not any('"credentials"' in statement for statement in asked), "the list decrypts nothing"
