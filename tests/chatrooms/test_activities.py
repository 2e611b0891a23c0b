"""What customers do besides writing, and news about who they are: lines in the chat that only agents see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from channels_adapters.types import (
    Activity,
    ChannelKind,
    CustomerActed,
    Identity,
    IdentityChanged,
    IdentityKind,
    MessageReceived,
    Person,
)
from inbox.chatrooms.models import Chatroom, Direction
from inbox.connections.models import Connection
from inbox.workspaces.tenancy import scope
from tests.world import World, messages_of, rooms_of

from .conversation import NOON, arrive, connect, customer_of, room_of, said

pytestmark = pytest.mark.django_db


def acted(
    connection: Connection, activity: Activity, *, key: str = "a_1", after: float = 0, **more: object
) -> CustomerActed:
    at = NOON + timedelta(seconds=after)
    return CustomerActed(connection.account_id, key, customer_of(connection), at, activity, **more)  # type: ignore[arg-type]


@pytest.fixture
def account(world: World) -> Connection:
    return connect(world, ChannelKind.WECHAT)


def test_a_follower_gets_a_chat_with_a_line_in_it(world: World, account: Connection) -> None:
    for _ in range(2):
        arrive(
            account, acted(account, Activity.FOLLOWED, opens_window=True, referral={"source": "qr", "ref": "shop-7"})
        )
    room = room_of(account)
    [line] = messages_of(room)
    assert line.direction == Direction.SYSTEM
    assert line.details == {"event": "followed", "opens_window": True, "referral": {"source": "qr", "ref": "shop-7"}}
    assert (room.inbound_count, room.last_message_id, room.last_inbound_at) == (0, None, None)


def test_a_line_does_not_become_the_last_message_nor_reopen_the_chat(world: World, account: Connection) -> None:
    arrive(account, said(account, "Hello"))
    with scope(world.lotus.pk):
        Chatroom.objects.filter(connection=account).update(status="closed")
    arrive(account, acted(account, Activity.MENU, after=60, details={"key": "OPENING_HOURS"}))
    room = room_of(account)
    hello, line = messages_of(room)
    assert room.last_message_id == hello.pk
    assert (room.status, line.details["key"]) == ("closed", "OPENING_HOURS")


def renamed(connection: Connection, *new: Identity, external_id: str = "wamid.system") -> IdentityChanged:
    return IdentityChanged(connection.account_id, external_id, customer_of(connection), NOON, new, "text")


def test_a_customer_with_a_new_number_keeps_the_chat(world: World) -> None:
    shop, new = world.shop, Identity(IdentityKind.PHONE, "85290000077")
    arrive(shop, said(shop, "Hello", mid="m_1"))
    for _ in range(2):
        arrive(shop, renamed(shop, new))
    person = customer_of(shop)
    later = said(shop, "Me again", mid="m_2", after=90)
    arrive(shop, type(later)(**{**vars(later), "sender": type(person)((new,), "Ada Lee")}))
    [room] = rooms_of(shop)
    lines = [m for m in messages_of(room) if m.direction == Direction.SYSTEM]
    assert [(m.details["event"], m.details["old"], m.details["new"]) for m in lines] == [
        ("number_changed", "+85290000001", "+85290000077")
    ]
    assert [m.text for m in messages_of(room) if m.direction == Direction.INBOUND] == ["Hello", "Me again"]


def with_number(event: MessageReceived, identity: Identity) -> MessageReceived:
    return replace(event, sender=Person((identity,), "Ada Lee"))


def test_a_new_number_and_the_first_message_from_it_may_share_a_batch(world: World) -> None:
    shop, new = world.shop, Identity(IdentityKind.PHONE, "85290000077")
    arrive(shop, said(shop, "Hello"))
    arrive(shop, renamed(shop, new), with_number(said(shop, "Me again", mid="m_2", after=90), new))
    [room] = rooms_of(shop)
    assert [m.text for m in messages_of(room) if m.direction == Direction.INBOUND] == ["Hello", "Me again"]


def test_somebody_may_write_for_the_first_time_and_change_the_number_in_one_batch(world: World) -> None:
    shop, new = world.shop, Identity(IdentityKind.PHONE, "85290000077")
    received = arrive(shop, said(shop, "Hello"), renamed(shop, new))
    assert received.left_aside == []
    [room] = rooms_of(shop)
    assert {m.details.get("event", m.text) for m in messages_of(room)} == {"Hello", "number_changed"}


def test_a_new_security_code_is_noted(world: World) -> None:
    arrive(world.shop, said(world.shop))
    arrive(world.shop, renamed(world.shop))
    assert messages_of(room_of(world.shop))[-1].details["event"] == "security_code_changed"


def test_news_of_somebody_who_never_wrote_is_left_aside(world: World) -> None:
    received = arrive(world.shop, renamed(world.shop, Identity(IdentityKind.PHONE, "85290000077")))
    assert [reason for _event, reason in received.left_aside] == ["a new number or id of nobody who has written"]
    assert rooms_of(world.shop) == []
