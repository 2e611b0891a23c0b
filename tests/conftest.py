"""Fixtures for everybody; the cast itself is in tests/world.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker, Settings

from inbox.chatrooms.models import Chatroom
from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.workspaces.models import Membership

from . import migrated
from .emptying import empty_the_database
from .processes import WebProcess
from .refilling import Cast, remember
from .world import World, build_world, put_on_the_phone_network, room_with

# A busy machine is no fault of a test's.
hypothesis_settings.register_profile(
    "suite", hypothesis_settings.default, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("suite")


# Whose processes run beside the test.
PROCESSES = {"web", "product", "simulator", "travelling_stage", "process"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for other processes is tried a second time on a machine that was too busy, and named in the summary."""
    for item in items:
        if PROCESSES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("crash"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if template := os.environ.get(migrated.NAME):
        migrated.wait_until_migrated(template)
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_the_database)
        yield


@pytest.fixture(scope="session")
def _cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Cast:
    with django_db_blocker.unblock():
        return remember(build_world)


@pytest.fixture
def world(db: None, _cast: Cast) -> World:
    """The cast. Where nobody else sees the database and the clock is right, the same rows are put back each time."""
    if connection.in_atomic_block and not time_machine.escape_hatch.is_travelling():
        return _cast.put_back()
    return build_world()


@pytest.fixture(scope="session")
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)


@pytest.fixture(autouse=True)
def _clean_redis(_redis: redis.Redis) -> None:
    """Rate limits, sessions and queues of the test before must not reach into the next one."""
    _redis.flushdb()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page in another language leaves its language to the thread, and so to the next test."""
    with translation.override("en"):
        yield


@pytest.fixture
def client_of(world: World) -> Callable[[Membership], Client]:
    """Return a function that signs a member in and returns their browser."""

    def sign_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def amy(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


@pytest.fixture
def ben(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.ben)


@pytest.fixture
def olivia(world: World, client_of: Callable[[Membership], Client]) -> Client:
    """The owner's browser."""
    return client_of(world.olivia)


@pytest.fixture
def stranger(world: World, client_of: Callable[[Membership], Client]) -> Client:
    """The owner of the other workspace."""
    return client_of(world.sam)


@pytest.fixture
def room(world: World) -> Chatroom:
    """A chat of Lotus Flowers."""
    return room_with(world, "Do you have roses?")


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as process:
        yield process


@pytest.fixture(scope="session")
def web(django_db_setup: None) -> Iterator[WebProcess]:
    """A real web process. It sees what is committed, so its tests need `django_db(transaction=True)`."""
    with WebProcess() as process:
        yield process


@pytest.fixture
def vendor(world: World, simulator: SimulatorProcess, web: WebProcess, settings: Settings) -> Iterator[SimulatorClient]:
    """The simulated vendor, with the world's numbers, whose webhooks go to `web`."""
    settings.VENDOR_API_URL = simulator.base_url
    with simulator.client() as client:
        client.reset()
        put_on_the_phone_network(client, world, webhook_url=web.webhook_url(world.app))
        yield client
        client.reset()  # no webhook of this test may reach the next one
