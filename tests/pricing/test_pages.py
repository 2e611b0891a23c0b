"""The costs page, what its forms do, and the costs of a room: for a workspace's own people only."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_adapters.types import ChannelKind
from inbox.lib import clock
from inbox.pricing.models import Budget, PlatformRate, WorkspaceRate
from inbox.workspaces.models import AuditEntry, Membership, User
from inbox.workspaces.tenancy import platform_scope, scope
from tests.chatrooms.conversation import arrive, connect, room_of, said
from tests.world import World, room_with

from .house import PMP, add_rate, report, sent

pytestmark = pytest.mark.django_db

COSTS = "/w/lotus-flowers/costs/"
ClientOf = Callable[[Membership], Client]


@pytest.fixture
def owner(world: World, client_of: ClientOf) -> Client:
    return client_of(world.olivia)


@pytest.fixture
def spent(world: World) -> None:
    """Each workspace paid for one template, and Lotus Flowers for one of the month before too."""
    add_rate("0.07", category="marketing")
    add_rate("0.5")
    room = room_with(world)
    report(world, sent(room, template="utility"), pricing=PMP)
    sent(room, template="marketing", at=clock.now().replace(day=1) - timedelta(days=1))
    foreign = room_with(world, connection=world.oven)
    report(world, sent(foreign), connection=world.oven, pricing={**PMP, "category": "marketing"})


def upload(browser: Client, text: str, url: str = f"{COSTS}rates/") -> object:
    return browser.post(url, {"file": SimpleUploadedFile("rates.csv", text.encode(), content_type="text/csv")})


def rates_of(workspace_id: int) -> list[tuple[str, str, str]]:
    with scope(workspace_id):
        rows = WorkspaceRate.objects.filter(workspace_id=workspace_id).order_by("country", "category")
        return [(row.country, row.category, f"{row.amount.normalize():f}") for row in rows]


def budgets() -> list[tuple[str, str]]:
    with platform_scope("test"):
        return [(row.connection.name, str(row.amount)) for row in Budget.objects.select_related("connection")]


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_shows_this_months_costs_and_nobody_elses(world: World, owner: Client, spent: None) -> None:
    page = owner.get(COSTS).context["page"]
    assert page.total == "US$0.50"
    shown = {each.name: [(row.label, row.messages, row.amount) for row in each.rows] for each in page.connections}
    assert shown == {"Events": [], "Shop": [("Utility", 1, "US$0.50")]}
    assert "Oven" not in owner.get(COSTS).content.decode()


def test_another_month(world: World, owner: Client, spent: None) -> None:
    before = clock.now().replace(day=1) - timedelta(days=1)
    page = owner.get(COSTS, {"month": f"{before:%Y-%m}"}).context["page"]
    assert page.total == "US$0.07"
    assert [(link.month.month, link.is_current) for link in page.months] == [
        (clock.now().month, False),
        (before.month, True),
    ]


@pytest.mark.parametrize("month", ["", "2026-13", "now", "2026-11-01", "0000-01", "\x00"])
def test_a_month_that_is_none_is_this_one(world: World, owner: Client, month: str) -> None:
    response = owner.get(COSTS, {"month": month})
    assert response.status_code == 200
    assert response.context["page"].month == clock.now().date().replace(day=1)


def test_the_export_is_a_spreadsheet_of_the_month(world: World, owner: Client, spent: None) -> None:
    with scope(world.lotus.pk):
        world.shop.name = "=cmd()"
        world.shop.save(update_fields=["name"])
    response = owner.get(f"{COSTS}export/")
    assert response["Content-Disposition"] == f'attachment; filename="costs-{clock.now():%Y-%m}.csv"'
    heading, *rows = csv.reader(io.StringIO(response.content.decode()))
    month = f"{clock.now():%Y-%m}"
    assert heading[:3] == ["month", "connection", "category"]
    assert rows == [[month, "'=cmd()", "utility", "1", "1", "0", "0.500000", "USD"]]


@pytest.mark.parametrize("path", ["", "export/", "rates/", "budgets/1/"])
def test_agents_and_strangers_may_not_enter(world: World, client_of: ClientOf, path: str) -> None:
    method = "post" if path[:1] in ("r", "b") else "get"
    for member, status in ((world.amy, 403), (world.sam, 404)):
        assert getattr(client_of(member), method)(COSTS + path).status_code == status


def test_the_page_costs_the_same_for_few_and_for_many(world: World, owner: Client, spent: None) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(COSTS).status_code == 200
        begun = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        return len([query for query in captured if not query["sql"].startswith(begun)])

    # The person, the workspace, its members; the totals, connections, budgets, months, two sorts of rates.
    assert count() == 9
    for number in range(30):
        add_rate("0.1", workspace_id=world.lotus.pk, valid_from=clock.now().date() + timedelta(days=number))
    room = room_with(world, connection=world.events)
    for category in ("utility", "marketing", "authentication"):
        sent(room, template=category)
    assert count() == 9


# --- budgets --------------------------------------------------------------------------------------------------------


def test_a_budget_is_set_changed_and_taken_away(world: World, owner: Client) -> None:
    url = f"{COSTS}budgets/{world.shop.pk}/"
    assert owner.post(url, {"amount": "US$12.50"}).status_code == 303
    assert budgets() == [("Shop", "12.50")]
    owner.post(url, {"amount": "0"})
    assert budgets() == [("Shop", "0.00")]
    assert "nothing that is paid for is sent" in owner.get(COSTS).content.decode()
    owner.post(url, {"amount": ""})
    assert budgets() == []
    with scope(world.lotus.pk):
        verbs = AuditEntry.objects.filter(verb__startswith="connection.budget").order_by("pk")
        assert [(entry.verb, entry.facts) for entry in verbs] == [
            ("connection.budget_set", {"amount": "12.50"}),
            ("connection.budget_set", {"amount": "0"}),
            ("connection.budget_removed", {}),
        ]


@pytest.mark.parametrize("typed", ["-1", "fifty", "NaN", "Infinity", "1e9", "0.001", "1,5", "\x00"])
def test_a_budget_that_is_no_amount_is_refused_with_what_was_typed(world: World, owner: Client, typed: str) -> None:
    if typed == "\x00":
        typed = "\x00x"
    response = owner.post(f"{COSTS}budgets/{world.shop.pk}/", {"amount": typed})
    assert response.status_code == 422
    form = next(each.budget for each in response.context["page"].connections if each.name == "Shop")
    assert (form.value, bool(form.error)) == (typed.replace("\x00", ""), True)
    assert budgets() == []


def test_a_strangers_connection_has_no_budget_here(world: World, owner: Client) -> None:
    assert owner.post(f"{COSTS}budgets/{world.oven.pk}/", {"amount": "1"}).status_code == 404
    assert budgets() == []


@pytest.mark.parametrize(("budget", "level"), [("0.60", "near"), ("0.50", "used"), ("5", "")])
def test_the_page_warns(world: World, owner: Client, spent: None, budget: str, level: str) -> None:
    owner.post(f"{COSTS}budgets/{world.shop.pk}/", {"amount": budget})
    page = owner.get(COSTS)
    forms = {each.name: each.budget for each in page.context["page"].connections}
    assert (forms["Shop"].level, forms["Events"].level, forms["Events"].percent) == (level, "", None)
    assert (f'data-level="{level}"' in page.content.decode()) is bool(level)


# --- rates ----------------------------------------------------------------------------------------------------------


def test_rates_are_imported_and_replaced(world: World, owner: Client) -> None:
    heading = "country,category,amount,valid_from\n"
    response = upload(owner, f"{heading}HK,utility,0.02,2026-01-01\nCA US,marketing,0.03,2026-01-01\n")
    assert (response.status_code, response["Location"]) == (303, f"{COSTS}?imported=3#rates")  # type: ignore[attr-defined]
    upload(owner, f"{heading}HK,utility,0.025,2026-01-01\nGB,utility,0.04,2026-01-01\n")
    assert rates_of(world.lotus.pk) == [
        ("CA", "marketing", "0.03"),
        ("GB", "utility", "0.04"),
        ("HK", "utility", "0.025"),
        ("US", "marketing", "0.03"),
    ]
    assert rates_of(world.bakery.pk) == []


def test_a_file_with_bad_rows_changes_nothing_and_names_them(world: World, owner: Client) -> None:
    upload(owner, "country,category,amount\nHK,utility,0.02\n")
    response = upload(owner, "country,category,amount\nHK,utility,0.5\nXX,utility,0.5\nGB,gifts,0.5\n")
    assert response.status_code == 422  # type: ignore[attr-defined]
    page = response.content.decode()  # type: ignore[attr-defined]
    assert "Row 3:" in page
    assert "Row 4:" in page
    assert rates_of(world.lotus.pk) == [("HK", "utility", "0.02")]


def test_no_file_at_all(world: World, owner: Client) -> None:
    response = owner.post(f"{COSTS}rates/")
    assert response.status_code == 422
    assert "The file is empty." in response.content.decode()


def test_what_a_file_says_stays_text(world: World, owner: Client) -> None:
    response = upload(owner, "country,category,amount\nHK,<script>alert(1)</script>,1\n")
    assert "<script>alert(1)" not in response.content.decode()  # type: ignore[attr-defined]


# --- the admin ------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(world: World) -> Client:
    browser = Client()
    person = User.objects.create_superuser("staff@example.com", name="Staff")
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_staff_import_the_platforms_rates(staff: Client) -> None:
    url = reverse("admin:pricing_import")
    assert staff.get(url).status_code == 200
    refused = upload(staff, "country,category,amount\nHK,utility,0.02\nXX,utility,1\n", url)
    assert (refused.status_code, PlatformRate.objects.count()) == (422, 0)  # type: ignore[attr-defined]
    assert "Row 3:" in refused.content.decode()  # type: ignore[attr-defined]
    upload(staff, "country,category,amount\nHK,utility,0.02\n", url)
    assert [(rate.country, rate.category) for rate in PlatformRate.objects.all()] == [("HK", "utility")]
    assert staff.get(reverse("admin:pricing_platformrate_changelist")).status_code == 200


def test_a_workspaces_admin_imports_none_of_the_platforms(world: World, owner: Client) -> None:
    owner.get("/w/lotus-flowers/admin/")
    response = upload(owner, "country,category,amount\nHK,utility,0.02\n", reverse("admin:pricing_import"))
    assert response.status_code == 403  # type: ignore[attr-defined]
    assert not PlatformRate.objects.exists()


def test_a_workspaces_admin_keeps_its_own_rates(world: World, owner: Client) -> None:
    owner.get("/w/lotus-flowers/admin/")
    form = {"channel": "whatsapp", "country": "hk", "category": "utility", "amount": "0.02", "currency": "usd"}
    url = reverse("admin:pricing_workspacerate_add")
    assert owner.post(url, {**form, "valid_from": "2026-01-01"}).status_code == 302
    assert rates_of(world.lotus.pk) == [("HK", "utility", "0.02")]
    again = owner.post(url, {**form, "valid_from": "2026-01-01"}, follow=True)
    assert "There is a rate with the same country" in again.content.decode()
    for wrong in ({"country": "XX"}, {"currency": "12"}, {"amount": "-1"}, {"valid_until": "2025-12-31"}):
        assert owner.post(url, {**form, "valid_from": "2026-01-01", **wrong}).status_code == 200
    assert len(rates_of(world.lotus.pk)) == 1


def test_rates_of_another_currency_are_no_silent_stop(world: World, owner: Client, spent: None) -> None:
    said = "What they price cannot be compared with the budget"
    owner.post(f"{COSTS}budgets/{world.shop.pk}/", {"amount": "5"})
    assert said not in owner.get(COSTS).content.decode()
    add_rate("0.2", workspace_id=world.lotus.pk, currency="HKD")
    assert owner.get(COSTS).content.decode().count(said) == 1


def test_the_connections_page_warns_and_leads_to_the_costs(world: World, owner: Client, spent: None) -> None:
    owner.get("/w/lotus-flowers/admin/")
    url = reverse("admin:connections_connection_change", args=[world.shop.pk])
    page = owner.get(url).content.decode()
    assert f'href="{COSTS}#budget-{world.shop.pk}"' in page
    assert "nearly used up" not in page
    owner.post(f"{COSTS}budgets/{world.shop.pk}/", {"amount": "0.60"})
    assert "The budget of this month is nearly used up: US$0.50 of US$0.60." in owner.get(url).content.decode()
    assert owner.get(f"{reverse('admin:connections_connection_add')}?channel=whatsapp").status_code == 200


# --- a room ---------------------------------------------------------------------------------------------------------


def test_the_costs_of_a_room(world: World, client_of: ClientOf, spent: None) -> None:
    room = room_with(world)
    url = f"{COSTS}rooms/{room.pk}/"
    amy = client_of(world.amy)
    fragment = amy.get(url, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    costs = fragment.context["costs"]
    assert (costs.total, [row.label for row in costs.rows]) == ("US$0.57", ["Marketing", "Utility"])
    assert costs.conversation == "Opened by a template of ours · Utility"
    assert "Back to the chat" in amy.get(url).content.decode()
    assert client_of(world.sam).get(url).status_code == 404
    foreign = client_of(world.sam).get(f"/w/other-bakery/costs/rooms/{room.pk}/")
    assert foreign.status_code == 404


def test_costs_stand_beside_chats_of_channels_that_bill(world: World, client_of: ClientOf) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page))
    amy = client_of(world.amy)
    for room, shown in ((room_with(world), True), (room_of(page), False)):
        content = amy.get(f"/w/lotus-flowers/rooms/{room.pk}/").content.decode()
        assert (f'href="{COSTS}rooms/{room.pk}/" data-function="costs"' in content) is shown
        assert 'data-function="customer"' in content


def test_a_room_in_which_nothing_was_charged(world: World, client_of: ClientOf) -> None:
    room = room_with(world)
    page = client_of(world.amy).get(f"{COSTS}rooms/{room.pk}/").content.decode()
    assert "Nothing was charged in this chat yet." in page
    assert "No conversation is open." in page


def test_the_room_costs_few_statements(world: World, client_of: ClientOf, spent: None) -> None:
    room = room_with(world)
    amy = client_of(world.amy)
    with CaptureQueriesContext(connection) as captured:
        amy.get(f"{COSTS}rooms/{room.pk}/", headers={"HX-Request": "true"})
    begun = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    # The person, the workspace, its members; the room, its charges, the conversation, the ad, the budget.
    assert len([query for query in captured if not query["sql"].startswith(begun)]) == 8
