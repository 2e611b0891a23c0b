"""Rows in every tenant table, for both businesses of the cast."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom, DeliveryAttempt, Message, ParkedStatus
from inbox.connections.models import Connection
from inbox.lib import clock
from inbox.workspaces.actions import invite_member
from inbox.workspaces.models import Membership, Role
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, text_message, webhook


class QuickHasher(PBKDF2PasswordHasher):
    """The production's, without the quarter of a second it takes on purpose."""

    iterations = 1000


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{QuickHasher.__module__}.{QuickHasher.__qualname__}"]


@dataclass
class House:
    """One workspace in which everything has happened once. Its words appear nowhere else."""

    owner: Membership
    room: Chatroom
    message: Message
    words: list[str] = field(default_factory=list)


@pytest.fixture
def lotus_house(world: World) -> House:
    return furnish(world, world.olivia, world.shop, phone="85291110001", name="Lily Lotuscustomer")


@pytest.fixture
def bakery_house(world: World) -> House:
    return furnish(world, world.sam, world.oven, phone="85291110002", name="Basil Bakerycustomer")


def furnish(world: World, owner: Membership, connection: Connection, *, phone: str, name: str) -> House:
    """Put at least one row into every tenant table of the owner's workspace."""
    question, answer = f"Question of {name}", f"Answer to {name}"
    invited = f"invited-by-{owner.user.name.split()[0].lower()}@example.com"
    receive(world.app, webhook(connection, messages=[text_message(question, phone=phone, name=name)]))
    with scope(owner.workspace_id):
        room = Chatroom.objects.select_related("connection", "customer", "workspace").get(connection=connection)
        message = actions.send_message(actor=owner, chatroom=room, text=answer, client_id=uuid.uuid4())
        DeliveryAttempt.objects.create(workspace_id=owner.workspace_id, message=message, number=1)
        ParkedStatus.objects.create(
            workspace_id=owner.workspace_id,
            connection=connection,
            external_id=f"wamid.parked-{phone}",
            status=DeliveryStatus.SENT.value,
            at=clock.now(),
        )
        invite_member(actor=owner, email=invited, role=Role.AGENT)
    return House(
        owner=owner, room=room, message=message, words=[name, question, answer, invited, phone, connection.name]
    )
