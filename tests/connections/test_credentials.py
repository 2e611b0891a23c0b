"""Vendors' secrets: encrypted in the database, readable with yesterday's key, invisible everywhere else."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Mapping

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from channels_adapters.errors import NotSent, Remedy, SendError
from channels_adapters.types import HttpRequest
from inbox.chatrooms.actions import report_read_to_vendor, send_reaction, show_typing
from inbox.chatrooms.models import Message
from inbox.connections.actions import ConnectionRefused, connect_account, renew_credentials, rotate_app_secret
from inbox.connections.calls import vendor_call
from inbox.connections.models import Connection, VendorApp
from inbox.customers.actions import fetch_profile
from inbox.lib.crypto import Secrets, UnreadableSecret, decrypt, encrypt
from inbox.workspaces.models import AuditEntry, Membership, User
from inbox.workspaces.tenancy import scope
from tests.customers.conftest import account, customer_of, person
from tests.world import APP_SECRET, World, reload, room_with

TOKEN = "token-100000000000001"

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def column(table: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT credentials FROM "{table}" WHERE id = %s', [pk])
        (value,) = cursor.fetchone()
    return str(value)


def shop_of(world: World) -> Connection:
    return Connection.objects.select_related("app").get(pk=world.shop.pk)


# --- at rest --------------------------------------------------------------------------------------------------------


def test_columns_hold_no_secret(world: World) -> None:
    with scope(world.lotus.pk):
        for value in (
            column("connections_connection", world.shop.pk),
            column("connections_vendorapp", world.app.pk),
        ):
            assert value.startswith("gAAAA")
            assert TOKEN not in value
            assert "access_token" not in value
            assert APP_SECRET not in value
        assert shop_of(world).credentials["access_token"] == TOKEN
        assert shop_of(world).app.credentials["app_secret"] == APP_SECRET


def test_the_same_secret_never_looks_the_same() -> None:
    assert encrypt({"a": "1"}) != encrypt({"a": "1"})
    assert decrypt(encrypt({"a": "1"})) == {"a": "1"}


@pytest.mark.parametrize("values", [{"a": "ключ 鑰匙 🔑"}, {"a": "\x00"}, {"a": ""}, {"a": "x" * 10_000}])
def test_any_text_survives(values: dict[str, str]) -> None:
    assert decrypt(encrypt(values)) == values


def test_no_credentials_are_an_empty_column(world: World) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(credentials=Secrets())
        assert column("connections_connection", world.shop.pk) == ""
        assert shop_of(world).credentials == {}


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_is_rotated_without_losing_anything(world: World) -> None:
    shop = Connection.objects.filter(pk=world.shop.pk)
    with scope(world.lotus.pk):
        with override_settings(CREDENTIAL_KEYS=[OLD]):
            shop.update(credentials=Secrets({"access_token": "first"}))
            written_with_old = column("connections_connection", world.shop.pk)
            Connection.objects.filter(pk=world.events.pk).update(credentials=Secrets({"access_token": "stays"}))
        with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
            assert shop.get().credentials == {"access_token": "first"}
            renew_credentials(actor=None, connection=shop.get(), credentials={"access_token": "second"})
            written_with_new = column("connections_connection", world.shop.pk)
            assert shop.get().credentials == {"access_token": "second"}
        with override_settings(CREDENTIAL_KEYS=[NEW]):
            assert shop.get().credentials == {"access_token": "second"}, "what was saved since uses the new key"
            with pytest.raises(UnreadableSecret):
                Connection.objects.get(pk=world.events.pk)
    assert Fernet(OLD).decrypt(written_with_old.encode())
    assert Fernet(NEW).decrypt(written_with_new.encode())


def test_a_lost_key_is_a_named_error_that_tells_nothing(world: World) -> None:
    with scope(world.lotus.pk), override_settings(CREDENTIAL_KEYS=[NEW]):
        stored = column("connections_connection", world.shop.pk)
        with pytest.raises(UnreadableSecret) as problem:
            shop_of(world)
    told = "".join(traceback.format_exception(problem.value))
    assert "no configured key decrypts this value" in told
    assert stored not in told
    assert NEW not in told


def test_calls_for_an_account_whose_key_is_lost_are_refused_in_words(world: World) -> None:
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        with scope(world.lotus.pk):
            shop = Connection.objects.defer("credentials").get(pk=world.shop.pk)
        with pytest.raises(SendError) as refused:
            vendor_call(connection=shop, describe=lambda _known: [], read=shop.adapter.check, read_timeout=1)
    assert (refused.value.code, refused.value.remedy) == ("credentials", Remedy.OPERATOR)
    assert refused.value.public_text.startswith("The stored credentials cannot be read.")


def test_what_was_deferred_is_read_for_the_call(world: World, settings: Settings) -> None:
    settings.VENDOR_API_URL = "http://127.0.0.1:9"
    with scope(world.lotus.pk):
        shop = Connection.objects.defer("credentials").get(pk=world.shop.pk)
    asked: list[str] = []

    def describe(known: Mapping[str, str]) -> list[HttpRequest]:
        asked.append(known["access_token"])
        return [HttpRequest("GET", f"{settings.VENDOR_API_URL}/")]

    with pytest.raises(NotSent):
        vendor_call(connection=shop, describe=describe, read=shop.adapter.check, read_timeout=1)
    assert asked == [TOKEN]


def test_a_lost_key_breaks_no_courtesy_and_no_look_up(world: World) -> None:
    """Reactions, read marks, typing and profiles are tried in the background: each fails in its own quiet way."""
    room = room_with(world, "Hello")
    page = account(world.lotus, "messenger", "page-1")
    visitor = customer_of(world.lotus, page, person(psid="7770001234"))
    with scope(world.lotus.pk):
        (message,) = Message.objects.filter(chatroom=room)
        Message.objects.filter(pk=message.pk).update(reactions={"business": "👍"})
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        ours = {"workspace_id": world.lotus.pk}
        assert not send_reaction(**ours, message_id=message.pk, emoji="👍", before="")
        assert not show_typing(**ours, chatroom_id=room.pk)
        assert report_read_to_vendor(**ours, chatroom_id=room.pk, external_id="wamid.1")
        assert not fetch_profile(**ours, customer_id=visitor.pk, connection_id=page.pk)
    assert "business" not in reload(message).reactions
    assert reload(visitor).profile_error


def test_an_app_whose_key_is_lost_is_given_its_secrets_anew(
    world: World, client_of: Callable[[Membership], Client]
) -> None:
    """By staff where it is shared, and without an error page on the way."""
    staff = Client()
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    staff.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    owner = client_of(world.olivia)
    owner.get(reverse("enter_admin", args=[world.lotus.slug]))
    page = reverse("admin:connections_vendorapp_change", args=[world.app.pk])
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert owner.get("/admin/connections/connection/add/?channel=whatsapp").status_code == 200
        assert staff.get(reverse("admin:connections_vendorapp_changelist")).status_code == 200
        assert staff.get(page).status_code == 200
        doctor = reverse("connection_doctor", args=[world.shop.pk])
        assert "cannot be read" in staff.post(doctor, {"do": "tokens"}).content.decode()
        entered = {"name": "Shared", "app_secret": "entered-anew", "verify_token": "phrase-anew"}
        assert staff.post(page, entered).status_code == 302
        after = reload(world.app).credentials
        assert (after["app_secret"], after["verify_token"]) == ("entered-anew", "phrase-anew")


@pytest.mark.parametrize("damage", ["not a token", "gAAAAA", "gAAAAABk" + "A" * 80])
def test_a_damaged_column_is_a_named_error(world: World, damage: str) -> None:
    with scope(world.lotus.pk):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE connections_connection SET credentials = %s WHERE id = %s", [damage, world.shop.pk])
        with pytest.raises(UnreadableSecret):
            shop_of(world)
        assert Connection.objects.defer("credentials").get(pk=world.shop.pk).name == "Shop"


# --- invisible ------------------------------------------------------------------------------------------------------


def test_secrets_hide_their_values() -> None:
    secrets = Secrets({"app_secret": "s3cret", "verify_token": "v3rify"})
    shown = [
        repr(secrets),
        str(secrets),
        f"{secrets}",
        f"{secrets!r:>60}",
        "%s %r" % (secrets, secrets),  # noqa: UP031 - as logging does it
        repr([secrets]),
        repr({"credentials": secrets}),
        repr(copy.copy(secrets)),
        repr(copy.deepcopy(secrets)),
        repr(pickle.loads(pickle.dumps(secrets))),
        repr(Secrets({**secrets, "more": "s3cret"})),
    ]
    assert [text for text in shown if "s3cret" in text or "v3rify" in text] == []
    assert repr(secrets) == "<Secrets: app_secret, verify_token>"
    assert repr(Secrets()) == "<Secrets: empty>"
    assert secrets["app_secret"] == "s3cret"


def test_models_hide_their_credentials(world: World) -> None:
    with scope(world.lotus.pk):
        shop = shop_of(world)
        shown = [f"{thing} {thing!r} {vars(thing)} {thing.__dict__}" for thing in (shop, shop.app)]
        shown.append(repr(shop.vendor_credentials))
        shown.append(repr(list(Connection.objects.values())))
        shown.append(repr(list(VendorApp.objects.values_list("credentials", flat=True))))
    assert [text for text in shown if TOKEN in text or APP_SECRET in text] == []


def test_a_dump_holds_no_credentials(world: World) -> None:
    """`dumpdata` and fixtures are files that travel."""
    with scope(world.lotus.pk):
        rows = json.loads(serializers.serialize("json", [shop_of(world), shop_of(world).app]))
    assert [row["fields"]["credentials"] for row in rows] == ["", ""]
    assert TOKEN not in json.dumps(rows)


def test_logs_hide_credentials(world: World, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("inbox.test")
    with scope(world.lotus.pk), caplog.at_level(logging.DEBUG):
        shop = shop_of(world)
        logger.info("%s %r %s", shop, shop, vars(shop))
        logger.info("credentials %s %r", shop.credentials, shop.vendor_credentials)
        try:
            raise ValueError(shop, shop.credentials)
        except ValueError:
            logger.exception("could not send with %r", shop.credentials)
        rotate_app_secret(actor=None, app=shop.app, app_secret="next-app-secret")
        renew_credentials(actor=None, connection=shop, credentials={"access_token": "next-token"})
    assert "<Secrets: access_token" in caplog.text
    assert [secret for secret in (TOKEN, APP_SECRET, "next-app-secret", "next-token") if secret in caplog.text] == []


def test_error_pages_hide_credentials(world: World) -> None:
    """Django's error report prints every local variable of every frame."""
    with scope(world.lotus.pk):
        shop = shop_of(world)
        credentials = shop.vendor_credentials

    def send() -> None:
        local_shop, local_credentials = shop, credentials
        raise ValueError(f"{local_shop} {local_credentials}")

    try:
        send()
    except ValueError as error:
        reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
        report = reporter.get_traceback_text() + reporter.get_traceback_html()
    assert "local_credentials" in report
    assert TOKEN not in report


def test_the_audit_log_holds_no_credentials(world: World) -> None:
    with scope(world.lotus.pk):
        renew_credentials(actor=world.olivia, connection=shop_of(world), credentials={"access_token": "next-token"})
        entries = list(AuditEntry.objects.values("verb", "subject", "facts"))
    assert "connection.renewed" in [entry["verb"] for entry in entries]
    assert "connection.created" in [entry["verb"] for entry in entries]
    assert "token" not in json.dumps(entries)


# --- changing -------------------------------------------------------------------------------------------------------


def test_the_secret_before_stays_good_during_a_rotation(world: World) -> None:
    app = rotate_app_secret(actor=None, app=world.app, app_secret="second")
    assert app.credentials == {"app_secret": "second", "previous_app_secret": APP_SECRET, "verify_token": "verify-me"}
    app = rotate_app_secret(actor=None, app=VendorApp.objects.get(pk=app.pk), app_secret="third")
    assert (app.credentials["app_secret"], app.credentials["previous_app_secret"]) == ("third", "second")


def test_an_empty_new_value_keeps_the_old_one(world: World) -> None:
    with scope(world.lotus.pk):
        renew_credentials(actor=None, connection=shop_of(world), credentials={"access_token": "", "waba_id": "2"})
        assert shop_of(world).credentials == {
            "access_token": TOKEN,
            "waba_id": "2",
            "phone_number_id": "100000000000001",
        }


@pytest.mark.parametrize("missing", ["phone_number_id", "access_token"])
def test_an_account_without_its_credentials_is_refused(world: World, missing: str) -> None:
    credentials = {"phone_number_id": "1", "waba_id": "2", "access_token": "t0ken", missing: ""}
    with pytest.raises(ConnectionRefused, match="Fill in") as refusal:
        connect(world, credentials)
    assert "t0ken" not in str(refusal.value)


def test_an_account_is_connected_once(world: World) -> None:
    credentials = {"phone_number_id": "100000000000001", "waba_id": "2", "access_token": "t0ken"}
    with pytest.raises(ConnectionRefused, match="already connected"):
        connect(world, credentials, account_id="100000000000001")
    with scope(world.lotus.pk):
        assert shop_of(world).credentials["access_token"] == TOKEN


def connect(world: World, credentials: dict[str, str], account_id: str = "1") -> Connection:
    return connect_account(
        actor=None,
        workspace=world.bakery,
        app=world.app,
        name="Again",
        account_id=account_id,
        address="+1",
        credentials=credentials,
    )
