"""A form that another website sends in a visitor's browser shows none of its words and none of its links."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.world import World, room_with

EVIL = {"Referer": "https://evil.example/trap", "Origin": "https://evil.example"}
LURE = {"text": "Call 1-800-LURE"}


@pytest.mark.parametrize("checks", [True, False], ids=["stale", "signed out"])
def test_a_foreign_form_is_refused_without_its_words_and_links(world: World, checks: bool) -> None:
    url = reverse("chatrooms:messages", args=[world.lotus.slug, room_with(world).pk])
    page = Client(enforce_csrf_checks=checks).post(url, LURE, headers=EVIL)
    assert page.status_code == (403 if checks else 401)
    for word in ("LURE", "evil.example"):
        assert word not in page.content.decode()


def test_a_conflict_links_back_to_our_own_pages_only(world: World, client_of) -> None:  # type: ignore[no-untyped-def]
    url = reverse("chatrooms:assignment", args=[world.lotus.slug, room_with(world).pk])
    page = client_of(world.amy).post(url, {"member": "0"}, headers=EVIL)
    assert page.status_code == 409
    assert "evil.example" not in page.content.decode()
    assert reverse("chatrooms:inbox", args=[world.lotus.slug]) in page.content.decode()
