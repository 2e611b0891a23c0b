"""Tokens that run out are prolonged in time; where that fails, an admin learns by when to reconnect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import Client

from inbox.connections import actions
from inbox.connections.models import ApiCall, Connection, ConnectionState
from inbox.connections.tasks import renew_token, renew_tokens
from inbox.lib import clock
from inbox.lib.crypto import Secrets
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import reload

from .conftest import ACCOUNTS, TOKEN
from .vendor import Asked, Vendor

Connect = Callable[..., Connection]
NEW = "IGAAnew-token-of-the-account"
EXPIRED = (400, {"error": {"code": 190, "message": "expired", "type": "OAuthException"}})


def due() -> int:
    """How many renewals the daily task asks for; empties the queue."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("slow")
        count = renew_tokens()
        assert broker.llen("slow") == count
        return count


@pytest.fixture
def instagram(connect: Connect, scripted: Vendor) -> Connection:
    scripted.answers = ACCOUNTS["instagram"].answers
    return connect("instagram")


def expires_in(connection: Connection, **how: float) -> None:
    with scope(connection.workspace_id):
        Connection.objects.filter(pk=connection.pk).update(token_expires_at=clock.now() + timedelta(**how))


def test_a_token_of_unknown_age_is_prolonged_once_it_is_a_day_old(instagram: Connection, time_machine) -> None:  # type: ignore[no-untyped-def]
    assert due() == 0
    time_machine.move_to(clock.now() + timedelta(hours=25), tick=False)
    assert due() == 1
    assert renew_token(connection_id=instagram.pk)
    after = reload(instagram)
    assert after.credentials["access_token"] == NEW
    assert after.credentials["instagram_id"] == "4444"
    assert after.token_expires_at == clock.now() + timedelta(days=60)
    assert due() == 0


@pytest.mark.parametrize(("days", "count"), [(11, 0), (9, 1)])
def test_a_token_is_prolonged_ten_days_ahead(instagram: Connection, time_machine, days: int, count: int) -> None:  # type: ignore[no-untyped-def]
    time_machine.move_to(clock.now() + timedelta(days=2))
    expires_in(instagram, days=days)
    assert due() == count


def test_sixty_days_after_sixty_days_it_still_works(instagram: Connection, time_machine) -> None:  # type: ignore[no-untyped-def]
    renewed = 0
    time_machine.move_to(clock.now() + timedelta(days=2))
    for _day in range(150):
        time_machine.move_to(clock.now() + timedelta(days=1))
        if due():
            renewed += renew_token(connection_id=instagram.pk)
        assert (reload(instagram).token_expires_at or clock.now()) >= clock.now()
    assert renewed == 3


def test_the_new_token_is_written_nowhere_in_clear(instagram: Connection, owner: Client) -> None:
    assert renew_token(connection_id=instagram.pk)
    with scope(instagram.workspace_id):
        calls = str(list(ApiCall.objects.filter(connection=instagram).values()))
        entries = list(AuditEntry.objects.filter(verb="connection.token_renewed").values())
    assert "refresh_access_token" in calls
    assert len(entries) == 1
    assert [secret for secret in (TOKEN, NEW) if secret in calls + str(entries)] == []


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "wechat"])
def test_lasting_tokens_are_left_alone(connect: Connect, scripted: Vendor, time_machine, channel: str) -> None:  # type: ignore[no-untyped-def]
    connection = connect(channel)
    time_machine.move_to(clock.now() + timedelta(days=30))
    assert due() == 0
    assert not renew_token(connection_id=connection.pk)
    assert scripted.asked == []


def test_a_failure_tells_by_when_to_reconnect_and_stops_nothing_yet(
    instagram: Connection, scripted: Vendor, owner: Client
) -> None:
    expires_in(instagram, days=5)
    scripted.answers = scripted.answers | {"refresh_access_token": EXPIRED}
    assert not renew_token(connection_id=instagram.pk)
    after = reload(instagram)
    assert after.state == ConnectionState.ACTIVE
    day = (clock.now() + timedelta(days=5)).strftime("%Y-%m-%d")
    assert f"expires on {day}" in after.attention
    assert day in owner.get(f"/admin/connections/connection/{instagram.pk}/change/").content.decode()

    scripted.answers = ACCOUNTS["instagram"].answers
    assert renew_token(connection_id=instagram.pk)
    assert reload(instagram).attention == ""


def test_a_token_that_has_run_out_stops_the_sending(instagram: Connection, scripted: Vendor) -> None:
    expires_in(instagram, days=-1)
    scripted.answers = scripted.answers | {"refresh_access_token": EXPIRED}
    assert not renew_token(connection_id=instagram.pk)
    after = reload(instagram)
    assert (after.state, after.attention) == (
        ConnectionState.NEEDS_ATTENTION,
        "The access token has expired. Enter a new one.",
    )
    scripted.answers = ACCOUNTS["instagram"].answers
    assert actions.check_connection(connection_id=instagram.pk), "the vendor takes it after all"
    assert reload(instagram).state == ConnectionState.ACTIVE


def test_a_vendor_out_of_reach_is_asked_again_next_time(instagram: Connection, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = "http://127.0.0.1:9"
    assert not renew_token(connection_id=instagram.pk)
    after = reload(instagram)
    assert (after.state, after.credentials["access_token"]) == (ConnectionState.ACTIVE, TOKEN)


@pytest.mark.django_db(transaction=True)
def test_a_token_that_an_admin_entered_meanwhile_wins(connect: Connect, scripted: Vendor) -> None:
    connection = connect("instagram")

    def answer(_asked: Asked) -> object:
        try:
            with scope(connection.workspace_id):
                now = Connection.objects.get(pk=connection.pk)
                actions.renew_credentials(actor=None, connection=now, credentials={"access_token": "by-hand"})
        finally:
            connections.close_all()
        return {"access_token": NEW, "expires_in": 5184000}

    scripted.answers = {"refresh_access_token": answer}
    assert not renew_token(connection_id=connection.pk)
    assert reload(connection).credentials == Secrets(
        {"login": "instagram", "instagram_id": "4444", "access_token": "by-hand"}
    )
