"""Another chat, labels, and what the workers would post."""

from __future__ import annotations

import pytest

from inbox.chatrooms.actions import announce_labels
from inbox.chatrooms.models import Chatroom, Message
from inbox.customers.models import Customer
from inbox.labels.actions import LabelChanges, ensure_label, set_customer_labels
from inbox.labels.models import Label
from inbox.labels.selectors import labels_by_customer
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.customers.conftest import queued
from tests.world import World, room_with


@pytest.fixture
def other_room(world: World) -> Chatroom:
    return room_with(world, "Tulips?", connection=world.events, phone="85290000008", name="Wong Siu Ming")


def label(member: Membership, name: str) -> Label:
    with scope(member.workspace_id):
        return ensure_label(actor=member, name=name)


def put(
    member: Membership, customers: list[Customer], *, add: tuple[Label, ...] = (), remove: tuple[Label, ...] = ()
) -> LabelChanges:
    with scope(member.workspace_id):
        return set_customer_labels(actor=member, customers=customers, add=add, remove=remove)


def names_of(customer: Customer) -> list[str]:
    """The labels that a customer is shown with."""
    with scope(customer.workspace_id):
        return [each.name for each in labels_by_customer(customer.workspace_id, [customer.pk])[customer.pk]]


def announce() -> int:
    """Do what a worker would: post what was enqueued. Needs `django_capture_on_commit_callbacks` or real commits."""
    tasks = [arguments for name, arguments in queued("inbound") if name == "inbox.chatrooms.tasks.announce_labels"]
    for arguments in tasks:
        announce_labels(**arguments)  # type: ignore[arg-type]
    return len(tasks)


def lines_of(room: Chatroom) -> list[tuple[str, str, str]]:
    """The system messages of a chat about labels."""
    with scope(room.workspace_id):
        found = Message.objects.filter(chatroom=room, direction="system").order_by("pk")
        return [(each.details["event"], each.details["actor"], each.details["label"]) for each in found]
