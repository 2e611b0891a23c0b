"""What a member has read, and what the customer is told of it."""

from __future__ import annotations

import base64
import json

import pytest
import redis
from django.conf import settings

from inbox.chatrooms import access, actions
from inbox.chatrooms.models import ReadMarker
from inbox.connections.models import Connection, ConnectionState
from inbox.devstack.simulator.client import SimulatorClient
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, room_with, text_message, webhook

pytestmark = pytest.mark.django_db


def read(world: World, room_id: int, seen: int, capture) -> list[str]:  # type: ignore[no-untyped-def]
    """Let Amy see so many messages. Return the messages whose reading now waits, in the queue, to be told the vendor."""
    with capture(execute=True), scope(world.lotus.pk):
        room = access.get_chatroom(world.amy, room_id)
        actions.mark_room_read(member=world.amy, chatroom=room, seen_count=seen)
    queue = redis.Redis.from_url(settings.REDIS_URL)
    bodies = [base64.b64decode(json.loads(entry)["body"]) for entry in queue.lrange("outbound", 0, -1)]
    queue.delete("outbound")
    return [json.loads(body)[1]["external_id"] for body in bodies]


def test_a_marker_never_goes_backwards_nor_beyond_what_was_written(world: World) -> None:
    room = room_with(world, "One", "Two", "Three")
    for seen, expected in ((2, 2), (1, 2), (99, 3)):
        with scope(world.lotus.pk):
            fresh = access.get_chatroom(world.amy, room.pk)
            actions.mark_room_read(member=world.amy, chatroom=fresh, seen_count=seen)
            assert ReadMarker.objects.get(member=world.amy, chatroom=room).seen_count == expected
            assert not ReadMarker.objects.filter(member=world.ben).exists()


def test_the_customer_is_told_only_when_the_newest_message_was_seen_and_sending_is_possible(
    world: World, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    receive(world.app, webhook(world.shop, messages=[text_message("One", wamid="wamid.1", at=1_790_000_000)]))
    receive(world.app, webhook(world.shop, messages=[text_message("Two", wamid="wamid.2", at=1_790_000_001)]))
    with scope(world.lotus.pk):
        room_id = world.shop.chatrooms.get().pk
    capture = django_capture_on_commit_callbacks
    assert read(world, room_id, 1, capture) == []
    assert read(world, room_id, 2, capture) == ["wamid.2"]
    with scope(world.lotus.pk):
        Connection.objects.filter(pk=world.shop.pk).update(state=ConnectionState.PAUSED)
    assert read(world, room_id, 2, capture) == []


@pytest.mark.django_db(transaction=True)
def test_the_vendor_hears_of_a_message_once(world: World, vendor: SimulatorClient) -> None:
    room = room_with(world, "Hello")
    ids = {"workspace_id": world.lotus.pk, "chatroom_id": room.pk}
    wamid = vendor.inbound(world.shop.account_id, "85290000001", "Another").wamid
    assert actions.report_read_to_vendor(**ids, external_id=wamid) is True
    assert actions.report_read_to_vendor(**ids, external_id=wamid) is False
    assert [mark.wamid for mark in vendor.reads()] == [wamid]
