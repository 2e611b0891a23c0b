"""The Django admin, through its pages: a workspace's admins see what is theirs, staff see the platform, secrets nobody."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from inbox.connections.models import Connection, ConnectionState, VendorApp
from inbox.lib import clock
from inbox.pricing.models import PlatformRate
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.admin_site import PlatformAdmin, TenantAdmin
from inbox.workspaces.models import AuditEntry, Invitation, Membership, Role, User, Workspace
from inbox.workspaces.tenancy import is_tenant_model, platform_scope, scope
from tests.world import APP_SECRET, World, store, text_message, webhook

from .conftest import House

ClientOf = Callable[[Membership], Client]

TENANT_ADMINS = sorted(
    (model for model, model_admin in admin.site._registry.items() if isinstance(model_admin, TenantAdmin)),
    key=lambda model: model.__name__,
)
# Registered by somebody else and ruled by Django's permissions, which only staff have.
THIRD_PARTY_ADMINS = [Group, EmailAddress]
PLATFORM_ADMINS = sorted(
    (model for model, model_admin in admin.site._registry.items() if isinstance(model_admin, PlatformAdmin)),
    key=lambda model: model.__name__,
)
ALL_ADMINS = [*TENANT_ADMINS, *PLATFORM_ADMINS, *THIRD_PARTY_ADMINS]
SECRETS = {
    "access_token": "EAAG-shop-access-token",
    "app_secret": "shop-app-secret-0123456789abcdef",
    "verify_token": "shop-verify-token",
}
ADD = "/admin/connections/connection/add/?channel=whatsapp"
NEW_CONNECTION = {
    "name": "New Shop",
    "address": "+852 2111 9999",
    "phone_number_id": "100000000000777",
    "waba_id": "200000000000777",
    **SECRETS,
}


@pytest.fixture
def owner(world: World, client_of: ClientOf) -> Client:
    """Olivia's browser, inside the admin of Lotus Flowers."""
    return inside(client_of(world.olivia), world.lotus.slug)


@pytest.fixture
def staff(world: World) -> Client:
    person = User.objects.create_superuser("staff@example.com", name="Staff")
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def inside(browser: Client, slug: str) -> Client:
    response = browser.get(reverse("enter_admin", args=[slug]))
    assert response["Location"] == reverse("admin:index")
    return browser


def url(model, page: str, *args: object) -> str:  # type: ignore[no-untyped-def]
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def act(browser: Client, model, action: str, *pks: int) -> HttpResponse:  # type: ignore[no-untyped-def]
    """Tick rows in a changelist and press an action's button."""
    return browser.post(url(model, "changelist"), {"action": action, "_selected_action": pks}, follow=True)


def rows_of(model, workspace_id: int) -> QuerySet:  # type: ignore[no-untyped-def,type-arg]
    """What belongs to a workspace; of workspaces, itself."""
    return model.objects.filter(**{"pk" if model is Workspace else "workspace": workspace_id})


def ids(model, workspace_id: int) -> list[int]:  # type: ignore[no-untyped-def]
    with scope(workspace_id):
        return sorted(rows_of(model, workspace_id).values_list("pk", flat=True))


def fresh(row):  # type: ignore[no-untyped-def]
    with platform_scope("test"):
        return type(row).objects.get(pk=row.pk)


# --- who may enter --------------------------------------------------------------------------------------------------


def test_every_registered_model_belongs_to_somebody() -> None:
    registered = admin.site._registry
    assert set(registered) == set(ALL_ADMINS), "our base holds the policy"
    assert [model for model in TENANT_ADMINS if not is_tenant_model(model)] == [Workspace], "each sees its own alone"
    assert [model for model in PLATFORM_ADMINS if is_tenant_model(model)] == []
    assert {model.__name__ for model in TENANT_ADMINS} >= {"AuditEntry", "Connection", "Invitation", "Membership"}


def test_anonymous_visitors_are_sent_to_the_sign_in(world: World) -> None:
    response = Client().get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "next=/admin/" in response.redirect_chain[-1][0]


@pytest.mark.parametrize("who", ["amy", "sam"])
def test_agents_and_owners_who_did_not_enter_see_nothing(
    world: World, client_of: ClientOf, who: str, subtests: pytest.Subtests
) -> None:
    browser = client_of(getattr(world, who))
    for address in (reverse("admin:index"), *(url(model, "changelist") for model in ALL_ADMINS)):
        with subtests.test(address):
            response = browser.get(address, follow=True)
            assert response.status_code == 403
            assert "Shop" not in text_of(response)


def test_an_agent_may_not_enter(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    assert browser.get(reverse("enter_admin", args=[world.lotus.slug])).status_code == 403
    assert browser.get(reverse("admin:index"), follow=True).status_code == 403


def test_a_stranger_may_not_enter(world: World, client_of: ClientOf) -> None:
    browser = inside(client_of(world.sam), world.bakery.slug)
    assert browser.get(reverse("enter_admin", args=[world.lotus.slug])).status_code == 404
    page = text_of(browser.get(url(Connection, "changelist")))
    assert "Oven" in page
    assert "Shop" not in page


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.AGENT}])
def test_an_admin_who_loses_the_role_loses_the_admin_at_once(
    world: World, owner: Client, change: dict[str, object]
) -> None:
    assert owner.get(url(Connection, "changelist")).status_code == 200
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.olivia.pk).update(**change)
    assert owner.get(url(Connection, "changelist"), follow=True).status_code == 403


def test_the_sessions_workspace_is_checked_every_time(world: World, client_of: ClientOf) -> None:
    """Whoever could write their session's workspace would still need to be its admin."""
    browser = client_of(world.sam)
    session = browser.session
    session["admin_workspace"] = world.lotus.pk
    session.save()
    assert browser.get(reverse("admin:index"), follow=True).status_code == 403


# --- a workspace's admin --------------------------------------------------------------------------------------------


def test_an_owner_sees_and_opens_the_own_rows_only(
    world: World, owner: Client, lotus_house: House, bakery_house: House, subtests: pytest.Subtests
) -> None:
    for model in TENANT_ADMINS:
        ours, theirs = ids(model, world.lotus.pk), ids(model, world.bakery.pk)
        with subtests.test(model.__name__):
            assert ours
            assert theirs
            response = owner.get(url(model, "changelist"))
            assert sorted(row.pk for row in response.context["cl"].result_list) == ours
            page = text_of(response)
            foreign = [word for word in (*bakery_house.words, "Sam Stranger", "Other Bakery", "Oven") if word in page]
            assert foreign == []
            assert owner.get(url(model, "change", ours[0])).status_code == 200

            missing = owner.get(url(model, "change", 987654321))
            assert (missing.status_code, missing["Location"]) == (302, reverse("admin:index"))
            for page in ("change", "history", "delete"):
                response = owner.get(url(model, page, theirs[0]))
                assert response.status_code in (302, 403, 404), page
                if response.status_code == 302:
                    assert response["Location"] == missing["Location"]


def test_an_owner_cannot_change_strangers_rows(
    world: World, owner: Client, lotus_house: House, bakery_house: House, subtests: pytest.Subtests
) -> None:
    form = {"name": "Stolen", "address": "Stolen", "role": "agent", "email": "x@example.com", "access_token": "x"}
    for model in TENANT_ADMINS:
        with platform_scope("test"):
            before = list(rows_of(model, world.bakery.pk).order_by("pk").values())
        with subtests.test(model.__name__):
            assert before
            assert owner.post(url(model, "change", before[0]["id"]), form).status_code in (302, 403, 404)
            for action in ("pause", "resume", "delete_selected"):
                act(owner, model, action, *(row["id"] for row in before))
            with platform_scope("test"):
                assert list(rows_of(model, world.bakery.pk).order_by("pk").values()) == before


def test_an_owner_sees_nothing_of_the_platform(
    world: World, owner: Client, lotus_house: House, subtests: pytest.Subtests
) -> None:
    Group.objects.create(name="Made by staff")
    index = text_of(owner.get(reverse("admin:index")))
    for model in (*PLATFORM_ADMINS, *THIRD_PARTY_ADMINS):
        with subtests.test(model.__name__):
            with platform_scope("test"):
                row = model.objects.first()
            assert row is not None
            assert owner.get(url(model, "changelist")).status_code == 403
            assert owner.get(url(model, "add")).status_code == 403
            for page in ("change", "history", "delete"):
                assert owner.get(url(model, page, row.pk)).status_code in (302, 403)
            assert url(model, "changelist") not in index


def test_the_index_and_search_show_what_an_owner_may_see(world: World, owner: Client, bakery_house: House) -> None:
    for address in (reverse("admin:index"), f"{reverse('admin:search')}?s=e", f"{reverse('admin:search')}?s=oven"):
        page = text_of(owner.get(address))
        assert [word for word in (*bakery_house.words, "Other Bakery") if word in page] == []
    page = text_of(owner.get(reverse("admin:index")))
    assert url(Connection, "changelist") in page
    assert url(VendorApp, "changelist") not in page


def test_nobody_deletes(world: World, owner: Client, lotus_house: House, subtests: pytest.Subtests) -> None:
    for model in TENANT_ADMINS:
        before = ids(model, world.lotus.pk)
        with subtests.test(model.__name__):
            assert owner.post(url(model, "delete", before[0]), {"post": "yes"}).status_code == 403
            assert b"delete_selected" not in owner.get(url(model, "changelist")).content
            act(owner, model, "delete_selected", *before)
            assert ids(model, world.lotus.pk) == before


def test_the_audit_log_is_read_only(world: World, owner: Client, lotus_house: House) -> None:
    entry = ids(AuditEntry, world.lotus.pk)[0]
    assert owner.get(url(AuditEntry, "add")).status_code == 403
    assert owner.post(url(AuditEntry, "change", entry), {"verb": "forged"}).status_code == 403
    with scope(world.lotus.pk):
        assert not AuditEntry.objects.filter(verb="forged").exists()


def test_filters_and_order_in_the_address_leak_nothing(world: World, owner: Client, bakery_house: House) -> None:
    """Lookups through relations are an old way to ask about hidden rows."""
    for query in ("workspace__slug=other-bakery", f"workspace_id={world.bakery.pk}", "app__credentials__startswith=g"):
        response = owner.get(f"{url(Connection, 'changelist')}?{query}", follow=True)
        assert "Oven" not in text_of(response)


# --- the workspace's settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_workspaces_admins_change_its_settings(world: World, client_of: ClientOf, role: Role) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=role)
    browser = inside(client_of(world.ben), world.lotus.slug)
    response = browser.post(
        url(Workspace, "change", world.lotus.pk),
        {
            "name": "Lotus & Sons",
            "reports_reads": "on",
            "undo_seconds": "0",
            "slug": "stolen",
            "created_at": "2000-01-01",
        },
        follow=True,
    )
    assert response.status_code == 200
    changed = fresh(world.lotus)
    assert (changed.name, changed.reports_reads, changed.shows_typing) == ("Lotus & Sons", True, False)
    assert (changed.slug, changed.created_at) == (world.lotus.slug, world.lotus.created_at)
    with scope(world.lotus.pk):
        (entry,) = AuditEntry.objects.filter(verb="workspace.changed")
    assert (entry.actor_id, entry.facts) == (world.ben.pk, {"name": "Lotus & Sons", "shows_typing": False})
    assert (fresh(world.bakery).name, fresh(world.bakery).shows_typing) == ("Other Bakery", True)


def test_settings_that_stay_as_they_are_leave_no_trace(world: World, owner: Client) -> None:
    form = {"name": world.lotus.name, "reports_reads": "on", "shows_typing": "on", "undo_seconds": "0"}
    assert owner.post(url(Workspace, "change", world.lotus.pk), form).status_code == 302
    for wrong in ({"name": ""}, {"file_days": "0"}, {"file_days": "soon"}, {"undo_seconds": "31"}):
        assert owner.post(url(Workspace, "change", world.lotus.pk), {**form, **wrong}).status_code == 200
    assert fresh(world.lotus).name == world.lotus.name
    with scope(world.lotus.pk):
        assert not AuditEntry.objects.filter(verb="workspace.changed").exists()


def test_an_owner_sees_and_changes_no_other_workspace(world: World, owner: Client) -> None:
    assert Workspace.objects.filter(pk=world.bakery.pk).exists()
    for query in ({}, {"q": "bakery"}, {"q": "other"}, {"slug": world.bakery.slug}):
        page = owner.get(url(Workspace, "changelist"), query, follow=True)
        assert "Other Bakery" not in text_of(page)
    listed = owner.get(url(Workspace, "changelist")).context["cl"].result_list
    assert [row.pk for row in listed] == [world.lotus.pk]
    form = {"name": "Stolen", "reports_reads": "on"}
    assert owner.post(url(Workspace, "change", world.bakery.pk), form).status_code == 302
    assert fresh(world.bakery).name == "Other Bakery"
    with scope(world.bakery.pk):
        assert not AuditEntry.objects.filter(verb="workspace.changed").exists()


def test_an_agent_gets_to_no_settings(world: World, client_of: ClientOf) -> None:
    browser = client_of(world.amy)
    session = browser.session
    session["admin_workspace"] = world.lotus.pk
    session.save()
    for address in (url(Workspace, "changelist"), url(Workspace, "change", world.lotus.pk)):
        assert browser.get(address, follow=True).status_code == 403
        assert browser.post(address, {"name": "Stolen"}, follow=True).status_code == 403
    assert fresh(world.lotus).name == "Lotus Flowers"


def test_no_workspace_is_made_or_deleted_here(world: World, owner: Client, staff: Client) -> None:
    for browser in (owner, staff):
        assert browser.get(url(Workspace, "change", world.lotus.pk)).status_code == 200
        assert browser.post(url(Workspace, "add"), {"name": "Third"}).status_code == 403
        assert browser.post(url(Workspace, "delete", world.lotus.pk), {"post": "yes"}).status_code == 403
        act(browser, Workspace, "delete_selected", world.lotus.pk, world.bakery.pk)
    assert sorted(Workspace.objects.values_list("pk", flat=True)) == sorted([world.lotus.pk, world.bakery.pk])


# --- members and invitations ----------------------------------------------------------------------------------------


def test_members_are_changed_through_the_action(world: World, owner: Client) -> None:
    response = owner.post(url(Membership, "change", world.amy.pk), {"role": "admin", "visibility": "all"}, follow=True)
    assert response.status_code == 200
    member = fresh(world.amy)
    assert (member.role, member.is_active) == ("admin", False)  # an unticked box
    with scope(world.lotus.pk):
        entry = AuditEntry.objects.latest("pk")
        assert (entry.verb, entry.actor_id) == ("member.changed", world.olivia.pk)


def test_a_refused_change_of_a_member_says_so_and_nothing_else(world: World, owner: Client) -> None:
    wanted = {"role": "agent", "visibility": "all", "is_active": "on"}
    response = owner.post(url(Membership, "change", world.olivia.pk), wanted, follow=True)
    page = text_of(response)
    assert "A workspace needs at least one active owner." in page
    assert "was changed successfully" not in page
    member = fresh(world.olivia)
    assert (member.role, member.is_active) == ("owner", True)
    assert not LogEntry.objects.filter(object_id=str(world.olivia.pk)).exists()


def test_an_admin_cannot_become_an_owner_here(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=Role.ADMIN)
    browser = inside(client_of(world.ben), world.lotus.slug)
    for member in (world.ben, world.amy, world.olivia):
        before = (fresh(member).role, fresh(member).is_active)
        wanted = "owner" if member is not world.olivia else "agent"
        form = {"role": wanted, "visibility": "all", "is_active": "on"}
        response = browser.post(url(Membership, "change", member.pk), form, follow=True)
        assert "You may not" in text_of(response)
        assert (fresh(member).role, fresh(member).is_active) == before


def test_members_join_by_invitation_only(world: World, owner: Client) -> None:
    assert owner.get(url(Membership, "add")).status_code == 403
    response = owner.post(url(Invitation, "add"), {"email": "Nora@Example.com", "role": "agent"}, follow=True)
    assert response.status_code == 200
    with scope(world.lotus.pk):
        invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by_id) == (
        "nora@example.com",
        "agent",
        world.olivia.pk,
    )
    assert invitation.token_digest not in text_of(owner.get(url(Invitation, "change", invitation.pk)))


def test_a_refused_invitation_says_so_and_nothing_else(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=Role.ADMIN)
    browser = inside(client_of(world.ben), world.lotus.slug)
    response = browser.post(url(Invitation, "add"), {"email": "nora@example.com", "role": "owner"}, follow=True)
    page = text_of(response)
    assert "You may not invite someone with this role." in page
    assert "was added successfully" not in page
    with scope(world.lotus.pk):
        assert not Invitation.objects.exists()


# --- connections ----------------------------------------------------------------------------------------------------


@pytest.fixture
def new_connection(world: World, owner: Client) -> Connection:
    """A connection made through the admin's form, with secrets that appear nowhere else."""
    response = owner.post(ADD, NEW_CONNECTION, follow=True)
    assert response.status_code == 200
    with scope(world.lotus.pk):
        return Connection.objects.select_related("app").get(name="New Shop")


def admin_pages(browser: Client) -> Iterator[tuple[str, str]]:
    """Every page of the admin that this person can open."""
    yield "index", text_of(browser.get(reverse("admin:index")))
    for model in (*TENANT_ADMINS, *PLATFORM_ADMINS):
        response = browser.get(url(model, "changelist"))
        if response.status_code != 200:
            continue
        yield f"{model.__name__} list", text_of(response)
        # Of many alike, the newest two are enough: the changelist has shown all.
        for row in sorted(response.context["cl"].result_list, key=lambda row: row.pk)[-2:]:
            for page in ("change", "history"):
                yield f"{model.__name__} {page}", text_of(browser.get(url(model, page, row.pk)))


def test_a_connection_is_made_through_the_form(world: World, owner: Client, new_connection: Connection) -> None:
    assert new_connection.workspace_id == world.lotus.pk
    assert (new_connection.channel, new_connection.state) == ("whatsapp", ConnectionState.ACTIVE)
    assert new_connection.account_id == NEW_CONNECTION["phone_number_id"]
    assert dict(new_connection.credentials) == {
        name: NEW_CONNECTION[name] for name in ("phone_number_id", "waba_id", "access_token")
    }
    assert dict(new_connection.app.credentials) == {name: SECRETS[name] for name in ("app_secret", "verify_token")}
    page = text_of(owner.get(url(Connection, "change", new_connection.pk)))
    assert new_connection.app.webhook_url in page
    assert "No webhook has arrived yet." in page
    with scope(world.lotus.pk):
        assert AuditEntry.objects.filter(verb="connection.created", actor=world.olivia).count() == 1


def test_the_form_asks_for_everything_the_adapter_needs(world: World, owner: Client) -> None:
    page = text_of(owner.get(ADD))
    for name in NEW_CONNECTION:
        assert f'name="{name}"' in page
    for name in SECRETS:
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert field
        assert 'type="password"' in field[0]


def test_a_form_with_a_gap_makes_nothing_and_repeats_no_secret(
    world: World, owner: Client, subtests: pytest.Subtests
) -> None:
    before = VendorApp.objects.count()
    for missing in ("name", "address", "phone_number_id", "access_token", "app_secret"):
        with subtests.test(missing):
            response = owner.post(ADD, {**NEW_CONNECTION, missing: ""})
            assert response.status_code == 200
            assert "This field is required" in text_of(response)
            assert [name for name, secret in SECRETS.items() if secret in text_of(response)] == []
            assert VendorApp.objects.count() == before
    assert len(ids(Connection, world.lotus.pk)) == 2


def test_secrets_are_on_no_page_of_the_admin(
    world: World, owner: Client, staff: Client, new_connection: Connection
) -> None:
    owner.post(
        url(Connection, "change", new_connection.pk), {"name": "New Shop", "address": "+1", "access_token": "EAAG-new"}
    )
    secrets = [*SECRETS.values(), "EAAG-new", APP_SECRET, "token-100000000000001"]
    visited = set()
    for browser in (owner, staff):
        for name, page in admin_pages(browser):
            visited.add(name)
            assert [secret for secret in secrets if secret in page] == [], name
    assert {"Connection change", "Connection history", "VendorApp change", "AuditEntry change"} <= visited


def test_secrets_are_in_no_row_of_the_database(world: World, owner: Client, new_connection: Connection) -> None:
    """Read every column of every table as text."""
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    found = []
    with platform_scope("test"), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT r::text FROM "{table}" r')
            rows = "\n".join(row for (row,) in cursor.fetchall())
            found += [(table, name) for name, secret in SECRETS.items() if secret in rows]
            if table == "connections_connection":
                assert "gAAAA" in rows, "Fernet tokens: the walk did read the encrypted column"
    assert found == []


def test_secrets_are_in_no_log_and_no_repr(
    world: World, owner: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        owner.post(ADD, NEW_CONNECTION, follow=True)
    with scope(world.lotus.pk):
        made = Connection.objects.select_related("app").get(name="New Shop")
    shown = [
        caplog.text,
        *capsys.readouterr(),
        *(f"{thing} {thing!r} {vars(thing)}" for thing in (made, made.app)),
        *(f"{entry} {entry!r} {entry.change_message}" for entry in LogEntry.objects.all()),
    ]
    assert LogEntry.objects.exists()
    assert [name for name, secret in SECRETS.items() if any(secret in text for text in shown)] == []


def test_empty_secrets_stay_as_they_are(world: World, owner: Client, new_connection: Connection) -> None:
    owner.post(
        url(Connection, "change", new_connection.pk), {"name": "Old Shop", "address": "+852 1", "access_token": ""}
    )
    changed = fresh(new_connection)
    assert (changed.name, changed.address) == ("Old Shop", "+852 1")
    assert changed.credentials["access_token"] == SECRETS["access_token"]
    assert changed.account_id == NEW_CONNECTION["phone_number_id"]


def test_new_credentials_let_sending_go_on(world: World, owner: Client) -> None:
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(
            state=ConnectionState.NEEDS_ATTENTION, attention="The access token has expired."
        )
    address = url(Connection, "change", world.shop.pk)
    assert "The access token has expired." in text_of(owner.get(address))
    owner.post(address, {"name": "Shop", "address": "+1", "access_token": "EAAG-new"})
    shop = fresh(world.shop)
    assert (shop.state, shop.attention, shop.credentials["access_token"]) == (ConnectionState.ACTIVE, "", "EAAG-new")
    assert shop.credentials["waba_id"] == "200000000000001"


def test_sending_is_paused_and_resumed(world: World, owner: Client) -> None:
    act(owner, Connection, "pause", world.shop.pk)
    assert fresh(world.shop).state == ConnectionState.PAUSED
    assert fresh(world.events).state == ConnectionState.ACTIVE
    act(owner, Connection, "resume", world.shop.pk)
    assert fresh(world.shop).state == ConnectionState.ACTIVE
    with scope(world.lotus.pk):
        entries = AuditEntry.objects.filter(actor=world.olivia).order_by("pk").values_list("verb", flat=True)
        assert list(entries)[-2:] == ["connection.paused", "connection.resumed"]


def test_bad_signatures_are_counted_where_an_admin_looks(world: World, owner: Client) -> None:
    assert "wrong signature" not in text_of(owner.get(url(Connection, "change", world.shop.pk)))
    VendorApp.objects.filter(pk=world.app.pk).update(signature_failures=37, last_signature_failure_at=clock.now())
    assert "37" in text_of(owner.get(url(Connection, "changelist")))
    page = text_of(owner.get(url(Connection, "change", world.shop.pk)))
    assert "37 webhooks had a wrong signature" in page
    assert "Check the app secret." in page


# --- platform staff -------------------------------------------------------------------------------------------------


def test_staff_see_every_workspace_and_add_nothing_but_rates(
    world: World, staff: Client, lotus_house: House, bakery_house: House, subtests: pytest.Subtests
) -> None:
    for model in (*TENANT_ADMINS, *PLATFORM_ADMINS):
        with subtests.test(model.__name__):
            with platform_scope("test"):
                everything = sorted(model.objects.values_list("pk", flat=True))
            response = staff.get(url(model, "changelist"))
            assert sorted(row.pk for row in response.context["cl"].result_list) == everything
            for pk in everything[-2:]:
                assert staff.get(url(model, "change", pk)).status_code == 200
            assert staff.get(url(model, "add")).status_code == (200 if model is PlatformRate else 403)


def test_staff_replay_a_parked_webhook(world: World, staff: Client) -> None:
    body = webhook(world.shop, messages=[text_message("Replayed")])
    event = store(world.app, body)
    with platform_scope("test"):
        WebhookEvent.objects.filter(pk=event.pk).update(state=EventState.PARKED, error="a poison", attempts=5)
    page = text_of(staff.get(url(WebhookEvent, "change", event.pk)))
    assert "Replayed" in page
    assert "a poison" in page
    response = act(staff, WebhookEvent, "replay", event.pk)
    assert "1 webhook waits to be processed again." in text_of(response)
    assert (fresh(event).state, fresh(event).attempts, fresh(event).error) == (EventState.PENDING, 0, "")


def test_staff_rotate_an_apps_secret(world: World, staff: Client) -> None:
    staff.post(url(VendorApp, "change", world.app.pk), {"name": "Renamed", "app_secret": ""})
    assert fresh(world.app).credentials["app_secret"] == APP_SECRET
    staff.post(url(VendorApp, "change", world.app.pk), {"name": "Renamed", "app_secret": "second-secret"})
    app = fresh(world.app)
    assert app.name == "Renamed"
    assert app.credentials["app_secret"] == "second-secret"
    assert app.credentials["previous_app_secret"] == APP_SECRET
    assert app.credentials["verify_token"] == "verify-me"


def test_staff_are_not_bound_to_a_workspace_they_entered(world: World, staff: Client) -> None:
    session = staff.session
    session["admin_workspace"] = world.bakery.pk
    session.save()
    assert "Shop" in text_of(staff.get(url(Connection, "changelist")))
