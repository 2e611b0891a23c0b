"""Reactions of agents: shown at once, handed to the vendor, taken back when it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from channels_adapters.types import Activity, ChannelKind, CustomerActed
from inbox.chatrooms.actions import UnableToSend, WindowClosed, react, send_reaction
from inbox.chatrooms.models import Chatroom, Direction, Message
from inbox.chatrooms.presenters.words import system_text
from inbox.devstack.processes import free_port
from inbox.devstack.simulator.client import SimulatorClient
from inbox.lib import clock
from inbox.webhooks.actions import process_pending
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, reload, room_with, write

from .conversation import NOON, arrive, asked_for, connect, customer_of, message_with, room_of, said, unsent

pytestmark = pytest.mark.django_db


def press(member: Membership, message: Message, emoji: str) -> Message:
    with scope(member.workspace_id):
        current = Message.objects.select_related("connection").get(pk=message.pk)
        return react(actor=member, message=current, emoji=emoji)


def question_in(world: World) -> Message:
    return messages_of(room_with(world, "Do you deliver?"))[0]


def test_a_reaction_is_set_replaced_and_taken_back(world: World) -> None:
    question = question_in(world)
    for emoji, expected in (("👍", {"business": "👍"}), ("❤️", {"business": "❤️"}), ("", {})):
        press(world.amy, question, emoji)
        assert reload(question).reactions == expected


@pytest.mark.parametrize("emoji", ["x", "🦄🦄", "<b>", "👍👍"])
def test_only_what_is_offered_may_be_chosen(world: World, emoji: str) -> None:
    question = question_in(world)
    with pytest.raises(UnableToSend, match="reactions shown"):
        press(world.amy, question, emoji)
    assert reload(question).reactions == {}


def test_where_there_are_no_reactions_none_is_taken(world: World) -> None:
    account = connect(world, ChannelKind.WECHAT)
    arrive(account, said(account))
    with pytest.raises(UnableToSend, match="WeChat has no reactions"):
        press(world.amy, messages_of(room_of(account))[0], "👍")


def test_what_the_vendor_does_not_know_cannot_be_reacted_to(world: World) -> None:
    message = write(world.amy, room_with(world))
    with pytest.raises(UnableToSend, match="cannot be reacted to"):
        press(world.amy, message, "👍")


def test_a_reaction_is_taken_back_but_not_set_once_the_time_to_answer_is_over(world: World) -> None:
    question = question_in(world)
    press(world.amy, question, "👍")
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=question.chatroom_id).update(last_inbound_at=clock.now() - timedelta(hours=25))
    with pytest.raises(WindowClosed, match="WhatsApp takes only templates until the customer writes again"):
        press(world.amy, question, "❤️")
    assert reload(question).reactions == {"business": "👍"}
    press(world.amy, question, "")
    assert reload(question).reactions == {}


@pytest.mark.django_db(transaction=True)
def test_the_vendors_refusal_of_a_reaction_corrects_our_clock(world: World, vendor: SimulatorClient) -> None:
    assert vendor.inbound(world.shop.account_id, "85290000001", "Do you deliver?").delivered
    process_pending()
    question = messages_of(room_of(world.shop))[0]
    press(world.amy, question, "👍")
    vendor.faults(fail={"http_status": 400, "code": 131047, "remaining": 1})
    started_at = clock.now()
    assert not send_reaction(workspace_id=world.lotus.pk, message_id=question.pk, emoji="👍", before="")
    [call] = asked_for("inbox.chatrooms.tasks.note_window_refusal")
    assert call["chatroom_id"] == question.chatroom_id
    assert started_at <= datetime.fromisoformat(str(call["at"])) <= clock.now()


@pytest.mark.django_db(transaction=True)
def test_the_customer_sees_the_reaction(world: World, vendor: SimulatorClient) -> None:
    assert vendor.inbound(world.shop.account_id, "85290000001", "Do you deliver?").delivered
    process_pending()
    question = messages_of(room_of(world.shop))[0]
    press(world.amy, question, "👍")
    assert send_reaction(workspace_id=world.lotus.pk, message_id=question.pk, emoji="👍", before="")
    [reaction] = [sent for sent in vendor.sent(world.shop.account_id) if sent.kind == "reaction"]
    assert (question.external_id or "?") in str(reaction)


def test_a_refused_reaction_goes_back_and_says_why(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = f"http://127.0.0.1:{free_port()}"
    question = question_in(world)
    press(world.amy, question, "👍")
    assert not send_reaction(workspace_id=world.lotus.pk, message_id=question.pk, emoji="👍", before="")
    assert reload(question).reactions == {}
    notice = next(m for m in messages_of(room_of(world.shop)) if m.direction == Direction.SYSTEM)
    assert notice.details["event"] == "reaction_failed"
    assert system_text(notice) == "The reaction 👍 was not sent: WhatsApp could not be reached."


def test_a_newer_reaction_outlives_the_refusal_of_an_older_one(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VENDOR_API_URL = f"http://127.0.0.1:{free_port()}"
    question = question_in(world)
    press(world.amy, question, "👍")
    press(world.ben, question, "❤️")
    send_reaction(workspace_id=world.lotus.pk, message_id=question.pk, emoji="👍", before="")
    assert reload(question).reactions == {"business": "❤️"}
    assert [m.direction for m in messages_of(room_of(world.shop))] == [Direction.INBOUND]


def test_a_line_of_our_own_cannot_be_reacted_to(world: World) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page), CustomerActed(page.account_id, "a_1", customer_of(page), NOON, Activity.REFERRED))
    line = next(m for m in messages_of(room_of(page)) if m.direction == Direction.SYSTEM)
    with pytest.raises(UnableToSend, match="cannot be reacted to"):
        press(world.amy, line, "👍")


def test_a_reaction_to_a_removed_message_is_refused(world: World) -> None:
    arrive(world.shop, said(world.shop))
    arrive(world.shop, unsent(world.shop, "m_1"))
    with pytest.raises(UnableToSend, match="cannot be reacted to"):
        press(world.amy, message_with(world.shop, "m_1"), "👍")
