"""Profiles are asked for in the background, once a day, and whatever goes wrong with them stays with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from inbox.connections.models import Connection
from inbox.customers.actions import fetch_profile
from inbox.customers.models import Customer, CustomerIdentity, CustomerPicture
from inbox.customers.pictures import MAX_BYTES
from inbox.customers.tasks import fetch_profile as fetch_profile_task
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, reload

from .conftest import account, customer_of, merge, person, queued, resolve
from .vendor import Vendor, png, running

pytestmark = pytest.mark.django_db
# Tasks are enqueued once a transaction has committed.
committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Vendor]:
    with running() as server:
        settings.VENDOR_API_URL = settings.SIMULATOR_URL = server.url
        yield server


@pytest.fixture
def page(world: World) -> Connection:
    return account(world.lotus, "messenger", "3")


def ann_at(vendor: Vendor, **more: object) -> None:
    vendor.answers["/P1"] = (200, {"first_name": "Ann", "last_name": "Lee", "id": "P1", **more})


def with_picture(vendor: Vendor, content: bytes, status: int = 200) -> None:
    vendor.answers = {"/picture": (status, content)}
    ann_at(vendor, profile_pic=f"{vendor.url}/picture")


def fetch(customer: Customer, connection: Connection) -> bool:
    return fetch_profile(workspace_id=connection.workspace_id, customer_id=customer.pk, connection_id=connection.pk)


# --- who is asked for, and when -------------------------------------------------------------------------------------


@committing
def test_a_new_customer_is_asked_for_after_the_commit(world: World, page: Connection) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    task = {"workspace_id": world.lotus.pk, "customer_id": ann.pk, "connection_id": page.pk}
    assert queued() == [("inbox.customers.tasks.fetch_profile", task)]
    assert fetch_profile_task.name == "inbox.customers.tasks.fetch_profile"


@committing
def test_where_the_vendor_has_no_profiles_nobody_is_asked_for(world: World) -> None:
    customer_of(world.lotus, world.shop, person(phone="85290000001"))
    assert queued() == []


@committing
@pytest.mark.parametrize(
    ("hours_ago", "name", "asked"), [(23, "", False), (25, "", True), (25, "Ann", False), (None, "Ann", True)]
)
def test_who_has_no_profile_is_asked_for_once_a_day(
    world: World, page: Connection, hours_ago: int | None, name: str, asked: bool
) -> None:
    ann = customer_of(world.lotus, page, person(name, psid="P1"))
    queued()
    with scope(world.lotus.pk):
        at = None if hours_ago is None else clock.now() - timedelta(hours=hours_ago)
        Customer.objects.filter(pk=ann.pk).update(profile_checked_at=at)
    resolve(world.lotus, (page, person(psid="P1")), (page, person(name, psid="P1")))
    assert len(queued()) == int(asked)


def test_the_vendor_is_asked_once_a_day_whatever_is_enqueued(world: World, page: Connection, vendor: Vendor) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    ann_at(vendor)
    assert [fetch(ann, page), fetch(ann, page)] == [True, False]
    assert vendor.questions("/P1") == 1


# --- what comes back ------------------------------------------------------------------------------------------------


def test_name_username_and_picture_are_kept(world: World, vendor: Vendor) -> None:
    instagram = account(world.lotus, "instagram", "4")
    ann = customer_of(world.lotus, instagram, person(igsid="P1"))
    vendor.answers["/picture"] = (200, png())
    vendor.answers["/P1"] = (200, {"name": "Ann Lee", "username": "ann.lee", "profile_pic": f"{vendor.url}/picture"})
    assert fetch(ann, instagram)
    ann = reload(ann)
    assert (str(ann), ann.profile_name, ann.profile_error) == ("Ann Lee", "Ann Lee", "")
    assert ann.picture_url("lotus-flowers").startswith(f"/w/lotus-flowers/customers/{ann.pk}/picture/?v=")
    with scope(world.lotus.pk):
        assert CustomerIdentity.objects.get(kind="username").value == "ann.lee"
        picture = CustomerPicture.objects.get()
    assert (bytes(picture.content), picture.mime_type) == (png(), "image/png")


def test_a_username_is_better_than_no_name(world: World, vendor: Vendor) -> None:
    instagram = account(world.lotus, "instagram", "4")
    ann = customer_of(world.lotus, instagram, person(igsid="P1"))
    vendor.answers["/P1"] = (200, {"username": "ann.lee", "name": None, "profile_pic": None})
    assert fetch(ann, instagram)
    assert str(reload(ann)) == "ann.lee"


def test_an_agents_name_stays(world: World, page: Connection, vendor: Vendor) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    with scope(world.lotus.pk):
        Customer.objects.filter(pk=ann.pk).update(name="Our Ann", given_name="Our Ann")
    ann_at(vendor)
    assert fetch(ann, page)
    assert (reload(ann).name, reload(ann).profile_name) == ("Our Ann", "Ann Lee")


@committing
def test_open_pages_are_told_of_the_new_name(world: World, page: Connection, vendor: Vendor) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    queued()
    ann_at(vendor)
    assert fetch(ann, page)
    task = {"workspace_id": world.lotus.pk, "customer_ids": [ann.pk]}
    assert queued() == [("inbox.chatrooms.tasks.announce_customers", task)]


def test_a_second_picture_replaces_the_first(world: World, page: Connection, vendor: Vendor) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    versions = set()
    for content in (png(2), png(3)):
        with_picture(vendor, content)
        with scope(world.lotus.pk):
            Customer.objects.filter(pk=ann.pk).update(profile_checked_at=None)
        assert fetch(ann, page)
        versions.add(reload(ann).picture_version)
    assert len(versions) == 2
    with scope(world.lotus.pk):
        assert bytes(CustomerPicture.objects.get().content) == png(3)


def test_a_shared_union_id_suggests_a_merge_and_does_none(
    world: World, vendor: Vendor, client_of: object, settings: Settings
) -> None:
    wechat = account(world.lotus, "wechat", "gh_0123456789ab")
    vendor.answers = {
        "stable_token": (200, {"access_token": "T", "expires_in": 7200}),
        "user/info": (200, {"subscribe": 1, "openid": "x", "unionid": "U1"}),
    }
    one, two = (customer_of(world.lotus, wechat, person(openid=f"openid-{n}")) for n in "12")
    assert fetch(one, wechat)
    browser: Client = client_of(world.amy)  # type: ignore[operator]
    url = f"/w/lotus-flowers/customers/{two.pk}/"
    assert "Probably the same person" not in browser.get(url).content.decode()
    assert fetch(two, wechat)
    assert [reload(each).merged_into_id for each in (one, two)] == [None, None]
    html = browser.get(url).content.decode()
    assert "Probably the same person" in html
    assert f"/w/lotus-flowers/customers/{two.pk}/merging/{one.pk}/" in html
    merge(world.amy, two, one)
    assert "Probably the same person" not in browser.get(url).content.decode()


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"error": {"message": "User consent is required", "code": 230, "type": "OAuthException"}}),
        (401, {"error": {"message": "Expired", "code": 190, "type": "OAuthException"}}),
        (429, {"error": {"message": "Too many", "code": 4, "type": "OAuthException"}}),
        (500, b"oops"),
        (200, b"not json"),
        (302, b"https://elsewhere.example/"),
    ],
)
def test_a_refusal_is_noted_and_nothing_else(
    world: World, page: Connection, vendor: Vendor, status: int, body: object
) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    vendor.answers["/P1"] = (status, body)
    assert not fetch(ann, page)
    ann = reload(ann)
    assert ann.profile_error
    assert ann.profile_checked_at is not None
    assert str(ann) == "Messenger user P1"
    assert resolve(world.lotus, (page, person(psid="P1"))) == [ann.pk]


def test_a_vendor_that_is_down_is_noted(world: World, page: Connection, settings: Settings) -> None:
    settings.VENDOR_API_URL = "http://127.0.0.1:1"
    ann = customer_of(world.lotus, page, person(psid="P1"))
    assert not fetch(ann, page)
    assert "127.0.0.1" in reload(ann).profile_error


def test_no_secret_is_noted(world: World, vendor: Vendor) -> None:
    page = account(world.lotus, "messenger", "3", credentials={"page_id": "3", "access_token": "EAAG" + "x" * 40})
    ann = customer_of(world.lotus, page, person(psid="P1"))
    message = f"Malformed access token EAAG{'x' * 40}"
    vendor.answers["/P1"] = (400, {"error": {"message": message, "code": 190, "type": "OAuthException"}})
    assert not fetch(ann, page)
    assert "xxxxx" not in reload(ann).profile_error


def test_missing_credentials_are_noted(world: World, vendor: Vendor) -> None:
    page = account(world.lotus, "messenger", "3", credentials={})
    ann = customer_of(world.lotus, page, person(psid="P1"))
    assert not fetch(ann, page)
    assert reload(ann).profile_error
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"<html>", 200, "text/html is no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 200, "is no picture"),
        (b"GIF89a" + b"\x00" * 30, 200, "image/gif is no picture"),
        (b"", 200, "is no picture"),
        (png(), 404, "HTTP 404"),
        (b"/elsewhere", 302, "HTTP 302"),
        (png(padding=MAX_BYTES), 200, "longer than"),
    ],
)
def test_a_bad_picture_costs_the_picture_only(
    world: World, page: Connection, vendor: Vendor, content: bytes, status: int, reason: str
) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    with_picture(vendor, content, status)
    vendor.answers["/elsewhere"] = (200, png())
    assert fetch(ann, page)
    ann = reload(ann)
    assert (str(ann), ann.picture_version) == ("Ann Lee", "")
    assert reason in ann.profile_error
    assert vendor.questions("/elsewhere") == 0


def test_a_picture_of_just_the_right_size_is_kept(world: World, page: Connection, vendor: Vendor) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    smallest = len(png(padding=1))
    content = png(padding=MAX_BYTES - smallest + 1)
    assert len(content) == MAX_BYTES
    with_picture(vendor, content)
    assert fetch(ann, page)
    assert reload(ann).picture_version


def test_a_picture_from_elsewhere_is_not_fetched(
    world: World, page: Connection, vendor: Vendor, settings: Settings
) -> None:
    ann = customer_of(world.lotus, page, person(psid="P1"))
    with_picture(vendor, png())
    settings.SIMULATOR_URL = ""
    assert fetch(ann, page)
    assert vendor.questions("/picture") == 0
    assert "not one of a vendor" in reload(ann).profile_error


def test_nothing_is_fetched_for_another_workspaces_customer(world: World, page: Connection, vendor: Vendor) -> None:
    theirs = customer_of(world.bakery, world.oven, person(phone="85290000001"))
    ann_at(vendor)
    assert not fetch(theirs, page)
    assert vendor.asked == []
