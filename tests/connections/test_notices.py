"""What vendors say about accounts: kept for the right workspace, applied, and acted on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_adapters.types import AccountNotice, VendorError
from inbox.connections import actions
from inbox.connections.models import Connection, ConnectionNotice, ConnectionState
from inbox.connections.tasks import purge_calls_and_notices
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, reload

WABA = "200000000000001"


def notice(topic: str = "account_update", **more: object) -> AccountNotice:
    return AccountNotice(account_id="", topic=topic, **more)  # type: ignore[arg-type]


def about_the_business(field: str, value: dict[str, object]) -> dict[str, object]:
    change = {"field": field, "value": value}
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA, "time": 1, "changes": [change]}]}


def quality_of(phone: str) -> dict[str, object]:
    value = {"display_phone_number": phone, "event": "UPGRADE", "current_limit": "TIER_10K"}
    return about_the_business("phone_number_quality_update", value)


def notices_of(connection: Connection) -> list[ConnectionNotice]:
    with scope(connection.workspace_id):
        return list(ConnectionNotice.objects.filter(connection=connection).order_by("pk"))


def note(*told: tuple[Connection, AccountNotice]) -> None:
    by_workspace: dict[int, list[tuple[Connection, AccountNotice]]] = {}
    for connection, each in told:
        by_workspace.setdefault(connection.workspace_id, []).append((connection, each))
    for workspace_id, own in by_workspace.items():
        with scope(workspace_id):
            actions.note_notices(own)


def test_a_notice_is_kept_with_its_words_and_its_facts_are_applied(world: World) -> None:
    raw = {"event": "ACCOUNT_UPDATE"}
    note((world.shop, notice("quality", facts={"quality": "YELLOW"}, attention="Send less.", raw=raw)))
    (row,) = notices_of(world.shop)
    assert (row.topic, row.words, row.raw) == ("quality", "Send less.", raw)
    assert reload(world.shop).facts == {"quality": "YELLOW"}
    assert reload(world.shop).state == ConnectionState.ACTIVE
    assert reload(world.events).facts == {}


def test_later_facts_win_and_others_stay(world: World) -> None:
    note(
        (world.shop, notice(facts={"quality": "YELLOW", "name": "Lotus"})),
        (world.events, notice(facts={"quality": "GREEN"})),
        (world.shop, notice(facts={"quality": "RED"})),
    )
    assert reload(world.shop).facts == {"quality": "RED", "name": "Lotus"}
    assert reload(world.events).facts == {"quality": "GREEN"}


def test_a_notice_that_stops_the_sending_pauses_its_connection_only(world: World) -> None:
    note((world.shop, notice(attention="The account is restricted.", stops_sending=True)))
    assert (reload(world.shop).state, reload(world.shop).attention) == (
        ConnectionState.NEEDS_ATTENTION,
        "The account is restricted.",
    )
    assert reload(world.events).state == ConnectionState.ACTIVE


def test_errors_are_words_where_there_is_no_advice(world: World) -> None:
    note((world.shop, notice(errors=(VendorError("131031", "Account locked", "policy"), VendorError("7")))))
    assert notices_of(world.shop)[0].words == "Account locked policy; 7"


def test_long_words_are_cut(world: World) -> None:
    note((world.shop, notice("t" * 300, attention="a" * 900, stops_sending=True)))
    (row,) = notices_of(world.shop)
    assert (len(row.topic), len(row.words), len(reload(world.shop).attention)) == (80, 500, 300)


def test_a_notice_about_a_business_account_concerns_all_of_its_numbers_in_every_workspace(world: World) -> None:
    """Lotus Flowers' two numbers and Other Bakery's one stand under the same business account here."""
    receive(world.app, about_the_business("account_review_update", {"decision": "REJECTED"}))
    for connection in (world.shop, world.events, world.oven):
        assert [(row.workspace_id, row.topic) for row in notices_of(connection)] == [
            (connection.workspace_id, "account_review_update")
        ]


def test_a_notice_that_names_a_number_changes_that_one_only(world: World) -> None:
    """The vendor sends it with the id of the business account, under which two numbers stand."""
    shop_number = re.sub(r"[^0-9]", "", world.shop.address)
    receive(world.app, quality_of(shop_number))
    assert [row.topic for row in notices_of(world.shop)] == ["phone_number_quality_update"]
    assert reload(world.shop).facts["messaging_limit"] == "TIER_10K"
    for other in (world.events, world.oven):
        assert notices_of(other) == []
        assert reload(other).facts == {}


@pytest.mark.parametrize(
    ("address", "phone", "concerned"),
    [
        ("+852 2111 0001", "85221110001", True),
        ("+852 2111 0001", "85221110002", False),
        ("2111 0001", "85221110001", True),  # typed without the country code
        ("+55 11 8765-4321", "5511987654321", True),  # spelt as before the ninth digit
        ("Lotus Flowers", "85221110001", True),  # nothing to compare: rather told too much
        ("Shop 24/7", "85221110001", True),
        ("", "85221110001", True),
        ("+852 2111 0001", "", True),
    ],
)
def test_numbers_are_compared_where_there_are_any(world: World, address: str, phone: str, concerned: bool) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(address=address)
    note((reload(world.shop), notice(phone=phone, facts={"quality": "RED"})))
    assert (len(notices_of(world.shop)), reload(world.shop).facts) == (
        (1, {"quality": "RED"}) if concerned else (0, {})
    )


def test_what_the_vendor_calls_the_number_counts_more_than_what_was_typed(world: World) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(address="+852 9999 9999", facts={"phone": "+852 2111 0001"})
    note((reload(world.shop), notice(phone="85221110001", stops_sending=True)))
    note((reload(world.events), notice(phone="85221110001", stops_sending=True)))
    assert reload(world.shop).state == ConnectionState.NEEDS_ATTENTION
    assert reload(world.events).state == ConnectionState.ACTIVE


@pytest.mark.parametrize("count", [1, 30])
def test_many_notices_cost_as_many_statements_as_one(world: World, count: int) -> None:
    told = [((world.shop, world.events)[n % 2], notice(facts={"quality": str(n)})) for n in range(count)]
    with scope(world.lotus.pk), CaptureQueriesContext(database) as captured:
        actions.note_notices(told)
    statements = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) == 3, statements  # the notices, the connections' lock, their facts


def test_nothing_to_note_asks_nothing(world: World) -> None:
    with scope(world.lotus.pk), CaptureQueriesContext(database) as captured:
        actions.note_notices([])
    assert len(captured) == 0


def test_notices_are_forgotten_after_ninety_days(world: World, time_machine) -> None:  # type: ignore[no-untyped-def]
    note((world.shop, notice("old")))
    time_machine.move_to(clock.now() + timedelta(days=89))
    assert purge_calls_and_notices() == 0
    note((world.shop, notice("new")))
    time_machine.move_to(clock.now() + timedelta(days=2))
    assert purge_calls_and_notices() == 1
    assert [row.topic for row in notices_of(world.shop)] == ["new"]


def test_a_stranger_sees_no_notice_of_ours(world: World, owner: Client, stranger: Client) -> None:
    note((world.shop, notice(attention="For Lotus only")), (world.oven, notice(attention="For the bakery only")))
    pages = ("/admin/connections/connectionnotice/", f"/admin/connections/connectionnotice/?connection={world.shop.pk}")
    for page in pages:
        assert "For Lotus only" in owner.get(page).content.decode()
        seen = stranger.get(page).content.decode()
        assert "For Lotus only" not in seen
        assert "Shop" not in seen
    (row,) = notices_of(world.shop)
    assert owner.get(f"/admin/connections/connectionnotice/{row.pk}/change/").status_code == 200
    assert stranger.get(f"/admin/connections/connectionnotice/{row.pk}/change/").status_code == 302
