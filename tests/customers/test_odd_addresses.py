"""What a browser may ask for that no page offers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from inbox.workspaces.models import Membership
from tests.world import World

from .conftest import customer_of, person

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Membership], Client]


@pytest.mark.parametrize("typed", ["\x00", "a\x00nn", "%", "_", "\\", "'", "x" * 5000, "\ud83c\udf37", "+852 9"])
def test_any_text_may_be_searched_for(world: World, client_of: ClientOf, typed: str) -> None:
    ann = customer_of(world.lotus, world.shop, person("Ann", phone="85290000001"))
    browser = client_of(world.amy)
    query = {"q": typed.encode("utf-16", "surrogatepass").decode("utf-16")}
    assert browser.get(f"/w/lotus-flowers/customers/{ann.pk}/merging/", query).status_code == 200


@pytest.mark.parametrize("page", ["", "merging/", "picture/", "merging/1/"])
def test_an_id_beyond_all_numbers_is_not_found(world: World, client_of: ClientOf, page: str) -> None:
    assert client_of(world.amy).get(f"/w/lotus-flowers/customers/{'9' * 40}/{page}").status_code == 404
