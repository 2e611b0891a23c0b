"""A message waits some seconds before it leaves, and whoever wrote it may have it back until then."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from inbox.chatrooms import actions
from inbox.chatrooms.models import AnswerDraft, Attachment, Message, MessageState, OutboxEntry
from inbox.customers.actions import block_customer
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.media.actions import store_file
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.processes import at_once
from tests.world import World, messages_of, reload, room_with, write

pytestmark = pytest.mark.django_db

LATER = timedelta(seconds=10)


def take_back(member: Membership, message: Message) -> AnswerDraft:
    with scope(member.workspace_id):
        return actions.take_back_message(actor=member, message=reload(message))


def texts_sent(vendor: SimulatorClient) -> list[str]:
    return [each.text for each in vendor.sent()]


def test_what_is_taken_back_is_a_draft_again_and_the_chat_as_before(world: World) -> None:
    room = room_with(world, "Do you deliver?")
    question = messages_of(room)[0]
    picture = store_file(workspace_id=world.lotus.pk, content=samples.picture("PNG"), filename="roses.png")
    text = "Roses are red. " * 300  # two messages, and the picture
    client_id = uuid.uuid4()
    form = {"text": text, "client_id": client_id, "reply_to": question, "undo_for": LATER}
    files = [actions.OutgoingFile(picture)]
    first = write(world.amy, room, **form, files=files)
    with scope(world.lotus.pk):
        actions.save_draft(
            actor=world.amy,
            chatroom=room,
            composed=actions.Composed("And more", options=["Yes"]),
            base=0,
            client_id=uuid.uuid4(),
        )
    assert actions.dispatch_due() == 0

    draft = take_back(world.amy, messages_of(room)[-1])  # any of its parts stands for all
    assert (draft.text, draft.reply_to_id, draft.version) == (f"{text}\n\nAnd more", question.pk, 2)
    assert draft.options == ["Yes"]
    assert [each["id"] for each in draft.files] == [picture.pk]
    gone = messages_of(room)[1:]
    assert {(each.state, each.text, str(each.details)) for each in gone} == {(MessageState.TAKEN_BACK, "", "{}")}
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()
        assert not Attachment.objects.exists()
    now = reload(room)
    assert (now.last_message_id, now.last_message_at) == (question.pk, question.sent_at)
    assert now.waiting_since == question.sent_at
    # The form arrives once more, by a slow network.
    assert write(world.amy, room, **form, files=files).pk == first.pk
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()


def test_what_somebody_writes_who_is_blocked_meanwhile_stays_unnoticed(world: World) -> None:
    room = room_with(world, "Do you deliver?")
    question = messages_of(room)[0]
    message = write(world.amy, room, "No", undo_for=LATER)
    with scope(world.lotus.pk):
        block_customer(actor=world.amy, customer=room.customer, is_blocked=True)
    room_with(world, "You fools")
    take_back(world.amy, message)
    now = reload(room)
    assert (now.last_message_id, now.waiting_since) == (question.pk, question.sent_at)


def test_who_may_not_and_what_cannot_be_taken_back(world: World) -> None:
    room = room_with(world)
    message = write(world.amy, room, "Hello", undo_for=LATER)
    with pytest.raises(actions.UnableToSend, match="who wrote it"):
        take_back(world.ben, message)
    assert take_back(world.amy, message).text == "Hello"
    at_once_gone = write(world.amy, room, "Hello")  # a workspace that waits for nothing
    with pytest.raises(actions.UnableToSend, match="cannot be taken back"):
        take_back(world.amy, at_once_gone)


def test_an_undo_whose_answer_was_lost_can_be_asked_again_and_what_is_sent_meanwhile_leaves_the_text(
    world: World,
) -> None:
    room = room_with(world)
    message = write(world.amy, room, "Hello", undo_for=LATER, draft_version=0)
    back = take_back(world.amy, message)
    write(world.amy, room, "Something else", undo_for=LATER, draft_version=back.version - 1)
    again = take_back(world.amy, message)
    assert (again.text, again.version) == ("Hello", back.version)
    with pytest.raises(actions.UnableToSend, match="who wrote it"):
        take_back(world.ben, message)
    write(world.amy, room, "Hello, you", undo_for=LATER, draft_version=back.version)
    assert take_back(world.amy, message).text == "", "its page had it"


@pytest.mark.django_db(transaction=True)
def test_what_follows_does_not_overtake_what_waits(world: World, vendor: SimulatorClient) -> None:
    room = room_with(world)
    vendor.inbound(world.shop.account_id, "85290000001", "Hello")
    write(world.amy, room, "First", undo_for=LATER)
    write(world.ben, room, "Second")
    assert actions.dispatch_due() == 0
    with scope(world.lotus.pk):
        OutboxEntry.objects.update(due_at=clock.now())
    assert actions.dispatch_due() == 2
    assert texts_sent(vendor) == ["First", "Second"]


def test_a_window_that_closes_while_it_waits_is_asked_about_when_it_leaves(world: World) -> None:
    room = room_with(world)
    message = write(world.amy, room, "Hello", undo_for=LATER)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        actions.dispatch_due()
    assert (reload(message).state, reload(message).failure_code) == (MessageState.FAILED, "window_closed")
    with pytest.raises(actions.UnableToSend):
        take_back(world.amy, message)


@pytest.mark.django_db(transaction=True)
def test_of_a_dispatcher_and_an_undo_at_once_one_wins(world: World, vendor: SimulatorClient) -> None:
    room = room_with(world)
    vendor.inbound(world.shop.account_id, "85290000001", "Hello")
    for number in range(4):
        message = write(world.amy, room, f"Message {number}", undo_for=timedelta(microseconds=1))
        undo = partial(take_back, world.amy, message)
        _sent, undone = at_once(actions.dispatch_due, undo, expecting=actions.UnableToSend)
        was_sent = f"Message {number}" in texts_sent(vendor)
        assert was_sent is isinstance(undone, actions.UnableToSend)
        assert (reload(message).state == MessageState.TAKEN_BACK) is not was_sent
