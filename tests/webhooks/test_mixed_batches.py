"""One POST of Meta with the news of several pages of several businesses: each lands where it belongs, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from channels_adapters.types import ChannelKind
from inbox.chatrooms.models import Direction, Message
from inbox.connections.models import Connection
from inbox.webhooks.models import EventState, WebhookEvent
from inbox.workspaces.tenancy import platform_scope, scope
from tests.chatrooms.conversation import connect
from tests.world import World, messages_of, receive, rooms_of

pytestmark = pytest.mark.django_db

NOON = 1_790_000_000_000
ADA, BOB = "4400000000000001", "4400000000000002"


def item(page: Connection, person: str, at: int, *, to_person: bool = False, **what: Any) -> dict[str, Any]:
    sides = {"sender": {"id": person}, "recipient": {"id": page.account_id}}
    if to_person:
        sides = {"sender": sides["recipient"], "recipient": sides["sender"]}
    return {**sides, "timestamp": NOON + at * 1000, **what}


def entry(page_id: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"id": page_id, "time": NOON, "messaging": list(items)}


@pytest.fixture
def pages(world: World) -> tuple[Connection, Connection, Connection]:
    """Two pages of Lotus Flowers and one of the bakery, all on one Meta app."""
    first = connect(world, ChannelKind.MESSENGER)
    second = connect(world, ChannelKind.MESSENGER, number=2, app=first.app)
    return first, second, connect(world, ChannelKind.MESSENGER, workspace=world.bakery, number=3, app=first.app)


def test_everything_of_a_mixed_batch_is_filed_right(
    world: World, pages: tuple[Connection, Connection, Connection]
) -> None:
    shop, events, oven = pages
    body = {
        "object": "page",
        "entry": [
            entry(
                shop.account_id,
                item(shop, ADA, 0, message={"mid": "m_1", "text": "Roses?"}),
                item(shop, ADA, 1, message={"mid": "m_2", "text": "Yes!", "is_echo": True}, to_person=True),
                item(shop, BOB, 2, message={"mid": "m_3", "text": "Tulips?"}),
            ),
            entry(oven.account_id, item(oven, ADA, 3, message={"mid": "m_1", "text": "Bread?"})),
            entry("999999999999999", item(shop, ADA, 4, message={"mid": "m_9", "text": "Lost"})),
            entry(events.account_id, item(events, ADA, 5, message={"mid": "m_1", "text": "A wedding"})),
            entry(shop.account_id, item(shop, ADA, 6, reaction={"mid": "m_2", "action": "react", "emoji": "👍"})),
            entry(
                oven.account_id, item(oven, ADA, 7, message_edit={"mid": "m_1", "text": "Two loaves?", "num_edit": 1})
            ),
        ],
    }
    receive(shop.app, body)
    assert [[m.text for m in messages_of(room)] for room in rooms_of(shop)] == [["Roses?", "Yes!"], ["Tulips?"]]
    assert [[m.text for m in messages_of(room)] for room in rooms_of(events)] == [["A wedding"]]
    assert [[m.text for m in messages_of(room)] for room in rooms_of(oven)] == [["Two loaves?"]]
    with scope(world.lotus.pk):
        answer = Message.objects.get(connection=shop, external_id="m_2")
        assert (answer.direction, answer.reactions) == (Direction.OUTBOUND, {"customer": "👍"})
        assert not Message.objects.filter(text__contains="loaves").exists()
    with platform_scope("test"):
        stored = WebhookEvent.objects.get()
        assert (stored.state, stored.error) == (EventState.UNROUTED, "no connection for account 999999999999999")
        assert not Message.objects.filter(text="Lost").exists()


def test_the_same_batch_again_changes_nothing(world: World, pages: tuple[Connection, Connection, Connection]) -> None:
    shop, events, _oven = pages
    first = entry(shop.account_id, item(shop, ADA, 0, message={"mid": "m_1", "text": "Roses?"}))
    second = entry(events.account_id, item(events, ADA, 1, message={"mid": "m_1", "text": "A wedding"}))
    receive(shop.app, {"object": "page", "entry": [first, second]}, {"object": "page", "entry": [second, first]})
    assert [len(messages_of(room)) for page in (shop, events) for room in rooms_of(page)] == [1, 1]
    assert [room.inbound_count for page in (shop, events) for room in rooms_of(page)] == [1, 1]
