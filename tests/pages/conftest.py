"""A house full of customers, and how tests read a page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels_adapters.registry import adapter_for
from channels_adapters.types import ChannelKind, CredentialField, MessageKind
from inbox.chatrooms.models import Chatroom, Direction, Message, MessageState
from inbox.connections.actions import connect_account, register_app
from inbox.connections.models import Channel, Connection
from inbox.customers.models import Customer
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, room_with, rooms_of, text_message, webhook

from .reading import Page

HTMX = {"HX-Request": "true"}
EARLIER = 1_750_000_000  # seconds; customers write at this time and after

Get = Callable[..., Page]


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


def connection_of(world: World, channel: ChannelKind) -> Connection:
    """An account of Lotus Flowers on this channel."""
    if channel == world.shop.channel:
        return world.shop
    capabilities = adapter_for(channel).capabilities
    app = register_app(
        channel=Channel(channel),
        name=f"{capabilities.label} app",
        credentials={field.name: f"{field.name}-of-the-app" for field in capabilities.app_credentials},
    )
    return connect_account(
        actor=None,
        workspace=world.lotus,
        app=app,
        name=f"{capabilities.label} account",
        account_id="300000000000001",
        address="Lotus Flowers",
        credentials={field.name: _credential(field) for field in capabilities.account_credentials},
    )


def _credential(field: CredentialField) -> str:
    return field.choices[0][0] if field.choices else f"{field.name}-of-the-account"


def room_on(world: World, channel: ChannelKind, *, name: str = "Chan Tai Man") -> Chatroom:
    """A chat of Lotus Flowers on this channel, with nothing in it; one may write in it."""
    connection = connection_of(world, channel)
    with scope(world.lotus.pk):
        customer = Customer.objects.create(workspace=world.lotus, name=name)
        return Chatroom.objects.create(
            workspace=world.lotus, customer=customer, connection=connection, last_inbound_at=clock.now()
        )


def put(room: Chatroom, kind: MessageKind = MessageKind.TEXT, text: str = "", **more: Any) -> Message:
    """A message that stands in a chat as it is; `details` and every other column as given."""
    more.setdefault("direction", Direction.INBOUND)
    more.setdefault("external_id", f"external-{uuid.uuid4().hex}")
    if more["direction"] == Direction.OUTBOUND:
        more.setdefault("state", MessageState.SENT)
    with scope(room.workspace_id):
        message = Message.objects.create(
            workspace_id=room.workspace_id,
            chatroom=room,
            connection=room.connection,
            kind=kind.value,
            text=text,
            **more,
        )
        if more["direction"] != Direction.SYSTEM:
            Chatroom.objects.filter(pk=room.pk).update(last_message=message, last_message_at=message.sent_at)
        return message
