"""The platform's staff: what they open is written down, and they find their way into the admin."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from inbox.workspaces.models import Membership, Role, User
from inbox.workspaces.tenancy import scope
from tests.world import World

ClientOf = Callable[[Membership], Client]

MESSAGES = "inbox.workspaces.tenancy"


def test_what_staff_open_in_the_admin_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    boss = User.objects.create_superuser("staff@example.com", name="Staff")
    browser = Client()
    browser.force_login(boss, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("admin:connections_connection_change", args=[world.shop.pk])
    with caplog.at_level(logging.INFO, MESSAGES):
        assert browser.get(page).status_code == 200
    assert f"platform scope: staff, user {boss.pk}, in the admin: GET {page}" in caplog.messages


def test_what_members_and_sweeps_do_is_not(world: World, client_of: ClientOf, caplog: pytest.LogCaptureFixture) -> None:
    browser = client_of(world.olivia)
    with caplog.at_level(logging.INFO, MESSAGES):
        browser.get(reverse("enter_admin", args=[world.lotus.slug]))
        browser.get(reverse("admin:connections_connection_change", args=[world.shop.pk]))
        browser.get("/?choose=1")
    assert caplog.messages == []


def link_of(browser: Client, world: World) -> list[str]:
    page = browser.get(reverse("chatrooms:inbox", args=[world.lotus.slug])).content.decode()
    links = (reverse("enter_admin", args=[world.lotus.slug]), reverse("admin:index"))
    return [link for link in links if f'href="{link}"' in page]


def test_who_may_enter_the_admin_finds_the_way(world: World, client_of: ClientOf) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role=Role.ADMIN)
    through_the_workspace = [reverse("enter_admin", args=[world.lotus.slug])]
    assert link_of(client_of(world.olivia), world) == through_the_workspace
    assert link_of(client_of(world.ben), world) == through_the_workspace
    assert link_of(client_of(world.amy), world) == []
    User.objects.filter(pk=world.amy.user_id).update(is_superuser=True, is_staff=True)
    assert link_of(client_of(world.amy), world) == [reverse("admin:index")]


def test_a_refused_new_workspace_keeps_the_list_of_the_others(world: World, client_of: ClientOf) -> None:
    page = client_of(world.olivia).post(reverse("workspaces:new"), {"name": " "})
    assert page.status_code == 422
    assert "Lotus Flowers" in page.content.decode()
    assert "Other Bakery" not in page.content.decode()
