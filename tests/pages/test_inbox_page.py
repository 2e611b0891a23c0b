"""The list of chatrooms, as a page and as the fragments htmx asks for."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from inbox.chatrooms import actions
from inbox.chatrooms.models import Chatroom, ReadMarker, RoomStatus
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.world import World, receive, text_message, webhook, write

from .conftest import EARLIER, HTMX, crowd, get, room_url
from .reading import Page

LIST = "/w/lotus-flowers/"
SINCE = "/w/lotus-flowers/since/"

GARBAGE = [
    "",
    "x",
    "0",
    "-1",
    "²",
    "None",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "\x00",
    "花",
    "9" * 30,
    "9" * 5000,
    "2026-11-22T10:00:00_1",  # without a zone
    "2026-11-22T10:00:00+00:00",
    "2026-11-22T10:00:00+00:00_",
    "2026-11-22T10:00:00+00:00_x",
    f"2026-11-22T10:00:00+00:00_{10**30}",
    "2026-99-22T10:00:00+00:00_1",
    "_1",
]


def assign(world: World, room: Chatroom, member: Membership) -> None:
    with scope(world.lotus.pk):
        actions.assign_chatroom(actor=world.olivia, chatroom=room, assignee=member, expected_id=None)


def close(world: World, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        actions.close_chatroom(actor=world.olivia, chatroom=room)


# --- which chats ----------------------------------------------------------------------------------------------------


@pytest.fixture
def six(world: World) -> dict[str, int]:
    """One chat for each of Amy, Ben and nobody, open and closed."""
    rooms = crowd(world, 6)
    for room, member in zip(rooms, [world.amy, world.ben, None] * 2, strict=True):
        if member:
            assign(world, room, member)
    for room in rooms[3:]:
        close(world, room)
    names = ["amy's", "ben's", "nobody's", "amy's closed", "ben's closed", "nobody's closed"]
    return {name: room.pk for name, room in zip(names, rooms, strict=True)}


@pytest.mark.parametrize(
    ("assignee", "status", "expected"),
    [
        ("me", "open", ["amy's"]),
        ("none", "open", ["nobody's"]),
        ("", "open", ["nobody's", "ben's", "amy's"]),
        ("me", "closed", ["amy's closed"]),
        ("none", "closed", ["nobody's closed"]),
        ("", "closed", ["nobody's closed", "ben's closed", "amy's closed"]),
    ],
)
def test_tabs_show_whose_chats_they_name(
    world: World, amy: Client, six: dict[str, int], assignee: str, status: str, expected: list[str]
) -> None:
    page = get(amy, LIST, assignee=assignee, status=status)
    assert page.rooms == [six[name] for name in expected]
    current = [element.text for element in page.all("a", "tab") if "aria-current" in element]
    assert current == [{"me": "Mine", "none": "Unassigned", "": "All"}[assignee], status.capitalize()]
    for link in page.all("a", "tab"):
        assert get(amy, link["href"]).status == 200


def test_the_list_opens_with_all_open_chats(world: World, amy: Client, six: dict[str, int]) -> None:
    assert get(amy, LIST).rooms == get(amy, LIST, assignee="", status="open").rooms != []


def test_everybody_sees_their_own_tab(world: World, client_of: Callable[..., Client], six: dict[str, int]) -> None:
    assert get(client_of(world.ben), LIST, assignee="me").rooms == [six["ben's"]]
    assert get(client_of(world.olivia), LIST, assignee="me").rooms == []


def test_the_newest_chat_is_on_top(world: World, amy: Client) -> None:
    first, second, third = crowd(world, 3)
    assert get(amy, LIST).rooms == [third.pk, second.pk, first.pk]
    receive(world.app, webhook(world.shop, messages=[text_message("Me again", phone="85270000000", at=EARLIER + 100)]))
    assert get(amy, LIST).rooms == [first.pk, third.pk, second.pk]


def test_a_row_says_what_an_agent_needs(world: World, amy: Client, room: Chatroom) -> None:
    assign(world, room, world.ben)
    row = get(amy, LIST).one("li", data_room=room.pk)
    assert row["data-status"] == "open"
    assert row["data-assignee"] == str(world.ben.pk)
    for words in ("Chan Tai Man", "Red ones?", "WhatsApp · Shop", "assigned to Ben Agent"):
        assert words in row.text
    write(world.ben, room, "Yes, and white ones")
    row = get(amy, LIST).one("li", data_room=room.pk)
    assert "Ben Agent: Yes, and white ones" in row.text


# --- strangers ------------------------------------------------------------------------------------------------------


def test_chats_of_other_workspaces_are_absent(
    world: World, amy: Client, stranger: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    with scope(world.bakery.pk):
        assert Chatroom.objects.filter(pk=foreign_room.pk, status=RoomStatus.OPEN).exists()
    for assignee in ("me", "none", ""):
        page = get(amy, LIST, assignee=assignee)
        assert foreign_room.pk not in page.rooms
        assert "Bread Eater" not in page.html
        assert "Oven" not in page.html
        assert "Sam Stranger" not in page.html
    assert get(stranger, "/w/other-bakery/").rooms == [foreign_room.pk]
    assert "Chan Tai Man" not in get(stranger, "/w/other-bakery/").html


# --- many chats -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [1, 7, 120])
def test_paging_has_neither_gap_nor_double(world: World, amy: Client, tied: int) -> None:
    """120 chats; `tied` of them share a second, so that a page may end inside it."""
    expected = [room.pk for room in reversed(crowd(world, 120, tied=tied))]
    page = get(amy, LIST)
    assert page.is_whole
    seen, sizes = page.rooms, [len(page.rooms)]
    while page.older:
        page = get(amy, page.older, htmx=True)
        assert not page.is_whole
        assert page.all(id="rooms") == []
        seen += page.rooms
        sizes.append(len(page.rooms))
        assert len(sizes) < 10
    assert sizes == [50, 50, 20]
    assert seen == expected


def test_paging_works_without_a_script(world: World, amy: Client) -> None:
    rooms = crowd(world, 60)
    page = get(amy, get(amy, LIST).older)
    assert page.is_whole
    assert page.rooms == [room.pk for room in reversed(rooms[:10])]


def test_paging_stays_in_its_tab(world: World, amy: Client) -> None:
    rooms = crowd(world, 102)
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk__in=[room.pk for room in rooms[::2]]).update(assignee=world.amy)
    page = get(amy, LIST, assignee="me")
    assert len(page.rooms) == 50
    assert page.rooms + get(amy, page.older, htmx=True).rooms == [room.pk for room in reversed(rooms[::2])]


def test_paging_survives_news(world: World, amy: Client) -> None:
    """A chat that jumps to the top between two pages is not missing below, and pushes nothing out twice."""
    rooms = crowd(world, 60)
    first = get(amy, LIST)
    receive(world.app, webhook(world.shop, messages=[text_message("Me!", phone="85270000030", at=EARLIER + 999)]))
    second = get(amy, first.older, htmx=True)
    assert sorted(first.rooms + second.rooms) == [room.pk for room in rooms]


def test_exactly_one_full_page(world: World, amy: Client) -> None:
    crowd(world, 50)
    page = get(amy, LIST)
    assert len(page.rooms) == 50
    assert not page.older or get(amy, page.older, htmx=True).rooms == []


# --- unread ---------------------------------------------------------------------------------------------------------


def test_unread_is_counted_for_each_member(
    world: World, amy: Client, client_of: Callable[..., Client], room: Chatroom
) -> None:
    ben = client_of(world.ben)
    assert get(amy, LIST).unread == get(ben, LIST).unread == {room.pk: 2}
    amy.post(room_url(room, "reading"), {"seen": "2"})
    assert get(amy, LIST).unread == {room.pk: 0}
    assert get(ben, LIST).unread == {room.pk: 2}
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    assert get(amy, LIST).unread == {room.pk: 1}
    assert get(ben, LIST).unread == {room.pk: 3}


def test_the_badge_shows_the_number_or_nothing(world: World, amy: Client, room: Chatroom) -> None:
    badge = get(amy, LIST).one("span", "row-unread")
    assert badge.text == "2 unread"
    assert "hidden" not in badge
    amy.post(room_url(room, "reading"), {"seen": "2"})
    assert "hidden" in get(amy, LIST).one("span", "row-unread")


def test_whoever_answers_has_read(world: World, amy: Client, client_of: Callable[..., Client], room: Chatroom) -> None:
    amy.post(room_url(room, "messages"), {"text": "Yes!"})
    assert get(amy, LIST).unread == {room.pk: 0}
    assert get(client_of(world.ben), LIST).unread == {room.pk: 2}


def test_opening_a_chat_reads_nothing_by_itself(world: World, amy: Client, room: Chatroom) -> None:
    """The page's script says what was really looked at; a prefetch must not."""
    get(amy, room_url(room))
    get(amy, room_url(room), htmx=True)
    assert get(amy, LIST).unread == {room.pk: 2}


def test_the_script_gets_the_seen_counts(world: World, amy: Client, room: Chatroom) -> None:
    amy.post(room_url(room, "reading"), {"seen": "1"})
    element = get(amy, LIST).one("script", id="seen-counts")
    assert json.loads(element.raw_text) == {str(room.pk): 1}


def test_one_row_is_as_in_the_list(world: World, amy: Client, room: Chatroom, foreign_room: Chatroom) -> None:
    amy.post(room_url(room, "reading"), {"seen": "1"})
    row = get(amy, room_url(room, "room_row"), htmx=True)
    assert not row.is_whole
    assert row.unread == {room.pk: 1}
    in_list = get(amy, LIST).one("li", data_room=room.pk)
    assert row.one("li").attributes == in_list.attributes
    assert row.one("li").text == in_list.text
    assert get(amy, room_url(foreign_room, "room_row"), htmx=True).status == 404


# --- nothing to show ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "No chats yet"),
        ({"assignee": "me"}, "No chats are assigned to you"),
        ({"assignee": "none"}, "Every chat has somebody"),
        ({"status": "closed"}, "No closed chats here"),
        ({"status": "closed", "assignee": "me"}, "No closed chats here"),
        ({"status": "archived"}, "No archived chats here"),
        ({"unread": "1"}, "No chat is like that"),
    ],
)
def test_an_empty_list_says_why(
    world: World, amy: Client, foreign_room: Chatroom, query: dict[str, str], words: str
) -> None:
    page = get(amy, LIST, **query)
    assert page.rooms == []
    assert words in page.one("div", "rooms-empty").text
    assert page.older == ""
    assert "Choose a chat" in page.one("section", id="room").text


# --- garbage --------------------------------------------------------------------------------------------------------


FIELDS = ("tab", "status", "before", "unknown", "assignee", "label", "view", "unread")


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: garbage[:20])
def test_garbage_in_the_address_shows_the_top_of_the_list(
    world: World, amy: Client, room: Chatroom, garbage: str
) -> None:
    page = Page(amy.get(LIST, dict.fromkeys(FIELDS, garbage)))
    assert (page.status, page.rooms) == (200, [room.pk])
    assert "<script>alert(1)" not in page.html
    for field in FIELDS:
        assert Page(amy.get(LIST, {field: garbage}, headers=HTMX)).rooms == [room.pk], field


def test_garbage_in_a_chats_address_shows_its_end(world: World, amy: Client, room: Chatroom) -> None:
    assert Page(amy.get(room_url(room, "history"), {"before": "x"})).texts == ["Do you have roses?", "Red ones?"]
    for garbage in GARBAGE:
        page = Page(amy.get(room_url(room, "history"), {"before": garbage}, headers=HTMX))
        assert (page.status, page.texts) == (200, ["Do you have roses?", "Red ones?"]), garbage[:40]
        page = Page(amy.get(room_url(room), {"reply_to": garbage}, headers=HTMX))
        assert (page.status, page.form["reply_to"]) == (200, ""), garbage[:40]


def test_garbage_in_a_catch_up_is_answered(world: World, amy: Client, room: Chatroom) -> None:
    cursor = get(amy, LIST).cursor
    for garbage in GARBAGE:
        assert amy.get(SINCE, {"cursor": garbage}).status_code in (200, 205, 400), garbage[:40]
        assert amy.get(SINCE, {"cursor": cursor, "room": garbage}).status_code in (200, 404), garbage[:40]


@pytest.mark.parametrize("number", [10**9, 10**18, 2**63, 10**30, 10**300])
def test_ids_that_cannot_be_are_not_found(world: World, amy: Client, number: int) -> None:
    for path in (
        f"rooms/{number}/",
        f"rooms/{number}/row/",
        f"rooms/{number}/history/",
        f"customers/{number}/",
    ):
        assert amy.get(LIST + path).status_code == 404
    for path in (f"rooms/{number}/closure/", f"rooms/{number}/messages/{number}/retry/"):
        assert amy.post(LIST + path).status_code == 404


# --- catching up ----------------------------------------------------------------------------------------------------


def test_a_page_catches_up_from_its_cursor(world: World, amy: Client, room: Chatroom) -> None:
    cursor = get(amy, LIST).cursor
    quiet = get(amy, SINCE, cursor=str(cursor))
    assert (quiet.status, quiet.rooms, quiet.cursor) == (200, [], cursor)
    receive(world.app, webhook(world.shop, messages=[text_message("Hello?")]))
    news = get(amy, SINCE, cursor=str(cursor), room=str(room.pk))
    assert news.rooms == [room.pk]
    assert news.texts == ["Hello?"]
    assert news.cursor > cursor
    assert get(amy, LIST).cursor == news.cursor


def test_a_catch_up_tells_nothing_of_strangers(
    world: World, amy: Client, room: Chatroom, foreign_room: Chatroom
) -> None:
    assert get(amy, SINCE, cursor="0", room=str(room.pk)).status == 200
    assert get(amy, SINCE, cursor="0", room=str(foreign_room.pk)).status == 404
    assert "Bread" not in get(amy, SINCE, cursor="0").html


@pytest.mark.parametrize("cursor", [10**6, 10**17])
def test_a_page_from_the_future_reloads(world: World, amy: Client, room: Chatroom, cursor: int) -> None:
    response = amy.get(SINCE, {"cursor": cursor})
    assert response.status_code == 205
    assert response["HX-Refresh"] == "true"


def test_a_page_that_missed_too_much_reloads(world: World, amy: Client) -> None:
    crowd(world, 301)
    assert amy.get(SINCE, {"cursor": 0}).status_code == 205


def test_seen_counts_never_go_backwards(world: World, amy: Client, room: Chatroom) -> None:
    for seen, expected in [("2", 2), ("1", 2), ("0", 2), ("-5", 2), ("x", 2), ("99", 2), ("9" * 5000, 2)]:
        assert amy.post(room_url(room, "reading"), {"seen": seen}).status_code == 303
        with scope(world.lotus.pk):
            assert ReadMarker.objects.get().seen_count == expected
