"""The list's filters, orders, counts and named lists, and what is done to many chats: as members' browsers ask for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from channels_adapters.types import ChannelKind
from inbox.chatrooms import actions, list_pages, list_views, lists
from inbox.chatrooms.filters import SORTS, RoomFilter
from inbox.chatrooms.models import NEVER, Chatroom, Direction, MessageState, RoomStatus, SavedView
from inbox.chatrooms.selectors import rooms_by_id
from inbox.chatrooms.window import Mode
from inbox.chatrooms.windows import windows_of
from inbox.customers.models import Customer
from inbox.labels.actions import create_label, delete_label, set_customer_labels
from inbox.labels.models import Label
from inbox.lib import clock
from inbox.workspaces.actions import change_member, create_team, delete_team
from inbox.workspaces.models import Membership, Role
from inbox.workspaces.tenancy import scope
from tests.realtime.open_page import OpenPage
from tests.world import World, messages_of, receive, reload, room_with, text_message, webhook, write

from .conftest import connection_of, crowd, get, put, room_url
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
        "closed",
        "amys",
        "new",
        "lost bot",
    ]
    rooms = dict(zip(names, crowd(world, len(names)), strict=True))
    for room in rooms.values():
        change(room, last_inbound_at=now, waiting_since=now)
    rooms["wechat"] = room_with_channel(world, ChannelKind.WECHAT)
    change(rooms["bens"], assignee=world.ben)
    change(rooms["amys"], assignee=world.amy)
    for name in ("bots", "lost bot"):
        change(rooms[name], bot_since=now)
    for name in ("archived", "closed"):
        change(rooms[name], status=name)
    for name, hours in (("a day", 30), ("two days", 50), ("nine days", 9 * 24)):
        change(rooms[name], last_inbound_at=now - hours * HOUR, waiting_since=now - hours * HOUR)
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=[rooms["read"].pk, rooms["wechat"].pk], is_read=True)
        for name in ("vip", "new"):
            label = create_label(actor=world.amy, name=name.upper())
            set_customer_labels(actor=world.amy, customers=[rooms[name].customer], add=[label])
    change(rooms["answered"], waiting_since=None)
    for name in ("failed", "resent", "lost bot"):
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


# What is written one after the other: its state, None for the customer; then how many marks the row has, and how many of
# them in its foot, because its words are those of another message.
UNSENT = [
    (MessageState.FAILED, 1, 0),
    (None, 1, 1),
    (MessageState.QUEUED, 1, 1),
    (MessageState.FAILED, 1, 0),
    (None, 1, 1),
    (MessageState.SENT, 0, 0),
    (None, 0, 0),
]


def test_a_row_says_that_an_answer_did_not_leave_also_once_the_customer_has_written_again(
    world: World, amy: Client
) -> None:
    (room,) = crowd(world, 1)
    for number, (state, marks, in_foot) in enumerate(UNSENT):
        written: dict[str, Any] = {"direction": Direction.OUTBOUND, "state": state} if state else {}
        put(room, sent_at=clock.now() + number * timedelta(seconds=1), **written)
        # The page, what a script asks for, and a frame.
        for page in (get(amy, LIST), get(amy, room_url(room, "room_row")), get(amy, f"{LIST}since/", cursor="0")):
            found = len(page.all("svg", "tick", data_state="failed")), len(page.all("span", "row-failed"))
            assert found == (marks, in_foot), (number, state)


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
    "amys",
    "new",
    "lost bot",
}
LATE = {"a day", "two days", "nine days"}
CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, OPEN),
    ({"status": "archived"}, {"archived"}),
    ({"status": "all"}, OPEN | {"closed", "archived"}),
    ({"status": "all", "sort": "waiting-reversed"}, OPEN | {"closed", "archived"}),
    ({"status": "all", "unread": "1", "sort": "created-reversed"}, OPEN - {"read", "wechat"} | {"closed", "archived"}),
    ({"assignee": "none"}, OPEN - {"bens", "amys"}),
    ({"assignee": "ben"}, {"bens"}),
    ({"assignee": "me"}, {"amys"}),
    ({"channel": "wechat"}, {"wechat"}),
    ({"channel": ["wechat", "whatsapp"]}, OPEN),
    ({"channel": "messenger"}, set()),
    ({"connection": "shop"}, OPEN - {"wechat"}),
    ({"connection": "shop", "channel": "wechat"}, set()),
    ({"label": "vip"}, {"vip"}),
    ({"label": ["vip", "new"]}, {"vip", "new"}),
    ({"unread": "1"}, OPEN - {"read", "wechat"}),
    ({"waiting": "0-1"}, OPEN - LATE - {"answered", "wechat"}),
    ({"waiting": "1-2"}, {"a day"}),
    ({"waiting": "2-7"}, {"two days"}),
    ({"waiting": "7-"}, {"nine days"}),
    ({"window": "closed"}, LATE),
    ({"window": "open", "unread": "1", "assignee": "ben"}, {"bens"}),
    ({"failed": "1"}, {"failed", "lost bot"}),
    ({"failed": "1", "sort": "waiting"}, {"failed", "lost bot"}),
    ({"bot": "1"}, {"bots", "lost bot"}),
    ({"bot": "1", "failed": "1"}, {"lost bot"}),
]


def test_each_filter_shows_what_it_says_and_counts_it(world: World, amy: Client, house: dict[str, Chatroom]) -> None:
    with scope(world.lotus.pk):
        ids = {"ben": world.ben.pk, "shop": world.shop.pk}
        ids |= {label.name.lower(): label.pk for label in Label.objects.all()}
    for query, expected in CASES:
        asked = {
            name: [ids.get(each, each) for each in ([value] if isinstance(value, str) else value)]
            for name, value in query.items()
        }
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


# (earlier by, hours) -> who has entered these lists by time alone meanwhile
DUE: list[tuple[dict[str, str], int, set[str]]] = [
    ({"waiting": "1-2"}, 10, {"a day"}),
    ({"waiting": "1-2"}, 5, set()),
    ({"waiting": "2-7", "assignee": "none"}, 10, {"two days"}),
    ({"waiting": "7-", "status": "all"}, 72, {"nine days"}),
    ({"window": "closed"}, 10, {"a day"}),
    ({"window": "closed", "sort": "waiting-reversed"}, 30, {"a day", "two days"}),
    ({"window": "open"}, 10, set()),
    ({"unread": "1"}, 10, set()),
]


def test_a_list_says_what_time_alone_has_brought_into_it(
    world: World, amy: Client, house: dict[str, Chatroom], monkeypatch: pytest.MonkeyPatch
) -> None:
    for query, hours, expected in DUE:
        page = Page(amy.get(f"{LIST}rows/", query | {"since": (clock.now() - hours * HOUR).isoformat()}))
        assert set(page.rooms) == {house[name].pk for name in expected}, (query, hours)
        assert "data-cut" not in page.one("ol", "list-answer")
    for nonsense in ("x", "2026-11-23", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59"):
        assert amy.get(f"{LIST}rows/", {"window": "closed", "since": nonsense}).status_code == 200
    assert [amy.get(f"{LIST}rows/", {"room": range(most)}).status_code for most in (100, 101)] == [200, 400]
    monkeypatch.setattr(lists, "MOST_ENTERED", 1)
    since = (clock.now() - 30 * HOUR).isoformat()
    page = Page(amy.get(f"{LIST}rows/", {"window": "closed", "sort": "waiting", "since": since}))
    assert (page.rooms, "data-cut" in page.one("ol", "list-answer")) == ([house["two days"].pk], True)


def test_every_order_pages_both_ways_without_gap_or_double(world: World, amy: Client) -> None:
    rooms = crowd(world, 160, tied=40)
    with scope(world.lotus.pk):
        for number, status in enumerate(("closed", "archived")):
            Chatroom.objects.filter(pk__in=[room.pk for room in rooms[number::3]]).update(status=status)
        Chatroom.objects.filter(pk__in=[room.pk for room in rooms[::5]]).update(waiting_since=None)
        found = list(Chatroom.objects.filter(workspace=world.lotus))
    keys: dict[str, Callable[[Chatroom], Any]] = {
        "activity": lambda room: (room.last_message_at, room.pk),
        "created": lambda room: (room.created_at, room.pk),
        "waiting": lambda room: (room.waiting_since or NEVER, room.pk),
        "waiting-reversed": lambda room: (room.waiting_since or datetime.min.replace(tzinfo=UTC), room.pk),
    }
    for sort in SORTS:
        key = keys.get(sort) or keys[sort.removesuffix("-reversed")]
        is_falling = sort in ("activity", "created", "waiting-reversed")
        for status in ("open", "all"):
            expected = sorted((room for room in found if status in ("all", room.status)), key=key, reverse=is_falling)
            page = get(amy, LIST, sort=sort, status=status)
            seen = list(page.rooms)
            while page.older:
                page = get(amy, page.older, htmx=True)
                seen += page.rooms
                assert len(seen) < 500
            assert seen == [room.pk for room in expected], (sort, status)


# --- what addresses cannot do ----------------------------------------------------------------------------------------


def test_a_list_of_what_is_gone_or_of_another_workspace_shows_no_chat_and_says_so(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    with scope(world.bakery.pk):
        theirs = create_label(actor=world.sam, name="Bread lovers")
        view = actions.save_view(actor=world.sam, name="Crusts", wanted=RoomFilter(unread=True), is_shared=True)
    with scope(world.lotus.pk):
        stays, goes = (create_label(actor=world.amy, name=name) for name in ("Stays", "Soon gone"))
        set_customer_labels(actor=world.amy, customers=[room.customer], add=[stays, goes])
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Night shift")
        team_id = team.pk
        wanted = RoomFilter(labels=(goes.pk,))
        own = actions.save_view(actor=world.amy, name="Mine alone", wanted=wanted, is_shared=False)
        delete_label(actor=world.amy, workspace_id=world.lotus.pk, label=goes)
        delete_team(actor=world.olivia, team=team)
    change_member(actor=world.olivia, member=world.ben, role=Role.AGENT, is_active=False)
    change(room, assignee=world.ben)
    gone: list[tuple[dict[str, Any], str]] = [
        ({"label": theirs.pk}, "label"),
        ({"label": [10**6, 10**7]}, "label"),
        ({"label": goes.pk, "status": "all"}, "label"),
        ({"view": own.pk}, "label"),
        ({"view": own.pk, "label": goes.pk}, "label"),
        ({"connection": world.oven.pk}, "connection"),
        ({"team": team_id}, "team"),
        ({"assignee": world.ben.pk}, "member"),
        ({"assignee": world.sam.pk}, "member"),
        ({"view": view.pk}, "This list was deleted, or is not shared"),
        ({"view": 10**6}, "This list was deleted, or is not shared"),
    ]
    for query, words in gone:
        page = Page(amy.get(LIST, query))
        assert (page.status, page.rooms) == (200, []), query
        assert words in page.one("p", "filter-gone").text
        assert "so it shows no chats" in page.one("p", "filter-gone").text
        asking = Page(amy.get(f"{LIST}rows/", query | {"room": [room.pk, foreign_room.pk]}))
        assert asking.rooms == [], "nothing gets into an open page of it"
        assert asking.one("ol", "list-answer")["data-lost"] == page.one("ol", id="room-list")["data-lost"] != ""
        if "view" not in words:
            found = counts(amy, **query)
            assert found["tab-all"] == (0 if words in ("label", "connection", "team") else 1), query
        for name in ("Bread lovers", "Crusts", "Oven", "Sam Stranger"):
            assert name not in page.html
        for tab in page.all("a", "tab"):
            assert get(amy, tab["href"]).status == 200
    cleared = get(amy, LIST, assignee=str(world.ben.pk))
    assert get(amy, cleared.one("a", "filter-chip")["href"]).rooms == [room.pk]

    smaller: list[tuple[dict[str, Any], str]] = [
        ({"label": [stays.pk, goes.pk]}, "Label"),
        ({"connection": [world.shop.pk, world.oven.pk, *range(10**6, 10**6 + 10_000)]}, "Connection"),
        ({"label": stays.pk, "view": own.pk + 1}, "Saved list"),
        ({"waiting": "x"}, "No answer for"),
        ({"view": "x"}, "Saved list"),
    ]
    for query, part in smaller:
        page = Page(amy.get(LIST, query))
        assert (page.rooms, page.all("p", "filter-gone")) == ([room.pk], []), query
        assert part in page.one("p", "filter-ignored").text
        kept = page.one("ol", id="room-list")
        asking = Page(amy.get(f"{LIST}rows/?{kept['data-query']}", {"room": [room.pk]}))
        assert asking.one("ol", "list-answer")["data-lost"] == kept["data-lost"], "or the page would load for ever"

    assert counts(amy)[f"view-{own.pk}"] == 0
    views = Page(amy.get(f"{LIST}views/"))
    assert "The label of this list was deleted" in views.one("p", "filter-ignored").text
    assert "Change what it shows, or delete it." in views.one("p", "filter-ignored").text
    for method, path in (("get", "counts/"), ("get", "rows/"), ("get", "views/"), ("post", "bulk/")):
        assert getattr(stranger, method)(f"{LIST}{path}").status_code == 404
    for path in (f"views/{view.pk}/", f"views/{view.pk}/deletion/", f"views/{view.pk}/position/"):
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
    assert "is not shared any more" in get(ben, LIST, view=str(view.pk)).one("p", "filter-gone").text
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


def test_ones_own_lists_come_first_in_ones_own_order_and_each_that_is_shown_has_its_number(
    world: World, amy: Client, client_of: Callable[..., Client], room: Chatroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(member: Membership, name: str, *, is_shared: bool = True) -> int:
        with scope(world.lotus.pk):
            return actions.save_view(actor=member, name=name, wanted=RoomFilter(), is_shared=is_shared).pk

    def names(browser: Client, **query: str) -> list[str]:
        return [each.text for each in get(browser, LIST, **query).all("span", "view-name")]

    zoe, bea, cat = (kept(world.amy, name, is_shared=False) for name in ("Zoe", "Bea", "Cat"))
    shared = kept(world.ben, "Abe")
    assert names(amy) == ["Zoe", "Bea", "Cat", "Abe"]
    assert [each.text for each in get(amy, LIST).all("span", "view-owner")] == ["Ben Agent"]
    ben = client_of(world.ben)
    for pk, to, expected in (
        (cat, "up", ["Zoe", "Cat", "Bea", "Abe"]),
        (zoe, "down", ["Cat", "Zoe", "Bea", "Abe"]),
        (bea, "down", ["Cat", "Zoe", "Bea", "Abe"]),
        (cat, "up", ["Cat", "Zoe", "Bea", "Abe"]),
    ):
        moved = amy.post(f"{LIST}views/{pk}/position/", {"to": to, "query": "unread=1"})
        assert moved.status_code == 303
        assert names(amy) == expected
        page = get(amy, moved["Location"])
        (focused,) = [each for each in page.all("button") if "autofocus" in each]
        assert (focused["value"], focused.inside(f"view-{pk}")) == (to, True)
        assert page.all("input", name="query")[0]["value"] == "unread=1", "the filter one came with is not lost"
    for browser, pk in ((ben, zoe), (client_of(world.olivia), shared)):
        assert browser.post(f"{LIST}views/{pk}/position/", {"to": "up"}).status_code == 404

    monkeypatch.setattr(list_pages, "VIEWS_SHOWN", 2)
    monkeypatch.setattr(list_views, "VIEWS_SHOWN", 2)
    assert names(amy) == ["Cat", "Zoe"]
    assert counts(amy).keys() == {"tab-mine", "tab-unassigned", "tab-all", f"view-{cat}", f"view-{zoe}"}
    (more,) = [each for each in get(amy, LIST, view=str(shared)).all("a", "menu-item") if "2 more lists" in each.text]
    rest = get(amy, more["href"])
    assert [each.text for each in rest.all("span", "count")] == ["1", "1"]
    assert "by Ben Agent" in rest.text
    assert get(amy, LIST, view=str(shared)).one("li", "filter-view").text == "Abe"


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
        {"status": "all", "sort": "activity-reversed"},
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
