"""Another app of the business's answers in a chat: what the vendor tells of it, in whatever order, and taking it over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from channels_adapters.types import ChannelKind, Event, Identity, IdentityKind, Person, ThreadControlChanged
from inbox.chatrooms.actions import UnableToSend, note_held_elsewhere, take_control, take_over
from inbox.chatrooms.models import Chatroom, Direction
from inbox.chatrooms.presenters.words import system_text
from inbox.connections.models import Connection
from inbox.devstack.flower_shop import INSTA, PAGE
from inbox.webhooks.actions import process_pending
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, reload, rooms_of

from .conversation import NOON, arrive, asked_for, connect, customer_of, room_of, said
from .lines import ADA, Line

BOTH = pytest.mark.parametrize("line", [PAGE, INSTA], indirect=True, ids=["messenger", "instagram"])


def handover(connection: Connection, *, is_ours: bool, after: float) -> ThreadControlChanged:
    at = NOON + timedelta(seconds=after)
    return ThreadControlChanged(connection.account_id, customer_of(connection), at, is_ours)


def lines_in(room: Chatroom) -> list[str]:
    return [each.details["event"] for each in messages_of(room) if each.direction == Direction.SYSTEM]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 4])
def test_the_newest_word_counts_whatever_comes_last_or_twice(world: World, count: int) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    for number, order in enumerate(permutations(range(count))):
        ada = Person((Identity(IdentityKind.PSID, f"44{number:04}"),))
        news: list[Event] = [
            replace(handover(page, is_ours=False, after=10), sender=ada),
            replace(said(page, mid=f"m_bot_{number}", after=20, on_standby=True), sender=ada),
            replace(handover(page, is_ours=True, after=30), sender=ada),
            replace(said(page, mid=f"m_us_{number}", after=40), sender=ada),
        ]
        arrive(page, replace(said(page, mid=f"m_first_{number}"), sender=ada))
        for index in order:
            for _again in range(2):
                arrive(page, news[index])
        room = rooms_of(page)[-1]
        assert (room.bot_since is None) is (count == 4), order
        told = lines_in(room)
        assert told == (["bot_answers", "bot_left"] * 2)[: len(told)], order


@pytest.mark.django_db
def test_a_batch_that_tells_several_things_ends_with_the_newest(world: World) -> None:
    page = connect(world, ChannelKind.INSTAGRAM)
    arrive(page, said(page, "To a person", mid="m_2", after=20), said(page, mid="m_1", after=10, on_standby=True))
    assert (room_of(page).bot_since, lines_in(room_of(page))) == (None, ["bot_answers", "bot_left"])
    taken, passed = handover(page, is_ours=False, after=30), handover(page, is_ours=True, after=50)
    received = arrive(page, passed, said(page, mid="m_3", after=40, on_standby=True), taken)
    assert (room_of(page).bot_since, lines_in(room_of(page))[2:]) == (None, ["bot_answers", "bot_left"])
    assert len(received.changed) == 3, "the message and both lines reach open pages"
    arrive(page, taken, handover(page, is_ours=False, after=60))
    assert room_of(page).bot_since == NOON + timedelta(seconds=60)


@pytest.mark.django_db
def test_a_handover_of_a_thread_that_has_no_chat_changes_nothing(world: World) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, handover(page, is_ours=False, after=10))
    assert rooms_of(page) == []


@pytest.mark.django_db
def test_a_refusal_tells_that_another_app_answers_unless_we_know_better(world: World) -> None:
    page = connect(world, ChannelKind.MESSENGER)
    arrive(page, said(page))
    room = room_of(page)
    ids = {"workspace_id": world.lotus.pk, "chatroom_id": room.pk}
    assert not note_held_elsewhere(**ids, at=NOON - timedelta(seconds=1)), "the customer has written to us since"
    assert note_held_elsewhere(**ids, at=NOON + timedelta(seconds=1))
    assert not note_held_elsewhere(**ids, at=NOON + timedelta(seconds=2))
    assert lines_in(room) == ["bot_answers"]


@BOTH
@pytest.mark.django_db(transaction=True)
def test_an_agent_takes_a_chat_over_from_a_bot(line: Line) -> None:
    page, amy = line.account.account_id, line.world.amy
    line.says("Hello")
    room = room_of(line.connection)
    with scope(line.world.lotus.pk), pytest.raises(UnableToSend, match="No other app"):
        take_over(actor=amy, chatroom=room)
    line.vendor.inbound(page, ADA, kind="bot_takes")
    line.says("And now?")
    room = room_of(line.connection)
    assert room.bot_since
    refused = line.answer("It is me")
    assert (refused.state, refused.failure_code) == ("failed", "10/2018300")
    [noted] = asked_for("inbox.chatrooms.tasks.note_held_elsewhere")
    assert noted["chatroom_id"] == room.pk
    with scope(line.world.lotus.pk):
        take_over(actor=amy, chatroom=room)
    [asked] = asked_for("inbox.chatrooms.tasks.take_control")
    assert asked == {"workspace_id": line.world.lotus.pk, "chatroom_id": room.pk, "actor": str(amy)}
    line.vendor.faults(fail={"code": 200, "http_status": 403, "remaining": 1})
    assert not take_control(**asked)  # type: ignore[arg-type]
    assert reload(room).bot_since
    assert take_control(**asked)  # type: ignore[arg-type]
    assert take_control(**asked), "a colleague was faster"  # type: ignore[arg-type]
    assert reload(room).bot_since is None
    assert [each.action for each in line.vendor.actions(page)].count("take_thread_control") == 1
    assert line.answer("It is me").state in ("sent", "delivered")
    line.says("Thank you")
    assert lines_in(room) == ["bot_answers", "control_refused", "control_taken"]
    words = [system_text(each) for each in messages_of(room) if each.direction == Direction.SYSTEM]
    assert words[1].endswith("lacks a permission.")
    assert words[2] == f"{amy} took this chat over from the other app"


@BOTH
@pytest.mark.django_db(transaction=True)
def test_a_bot_passes_a_chat_to_us(line: Line) -> None:
    line.says("Hello")
    for kind in ("bot_takes", "bot_passes"):
        line.vendor.inbound(line.account.account_id, ADA, kind=kind)
        process_pending()
    assert room_of(line.connection).bot_since is None
    assert lines_in(room_of(line.connection)) == ["bot_answers", "bot_left"]
