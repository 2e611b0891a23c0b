"""The reply vault: answers written while the window is closed leave the moment the customer writes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import time_machine

from channels_adapters.types import ChannelKind
from inbox.chatrooms.actions import (
    Composed,
    OutgoingFile,
    SendAs,
    SplitNeedsConsent,
    UnableToSend,
    cancel_held_answer,
    edit_held_answer,
    hold_answer,
    release_held_answers,
    send_held_answer,
    sweep_held_answers,
)
from inbox.chatrooms.models import Attachment, Chatroom, Direction, HeldAnswer, HeldState, OutboxEntry, ReadMarker
from inbox.chatrooms.presenters.words import system_text
from inbox.chatrooms.selectors import is_used
from inbox.connections.models import Connection
from inbox.customers.actions import block_customer
from inbox.lib import clock
from inbox.media.actions import discard_file, store_file
from inbox.message_templates.filling import FilledTemplate
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.media import samples
from tests.processes import at_once
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook, write

from .conversation import arrive, connect, room_of, said

pytestmark = pytest.mark.django_db

ASK = FilledTemplate("may_we_write", "en", "UTILITY", (), "We have an answer for you. Reply to read it.")


def closed_room(world: World, **who: str) -> Chatroom:
    room = room_with(world, "Do you deliver?", **who)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    return room


def hold(member: Membership, room: Chatroom, text: str = "Yes, on Sundays too", **more: object) -> HeldAnswer:
    with scope(member.workspace_id):
        parts = {name: more.pop(name) for name in ("reply_to", "options", "files") if name in more}
        answer = Composed(text, **parts)  # type: ignore[arg-type]
        client_id = more.pop("client_id", None) or uuid.uuid4()
        return hold_answer(actor=member, chatroom=room, answer=answer, client_id=client_id, **more)  # type: ignore[arg-type]


def customer_writes(world: World, text: str = "Hello?") -> None:
    receive(world.app, webhook(world.shop, messages=[text_message(text)]))


def release(room: Chatroom) -> int:
    return release_held_answers(workspace_id=room.workspace_id, chatroom_id=room.pk)


def texts_in(room: Chatroom) -> list[str]:
    return [message.text for message in messages_of(room) if message.direction != Direction.SYSTEM]


def test_the_template_goes_now_and_the_answer_when_the_customer_writes(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room, template=ASK)
    assert texts_in(room) == ["Do you deliver?", ASK.text]
    assert release(room) == 0
    customer_writes(world)
    assert release(room) == 1
    assert texts_in(room) == ["Do you deliver?", ASK.text, "Hello?", "Yes, on Sundays too"]
    answer = messages_of(room)[-1]
    assert (answer.author_id, answer.client_id) == (world.amy.pk, held.client_id)
    assert reload(held).state == HeldState.SENT
    assert release(room) == 0


def test_holding_twice_is_one_answer_and_one_template(world: World) -> None:
    room, client_id = closed_room(world), uuid.uuid4()
    first = hold(world.amy, room, template=ASK, client_id=client_id)
    assert hold(world.amy, room, template=ASK, client_id=client_id).pk == first.pk
    assert texts_in(room) == ["Do you deliver?", ASK.text]


@pytest.mark.django_db(transaction=True)
def test_many_workers_release_an_answer_once(world: World) -> None:
    room = closed_room(world)
    hold(world.amy, room)
    customer_writes(world)
    assert sum(at_once(*[partial(release, room)] * 4)) == 1
    assert texts_in(room).count("Yes, on Sundays too") == 1


def read_by(room: Chatroom) -> dict[int, int]:
    with scope(room.workspace_id):
        return dict(ReadMarker.objects.filter(chatroom=room).values_list("member_id", "seen_count"))


def test_what_leaves_by_itself_reads_the_chat_for_nobody(world: World) -> None:
    room = closed_room(world)
    hold(world.amy, room)
    customer_writes(world, "Something important")
    assert release(room) == 1
    assert read_by(room) == {}


def test_whoever_presses_send_has_read_the_chat_and_not_the_author(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room, leaves_by_itself=False)
    customer_writes(world)
    release(room)
    with scope(world.lotus.pk):
        send_held_answer(actor=world.ben, held=reload(held))
    assert read_by(room) == {world.ben.pk: 2}
    assert messages_of(room)[-1].author_id == world.amy.pk


def test_what_somebody_wrote_who_has_left_is_offered_to_the_others(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.amy.pk).update(is_active=False)
    customer_writes(world)
    release(room)
    assert (reload(held).state, reload(held).reason) == (HeldState.OFFERED, "Its author is no longer a member.")
    with scope(world.lotus.pk):
        send_held_answer(actor=world.ben, held=reload(held))
    assert messages_of(room)[-1].author_id == world.ben.pk


def chat_on(world: World, channel: ChannelKind) -> tuple[Connection, Chatroom]:
    """A chat on another channel, whose customer wrote too long ago."""
    connection = connect(world, channel)
    arrive(connection, said(connection, "Do you deliver?", after=-8 * 24 * 3600))
    return connection, room_of(connection)


@pytest.mark.parametrize("channel", [ChannelKind.MESSENGER, ChannelKind.INSTAGRAM, ChannelKind.WECHAT])
def test_an_answer_is_held_on_every_channel(world: World, channel: ChannelKind) -> None:
    connection, room = chat_on(world, channel)
    held = hold(world.amy, room)
    assert release(room) == 0
    arrive(connection, said(connection, "Hello?", mid="m_2"))
    assert release(room) == 1
    assert reload(held).state == HeldState.SENT
    assert texts_in(room) == ["Do you deliver?", "Hello?", "Yes, on Sundays too"]


def test_what_needs_more_messages_than_are_left_is_offered_as_a_whole(world: World) -> None:
    connection, room = chat_on(world, ChannelKind.WECHAT)
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=connection.pk).update(message_quota=2)
    long = "Roses. " * 400
    with pytest.raises(SplitNeedsConsent):
        hold(world.amy, room, long)
    answers = [
        hold(world.amy, room, text, split_agreed=True) for text in ("On Sundays too", long, "We are open until eight")
    ]
    arrive(connection, said(connection, "Hello?", mid="m_2"))
    assert release(room) == 3
    first, whole, last = map(reload, answers)
    assert [each.state for each in (first, whole, last)] == [HeldState.SENT, HeldState.OFFERED, HeldState.SENT]
    assert whole.reason == "It needs 2 messages; WeChat has 1 left until the customer writes again."
    assert texts_in(room)[2:] == ["On Sundays too", "We are open until eight"]


def test_nothing_is_held_that_no_message_of_the_customer_would_let_go(world: World) -> None:
    _connection, room = chat_on(world, ChannelKind.INSTAGRAM)
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=room.connection_id).update(window_hours=0)
    with pytest.raises(UnableToSend, match="as this connection is set up"):
        hold(world.amy, room)


def brought(world: World, *names: str) -> list[OutgoingFile]:
    """Pictures that Amy chose."""
    picture = samples.picture("PNG")
    return [
        OutgoingFile(store_file(workspace_id=world.lotus.pk, content=picture, filename=name, created_by=world.amy))
        for name in names
    ]


def test_files_are_held_and_leave_with_the_text(world: World) -> None:
    room, both = closed_room(world), brought(world, "roses.png", "tulips.png")
    hold(world.amy, room, files=both)
    hold(world.amy, room, "These", files=both[:1])
    hold(world.amy, room, "", files=[replace(both[1], send_as=SendAs.STICKER)])
    with scope(world.lotus.pk):
        assert all(is_used(each.file) for each in both)
    customer_writes(world)
    assert release(room) == 3
    sent = [(each.kind, each.text) for each in messages_of(room) if each.direction == Direction.OUTBOUND]
    assert sent == [
        ("text", "Yes, on Sundays too"),
        ("image", ""),
        ("image", ""),
        ("image", "These"),
        ("sticker", ""),
    ]
    with scope(world.lotus.pk):
        attached = Attachment.objects.filter(message__chatroom=room).order_by("message__sent_at")
        assert [each.file for each in attached] == [both[0].file, both[1].file, both[0].file, both[1].file]


def test_answers_to_tap_and_the_quote_are_held_too(world: World) -> None:
    room, client_id = closed_room(world), uuid.uuid4()
    question = messages_of(room)[0]
    whole = {"options": ["Sure", " ", "No"], "reply_to": question}
    held = hold(world.amy, room, client_id=client_id, **whole)
    assert hold(world.amy, room, client_id=client_id, **whole).pk == held.pk
    for other in ({"options": ["Sure"]}, {"reply_to": None}):
        with pytest.raises(UnableToSend, match="already used"):
            hold(world.amy, room, client_id=client_id, **whole | other)
    with pytest.raises(UnableToSend, match="At most"):
        hold(world.amy, room, options=[str(number) for number in range(30)])
    with scope(world.lotus.pk), pytest.raises(UnableToSend, match="Two buttons say the same"):
        edit_held_answer(actor=world.amy, held=held, text="Yes", options=["Sure", "sure"])
    customer_writes(world)
    assert release(room) == 1
    answer = messages_of(room)[-1]
    assert [option["title"] for option in answer.details["options"]] == ["Sure", "No"]
    assert (answer.reply_to_id, answer.reply_to_external_id) == (question.pk, question.external_id)


def test_nothing_is_held_for_who_is_blocked(world: World) -> None:
    room = closed_room(world)
    with scope(world.lotus.pk):
        block_customer(actor=world.amy, customer=room.customer, is_blocked=True)
    with pytest.raises(UnableToSend, match="This customer is blocked"):
        hold(world.amy, room)


def test_a_file_that_is_gone_at_the_time_is_named_and_can_be_left_out(world: World) -> None:
    room, (roses, tulips) = closed_room(world), brought(world, "roses.png", "tulips.png")
    held = hold(world.amy, room, files=[roses, tulips])
    discard_file(file=roses.file)
    customer_writes(world)
    release(room)
    held = reload(held)
    assert (held.state, held.reason) == (HeldState.OFFERED, "roses.png was deleted meanwhile.")
    with scope(world.lotus.pk):
        held = edit_held_answer(actor=world.amy, held=held, text="Yes, gladly")
        with pytest.raises(UnableToSend, match=r"roses\.png was deleted"):
            send_held_answer(actor=world.amy, held=held)
        held = edit_held_answer(actor=world.amy, held=held, text="", dropped=[str(roses.file.pk)])
        with pytest.raises(UnableToSend, match="Write a message first"):
            edit_held_answer(actor=world.amy, held=held, text="", dropped=[str(tulips.file.pk)])
        send_held_answer(actor=world.amy, held=held)
    assert messages_of(room)[-1].kind == "image"


def test_a_file_that_the_channel_does_not_take_is_not_held(world: World) -> None:
    _connection, room = chat_on(world, ChannelKind.INSTAGRAM)
    archive = store_file(workspace_id=world.lotus.pk, content=samples.archive("orders.csv"), filename="orders.zip")
    with pytest.raises(UnableToSend, match=r"orders\.zip: "):
        hold(world.amy, room, files=[OutgoingFile(archive)])


def test_an_answer_may_be_offered_instead(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room, leaves_by_itself=False)
    customer_writes(world)
    release(room)
    assert reload(held).state == HeldState.OFFERED
    assert "Yes, on Sundays too" not in texts_in(room)
    assert "the answer Amy Agent held is ready to be sent" in system_text(messages_of(room)[-1])
    with scope(world.lotus.pk):
        edit_held_answer(actor=world.ben, held=reload(held), text="Yes, and on Mondays")
        send_held_answer(actor=world.ben, held=reload(held))
    assert texts_in(room)[-1] == "Yes, and on Mondays"


def test_what_cannot_leave_after_all_is_offered_with_the_reason(world: World) -> None:
    room, client_id = closed_room(world), uuid.uuid4()
    held = hold(world.amy, room, client_id=client_id)
    customer_writes(world)
    write(world.ben, room, "Something else", client_id=client_id)  # the id that the answer would have
    release(room)
    held = reload(held)
    assert held.state == HeldState.OFFERED
    assert "already sent" in held.reason


def test_it_waits_on_while_the_window_stays_closed(world: World) -> None:
    """A message that was under way for days does not open the window, and neither does one that the vendor refuses."""
    room = closed_room(world)
    held = hold(world.amy, room)
    earlier = int((clock.now() - timedelta(hours=40)).timestamp())
    receive(world.app, webhook(world.shop, messages=[text_message("Hello? (delayed)", at=earlier)]))
    assert release(room) == 0
    customer_writes(world)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(window_refused_at=clock.now() + timedelta(minutes=1))
    assert release(room) == 0
    assert reload(held).state == HeldState.WAITING
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=room.pk).update(window_refused_at=None)
    assert sweep_held_answers() == 0
    assert reload(held).state == HeldState.WAITING, "nothing new has been heard of the customer"
    customer_writes(world, "Now really")
    assert release(room) == 1
    assert texts_in(room)[-1] == "Yes, on Sundays too"


def test_it_waits_for_the_customer_though_the_window_opens_otherwise(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(window_hours=48)
    assert release(room) == 0
    assert reload(held).state == HeldState.WAITING
    customer_writes(world)
    assert release(room) == 1


def test_a_chat_that_cannot_be_looked_after_holds_up_no_other(world: World) -> None:
    broken = room_with(world, connection=world.events)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=broken.pk).update(last_inbound_at=clock.now() - timedelta(hours=30))
    stuck, held = hold(world.amy, broken), hold(world.amy, closed_room(world))
    receive(world.app, webhook(world.events, messages=[text_message("Hello?")]))
    customer_writes(world)
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.events.pk).update(channel="pigeon")  # of which this version knows nothing
    sweep_held_answers()
    assert (reload(stuck).state, reload(held).state) == (HeldState.WAITING, HeldState.SENT)


def test_nothing_is_held_once_the_customer_has_written(world: World) -> None:
    """Between the agent's look and their click: the answer would wait for yet another message."""
    room = closed_room(world)
    customer_writes(world)
    with pytest.raises(UnableToSend, match="you can send your answer now"):
        hold(world.amy, room, template=ASK)
    assert texts_in(room) == ["Do you deliver?", "Hello?"]
    with scope(world.lotus.pk):
        assert not HeldAnswer.objects.exists()


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["another text", "another chat"])
def test_an_old_form_does_not_swallow_another_answer(world: World, is_elsewhere: bool) -> None:
    room, client_id = closed_room(world), uuid.uuid4()
    hold(world.amy, room, client_id=client_id)
    if is_elsewhere:
        room = closed_room(world, phone="85290000002")
    with pytest.raises(UnableToSend, match="already used"):
        hold(world.amy, room, "Yes, on Sundays too" if is_elsewhere else "No, sorry", client_id=client_id)


def test_an_answer_may_be_given_up_and_then_never_leaves(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with scope(world.lotus.pk):
        cancel_held_answer(actor=world.ben, held=held)
        for late in (
            partial(edit_held_answer, actor=world.amy, held=held, text="Anew"),
            partial(send_held_answer, actor=world.amy, held=held),
            partial(cancel_held_answer, actor=world.amy, held=held),
        ):
            with pytest.raises(UnableToSend, match="held no longer"):
                late()
    customer_writes(world)
    assert release(room) == 0


def test_held_answers_expire(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        assert sweep_held_answers() == 0
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        customer_writes(world)
        assert release(room) == 0, "it is too old, though nobody has swept yet"
        assert sweep_held_answers() == 1
        assert "The answer Amy Agent held was not sent within 7 days." in system_text(messages_of(room)[-1])
        assert sweep_held_answers() == 0
    assert reload(held).state == HeldState.EXPIRED
    customer_writes(world)
    assert release(room) == 0
    with scope(world.lotus.pk):
        send_held_answer(actor=world.ben, held=reload(held))
    assert texts_in(room)[-1] == "Yes, on Sundays too"


def test_the_sweep_releases_what_a_lost_wake_up_left(world: World) -> None:
    room = closed_room(world)
    held = hold(world.amy, room)
    customer_writes(world)
    assert sweep_held_answers() == 0
    assert reload(held).state == HeldState.SENT


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
def test_an_empty_answer_is_not_held(world: World, text: str) -> None:
    room = closed_room(world)
    with pytest.raises(UnableToSend, match="Write a message first"):
        hold(world.amy, room, text)


def test_a_template_that_may_not_leave_holds_nothing(world: World) -> None:
    room = closed_room(world)
    for _ in range(10):
        hold(world.amy, room)
    with pytest.raises(UnableToSend, match="Too many answers"):
        hold(world.amy, room, template=ASK)
    with scope(world.lotus.pk):
        assert not OutboxEntry.objects.exists()
