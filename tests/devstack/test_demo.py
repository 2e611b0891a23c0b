"""The demo that `make run` shows: seeded once however often it is asked for, and known to the simulator's phones."""

from __future__ import annotations

import pytest

from inbox.chatrooms.models import Chatroom, Message, MessageState, OutboxEntry
from inbox.devstack.demo import CONVERSATIONS, introduce, seed
from inbox.devstack.simulator.client import SimulatorProcess
from inbox.workspaces.models import Membership, Workspace
from inbox.workspaces.tenancy import scope


@pytest.mark.django_db
def test_the_demo_is_seeded_once_and_twice_is_once() -> None:
    assert seed() is True
    first = _census()
    assert seed() is False
    assert _census() == first
    rooms, messages, members, waiting = first
    assert (rooms, members, waiting) == (len(CONVERSATIONS), 3, 0)
    assert messages >= sum(len(lines) for *_who, lines in CONVERSATIONS)
    with scope(Workspace.objects.get(slug="lotus-flowers").pk):
        assert not Message.objects.filter(state__in=[MessageState.QUEUED, MessageState.FAILED]).exists()


@pytest.mark.django_db
def test_the_phones_remember_what_their_owners_wrote(simulator: SimulatorProcess) -> None:
    seed()
    with simulator.client() as phones:
        phones.reset()
        introduce(phones)
        introduce(phones)  # as the next `make run` does
        assert {number["name"] for number in phones.numbers()} == {"Flower shop", "Weddings"}
        written = [line for *_who, lines in CONVERSATIONS for author, line in lines if not author]
        assert sorted(message["text"] for message in phones.inbound_log()) == sorted(written)
        phones.reset()


def _census() -> tuple[int, int, int, int]:
    with scope(Workspace.objects.get(slug="lotus-flowers").pk):
        return (
            Chatroom.objects.count(),
            Message.objects.count(),
            Membership.objects.count(),
            OutboxEntry.objects.count(),
        )
