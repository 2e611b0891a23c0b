"""Fixtures for everybody; the cast itself is in tests/world.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from inbox.devstack.simulator.client import SimulatorClient, SimulatorProcess
from inbox.workspaces.models import Membership

from .emptying import empty_the_database
from .processes import WebProcess
from .refilling import Cast, remember
from .world import World, build_world, put_on_the_phone_network


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
def client_of(world: World):  # type: ignore[no-untyped-def]
    """Return a function that signs a member in and returns their browser."""

    def sign_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


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
