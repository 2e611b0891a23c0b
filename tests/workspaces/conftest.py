"""Rows in every tenant table, for both businesses of the cast."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms import actions
from inbox.chatrooms.models import (
    Chatroom,
    DeliveryAttempt,
    Message,
    MessageVersion,
    ParkedAlteration,
    ParkedStatus,
)
from inbox.connections.models import ApiCall, Connection, ConnectionNotice
from inbox.customers.actions import merge_customers
from inbox.customers.models import Customer, CustomerPicture
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
        MessageVersion.objects.create(
            workspace_id=owner.workspace_id, message=message, edit_id="edit", written_at=clock.now()
        )
        ParkedAlteration.objects.create(
            workspace_id=owner.workspace_id,
            connection=connection,
            target_id=f"wamid.to-come-{phone}",
            external_id="reaction",
            facts={"kind": "reaction", "side": "customer"},
            at=clock.now(),
        )
        ApiCall.objects.create(
            workspace_id=owner.workspace_id,
            connection=connection,
            at=clock.now(),
            method="GET",
            url="/",
            milliseconds=1,
        )
        ConnectionNotice.objects.create(workspace_id=owner.workspace_id, connection=connection, topic="quality")
        double = Customer.objects.create(workspace_id=owner.workspace_id)
        merge_customers(actor=owner, keep=room.customer, merge=double)
        CustomerPicture.objects.create(workspace_id=owner.workspace_id, customer=double, content=b"png")
        ApiCall.objects.create(
            workspace_id=owner.workspace_id, connection=connection, at=clock.now(), url=f"calls/{phone}", milliseconds=1
        )
        ConnectionNotice.objects.create(
            workspace_id=owner.workspace_id, connection=connection, topic="quality", words=f"Notice to {name}"
        )
        invite_member(actor=owner, email=invited, role=Role.AGENT)
    return House(
        owner=owner, room=room, message=message, words=[name, question, answer, invited, phone, connection.name]
    )
