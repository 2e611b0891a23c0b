"""Amy's browser, and a house full of customers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from inbox.chatrooms.models import Chatroom
from inbox.connections.models import Connection
from inbox.workspaces.models import Membership
from tests.world import World, receive, room_with, rooms_of, text_message, webhook

from .reading import Page

HTMX = {"HX-Request": "true"}
EARLIER = 1_750_000_000  # seconds; customers write at this time and after

Get = Callable[..., Page]


@pytest.fixture
def amy(world: World, client_of: Callable[[Membership], Client]) -> Client:
    return client_of(world.amy)


@pytest.fixture
def stranger(world: World, client_of: Callable[[Membership], Client]) -> Client:
    """The owner of the other workspace."""
    return client_of(world.sam)


@pytest.fixture
def room(world: World) -> Chatroom:
    """A chat of Lotus Flowers in which a customer asked two things."""
    return room_with(world, "Do you have roses?", "Red ones?", phone="85290000001", name="Chan Tai Man")


@pytest.fixture
def foreign_room(world: World) -> Chatroom:
    """A chat of Other Bakery."""
    return room_with(world, "Do you have bread?", connection=world.oven, phone="85290000002", name="Bread Eater")


def crowd(world: World, count: int, *, connection: Connection | None = None, tied: int = 1) -> list[Chatroom]:
    """So many customers write one message each, `tied` of them in the same second. The first to write comes first."""
    connection = connection or world.shop
    receive(
        world.app,
        webhook(
            connection,
            messages=[
                text_message(
                    f"Question {number}",
                    phone=f"852700{number:05}",
                    name=f"Customer {number}",
                    at=EARLIER + number // tied,
                )
                for number in range(count)
            ],
        ),
    )
    return rooms_of(connection)


def conversation(world: World, count: int, *, start: int = EARLIER, tied: int = 1) -> Chatroom:
    """One customer writes so many messages."""
    receive(
        world.app,
        webhook(
            world.shop,
            messages=[
                text_message(f"Line {number}", phone="85290000001", name="Chan Tai Man", at=start + number // tied)
                for number in range(count)
            ],
        ),
    )
    return rooms_of(world.shop)[0]


def get(browser: Client, url: str, *, htmx: bool = False, **query: str) -> Page:
    return Page(browser.get(url, query or None, headers=HTMX if htmx else {}))


def room_url(room: Chatroom, name: str = "room", *more: int, slug: str = "lotus-flowers") -> str:
    return reverse(f"chatrooms:{name}", args=[slug, room.pk, *more])
