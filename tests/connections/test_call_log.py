"""The log of calls to vendors: what is sent is in it, for its workspace only, for seven days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.actions import dispatch_due
from inbox.connections.models import ApiCall, Connection
from inbox.connections.tasks import purge_calls_and_notices
from inbox.lib import clock
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import World, room_with, write

from .vendor import Vendor

ACCEPTED = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.accepted"}]}
REFUSED = (400, {"error": {"code": 131047, "message": "Re-engagement message", "error_data": {"details": "24 h"}}})
LIST = "/admin/connections/apicall/"


def calls_of(connection: Connection) -> list[ApiCall]:
    with scope(connection.workspace_id):
        return list(ApiCall.objects.filter(connection=connection).order_by("pk"))


def accept_everything(vendor: Vendor) -> None:
    numbers = iter(range(1_000_000))
    vendor.answers["messages"] = lambda _asked: {**ACCEPTED, "messages": [{"id": f"wamid.{next(numbers)}"}]}


def test_a_message_that_is_sent_is_in_the_log(world: World, scripted: Vendor) -> None:
    accept_everything(scripted)
    write(world.amy, room_with(world), "Three bunches are left")
    dispatch_due()
    (call,) = calls_of(world.shop)
    assert (call.method, call.status, call.error, call.code) == ("POST", 200, "", "")
    assert call.url.endswith(f"/{world.shop.account_id}/messages")
    assert "Three bunches are left" in call.request_body
    assert "wamid." in call.response_body
    assert call.workspace_id == world.lotus.pk


def test_a_refusal_is_in_the_log_with_the_vendors_code(world: World, scripted: Vendor) -> None:
    scripted.answers["messages"] = REFUSED
    write(world.amy, room_with(world))
    dispatch_due()
    (call,) = calls_of(world.shop)
    assert (call.status, call.code) == (400, "131047")
    assert "Re-engagement" in call.response_body


def test_a_vendor_out_of_reach_is_in_the_log_with_what_happened(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = "http://127.0.0.1:9"
    write(world.amy, room_with(world))
    dispatch_due()
    (call,) = calls_of(world.shop)
    assert (call.status, call.error) == (None, "NotSent")
    assert "127.0.0.1" in call.response_body


def test_one_batch_for_several_workspaces_is_filed_right(world: World, scripted: Vendor) -> None:
    accept_everything(scripted)
    write(world.amy, room_with(world), "From Lotus")
    write(world.amy, room_with(world, connection=world.events), "From the events number")
    write(world.sam, room_with(world, connection=world.oven), "From the bakery")
    dispatch_due()
    for connection, text in ((world.shop, "From Lotus"), (world.events, "events number"), (world.oven, "bakery")):
        (call,) = calls_of(connection)
        assert text in call.request_body
        assert call.workspace_id == connection.workspace_id


@pytest.mark.parametrize("count", [1, 12])
def test_the_log_costs_one_statement_a_batch(world: World, scripted: Vendor, count: int) -> None:
    accept_everything(scripted)
    for number in range(count):
        write(world.amy, room_with(world, phone=f"8529000{number:04}"))
    with CaptureQueriesContext(database) as captured:
        dispatch_due()
    inserts = [q["sql"] for q in captured if q["sql"].startswith('INSERT INTO "connections_apicall"')]
    rounds = [q["sql"] for q in captured if q["sql"].startswith('UPDATE "chatrooms_deliveryattempt"')]
    assert len(calls_of(world.shop)) == count
    assert 1 <= len(inserts) <= max(len(rounds), 1), "the answers that came together are one statement"


def test_calls_are_forgotten_after_seven_days(world: World, time_machine) -> None:  # type: ignore[no-untyped-def]
    log(world.shop, "old")
    time_machine.move_to(clock.now() + timedelta(days=6, hours=23))
    assert purge_calls_and_notices() == 0
    log(world.shop, "new")
    time_machine.move_to(clock.now() + timedelta(hours=2))
    assert purge_calls_and_notices() == 1
    assert [call.url for call in calls_of(world.shop)] == ["new"]


def log(connection: Connection, url: str, **more: object) -> ApiCall:
    values = {"status": 200, "milliseconds": 5, "method": "POST", **more}
    with scope(connection.workspace_id):
        return ApiCall.objects.create(
            workspace_id=connection.workspace_id, connection=connection, at=clock.now(), url=url, **values
        )


def test_the_list_filters_by_connection_and_outcome_newest_first(world: World, owner: Client) -> None:
    log(world.shop, "first-accepted")
    log(world.shop, "second-refused", status=400, code="190")
    log(world.shop, "third-refused-with-200", status=200, code="45015")
    log(world.shop, "fourth-unanswered", status=None, error="OutcomeUnknown")
    log(world.events, "fifth-elsewhere")

    def shown(**query: object) -> list[str]:
        return [call.url for call in owner.get(LIST, query).context["cl"].result_list]

    assert shown()[0] == "fifth-elsewhere"
    shop = {"connection": world.shop.pk}
    assert shown(**shop) == [
        "fourth-unanswered",
        "third-refused-with-200",
        "second-refused",
        "first-accepted",
    ]
    assert shown(**shop, outcome="well") == ["first-accepted"]
    assert shown(**shop, outcome="refused") == ["third-refused-with-200", "second-refused"]
    assert shown(**shop, outcome="unanswered") == ["fourth-unanswered"]
    for nonsense in ("x", "-1", "9" * 40, "1; DROP"):
        assert owner.get(LIST, {"connection": nonsense}).status_code in (200, 302)


def test_a_stranger_sees_no_call_of_ours(world: World, owner: Client, stranger: Client) -> None:
    ours = log(world.shop, "vendor.example/calls-of-lotus")
    log(world.oven, "vendor.example/calls-of-the-bakery")
    assert "calls-of-lotus" in owner.get(LIST).content.decode()
    for query in ({}, {"connection": world.shop.pk}, {"connection__name": "Shop"}, {"q": "lotus"}):
        page = stranger.get(LIST, query, follow=True).content.decode()
        assert "calls-of-lotus" not in page
        assert "Shop" not in page
    assert stranger.get(f"{LIST}{ours.pk}/change/").status_code == 302
    assert owner.get(f"{LIST}{ours.pk}/change/").status_code == 200


def test_nobody_changes_the_log(world: World, owner: Client) -> None:
    call = log(world.shop, "as-it-was")
    assert owner.get(f"{LIST}add/").status_code == 403
    assert owner.post(f"{LIST}{call.pk}/change/", {"url": "forged"}).status_code == 403
    assert owner.post(f"{LIST}{call.pk}/delete/", {"post": "yes"}).status_code == 403
    assert [row.url for row in calls_of(world.shop)] == ["as-it-was"]


@pytest.mark.parametrize("count", [2, 40])
def test_the_list_costs_the_same_for_few_and_for_many(world: World, owner: Client, count: int) -> None:
    for number in range(count):
        log((world.shop, world.events)[number % 2], f"call-{number}")
    with CaptureQueriesContext(database) as captured:
        assert owner.get(LIST).status_code == 200
    asked = [query["sql"] for query in captured if 'FROM "connections_' in query["sql"]]
    assert len(asked) == 3, asked  # a count, the rows with their connections, the filter's connections
    assert not any('"credentials"' in statement for statement in asked)


def test_raw_sql_sees_no_call_of_another_workspace(world: World) -> None:
    log(world.shop, "ours")
    with platform_scope("test"):
        assert ApiCall.objects.count() == 1
    with scope(world.bakery.pk), database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connections_apicall")
        assert cursor.fetchone() == (0,)
