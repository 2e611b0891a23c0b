"""The list's filters, orders, counts and named lists, and what is done to many chats: as members' browsers ask for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms import actions, list_pages, lists
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Chatroom, Direction, MessageState, RoomStatus, SavedView
from inbox.chatrooms.selectors import rooms_by_id
from inbox.chatrooms.window import Mode
from inbox.chatrooms.windows import windows_of
from inbox.customers.models import Customer
from inbox.labels.actions import create_label, delete_label, set_customer_labels
from inbox.labels.models import Label
from inbox.lib import clock
from inbox.workspaces.tenancy import scope
from tests.realtime.open_page import OpenPage
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook, write

from .conftest import HTMX, connection_of, crowd, get, put
from .reading import Page

LIST = "/w/lotus-flowers/"
HOUR = timedelta(hours=1)


def change(room: Chatroom, **values: Any) -> None:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(**values)


def counts(browser: Client, **query: Any) -> dict[str, int]:
    page = Page(browser.get(f"{LIST}counts/", query))
    return {each["id"].removeprefix("count-"): int(each.text) for each in page.all("span", "count")}


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(world: World) -> dict[str, Chatroom]:
    """Chats that differ in one thing each from the plain one."""
    now = clock.now()
    names = [
        "plain",
        "bens",
        "read",
        "a day",
        "two days",
        "nine days",
        "answered",
        "failed",
        "resent",
        "bots",
        "vip",
        "archived",
    ]
    rooms = dict(zip(names, crowd(world, len(names)), strict=True))
    for room in rooms.values():
        change(room, last_inbound_at=now, waiting_since=now)
    rooms["wechat"] = room_with_channel(world, ChannelKind.WECHAT)
    change(rooms["bens"], assignee=world.ben)
    change(rooms["bots"], bot_since=now)
    change(rooms["archived"], status="archived")
    for name, hours in (("a day", 30), ("two days", 50), ("nine days", 9 * 24)):
        change(rooms[name], last_inbound_at=now - hours * HOUR, waiting_since=now - hours * HOUR)
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=[rooms["read"].pk, rooms["wechat"].pk], is_read=True)
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[rooms["vip"].customer], add=[label])
    change(rooms["answered"], waiting_since=None)
    for name in ("failed", "resent"):
        put(rooms[name], direction=Direction.OUTBOUND, state=MessageState.FAILED, sent_at=now - HOUR)
    put(rooms["resent"], direction=Direction.OUTBOUND, state=MessageState.DELIVERED, sent_at=now)
    return rooms


def room_with_channel(world: World, channel: ChannelKind) -> Chatroom:
    """A chat on another channel, in which a customer wrote an hour ago."""
    connection = connection_of(world, channel)
    with scope(world.lotus.pk):
        customer = Customer.objects.create(workspace=world.lotus, name="Wei")
        return Chatroom.objects.create(
            workspace=world.lotus,
            customer=customer,
            connection=connection,
            inbound_count=1,
            last_inbound_at=clock.now() - HOUR,
        )


OPEN = {
    "plain",
    "bens",
    "read",
    "a day",
    "two days",
    "nine days",
    "answered",
    "failed",
    "resent",
    "bots",
    "vip",
    "wechat",
}
CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, OPEN),
    ({"status": "archived"}, {"archived"}),
    ({"assignee": "none"}, OPEN - {"bens"}),
    ({"assignee": "ben"}, {"bens"}),
    ({"assignee": "me"}, set()),
    ({"channel": "wechat"}, {"wechat"}),
    ({"channel": ["wechat", "whatsapp"]}, OPEN),
    ({"channel": "messenger"}, set()),
    ({"connection": "shop"}, OPEN - {"wechat"}),
    ({"connection": "shop", "channel": "wechat"}, set()),
    ({"label": "vip"}, {"vip"}),
    ({"unread": "1"}, OPEN - {"read", "wechat"}),
    ({"waiting": "0-1"}, OPEN - {"a day", "two days", "nine days", "answered", "wechat"}),
    ({"waiting": "1-2"}, {"a day"}),
    ({"waiting": "2-7"}, {"two days"}),
    ({"window": "closed"}, {"a day", "two days", "nine days"}),
    ({"window": "open", "unread": "1", "assignee": "ben"}, {"bens"}),
    ({"failed": "1"}, {"failed"}),
    ({"failed": "1", "sort": "waiting"}, {"failed"}),
    ({"bot": "1"}, {"bots"}),
    ({"bot": "1", "failed": "1"}, set()),
]


def test_each_filter_shows_what_it_says_and_counts_it(world: World, amy: Client, house: dict[str, Chatroom]) -> None:
    with scope(world.lotus.pk):
        ids = {"ben": world.ben.pk, "shop": world.shop.pk, "vip": Label.objects.get().pk}
    for query, expected in CASES:
        asked = {name: ids.get(str(value), value) for name, value in query.items()}
        page = Page(amy.get(LIST, asked))
        assert {name for name, room in house.items() if room.pk in page.rooms} == expected, query
        assert len(page.rooms) == len(expected)
        assert page.all("p", "filter-ignored") == []
        if "assignee" not in query:
            assert counts(amy, **asked)["tab-all"] == len(expected), query
        asking = Page(amy.get(f"{LIST}rows/", asked | {"room": [room.pk for room in house.values()]}))
        assert sorted(asking.rooms) == sorted(page.rooms), query
        for chip in page.all("a", "filter-chip"):
            assert get(amy, chip["href"]).status == 200


def test_the_windows_of_the_filter_are_those_of_the_policy(world: World) -> None:
    """Every channel, around every limit that its policy has."""
    now = clock.now()
    rooms = []
    for channel in ChannelKind:
        connection = connection_of(world, channel)
        for number, hours in enumerate((None, 0.001, 0.5, 23.9, 24.1, 100, 200)):
            opened = None if hours is None else now - hours * HOUR
            for kind in ("plain", "refused", "act", "reaction", "used up", "blocked", "opted out"):
                room = _room_at(world, connection, f"{kind} {number}")
                values = {"last_inbound_at": opened}
                if kind == "refused" and opened:
                    values["window_refused_at"] = opened + HOUR / 60
                if kind == "act":
                    values = {"act_opened_at": opened, "last_inbound_at": opened and opened - 48 * HOUR}
                if kind == "reaction":
                    values = {"last_inbound_at": opened and opened - 48 * HOUR, "reaction_opened_at": opened}
                if kind == "used up" and opened:
                    for _each in range(5):
                        put(room, direction=Direction.OUTBOUND, sent_at=opened + timedelta(seconds=1))
                if kind in ("blocked", "opted out"):
                    with scope(world.lotus.pk):
                        wishes = {"is_blocked": kind == "blocked", "is_opted_out": kind == "opted out"}
                        Customer.objects.filter(pk=room.customer_id).update(**wishes)
                change(room, **values)
                rooms.append(room.pk)
    with scope(world.lotus.pk):
        facts = lists.facts_of(world.amy)
        found = rooms_by_id(world.lotus.pk, rooms)
        free = {pk for pk, window in windows_of(found, at=now).items() if window.mode is Mode.FREE}
        for window, expected in (("open", free), ("closed", set(rooms) - free)):
            matching = lists.matching(world.amy, RoomFilter(window=window), facts, at=now)
            assert set(matching.values_list("pk", flat=True)) == expected
    assert 0 < len(free) < len(rooms)


def _room_at(world: World, connection: Any, name: str) -> Chatroom:
    with scope(world.lotus.pk):
        customer = Customer.objects.create(workspace=world.lotus, name=name)
        return Chatroom.objects.create(workspace=world.lotus, customer=customer, connection=connection)


@pytest.mark.parametrize("sort", ["waiting", "created"])
def test_other_orders_page_without_gap_or_double(world: World, amy: Client, sort: str) -> None:
    rooms = crowd(world, 120, tied=40)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk__in=[room.pk for room in rooms[::3]]).update(waiting_since=None)
        found = list(Chatroom.objects.filter(workspace=world.lotus))
    if sort == "created":
        expected = sorted(found, key=lambda room: (room.created_at, room.pk), reverse=True)
    else:
        waiting = [room for room in found if room.waiting_since]
        waiting.sort(key=lambda room: (room.waiting_since, room.pk))
        expected = waiting + sorted((room for room in found if not room.waiting_since), key=lambda room: room.pk)
    page = get(amy, LIST, sort=sort)
    seen = list(page.rooms)
    while page.older:
        page = get(amy, page.older, htmx=True)
        seen += page.rooms
        assert len(seen) < 500
    assert seen == [room.pk for room in expected]


# --- what addresses cannot do ----------------------------------------------------------------------------------------


def test_what_is_of_another_workspace_or_gone_is_left_out_and_never_named(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    with scope(world.bakery.pk):
        theirs = create_label(actor=world.sam, name="Bread lovers")
        view = actions.save_view(actor=world.sam, name="Crusts", wanted=RoomFilter(unread=True), is_shared=True)
    with scope(world.lotus.pk):
        ours = create_label(actor=world.amy, name="Soon gone")
        wanted = RoomFilter(labels=(ours.pk,))
        own = actions.save_view(actor=world.amy, name="Mine alone", wanted=wanted, is_shared=False)
        delete_label(actor=world.amy, workspace_id=world.lotus.pk, label=ours)
    for query, part in (
        ({"label": theirs.pk}, "Label"),
        ({"label": ours.pk}, "Label"),
        ({"view": own.pk}, "Label"),
        ({"connection": [world.oven.pk, *range(10**6, 10**6 + 10_000)]}, "Connection"),
        ({"assignee": world.sam.pk}, "Assigned to"),
        ({"view": view.pk}, "Saved list"),
        ({"waiting": "x"}, "No answer for"),
    ):
        page = Page(amy.get(LIST, query))
        assert (page.status, page.rooms) == (200, [room.pk]), query
        assert part in page.one("p", "filter-ignored").text
        for name in ("Bread lovers", "Crusts", "Oven", "Sam Stranger"):
            assert name not in page.html
    assert counts(amy)[f"view-{own.pk}"] == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_pages, "_MOST_COUNTED", 0)
        assert f"view-{own.pk}" not in counts(amy), "only the first lists are counted"
        assert amy.get(f"{LIST}views/").status_code == 200
    assert Page(amy.get(f"{LIST}rows/", {"room": [room.pk, foreign_room.pk]})).rooms == [room.pk]
    for method, path in (("get", "counts/"), ("get", "rows/"), ("get", "views/"), ("post", "bulk/")):
        assert getattr(stranger, method)(f"{LIST}{path}").status_code == 404
    for path in (f"views/{view.pk}/", f"views/{view.pk}/deletion/"):
        assert amy.post(LIST + path, {"name": "x"}).status_code == 404


# --- named lists -----------------------------------------------------------------------------------------------------


def test_a_list_is_kept_shared_renamed_and_deleted(
    world: World, amy: Client, client_of: Callable[..., Client], house: dict[str, Chatroom]
) -> None:
    ben, olivia = client_of(world.ben), client_of(world.olivia)
    saving = f"{LIST}views/saving/"
    for _twice in range(2):
        saved = amy.post(saving, {"name": "  Late\x00 ones ", "query": "waiting=1-2&status=foo"})
        assert saved.status_code == 303
    page = get(amy, saved["Location"])
    assert page.rooms == [house["a day"].pk]
    assert [chip.text for chip in page.all("a", "filter-chip")] == ["No answer for 1 to 2 days take away"]
    with scope(world.lotus.pk):
        view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("Late ones", "waiting=1-2", False)
    assert "Late ones" not in get(ben, LIST).html
    assert "Saved list" in get(ben, LIST, view=str(view.pk)).one("p", "filter-ignored").text
    for browser in (ben, olivia):
        assert browser.post(f"{LIST}views/{view.pk}/", {"name": "Ours", "shared": "1"}).status_code == 404

    assert amy.post(f"{LIST}views/{view.pk}/", {"name": "Ours", "shared": "1"}).status_code == 303
    assert "Ours" in get(ben, LIST).html
    assert counts(ben)[f"view-{view.pk}"] == 1
    assert ben.post(f"{LIST}views/{view.pk}/deletion/").status_code == 404
    refused = amy.post(saving, {"name": "Ours", "query": "unread=1"})
    assert refused.status_code == 422
    assert "There is a list with this name already" in Page(refused).text
    assert 'value="unread=1"' in Page(refused).html
    assert amy.post(saving, {"name": " "}).status_code == 422
    assert olivia.post(f"{LIST}views/{view.pk}/deletion/").status_code == 303
    assert "Ours" not in get(amy, LIST).html


# --- many chats at once ----------------------------------------------------------------------------------------------


def test_many_chats_are_changed_and_taken_back_as_far_as_they_still_stand(
    world: World, amy: Client, client_of: Callable[..., Client], foreign_room: Chatroom
) -> None:
    rooms = crowd(world, 4)
    ids = [room.pk for room in rooms]
    change(rooms[0], assignee=world.ben)
    change(rooms[1], status="closed")
    asked = {"room": [*ids, foreign_room.pk], "do": "assign", "member": world.amy.pk}
    done = Page(amy.post(f"{LIST}bulk/", asked, headers=HTMX))
    assert "4 chats assigned to Amy Agent." in done.text
    assert [reload(room).assignee_id for room in rooms] == [world.amy.pk] * 4
    assert reload(foreign_room).assignee_id is None
    line = {"event": "taken", "actor": "Amy Agent", "assignee": "Amy Agent", "had": [world.ben.pk, None]}
    assert messages_of(rooms[0])[-1].details == line
    undo = done.one("input", name="undo")["value"]
    change(rooms[3], assignee=world.olivia)
    assert client_of(world.ben).post(f"{LIST}bulk/undoing/", {"undo": undo}).status_code == 404
    restored = Page(amy.post(f"{LIST}bulk/undoing/", {"undo": undo}, headers=HTMX))
    assert "3 chats are as before. 1 was changed since." in restored.text
    assert [reload(room).assignee_id for room in rooms] == [world.ben.pk, None, None, world.olivia.pk]

    done = Page(amy.post(f"{LIST}bulk/", {"room": ids, "do": "archive"}))
    assert done.is_whole
    assert [reload(room).status for room in rooms] == ["archived"] * 4
    assert get(amy, LIST).rooms == []
    amy.post(f"{LIST}bulk/undoing/", {"undo": done.one("input", name="undo")["value"]})
    assert [reload(room).status for room in rooms] == ["open", "closed", "open", "open"]
    assert amy.post(f"{LIST}bulk/undoing/", {"undo": "forged"}).status_code == 409


def test_many_chats_are_read_and_unread_for_one_member(
    world: World, amy: Client, client_of: Callable[..., Client]
) -> None:
    ids = [room.pk for room in crowd(world, 2)]
    done = amy.post(f"{LIST}bulk/", {"room": ids, "do": "read"}, headers=HTMX)
    assert '"seen": {' in done["HX-Trigger"]
    assert set(get(amy, LIST).unread.values()) == {0}
    assert set(get(client_of(world.ben), LIST).unread.values()) == {1}
    amy.post(f"{LIST}bulk/", {"room": ids[0], "do": "unread"})
    assert get(amy, LIST).unread == {ids[0]: 1, ids[1]: 0}
    amy.post(f"{LIST}bulk/undoing/", {"undo": Page(done).one("input", name="undo")["value"]})
    assert get(amy, LIST).unread == {ids[0]: 1, ids[1]: 1}


def test_a_label_is_put_on_many_and_taken_off_again(world: World, amy: Client) -> None:
    first, second = crowd(world, 2)
    with scope(world.lotus.pk):
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[first.customer], add=[label])
    done = Page(amy.post(f"{LIST}bulk/", {"room": [first.pk, second.pk], "do": "label", "label": label.pk}))
    assert "1 customer labelled" in done.text
    assert set(get(amy, LIST, label=str(label.pk)).rooms) == {first.pk, second.pk}
    amy.post(f"{LIST}bulk/undoing/", {"undo": done.one("input", name="undo")["value"]})
    assert get(amy, LIST, label=str(label.pk)).rooms == [first.pk]


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "close"},
        {"do": "close", "room": ["x", "-1", "9" * 30]},
        {"do": "explode", "room": [1]},
        {"do": "assign", "room": [1], "member": "7777777"},
        {"do": "label", "room": [1], "label": "7777777"},
        {"do": "archive", "room": list(range(1, 102))},
    ],
)
def test_what_cannot_be_done_to_many_is_refused_in_words(world: World, amy: Client, asked: dict[str, Any]) -> None:
    refused = amy.post(f"{LIST}bulk/", asked, headers=HTMX)
    assert refused.status_code == 409
    assert Page(refused).one("div", "notice").text


# --- who waits -------------------------------------------------------------------------------------------------------


def test_a_chat_waits_from_the_first_message_without_an_answer(world: World) -> None:
    room = room_with(world, "Hello?")
    first = reload(room).waiting_since
    assert first == messages_of(room)[0].sent_at
    change(room, status="archived")
    receive(world.app, webhook(world.shop, messages=[text_message("Anybody?")]))
    assert (reload(room).waiting_since, reload(room).status) == (first, "open")
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.amy, chatroom=room)
    assert reload(room).waiting_since == first
    write(world.amy, room, "Yes")
    assert reload(room).waiting_since is None
    late = int((clock.now() - HOUR).timestamp())
    receive(world.app, webhook(world.shop, messages=[text_message("Under way for an hour", at=late)]))
    assert int(reload(room).waiting_since.timestamp()) == late


# --- catching up -----------------------------------------------------------------------------------------------------


def test_frames_and_one_question_make_a_stale_filtered_list_equal_to_a_fresh_one(world: World, amy: Client) -> None:
    rooms = crowd(world, 8)
    with scope(world.lotus.pk):
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[rooms[0].customer, rooms[1].customer], add=[label])
        actions.mark_all(member=world.amy, room_ids=[rooms[2].pk, rooms[3].pk], is_read=True)
    queries: list[dict[str, Any]] = [
        {},
        {"unread": "1"},
        {"label": label.pk},
        {"window": "open", "sort": "waiting"},
        {"status": "closed", "unread": "1"},
        {"waiting": "0-1", "assignee": "none"},
        {"bot": "1"},
    ]
    stale = [OpenPage(amy.get(LIST, query).content.decode()) for query in queries]
    cursor = stale[0].cursor
    news = [text_message("News", phone=f"852700{number:05}") for number in (0, 2, 4)]
    receive(world.app, webhook(world.shop, messages=[*news, text_message("New", phone="85290000007")]))
    write(world.amy, rooms[4])
    with scope(world.lotus.pk):
        actions.set_status_of(actor=world.ben, room_ids=[rooms[1].pk, rooms[5].pk], status=RoomStatus.CLOSED)
        actions.assign_all(actor=world.ben, room_ids=[rooms[2].pk], assignee=world.ben)
    actions.note_held_elsewhere(workspace_id=world.lotus.pk, chatroom_id=rooms[6].pk, at=clock.now())
    frames = Page(amy.get(f"{LIST}since/", {"cursor": cursor}))
    assert len(frames.rooms) == 7
    for page, query in zip(stale, queries, strict=True):
        page.apply(frames.html)
        belonging = Page(amy.get(f"{LIST}rows/", query | {"room": frames.rooms})).rooms
        for room_id in set(frames.rooms) - set(belonging):
            del page.elements[f"room-{room_id}-row"]
        assert page.differences(OpenPage(amy.get(LIST, query).content.decode())) == {}, query
