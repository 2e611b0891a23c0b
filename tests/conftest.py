"""Fixtures for everybody; the cast itself is in tests/world.py."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from inbox.workspaces.models import Membership

from .world import World, build_world


@pytest.fixture
def world(db: None) -> World:
    return build_world()


@pytest.fixture(autouse=True)
def _clean_redis() -> None:
    """Rate limits, sessions and queues of the test before must not reach into the next one."""
    import redis

    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def client_of(world: World):  # type: ignore[no-untyped-def]
    """Return a function that signs a member in and returns their browser."""

    def sign_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
