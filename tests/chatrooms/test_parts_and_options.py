"""Long texts in parts, and answers to tap: what an agent may send on each channel, and what leaves."""

from __future__ import annotations

import uuid

import pytest

from channels_adapters.types import ChannelKind, TextUnit
from inbox.chatrooms.actions import SplitNeedsConsent, UnableToSend
from inbox.chatrooms.models import Chatroom, Direction, Message
from inbox.connections.models import Connection
from tests.world import World, messages_of, room_with, write

from .conversation import arrive, connect, room_of, said

pytestmark = pytest.mark.django_db

COUNTED = ChannelKind.WECHAT
PLAIN = [ChannelKind.WHATSAPP, ChannelKind.MESSENGER, ChannelKind.INSTAGRAM]


def room_on(world: World, kind: ChannelKind) -> Chatroom:
    if kind is ChannelKind.WHATSAPP:
        return room_with(world)
    connection = connect(world, kind)
    arrive(connection, said(connection))
    return room_of(connection)


def limit_of(connection: Connection) -> tuple[int, bool]:
    capabilities = connection.adapter.capabilities
    return capabilities.text_limit, capabilities.text_unit is TextUnit.BYTES


def sent_in(room: Chatroom) -> list[Message]:
    return [message for message in messages_of(room) if message.direction == Direction.OUTBOUND]


@pytest.mark.parametrize("kind", PLAIN)
def test_a_long_text_leaves_in_parts_in_its_order(world: World, kind: ChannelKind) -> None:
    room = room_on(world, kind)
    limit, in_bytes = limit_of(room.connection)
    words = " ".join(f"wort{number}ß" for number in range(limit // 4))
    first = write(world.amy, room, words)
    parts = sent_in(room)
    assert len(parts) >= 2
    assert parts[0].pk == first.pk
    assert " ".join(part.text for part in parts) == words
    assert all(len(part.text.encode() if in_bytes else part.text) <= limit for part in parts)
    assert [part.details["parts"] for part in parts] == [[n, len(parts)] for n in range(1, len(parts) + 1)]
    assert len({part.client_id for part in parts}) == len(parts)


def test_a_double_click_sends_the_parts_once(world: World) -> None:
    room, client_id = room_with(world), uuid.uuid4()
    for _ in range(2):
        write(world.amy, room, "龍" * 9000, client_id=client_id)
    assert [len(part.text) for part in sent_in(room)] == [4096, 4096, 808]


def test_the_quote_stands_at_the_first_part(world: World) -> None:
    room = room_on(world, ChannelKind.INSTAGRAM)
    question = messages_of(room)[0]
    write(world.amy, room, "龍" * 400, reply_to=question)  # 1 200 bytes
    assert [part.reply_to_id for part in sent_in(room)] == [question.pk, None]


def test_a_second_try_that_says_more_is_not_swallowed(world: World) -> None:
    room, client_id = room_with(world), uuid.uuid4()
    write(world.amy, room, "x" * 4096, client_id=client_id)
    for more in ({"text": "x" * 4096 + "!"}, {"text": "x" * 4095}):
        with pytest.raises(UnableToSend, match="first version was already sent"):
            write(world.amy, room, client_id=client_id, **more)
    asked = uuid.uuid4()
    write(world.amy, room, "Which?", client_id=asked, options=["Red"])
    write(world.amy, room, "Which?", client_id=asked, options=["Red"])
    with pytest.raises(UnableToSend, match="first version was already sent"):
        write(world.amy, room, "Which?", client_id=asked, options=["Red", "Blue"])


def test_where_messages_are_counted_the_agent_agrees_first(world: World) -> None:
    room = room_on(world, COUNTED)
    limit, _in_bytes = limit_of(room.connection)
    text = "x" * (limit + 1)
    with pytest.raises(SplitNeedsConsent, match="2 of the 5 messages"):
        write(world.amy, room, text)
    assert sent_in(room) == []
    write(world.amy, room, text, split_agreed=True)
    assert [len(part.text) for part in sent_in(room)] == [limit, 1]
    with pytest.raises(UnableToSend, match="would need 6 messages"):
        write(world.amy, room, "x" * (limit * 5 + 1), split_agreed=True)


def test_a_novel_is_refused(world: World) -> None:
    room = room_with(world)
    with pytest.raises(UnableToSend, match="at most 40960 characters go out at once"):
        write(world.amy, room, "x" * (4096 * 10 + 1))
    with pytest.raises(UnableToSend, match="would need 11 messages"):
        write(world.amy, room, ("x" * 3000 + " ") * 11)
    assert sent_in(room) == []


@pytest.mark.parametrize("kind", [*PLAIN, COUNTED])
def test_answers_to_tap_are_cleaned_and_named(world: World, kind: ChannelKind) -> None:
    room = room_on(world, kind)
    message = write(world.amy, room, "Which one?", options=["  Red   roses ", "", "Tulips", " "])
    [stored] = sent_in(room)
    titles = [option["title"] for option in stored.details["options"]]
    assert titles == ["Red roses", "Tulips"]
    assert len({option["id"] for option in stored.details["options"]}) == 2
    assert stored.pk == message.pk


@pytest.mark.parametrize("kind", [*PLAIN, COUNTED])
def test_too_many_or_too_long_answers_are_refused_in_words(world: World, kind: ChannelKind) -> None:
    room = room_on(world, kind)
    limits = room.connection.adapter.capabilities.options
    assert limits is not None
    with pytest.raises(UnableToSend, match=f"At most {limits.count} buttons"):
        write(world.amy, room, "Which?", options=[f"Nr {n}" for n in range(limits.count + 1)])
    with pytest.raises(UnableToSend, match=f"at most {limits.title} characters"):
        write(world.amy, room, "Which?", options=["x" * (limits.title + 1)])
    with pytest.raises(UnableToSend, match="say the same"):
        write(world.amy, room, "Which?", options=["Yes", "yes"])
    with pytest.raises(UnableToSend, match="Write a message first"):
        write(world.amy, room, " ", options=["Yes"])
    assert sent_in(room) == []


def test_a_text_over_buttons_has_its_own_limit(world: World) -> None:
    room = room_with(world)
    with pytest.raises(UnableToSend, match="at most 1024 characters; yours has 1025"):
        write(world.amy, room, "x" * 1025, options=["Yes"])
