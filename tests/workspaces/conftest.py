"""Rows in every tenant table, for both businesses of the cast."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from channels_adapters.types import DeliveryStatus
from inbox.chatrooms import actions
from inbox.chatrooms.models import (
    Attachment,
    Chatroom,
    DeliveryAttempt,
    HeldAnswer,
    Message,
    MessageVersion,
    ParkedAlteration,
    ParkedStatus,
    VendorCopy,
)
from inbox.connections.models import ApiCall, Connection, ConnectionNotice
from inbox.customers.actions import merge_customers
from inbox.customers.models import Customer, CustomerPicture
from inbox.lib import clock
from inbox.media.models import FileKind, MediaFile
from inbox.message_templates.models import APPROVED, MessageTemplate, TemplateChange, TemplateSync
from inbox.pricing.models import BillingConversation, Budget, Charge, MonthlyTotal, PlatformRate, WorkspaceRate
from inbox.scheduling.actions import Order, schedule
from inbox.scheduling.models import ScheduledMessage
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


def plan_message(owner: Membership, room: Chatroom, text: str) -> ScheduledMessage:
    """Schedule a message for tomorrow."""
    wall_time = f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    return schedule(actor=owner, chatroom=room, order=Order(text, wall_time, "UTC"), client_id=uuid.uuid4())


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
        file = MediaFile.objects.create(
            workspace_id=owner.workspace_id,
            sha256=phone.zfill(64),
            size=1,
            mime_type="image/png",
            kind=FileKind.IMAGE,
            filename=f"Picture of {name}.png",
        )
        Attachment.objects.create(workspace_id=owner.workspace_id, message=message, kind="image", file=file)
        VendorCopy.objects.create(workspace_id=owner.workspace_id, connection=connection, file=file, kind="image")
        MessageVersion.objects.create(
            workspace_id=owner.workspace_id, message=message, edit_id="edit", written_at=clock.now()
        )
        HeldAnswer.objects.create(
            workspace_id=owner.workspace_id,
            chatroom=room,
            author=owner,
            text=f"Held for {name}",
            inbound_before=1,
            expires_at=clock.now(),
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
        _charge(message, note=f"Rate of {name}")
        plan_message(owner, room, f"Reminder of {name}")
        template = MessageTemplate.objects.create(
            workspace_id=owner.workspace_id,
            business_id=connection.business_id,
            name=f"template_{phone}",
            language="en",
            status=APPROVED,
            components=[{"type": "BODY", "text": f"Template for {name}"}],
        )
        TemplateChange.objects.create(workspace_id=owner.workspace_id, template=template, field="status")
        TemplateSync.objects.create(workspace_id=owner.workspace_id, business_id=connection.business_id)
        invite_member(actor=owner, email=invited, role=Role.AGENT)
    return House(
        owner=owner,
        room=room,
        message=message,
        words=[name, question, answer, invited, phone, connection.name, f"Rate of {name}"],
    )


def _charge(message: Message, *, note: str) -> None:
    """One row of everything that messages cost. The platform's rate is everybody's."""
    own, now = {"workspace_id": message.workspace_id}, clock.now()
    room = {**own, "chatroom_id": message.chatroom_id}
    category = {"category": "utility"}
    rate = {**category, "channel": "whatsapp", "country": "HK", "amount": "0.02", "valid_from": now.date()}
    PlatformRate.objects.get_or_create(**rate)
    WorkspaceRate.objects.create(**own, **rate, note=note)
    BillingConversation.objects.create(**room, **category, opened_by="business", opened_at=now, expires_at=now)
    Charge.objects.create(
        **room, **category, message=message, connection_id=message.connection_id, at=now, type="regular", model="PMP"
    )
    connection = {**own, "connection_id": message.connection_id}
    MonthlyTotal.objects.create(**connection, **category, month=now.date().replace(day=1), currency="USD")
    Budget.objects.create(**connection, amount=50)
