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
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import (
    AgentTurn,
    AssignmentRule,
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
from inbox.customers.actions import FieldDraft, define_field, merge_customers, set_contact_rules, set_value
from inbox.customers.models import Customer, CustomerPicture
from inbox.customers.selectors import Group, as_field
from inbox.faq.actions import EntryDraft, create_category, create_entry
from inbox.labels.actions import ensure_label, set_customer_labels
from inbox.lib import clock
from inbox.media.models import FileKind, MediaFile
from inbox.message_templates.models import APPROVED, FallbackTemplate, MessageTemplate, TemplateChange, TemplateSync
from inbox.notes.actions import add_note
from inbox.notes.models import NoteMention
from inbox.notifications.models import ChangeReader, Device, Habits, Kind, Notification, Preference
from inbox.pricing.models import BillingConversation, Budget, Charge, MonthlyTotal, PlatformRate, WorkspaceRate
from inbox.scheduling.actions import Order, schedule
from inbox.scheduling.models import ScheduledMessage
from inbox.workspaces.actions import create_team, invite_member
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
        actions.save_draft(
            actor=owner,
            chatroom=room,
            composed=actions.Composed(f"Draft for {name}"),
            base=0,
            client_id=uuid.uuid4(),
        )
        actions.save_view(actor=owner, name=f"List of {name}", wanted=RoomFilter(), is_shared=True)
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
        label = ensure_label(actor=owner, name=f"Label of {name}")
        set_customer_labels(actor=owner, customers=[room.customer], add=[label])
        size = define_field(actor=owner, workspace_id=owner.workspace_id, draft=FieldDraft(f"Size of {name}"))
        person = Group(room.customer, (double,))
        set_value(actor=owner, group=person, field=as_field(size), typed=f"Large {name}", seen="")
        set_contact_rules(actor=owner, stop_words=f"Stop {name}", start_words="START")
        answers = create_category(actor=owner, name=f"Answers of {name}")
        draft = EntryDraft({"en": (f"Answer of {name}", "Yes")}, is_shared=True, category=answers)
        create_entry(actor=owner, draft=draft)
        note = add_note(
            actor=owner, group=Group(room.customer, (double,)), text=f"Note on {name}", client_id=uuid.uuid4()
        ).note
        NoteMention.objects.create(workspace_id=owner.workspace_id, note=note, member=owner)
        team = create_team(actor=owner, workspace_id=owner.workspace_id, name=f"Team of {name}", members=[owner.pk])
        AssignmentRule.objects.create(workspace_id=owner.workspace_id, connection=connection, team=team)
        AgentTurn.objects.create(workspace_id=owner.workspace_id, member=owner)
        _tell(owner, room)
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
        FallbackTemplate.objects.create(workspace_id=owner.workspace_id, connection=connection, template=template)
        TemplateSync.objects.create(workspace_id=owner.workspace_id, business_id=connection.business_id)
        invite_member(actor=owner, email=invited, role=Role.AGENT)
    return House(
        owner=owner,
        room=room,
        message=message,
        words=[
            name,
            question,
            answer,
            invited,
            phone,
            connection.name,
            f"Rate of {name}",
            f"Label of {name}",
            f"Team of {name}",
            f"Answer of {name}",
        ],
    )


def _tell(owner: Membership, room: Chatroom) -> None:
    """One row of everything by which members are told."""
    own = {"workspace_id": owner.workspace_id}
    Notification.objects.create(**own, member=owner, kind=Kind.MESSAGE, key="written", mark="1", chatroom=room)
    Preference.objects.create(
        **own, member=owner, kind=Kind.MESSAGE, in_page=True, sound=True, desktop=True, push=True, email=True
    )
    Habits.objects.create(**own, member=owner)
    Device.objects.create(**own, member=owner, digest="0", secrets={"session": ""}, name="Firefox")
    ChangeReader.objects.create(**own)


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
