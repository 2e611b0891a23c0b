"""How many statements a page costs. The numbers are exact: a new one is a decision, not an accident."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms import actions
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Chatroom, Message
from inbox.labels.actions import create_label, set_customer_labels
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, text_message, webhook, write

from .conftest import EARLIER, HTMX, conversation, crowd, room_url

# Every page asks for the person, the workspace (and enters it) and the member, or all where it shows them.
COSTS = {
    "list": 5,  # + the facts of the list with the cursor, the rooms
    "list, mine": 5,
    "list, unassigned and closed": 5,
    "list, every filter": 5,
    "list, a named one": 5,
    "list, counts": 5,  # + the facts, the counts
    "list, rows in question": 5,
    "list, what time has brought": 5,
    "list, every status": 5,
    "list, older rows": 5,
    "room as a page": 6,  # + the room with the cursor, its messages, the rooms
    "room as a page, with a quote": 6,
    "room as a fragment": 5,  # + the room, its messages
    "row": 4,  # + the room
    "history as a page": 6,
    "history as a fragment": 5,
    "customer as a page": 8,  # + the customer, the identities, the values, the fields, the chats
    "customer as a fragment": 8,
    "since, nothing new": 4,  # + the cursor
    "since, with an open room": 8,  # + the room, the cursor, the changes, the rooms, the room's messages
}
SHOW_MEMBERS = ("list", "room as", "history as")
ASKED_OFTEN = {"list, counts", "list, rows in question", "list, what time has brought"}  # by every open page
MOST = 6  # for what an agent waits for: the list and a room

LIST = "/w/lotus-flowers/"
NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")


def statements_of(ask: Callable[[], Any]) -> list[str]:
    """Return what really asks the database for something."""
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    return [query["sql"] for query in captured if not query["sql"].startswith(NO_STATEMENTS)]


def reads_all_members(statement: str) -> bool:
    return 'FROM "workspaces_membership"' in statement and not re.search(r'"user_id" = \d', statement)


@pytest.fixture
def busy(world: World, size: int) -> Chatroom:
    """So many rooms, and one with so many messages of all sorts: answers, quotes, system lines."""
    rooms = crowd(world, size)
    with scope(world.lotus.pk):
        for number, room in enumerate(rooms):
            assignee = [world.amy, world.ben, None][number % 3]
            actions.assign_chatroom(actor=world.olivia, chatroom=room, assignee=assignee, expected_id=None)
        question = Message.objects.get(chatroom=rooms[0], direction="inbound")
        Chatroom.objects.filter(pk=rooms[0].pk).update(last_inbound_at=clock.now())
    for number in range(size):
        write([world.amy, world.ben][number % 2], rooms[0], f"Answer {number}", reply_to=question)
    return rooms[0]


@pytest.mark.parametrize("size", [3, 60])
def test_pages_cost_the_same_for_few_and_for_many(world: World, busy: Chatroom, amy: Client, size: int) -> None:
    with scope(world.lotus.pk):
        newest = Message.objects.filter(chatroom=busy, direction="outbound").latest("sent_at", "pk")
        view = actions.save_view(actor=world.amy, name="Unread", wanted=RoomFilter(unread=True), is_shared=False)
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[busy.customer], add=[label])
    every = {"assignee": "me", "channel": "whatsapp", "connection": world.shop.pk, "label": label.pk, "unread": "1"}
    every |= {"waiting": "0-1", "window": "open", "failed": "1", "sort": "waiting"}
    before = {"before": f"{newest.sent_at.isoformat()}_{newest.pk}"}
    room, history = room_url(busy), room_url(busy, "history")
    customer = f"/w/lotus-flowers/customers/{busy.customer_id}/"
    cursor = amy.get(LIST).context["cursor"]
    requests = {
        "list": partial(amy.get, LIST),
        "list, mine": partial(amy.get, LIST, {"assignee": "me"}),
        "list, unassigned and closed": partial(amy.get, LIST, {"assignee": "none", "status": "closed"}),
        "list, every filter": partial(amy.get, LIST, every),
        "list, a named one": partial(amy.get, LIST, {"view": view.pk}),
        "list, counts": partial(amy.get, f"{LIST}counts/", every),
        "list, rows in question": partial(amy.get, f"{LIST}rows/", every | {"room": [busy.pk]}),
        "list, what time has brought": partial(amy.get, f"{LIST}rows/", every | {"since": "2026-01-01T00:00:00Z"}),
        "list, every status": partial(amy.get, LIST, {"status": "all", "sort": "waiting-reversed"}),
        "list, older rows": partial(amy.get, LIST, {"before": "2030-01-01T00:00:00+00:00_1"}, headers=HTMX),
        "room as a page": partial(amy.get, room),
        "room as a page, with a quote": partial(amy.get, room, {"reply_to": newest.pk}),
        "room as a fragment": partial(amy.get, room, headers=HTMX),
        "row": partial(amy.get, room_url(busy, "room_row"), headers=HTMX),
        "history as a page": partial(amy.get, history, before),
        "history as a fragment": partial(amy.get, history, before, headers=HTMX),
        "customer as a page": partial(amy.get, customer),
        "customer as a fragment": partial(amy.get, customer, headers=HTMX),
        "since, nothing new": partial(amy.get, f"{LIST}since/", {"cursor": cursor}),
    }
    asked = {name: statements_of(request) for name, request in requests.items()}

    news = [text_message(f"News {number}", phone=f"852700{number:05}", at=EARLIER + 999) for number in range(size)]
    for message in news:
        receive(world.app, webhook(world.shop, messages=[message]))
    catching_up = {"cursor": cursor, "room": busy.pk}
    asked["since, with an open room"] = statements_of(partial(amy.get, f"{LIST}since/", catching_up))

    wrong = {name: len(found) for name, found in asked.items() if len(found) != COSTS[name]}
    assert wrong == {}, "\n\n".join(statement for name in wrong for statement in (f"--- {name}", *asked[name]))
    assert asked.keys() == COSTS.keys()
    reads_all = {name for name, found in asked.items() if any(map(reads_all_members, found))}
    assert reads_all == {name for name in COSTS if name.startswith(SHOW_MEMBERS)} - ASKED_OFTEN


def test_the_target() -> None:
    assert max(COSTS[name] for name in COSTS if name.startswith(("list", "room"))) <= MOST


def test_an_empty_list_costs_no_more(world: World, amy: Client) -> None:
    assert len(statements_of(partial(amy.get, LIST))) == COSTS["list"]


def test_a_long_history_costs_no_more(world: World, amy: Client) -> None:
    room = conversation(world, 120)
    assert len(statements_of(partial(amy.get, room_url(room)))) == COSTS["room as a page"]
