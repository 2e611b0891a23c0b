"""A key for credentials at rest is replaced by one command, which names what it could not read."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from inbox.connections.models import Connection, VendorApp
from inbox.workspaces.tenancy import platform_scope
from tests.world import APP_SECRET, World, reload

NEW, LOST = (Fernet.generate_key().decode() for _ in range(2))


def test_afterwards_the_old_key_is_not_needed(world: World, settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = [NEW, *settings.CREDENTIAL_KEYS]
    said = StringIO()
    call_command("reencrypt_credentials", stdout=said)
    assert said.getvalue() == "4 rows now use the newest key.\n"
    settings.CREDENTIAL_KEYS = [NEW]
    assert reload(world.app).credentials["app_secret"] == APP_SECRET
    with platform_scope("test"):
        assert {row.credentials["access_token"] for row in Connection.objects.all()} == {
            f"token-10000000000000{number}" for number in (1, 2, 3)
        }


def test_what_no_key_reads_is_named_without_secrets_and_holds_up_nothing(world: World, settings: Settings) -> None:
    ours = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [LOST]
    VendorApp.objects.filter(pk=world.app.pk).update(credentials={"app_secret": "unreadable-now"})
    settings.CREDENTIAL_KEYS = [NEW, *ours]
    said = StringIO()
    with pytest.raises(CommandError) as problem:
        call_command("reencrypt_credentials", stdout=said)
    assert f"VendorApp {world.app.pk} (Shared Meta app)" in str(problem.value)
    assert "unreadable-now" not in str(problem.value)
    assert said.getvalue() == "3 rows now use the newest key.\n"
    with platform_scope("test"), connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM connections_connection")
        for (stored,) in cursor.fetchall():
            assert Fernet(NEW).decrypt(stored.encode())
