"""The demo that `make run` shows: seeded once however often it is asked for, and known to the simulator's phones."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import Settings

from inbox.chatrooms.actions import dispatch_due, send_message
from inbox.chatrooms.models import Chatroom, Message, MessageState, OutboxEntry
from inbox.connections.models import Channel, Connection
from inbox.devstack.demo import introduce, seed
from inbox.devstack.flower_shop import ACCOUNTS, CONVERSATIONS, KEN, OFFICIAL
from inbox.devstack.simulator.client import SimulatorProcess
from inbox.pricing.models import Charge, PlatformRate
from inbox.webhooks.actions import process_pending
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope
from tests.processes import WebProcess


@pytest.mark.django_db
def test_the_demo_is_seeded_once_and_twice_is_once() -> None:
    assert seed() is True
    first = _census()
    assert seed() is False
    assert _census() == first
    rooms, messages, members, waiting = first
    assert (rooms, members, waiting) == (len(CONVERSATIONS), 3, 0)
    assert messages >= sum(len(conversation.lines) for conversation in CONVERSATIONS)
    with scope(Workspace.objects.get(slug="lotus-flowers").pk):
        assert not Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.FAILED]).exists()
        assert set(Connection.objects.values_list("channel", flat=True)) == set(Channel.values)
        names = {room.customer.name for room in Chatroom.objects.select_related("customer")}
        counted = Charge.objects.filter(connection__channel=Channel.WHATSAPP, is_confirmed=True)
        assert Charge.objects.count() == counted.count() > 0
    assert names == {conversation.name for conversation in CONVERSATIONS}
    assert set(PlatformRate.objects.values_list("note", flat=True)) == {"example"}


@pytest.mark.django_db
def test_what_is_missing_of_the_demo_is_added() -> None:
    seed()
    with scope(Workspace.objects.get(slug="lotus-flowers").pk):
        Message.objects.filter(connection__account_id=OFFICIAL.account_id).delete()
        Chatroom.objects.filter(connection__account_id=OFFICIAL.account_id).delete()
        Connection.objects.filter(account_id=OFFICIAL.account_id).delete()

    assert seed() is True
    assert _census()[0] == len(CONVERSATIONS)


@pytest.mark.django_db
def test_the_phones_remember_what_their_owners_wrote(simulator: SimulatorProcess) -> None:
    seed()
    with simulator.client() as phones:
        phones.reset()
        introduce(phones)
        introduce(phones)  # as the next `make run` does
        assert {account["name"] for account in phones.accounts()} == {account.name for account in ACCOUNTS}
        written = [line for conversation in CONVERSATIONS for author, line in conversation.lines if not author]
        assert sorted(message["text"] for message in phones.inbound_log()) == sorted(written)
        assert {person["name"] for person in phones.people()} == {one.name for one in CONVERSATIONS}
        phones.reset()


@pytest.mark.django_db(transaction=True)
def test_every_channel_talks_to_the_inbox_and_nothing_becomes_two(
    simulator: SimulatorProcess, web: WebProcess, settings: Settings
) -> None:
    settings.SITE_URL, settings.VENDOR_API_URL = web.url, simulator.base_url
    seed()
    before = _census()
    with simulator.client() as phones:
        phones.reset()
        introduce(phones)
        assert phones.settle()
        assert {entry["status"] for entry in phones.webhooks()} == {200}
        process_pending()
        assert _census() == before

        for conversation in CONVERSATIONS:
            account = conversation.account.account_id
            assert phones.inbound(account, conversation.customer, "One more thing").delivered
        process_pending()
        assert _census()[:2] == (before[0], before[1] + len(CONVERSATIONS) + 1)  # a closed chat says that it reopened
        with scope(Workspace.objects.get(slug="lotus-flowers").pk):
            ken = Membership.objects.get(user__email=KEN)
            for room in Chatroom.objects.select_related("connection"):
                send_message(actor=ken, chatroom=room, text="Certainly!", client_id=uuid4())
        dispatch_due()
        assert [sent.text for sent in phones.sent()] == ["Certainly!"] * len(CONVERSATIONS)
        assert {sent.account for sent in phones.sent()} == {account.account_id for account in ACCOUNTS}
        phones.reset()


def _census() -> tuple[int, int, int, int]:
    with scope(Workspace.objects.get(slug="lotus-flowers").pk):
        return (
            Chatroom.objects.count(),
            Message.objects.count(),
            Membership.objects.count(),
            OutboxEntry.objects.count(),
        )
