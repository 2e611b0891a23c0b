"""The set-up doctor: each step from credentials to a customer's message, for every channel, for the right people."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from channels_adapters.types import ChannelKind
from inbox.connections import actions
from inbox.connections.models import Connection, ConnectionState, VendorApp
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.models import AuditEntry, Membership, User
from inbox.workspaces.tenancy import platform_scope, scope
from tests.processes import WebProcess
from tests.world import World, receive, reload, text_message, webhook

from .conftest import ACCOUNTS, TOKEN, entered
from .vendor import Vendor

Connect = Callable[..., Connection]
Steps = dict[str, tuple[str, str]]


def page_of(connection: Connection) -> str:
    return reverse("connection_doctor", args=[connection.pk])


def steps(browser: Client, connection: Connection) -> Steps:
    """What the page says, by the step's code: its state and all of its words."""
    answer = browser.get(page_of(connection))
    assert answer.status_code == 200
    items = re.findall(r'<li data-step="([^"]*)" data-state="([^"]*)"(.*?)</li>', answer.content.decode(), re.DOTALL)
    return {
        code: (state, html.unescape(" ".join(re.sub(r"<[^>]*>", " ", f"<li{rest}").split())))
        for code, state, rest in items
    }


def states(browser: Client, connection: Connection) -> dict[str, str]:
    return {code: state for code, (state, _words) in steps(browser, connection).items()}


def press(browser: Client, connection: Connection, button: str) -> Any:
    return browser.post(page_of(connection), {"do": button})


def change(connection: Connection, **values: object) -> None:
    with scope(connection.workspace_id):
        Connection.objects.filter(pk=connection.pk).update(**values)


def verbs(connection: Connection) -> list[str]:
    with scope(connection.workspace_id):
        return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


# --- the whole way, for every channel -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_a_connection_is_led_from_nothing_to_all_well(
    channel: str, connect: Connect, scripted: Vendor, web: WebProcess, settings: Settings, owner: Client
) -> None:
    settings.SITE_URL = web.url
    scripted.answers = ACCOUNTS[channel].answers
    connection = connect(channel)
    at_first = states(owner, connection)
    assert at_first["complete"] == "ok"
    assert {at_first[code] for code in ("check", "verified", "way_in", "webhooks", "message")} == {"waiting"}

    assert press(owner, connection, "examine").status_code == 302
    asked = steps(owner, connection)
    assert asked["check"] == ("waiting", "Waiting What the channel says Being asked at this moment.")
    assert f"Write to {connection.address} in" in asked["message"][1]

    assert actions.check_connection(connection_id=connection.pk, way_in=True)
    checked = states(owner, connection)
    assert "check" not in checked
    assert checked["way_in"] == "waiting", "stored, and no worker has come yet"
    process_pending()
    done = steps(owner, connection)
    assert done["way_in"][0] == "ok", done
    findings = {row["code"] for row in reload(connection).findings}
    assert {done[code][0] for code in findings} == {"ok"}
    assert done["address"][0] == "problem", "a server at home cannot be reached from outside"
    assert done["webhooks"][0] == "waiting", "what we deliver ourselves is nothing of the vendor's"
    assert done["message"][0] == "waiting"

    # Another time the same webhook is no new event for the door: it is processed once more.
    press(owner, connection, "examine")
    assert actions.check_connection(connection_id=connection.pk, way_in=True)
    assert process_pending() == 1
    assert states(owner, connection)["way_in"] == "ok"
    with platform_scope("test"):
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {EventState.DONE}


def test_the_last_step_turns_green_when_a_customer_writes(world: World, owner: Client) -> None:
    receive(world.app, webhook(world.shop, messages=[text_message("long before")]))
    press(owner, world.shop, "examine")
    assert states(owner, world.shop)["message"] == "waiting", "what came before does not count"
    receive(world.app, webhook(world.events, messages=[text_message("to the other number")]))
    assert states(owner, world.shop)["message"] == "waiting"
    receive(world.app, webhook(world.shop, messages=[text_message("now")]))
    after = states(owner, world.shop)
    assert (after["message"], after["webhooks"]) == ("ok", "ok")


def test_the_page_looks_for_news_by_itself_for_ten_minutes_and_has_a_link_for_it(
    world: World,
    owner: Client,
    time_machine,  # type: ignore[no-untyped-def]
) -> None:
    assert 'hx-trigger="every' not in owner.get(page_of(world.shop)).content.decode()
    press(owner, world.shop, "examine")
    page = owner.get(page_of(world.shop)).content.decode()
    assert f'hx-get="{page_of(world.shop)}" hx-trigger="every 3s"' in page
    assert f'href="{page_of(world.shop)}"' in page
    time_machine.move_to(clock.now() + timedelta(minutes=11))
    assert 'hx-trigger="every' not in owner.get(page_of(world.shop)).content.decode()


# --- what may be wrong ----------------------------------------------------------------------------------------------


def test_missing_credentials_are_named(connect: Connect, owner: Client) -> None:
    connection = connect("whatsapp")
    change(connection, credentials={"phone_number_id": "1111", "waba_id": "2222"})
    VendorApp.objects.filter(pk=connection.app_id).update(credentials={"app_secret": "x"})
    state, words = steps(owner, connection)["complete"]
    assert state == "problem"
    assert "Missing: Access token, Verify token." in words


def test_unreadable_credentials_do_not_break_the_page(connect: Connect, owner: Client, settings: Settings) -> None:
    connection = connect("whatsapp")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    state, words = steps(owner, connection)["complete"]
    assert (state, "cannot be read" in words) == ("problem", True)
    change_page = reverse("admin:connections_connection_change", args=[connection.pk])
    assert owner.get(change_page).status_code == 200


def test_a_worker_that_does_not_run_is_a_problem_after_a_while(world: World, owner: Client, time_machine) -> None:  # type: ignore[no-untyped-def]
    press(owner, world.shop, "examine")
    time_machine.move_to(clock.now() + timedelta(minutes=1))
    shown = steps(owner, world.shop)
    assert shown["check"][0] == shown["way_in"][0] == "problem"
    assert "whether a worker is running" in shown["check"][1]


@pytest.mark.parametrize(
    ("site", "state"),
    [
        ("https://inbox.example.com", "ok"),
        ("http://inbox.example.com", "problem"),
        ("https://localhost", "problem"),
        ("https://192.168.1.4", "problem"),
        ("https://127.0.0.1:8000", "problem"),
        ("https://[::1]", "problem"),
        ("https://8.8.8.8", "ok"),
    ],
)
def test_vendors_need_a_public_address(world: World, owner: Client, settings: Settings, site: str, state: str) -> None:
    settings.SITE_URL = site
    assert states(owner, world.shop)["address"] == state


@pytest.mark.parametrize(
    ("way_in", "words"),
    [
        ({"status": None, "error": "inbox.example.com: ConnectError"}, "did not answer"),
        ({"status": 301, "fingerprint": "00"}, "answered with 301"),
        ({"status": 403, "fingerprint": "00"}, "knows another app secret"),
        ({"status": 503, "fingerprint": "00"}, "does not reach its database"),
        ({"status": 200, "fingerprint": "00"}, "not stored"),
    ],
)
def test_a_way_in_that_does_not_work_says_where_it_ends(
    world: World, owner: Client, way_in: dict[str, object], words: str
) -> None:
    change(world.shop, way_in=way_in)
    state, shown = steps(owner, world.shop)["way_in"]
    assert state == "problem"
    assert words in shown


@pytest.mark.django_db(transaction=True)
def test_an_address_that_leads_nowhere_is_found_out(
    connect: Connect, scripted: Vendor, settings: Settings, owner: Client
) -> None:
    settings.SITE_URL = "http://127.0.0.1:9"
    scripted.answers = ACCOUNTS["whatsapp"].answers
    connection = connect("whatsapp")
    press(owner, connection, "examine")
    actions.check_connection(connection_id=connection.pk, way_in=True)
    state, words = steps(owner, connection)["way_in"]
    assert state == "problem"
    assert "Our own address did not answer" in words


def test_a_server_that_does_not_reach_itself_is_no_problem_while_webhooks_arrive(world: World, owner: Client) -> None:
    """Some networks let nobody inside use their public address."""
    change(world.shop, way_in={"status": None, "error": "inbox.example.com: ConnectError"})
    state, words = steps(owner, world.shop)["way_in"]
    assert (state, "a server cannot reach itself" in words) == ("problem", True)
    change(world.shop, last_webhook_at=clock.now() - timedelta(hours=1))
    state, words = steps(owner, world.shop)["way_in"]
    assert (state, "The channel does get through" in words) == ("ok", True)
    change(world.shop, last_webhook_at=clock.now() - timedelta(days=2))
    assert states(owner, world.shop)["way_in"] == "problem"


# --- the console's look at the address ------------------------------------------------------------------------------


def handshake_of(connection: Connection, *, phrase: str | None = None) -> dict[str, str]:
    """What the console asks the address."""
    secrets = connection.app.credentials
    if connection.channel == "wechat":
        parts = sorted([phrase or secrets["token"], "1714036504", "1514711492"])
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()
        return {"signature": signature, "timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375"}
    token = phrase or secrets["verify_token"]
    return {"hub.mode": "subscribe", "hub.challenge": "4375", "hub.verify_token": token}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_the_console_that_verifies_the_address_is_noted(
    channel: str, connect: Connect, web: WebProcess, owner: Client
) -> None:
    connection = connect(channel)
    address = web.webhook_url(connection.app)
    with httpx.Client(timeout=15, trust_env=False) as console:
        assert console.get(address, params=handshake_of(connection, phrase="guess")).status_code == 403
        assert reload(connection.app).verified_at is None
        assert states(owner, connection)["verified"] == "waiting"
        assert console.get(address, params=handshake_of(connection)).text == "4375"
    verified_at = reload(connection.app).verified_at
    assert verified_at is not None
    assert clock.now() - verified_at < timedelta(minutes=1)
    state, words = steps(owner, connection)["verified"]
    assert (state, verified_at.strftime("%Y-%m-%d %H:%M:%S") in words) == ("ok", True)


def test_an_address_from_which_webhooks_arrive_must_have_been_verified(world: World, owner: Client) -> None:
    assert states(owner, world.shop)["verified"] == "waiting"
    receive(world.app, webhook(world.shop, messages=[text_message("Hello")]))
    assert states(owner, world.shop)["verified"] == "ok"


@pytest.mark.django_db(transaction=True)
def test_the_door_asks_for_another_try_while_no_key_decrypts_its_secrets(connect: Connect, web: WebProcess) -> None:
    connection = connect("whatsapp")
    handshake = handshake_of(connection)
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_vendorapp SET credentials = 'gAAAAA' WHERE id = %s", [connection.app_id])
    with httpx.Client(timeout=15, trust_env=False) as console:
        assert console.get(web.webhook_url(connection.app), params=handshake).status_code == 503
        assert console.post(web.webhook_url(connection.app), content=b"{}").status_code == 503


@pytest.mark.parametrize(("hours", "state"), [(1, "problem"), (30, "ok")])
def test_wrong_signatures_count_for_a_day(world: World, owner: Client, hours: int, state: str) -> None:
    VendorApp.objects.filter(pk=world.app.pk).update(
        signature_failures=7, last_signature_failure_at=clock.now() - timedelta(hours=hours)
    )
    assert states(owner, world.shop)["signatures"] == state


@pytest.mark.parametrize(("days", "state"), [(30, "ok"), (9, "problem"), (-1, "problem")])
def test_a_token_that_runs_out_is_told_ten_days_ahead(world: World, owner: Client, days: int, state: str) -> None:
    change(world.shop, token_expires_at=clock.now() + timedelta(days=days))
    assert states(owner, world.shop)["expiry"] == state


def test_what_holds_up_sending_is_told(world: World, owner: Client) -> None:
    assert states(owner, world.shop)["sending"] == "ok"
    change(world.shop, state=ConnectionState.NEEDS_ATTENTION, attention="Billing problem.")
    assert steps(owner, world.shop)["sending"][0] == "problem"
    assert "Billing problem." in steps(owner, world.shop)["sending"][1]
    change(world.shop, state=ConnectionState.PAUSED, attention="")
    assert "Paused" in steps(owner, world.shop)["sending"][1]


def test_a_lost_subscription_has_a_button_that_orders_it_again(
    connect: Connect, scripted: Vendor, owner: Client
) -> None:
    refused = (403, {"error": {"code": 200, "message": "Missing permission"}})
    scripted.answers = ACCOUNTS["messenger"].answers | {
        "GET subscribed_apps": {"data": []},
        "POST subscribed_apps": refused,
    }
    connection = connect("messenger")
    actions.check_connection(connection_id=connection.pk)
    state, words = steps(owner, connection)["subscription"]
    assert state == "problem"
    assert "Subscribe again" in words
    assert press(owner, connection, "subscription").status_code == 302
    assert verbs(connection)[-1] == "connection.subscribed_again"


# --- who may see and do what ----------------------------------------------------------------------------------------


def test_strangers_and_agents_have_no_doctor_here(
    world: World, owner: Client, stranger: Client, client_of: Callable[[Membership], Client]
) -> None:
    assert owner.get(page_of(world.shop)).status_code == 200
    for button in ("examine", "subscription", "tokens", ""):
        assert press(stranger, world.shop, button).status_code == 404
    assert stranger.get(page_of(world.shop)).status_code == 404
    assert stranger.get(page_of(world.oven)).status_code == 200
    assert client_of(world.amy).get(page_of(world.shop), follow=True).status_code == 403
    assert Client().get(page_of(world.shop)).status_code == 302
    assert reload(world.shop).examination_asked_at is None
    assert owner.get(reverse("connection_doctor", args=[987654321])).status_code == 404


def test_the_platforms_staff_see_every_connection(world: World) -> None:
    staff = Client()
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    staff.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    for connection in (world.shop, world.oven):
        assert states(staff, connection)["complete"] == "ok"
        assert press(staff, connection, "examine").status_code == 302


def test_the_phrase_for_the_console_is_shown_on_demand_to_whom_the_app_belongs(
    connect: Connect, owner: Client, world: World
) -> None:
    for channel in ACCOUNTS:
        connection = connect(channel)
        capabilities = connection.adapter.capabilities
        (field,) = [field for field in capabilities.app_credentials if field.chosen_here]
        phrase = connection.app.credentials[field.name]
        assert phrase not in owner.get(page_of(connection)).content.decode()
        assert phrase in press(owner, connection, "tokens").content.decode()
        assert verbs(connection)[-1] == "app.tokens_shown"
    refused = press(owner, world.shop, "tokens").content.decode()
    assert "verify-me" not in refused
    assert "serves other workspaces too" in refused


@pytest.mark.parametrize("channel", [*ACCOUNTS])
def test_no_secret_is_on_the_page(channel: str, connect: Connect, scripted: Vendor, owner: Client) -> None:
    scripted.answers = ACCOUNTS[channel].answers
    connection = connect(channel)
    actions.check_connection(connection_id=connection.pk)
    page = owner.get(page_of(connection)).content.decode()
    capabilities = connection.adapter.capabilities
    assert capabilities.kind == ChannelKind(channel)
    secrets = [connection.credentials.get(f.name, "") for f in capabilities.account_credentials if f.secret]
    secrets += [connection.app.credentials.get(f.name, "") for f in capabilities.app_credentials if f.secret]
    assert secrets
    assert [secret for secret in (*secrets, TOKEN) if secret and secret in page] == []


def test_entering_the_admin_is_needed(world: World, client_of: Callable[[Membership], Client]) -> None:
    browser = client_of(world.olivia)
    assert browser.get(page_of(world.shop)).status_code == 302
    assert entered(browser, world.olivia).get(page_of(world.shop)).status_code == 200
