"""Which addresses a picture may come from, and how it is served."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from inbox.customers.models import Customer, CustomerPicture
from inbox.customers.pictures import PictureRefused, fetch_picture, is_of_a_vendor
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World

from .conftest import customer_of, person
from .vendor import png

ClientOf = Callable[[Membership], Client]


@pytest.mark.parametrize(
    "url",
    [
        "https://scontent-hkg1-1.xx.fbcdn.net/v/t1/picture.jpg?oh=1",
        "https://platform-lookaside.fbsbx.com/platform/profilepic/?psid=1",
        "https://scontent.cdninstagram.com/v/x.jpg",
        "https://thirdwx.qlogo.cn/mmopen/x/0",
        "https://QLOGO.CN:443/x",
    ],
)
def test_the_vendors_own_hosts_are_believed(url: str) -> None:
    assert is_of_a_vendor(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "http://scontent.fbcdn.net/x.jpg",
        "ftp://fbcdn.net/x",
        "file:///etc/passwd",
        "https://fbcdn.net.evil.example/x.jpg",
        "https://evil.example/fbcdn.net",
        "https://evilfbcdn.net/x.jpg",
        "https://fbcdn.net@evil.example/x.jpg",
        "https://evil.example@fbcdn.net/x.jpg",
        "https://evil.example\\@fbcdn.net/x.jpg",
        "https://evil.example\\.fbcdn.net/x.jpg",
        "https://evil.example#.fbcdn.net/x.jpg",
        "https://evil.example?.fbcdn.net/x.jpg",
        "https://fbcdn.net:8443/x.jpg",
        "https://fbcdn.net:/x.jpg",
        "https://127.0.0.1/x.jpg",
        "https://[::1]/x.jpg",
        "https://[::1/x.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/x.jpg",
        "//fbcdn.net/x.jpg",
        "https://fbcdn.net%2eevil.example/x.jpg",
        "https://fbcdn。net.evil.example/x.jpg",
    ],
)
def test_nobody_elses_are(url: str) -> None:
    assert not is_of_a_vendor(url)
    with pytest.raises(PictureRefused):
        fetch_picture(url)


def test_the_simulators_address_is_believed_where_it_is_installed(settings: Settings) -> None:
    url = "http://127.0.0.1:9100/pictures/1"
    assert not is_of_a_vendor(url)
    settings.SIMULATOR_URL = "http://127.0.0.1:9100"
    assert is_of_a_vendor(url)
    for other in ("http://127.0.0.1:9101/x", "https://127.0.0.1:9100/x", "http://127.0.0.1:9100@evil.example/x"):
        assert not is_of_a_vendor(other)


@pytest.fixture
def ann(world: World) -> Customer:
    customer = customer_of(world.lotus, world.shop, person("Ann", phone="85290000001"))
    with scope(world.lotus.pk):
        CustomerPicture.objects.create(workspace=world.lotus, customer=customer, content=png(), mime_type="image/png")
        Customer.objects.filter(pk=customer.pk).update(picture_version="v1")
    customer.picture_version = "v1"
    return customer


@pytest.mark.django_db
def test_a_picture_is_served_to_members_and_kept_by_their_browsers(
    world: World, ann: Customer, client_of: ClientOf
) -> None:
    browser = client_of(world.amy)
    response = browser.get(ann.picture_url("lotus-flowers"))
    assert (response.status_code, response.content) == (200, png())
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=86400"
    again = browser.get(ann.picture_url("lotus-flowers"), headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == response["ETag"]
    assert browser.get(ann.picture_url("lotus-flowers"), headers={"If-None-Match": '"v0"'}).status_code == 200


@pytest.mark.django_db
def test_nobody_else_sees_it(world: World, ann: Customer, client_of: ClientOf) -> None:
    assert client_of(world.amy).get(ann.picture_url("lotus-flowers")).status_code == 200
    stranger = client_of(world.sam)
    assert stranger.get(ann.picture_url("lotus-flowers")).status_code == 404
    assert stranger.get(ann.picture_url("other-bakery")).status_code == 404
    assert Client().get(ann.picture_url("lotus-flowers")).status_code == 302


@pytest.mark.django_db
def test_who_has_none_has_no_address(world: World, client_of: ClientOf) -> None:
    bob = customer_of(world.lotus, world.shop, person("Bob", phone="85290000002"))
    assert bob.picture_url("lotus-flowers") == ""
    assert client_of(world.amy).get(f"/w/lotus-flowers/customers/{bob.pk}/picture/").status_code == 404
