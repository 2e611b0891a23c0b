"""Many rows in one statement: what goes in comes out, and nothing else changes."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from inbox.chatrooms.models import Message, MessageState
from inbox.lib import clock, rows
from inbox.workspaces.models import AuditEntry
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, room_with

pytestmark = pytest.mark.django_db


def test_new_rows_keep_their_order_and_come_back_as_they_were(world: World) -> None:
    facts = [{"text": 'A "quote", a \\ and a 🌷', "none": None}, {"number": 2**53, "list": [1, "two"]}, {}]
    entries = [
        AuditEntry(workspace_id=world.lotus.pk, actor=actor, verb=f"tried.{number}", subject="x:1", facts=some)
        for number, (actor, some) in enumerate(zip([world.amy, None, None], facts, strict=True))
    ]
    with scope(world.lotus.pk):
        rows.insert(entries)
        rows.insert([])
        stored = list(AuditEntry.objects.filter(verb__startswith="tried.").order_by("pk"))
    assert stored == entries  # by their ids
    for name in ("workspace_id", "actor_id", "verb", "subject", "facts", "created_at"):
        assert [getattr(row, name) for row in stored] == [getattr(row, name) for row in entries]


def test_only_the_named_fields_of_these_rows_change(world: World) -> None:
    room = room_with(world, "One", "Two", "Three")
    first, second, third = messages_of(room)
    for message in (first, second):
        message.state, message.text, message.read_at = MessageState.READ, "not stored", clock.now()
        message.reactions = {"customer": "🌷"}
    with scope(world.lotus.pk):
        rows.update([first, second], ["state", "read_at", "reactions"])
        rows.update([], ["state"])
        found = list(Message.objects.filter(chatroom=room).order_by("sent_at", "pk"))
    assert [message.text for message in found] == ["One", "Two", "Three"]
    assert [message.state for message in found] == [MessageState.READ, MessageState.READ, third.state]
    assert [message.read_at for message in found] == [first.read_at, second.read_at, None]
    assert [message.reactions for message in found] == [{"customer": "🌷"}, {"customer": "🌷"}, {}]


def test_rows_of_another_workspace_are_refused(world: World) -> None:
    with scope(world.lotus.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        rows.insert([AuditEntry(workspace_id=world.bakery.pk, verb="tried", subject="x:1")])
