"""Numbers that share one Meta app, and who may replace its secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from inbox.connections.actions import ConnectionRefused, renew_credentials, rotate_app_secret, set_paused
from inbox.connections.models import Connection, ConnectionState, VendorApp
from inbox.workspaces.models import AuditEntry, Membership, User
from inbox.workspaces.tenancy import platform_scope, scope
from tests.world import APP_SECRET, World, reload

ClientOf = Callable[[Membership], Client]

NUMBER = {
    "name": "Third number",
    "address": "+852 2111 0009",
    "phone_number_id": "100000000000009",
    "waba_id": "200000000000001",
    "access_token": "EAAG-third",
}
NEW_APP = {"app_secret": "our-own-secret", "verify_token": "our-own-token"}
ADD = "/admin/connections/connection/add/?channel=whatsapp"


@pytest.fixture
def owner(world: World, client_of: ClientOf) -> Client:
    browser = client_of(world.olivia)
    browser.get(reverse("enter_admin", args=[world.lotus.slug]))
    return browser


@pytest.fixture
def own(owner: Client, world: World) -> Connection:
    """A number on an app that only Lotus Flowers uses."""
    assert owner.post(ADD, {**NUMBER, **NEW_APP}).status_code == 302
    return made(world)


def made(world: World) -> Connection:
    with scope(world.lotus.pk):
        return Connection.objects.select_related("app").get(name=NUMBER["name"])


def verbs(workspace_id: int) -> list[str]:
    with scope(workspace_id):
        return list(AuditEntry.objects.values_list("verb", flat=True))


def change(browser: Client, connection: Connection, **data: str) -> str:
    page = reverse("admin:connections_connection_change", args=[connection.pk])
    data = {"name": connection.name, "address": connection.address, **data}
    return browser.post(page, data, follow=True).content.decode()


def change_page(browser: Client, connection: Connection) -> str:
    return browser.get(reverse("admin:connections_connection_change", args=[connection.pk])).content.decode()


def test_another_number_of_the_same_app_needs_no_second_app(world: World, owner: Client) -> None:
    before = VendorApp.objects.count()
    assert owner.post(ADD, {**NUMBER, "vendor_app": world.app.pk}).status_code == 302
    assert made(world).app == world.app
    assert VendorApp.objects.count() == before
    assert reload(world.app).credentials["app_secret"] == APP_SECRET


def test_only_apps_of_the_workspaces_own_connections_are_offered(
    world: World, own: Connection, client_of: ClientOf
) -> None:
    sam = client_of(world.sam)
    sam.get(reverse("enter_admin", args=[world.bakery.slug]))
    page = sam.get(ADD).content.decode()
    assert f'<option value="{world.app.pk}">' in page
    assert f'<option value="{own.app.pk}">' not in page
    assert sam.post(ADD, {**NUMBER, "vendor_app": own.app.pk}).status_code == 200, "refused by the form"
    with scope(world.bakery.pk):
        assert Connection.objects.count() == 1


@pytest.mark.parametrize("missing", NEW_APP)
def test_a_new_app_needs_its_secret_and_its_token(world: World, owner: Client, missing: str) -> None:
    page = owner.post(ADD, {**NUMBER, **NEW_APP, missing: ""})
    assert page.status_code == 200
    assert "This field is required" in page.content.decode()
    with scope(world.lotus.pk):
        assert not Connection.objects.filter(name=NUMBER["name"]).exists()


def test_the_secret_of_an_own_app_is_replaced_and_noted(world: World, owner: Client, own: Connection) -> None:
    assert 'name="new_app_secret"' in change_page(owner, own)
    page = change(owner, own, new_app_secret="our-second-secret")
    app = reload(own.app)
    assert (app.credentials["app_secret"], app.credentials["previous_app_secret"]) == (
        "our-second-secret",
        "our-own-secret",
    )
    assert "our-second-secret" not in page
    assert verbs(world.lotus.pk).count("app.secret_rotated") == 1
    assert "app.secret_rotated" not in verbs(world.bakery.pk)


def test_the_secret_of_a_shared_app_is_the_staffs(world: World, owner: Client) -> None:
    assert 'name="new_app_secret"' not in change_page(owner, world.shop)
    change(owner, world.shop, new_app_secret="mine-now")
    with scope(world.lotus.pk), pytest.raises(ConnectionRefused):
        rotate_app_secret(actor=world.olivia, app=world.app, app_secret="mine-now")
    assert reload(world.app).credentials["app_secret"] == APP_SECRET

    staff = Client()
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    staff.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:connections_vendorapp_change", args=[world.app.pk])
    assert staff.post(page, {"name": "Shared", "app_secret": "the-staffs"}).status_code == 302
    assert reload(world.app).credentials["app_secret"] == "the-staffs"
    for workspace in (world.lotus, world.bakery):
        assert verbs(workspace.pk).count("app.secret_rotated") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ConnectionState.PAUSED, ConnectionState.PAUSED),
        (ConnectionState.NEEDS_ATTENTION, ConnectionState.ACTIVE),
        (ConnectionState.ACTIVE, ConnectionState.ACTIVE),
    ],
)
def test_new_credentials_do_not_resume_what_was_paused_by_hand(
    world: World, before: ConnectionState, after: ConnectionState
) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(state=before, attention="because")
        shop = Connection.objects.get(pk=world.shop.pk)
        renew_credentials(actor=world.olivia, connection=shop, credentials={"access_token": "new"})
        shop = Connection.objects.get(pk=world.shop.pk)
        assert (shop.state, shop.attention) == (after, "")
        assert set_paused(actor=world.olivia, connection=shop, paused=False).state == ConnectionState.ACTIVE
    with platform_scope("test"):
        assert Connection.objects.get(pk=world.shop.pk).credentials["access_token"] == "new"
