"""Health checks: asked over real HTTP, stored, and acted on, for every channel."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connections
from pytest_django import Settings

from inbox.connections import actions
from inbox.connections.models import ApiCall, Connection, ConnectionNotice, ConnectionState
from inbox.connections.tasks import check_due_connections
from inbox.lib import clock
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, reload

from .conftest import ACCOUNTS, TOKEN
from .vendor import Asked, Vendor

Connect = Callable[..., Connection]

EXPIRED = (400, {"error": {"code": 190, "message": "Error validating access token", "type": "OAuthException"}})
DEAD_SECRET = {"errcode": 40125, "errmsg": "invalid appsecret"}
# What an account's vendor says once it no longer takes the credentials.
REFUSING = {
    "whatsapp": {"debug_token": EXPIRED, "1111": EXPIRED, "GET subscribed_apps": EXPIRED},
    "messenger": {"debug_token": EXPIRED, "3333": EXPIRED, "GET subscribed_apps": EXPIRED},
    "instagram": {"4444": EXPIRED, "me": EXPIRED, "GET subscribed_apps": EXPIRED},
    "wechat": {"stable_token": DEAD_SECRET, "token": DEAD_SECRET},
}
CHANNELS = [*ACCOUNTS]


def check(connection: Connection, **how: bool) -> Connection:
    actions.check_connection(connection_id=connection.pk, **how)
    return reload(connection)


def healths(connection: Connection) -> dict[str, str]:
    return {row["code"]: row["health"] for row in connection.findings}


def verbs(connection: Connection) -> list[str]:
    with scope(connection.workspace_id):
        subject = f"connections.connection:{connection.pk}"
        return list(AuditEntry.objects.filter(subject=subject).order_by("pk").values_list("verb", flat=True))


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_account_in_good_health_has_only_good_findings(channel: str, connect: Connect, scripted: Vendor) -> None:
    scripted.answers = ACCOUNTS[channel].answers
    connection = check(connect(channel))
    assert set(healths(connection).values()) == {"ok"}, connection.findings
    assert len(connection.findings) >= 2
    assert connection.checked_at is not None
    assert connection.state == ConnectionState.ACTIVE


@pytest.mark.parametrize("channel", CHANNELS)
def test_refused_credentials_stop_the_sending_until_they_work_again(
    channel: str, connect: Connect, scripted: Vendor
) -> None:
    connection = connect(channel)
    scripted.answers = ACCOUNTS[channel].answers | REFUSING[channel]
    stopped = check(connection)
    assert stopped.state == ConnectionState.NEEDS_ATTENTION, stopped.findings
    assert stopped.attention
    assert "problem" in healths(stopped).values()
    scripted.answers = ACCOUNTS[channel].answers
    well = check(connection)
    assert (well.state, well.attention, well.attention_check) == (ConnectionState.ACTIVE, "", "")
    assert verbs(connection) == ["connection.created", "connection.needs_attention", "connection.recovered"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_vendor_in_trouble_is_no_problem_of_the_account(channel: str, connect: Connect, scripted: Vendor) -> None:
    connection = connect(channel)
    scripted.answers = dict.fromkeys(ACCOUNTS[channel].answers, (502, b"<html>bad gateway</html>"))
    connection = check(connection)
    assert set(healths(connection).values()) == {"unknown"}, connection.findings
    assert connection.state == ConnectionState.ACTIVE


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_vendor_out_of_reach_is_no_problem_of_the_account(channel: str, connect: Connect, settings: Settings) -> None:
    settings.VENDOR_API_URL = "http://127.0.0.1:9"
    connection = check(connect(channel))
    assert set(healths(connection).values()) == {"unknown"}
    assert connection.state == ConnectionState.ACTIVE


def test_what_a_person_paused_stays_paused(connect: Connect, scripted: Vendor, world: World) -> None:
    connection = connect("whatsapp")
    with scope(world.lotus.pk):
        actions.set_paused(actor=world.olivia, connection=connection, paused=True)
    scripted.answers = ACCOUNTS["whatsapp"].answers
    assert check(connection).state == ConnectionState.PAUSED


def test_what_was_stopped_for_another_reason_waits_for_a_person(connect: Connect, scripted: Vendor) -> None:
    connection = connect("whatsapp")
    with scope(connection.workspace_id):
        actions.require_attention(connection=connection, reason="Billing problem on the WhatsApp account.")
    scripted.answers = ACCOUNTS["whatsapp"].answers
    connection = check(connection)
    assert set(healths(connection).values()) == {"ok"}
    assert connection.state == ConnectionState.NEEDS_ATTENTION
    assert connection.attention == "Billing problem on the WhatsApp account."


def test_what_a_refused_message_stopped_goes_on_once_the_credentials_work(connect: Connect, scripted: Vendor) -> None:
    connection = connect("whatsapp")
    with scope(connection.workspace_id):
        actions.require_attention(connection=connection, reason="The WhatsApp connection has expired.")
    scripted.answers = ACCOUNTS["whatsapp"].answers | REFUSING["whatsapp"]
    assert check(connection).state == ConnectionState.NEEDS_ATTENTION
    scripted.answers = ACCOUNTS["whatsapp"].answers
    assert check(connection).state == ConnectionState.ACTIVE


def test_a_missing_permission_is_told_and_stops_nothing(connect: Connect, scripted: Vendor) -> None:
    scripted.answers = ACCOUNTS["whatsapp"].answers | {
        "debug_token": {"data": {"is_valid": True, "expires_at": 0, "scopes": ["whatsapp_business_messaging"]}}
    }
    connection = check(connect("whatsapp"))
    assert healths(connection)["scopes"] == "problem"
    assert connection.state == ConnectionState.ACTIVE


def graph_error(status: int, code: int, subcode: int | None = None) -> tuple[int, object]:
    return status, {"error": {"code": code, "message": "No.", **({"error_subcode": subcode} if subcode else {})}}


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "instagram"])
@pytest.mark.parametrize(
    "refused",
    [
        graph_error(400, 10),
        graph_error(403, 10),
        graph_error(403, 200),
        graph_error(400, 299),
        graph_error(403, 999_999),
        (403, b"<html>Forbidden</html>"),
        graph_error(400, 100, 33),  # "does not exist, or cannot be loaded due to missing permissions"
        graph_error(400, 100),
        (302, b""),
    ],
    ids=str,
)
def test_a_question_that_is_refused_for_a_permission_stops_nothing(
    channel: str, refused: tuple[int, object], connect: Connect, scripted: Vendor
) -> None:
    about_the_account = dict.fromkeys(
        {"whatsapp": ["1111"], "messenger": ["3333"]}.get(channel, ["4444", "me"]), refused
    )
    scripted.answers = ACCOUNTS[channel].answers | about_the_account
    connection = check(connect(channel))
    assert healths(connection)["account"] == "problem", connection.findings
    assert (connection.state, connection.attention) == (ConnectionState.ACTIVE, "")


@pytest.mark.parametrize(
    ("channel", "question", "refused"),
    [
        *(
            (channel, question, refused)
            for channel, question in (("whatsapp", "1111"), ("messenger", "3333"))
            for refused in (graph_error(400, 190), graph_error(401, 999_999), (401, b""), graph_error(403, 368))
        ),
        ("whatsapp", "1111", graph_error(401, 0)),
        ("whatsapp", "1111", graph_error(404, 33)),
        ("whatsapp", "1111", graph_error(403, 131031)),
        *(("wechat", "stable_token", {"errcode": code}) for code in (40001, 40013, 40125, 40164, 41004)),
        *(("wechat", "getcallbackip", {"errcode": code}) for code in (40001, 42001, 50002)),
    ],
    ids=str,
)
def test_an_account_that_is_shut_out_stops_the_sending(
    channel: str, question: str, refused: object, connect: Connect, scripted: Vendor
) -> None:
    scripted.answers = ACCOUNTS[channel].answers | {question: refused}
    connection = check(connect(channel))
    assert connection.state == ConnectionState.NEEDS_ATTENTION, connection.findings
    scripted.answers = ACCOUNTS[channel].answers
    assert check(connection).state == ConnectionState.ACTIVE


@pytest.mark.parametrize("question", ["getcallbackip", "getkflist"])
@pytest.mark.parametrize("code", [48001, 88888])
def test_a_call_that_wechat_does_not_allow_is_told_and_stops_nothing(
    question: str, code: int, connect: Connect, scripted: Vendor
) -> None:
    scripted.answers = ACCOUNTS["wechat"].answers | {question: {"errcode": code, "errmsg": "api unauthorized"}}
    connection = check(connect("wechat"))
    assert "problem" in healths(connection).values()
    assert connection.state == ConnectionState.ACTIVE


def test_facts_and_the_end_of_the_token_are_kept(connect: Connect, scripted: Vendor) -> None:
    expires_at = datetime(2027, 1, 31, 12, tzinfo=UTC)
    answer = {"is_valid": True, "expires_at": int(expires_at.timestamp())}
    answer["scopes"] = ["whatsapp_business_messaging", "whatsapp_business_management"]
    scripted.answers = ACCOUNTS["whatsapp"].answers | {"debug_token": {"data": answer}}
    connection = check(connect("whatsapp"))
    assert connection.token_expires_at == expires_at
    assert connection.facts["quality"] == "GREEN"
    assert connection.facts["name"] == "Lotus"
    scripted.answers = ACCOUNTS["whatsapp"].answers  # a token without an end
    assert check(connection).token_expires_at is None


# --- subscriptions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["whatsapp", "messenger", "instagram"])
def test_a_lost_subscription_is_renewed_once_and_noted(channel: str, connect: Connect, scripted: Vendor) -> None:
    connection = connect(channel)
    scripted.answers = ACCOUNTS[channel].answers | {"GET subscribed_apps": {"data": []}}
    assert healths(check(connection))["subscription"] == "mended"
    assert scripted.paths().count("POST subscribed_apps") == 1
    with scope(connection.workspace_id):
        assert ConnectionNotice.objects.get(connection=connection).words.startswith("The subscription was lost")
    assert "connection.mended" in verbs(connection)

    assert healths(check(connection))["subscription"] == "problem", "it was lost again at once"
    assert scripted.paths().count("POST subscribed_apps") == 1


def test_a_subscription_that_cannot_be_renewed_stays_a_problem_with_advice(connect: Connect, scripted: Vendor) -> None:
    refused = (403, {"error": {"code": 200, "message": "Missing permission"}})
    scripted.answers = ACCOUNTS["messenger"].answers | {
        "GET subscribed_apps": {"data": []},
        "POST subscribed_apps": refused,
    }
    connection = check(connect("messenger"))
    (row,) = [row for row in connection.findings if row["code"] == "subscription"]
    assert row["health"] == "problem"
    assert row["advice"]


def test_subscribing_again_by_hand_asks_the_vendor_and_is_in_the_audit_log(
    connect: Connect, scripted: Vendor, world: World
) -> None:
    scripted.answers = ACCOUNTS["messenger"].answers
    connection = connect("messenger")
    with scope(world.lotus.pk):
        actions.subscribe_again(actor=world.olivia, connection=connection)
    assert healths(check(connection, subscribe=True))["subscription"] == "ok"
    assert scripted.paths().count("POST subscribed_apps") == 1
    assert "connection.subscribed_again" in verbs(connection)


# --- short-lived tokens ---------------------------------------------------------------------------------------------


def test_a_token_that_was_voided_elsewhere_is_replaced_before_it_counts(connect: Connect, scripted: Vendor) -> None:
    valid = "first-token"

    def issue(asked: Asked) -> object:
        return {"access_token": valid, "expires_in": 7200}

    def guarded(answer: object) -> Callable[[Asked], object]:
        return lambda asked: answer if asked.query["access_token"] == valid else {"errcode": 40001, "errmsg": "invalid"}

    scripted.answers = {
        "stable_token": issue,
        "getcallbackip": guarded({"ip_list": ["127.0.0.1"]}),
        "getkflist": guarded({"kf_list": []}),
    }
    connection = connect("wechat")
    assert set(healths(check(connection)).values()) == {"ok"}
    valid = "second-token"
    assert set(healths(check(connection)).values()) == {"ok"}
    assert {asked.query.get("access_token") for asked in scripted.asked} == {None, "first-token", "second-token"}


# --- what must not go wrong -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_findings_about_credentials_that_were_replaced_meanwhile_are_not_stored(
    connect: Connect, scripted: Vendor
) -> None:
    connection = connect("whatsapp")

    def replaced_while_asked(_asked: Asked) -> tuple[int, object]:
        try:
            with scope(connection.workspace_id):
                now = Connection.objects.get(pk=connection.pk)
                actions.renew_credentials(actor=None, connection=now, credentials={"access_token": "new"})
        finally:
            connections.close_all()
        return EXPIRED

    scripted.answers = dict.fromkeys(ACCOUNTS["whatsapp"].answers, replaced_while_asked)
    after = check(connection)
    assert scripted.asked
    assert (after.state, after.findings) == (ConnectionState.ACTIVE, [])


def test_credentials_that_no_key_decrypts_are_a_finding(connect: Connect, scripted: Vendor, settings: Settings) -> None:
    connection = connect("whatsapp")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    assert actions.check_connection(connection_id=connection.pk) is False
    with scope(connection.workspace_id):
        row = Connection.objects.defer("credentials").get(pk=connection.pk)
        assert [each["health"] for each in row.findings] == ["problem"]
        assert row.findings[0]["words"].startswith("The stored credentials cannot be read.")
        assert row.state == ConnectionState.NEEDS_ATTENTION
        actions.renew_credentials(actor=None, connection=row, credentials={"access_token": "new", "waba_id": "2222"})
        assert row.credentials["phone_number_id"] == "1111"
    assert scripted.asked == []


def test_the_checks_are_in_the_call_log_without_secrets(connect: Connect, scripted: Vendor) -> None:
    scripted.answers = ACCOUNTS["whatsapp"].answers
    connection = check(connect("whatsapp"))
    with scope(connection.workspace_id):
        calls = list(ApiCall.objects.filter(connection=connection).order_by("pk").values())
    assert len(calls) == len(scripted.asked)
    assert any("debug_token" in call["url"] for call in calls)
    assert TOKEN not in str(calls)
    assert "wa-app-secret" not in str(calls)


def test_words_that_are_a_setting_and_no_secret_are_not_hidden(connect: Connect, scripted: Vendor) -> None:
    """The app is set up for "any" encryption: nothing of that should be blanked."""
    scripted.answers = ACCOUNTS["wechat"].answers | {"getkflist": {"kf_list": [], "note": "many companies"}}
    connection = check(connect("wechat"))
    with scope(connection.workspace_id):
        bodies = " ".join(ApiCall.objects.filter(connection=connection).values_list("response_body", flat=True))
    assert "many companies" in bodies


def test_a_sweep_asks_for_the_oldest_and_never_more_than_it_may(
    world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.connections.actions._health.MOST_AT_ONCE", 3)
    new, paused = connect("messenger"), connect("wechat")
    now = clock.now()
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=paused.pk).update(state=ConnectionState.PAUSED)
        Connection.objects.filter(pk=world.shop.pk).update(checked_at=now - timedelta(minutes=59))
        Connection.objects.filter(pk=world.events.pk).update(checked_at=now - timedelta(minutes=61))
    with scope(world.bakery.pk):
        Connection.objects.filter(pk=world.oven.pk).update(checked_at=now - timedelta(hours=5))
    assert check_due_connections() == 3
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        tasks = [json.loads(task) for task in reversed(broker.lrange("slow", 0, -1))]
    ids = [json.loads(base64.b64decode(task["body"]))[1]["connection_id"] for task in tasks]
    assert ids == [new.pk, world.oven.pk, world.events.pk]
