"""The results: what they hold, how they are narrowed and gone on with, and what they cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.models import Chatroom, Message
from inbox.customers.actions import merge_customers
from inbox.lib import clock
from inbox.search import selectors, throttle
from inbox.search.actions import put_in_order
from inbox.workspaces.tenancy import scope
from tests.pages.reading import Page
from tests.world import World, room_with

from .conftest import BEGAN_AT, HTMX, SEARCH, found_ids, lines, names, note, say, search

NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")


def test_one_search_finds_customers_messages_notes_and_files(world: World, room: Chatroom, amy: Client) -> None:
    other = room_with(world, "Hello", phone="85290000007", name="Peony Wong")
    (message,) = say(room, "A <b>peony</b> & two roses")
    say(other, "Here it is", filename="Peony price list.pdf")
    note(world.amy, room, "Allergic to peonies: Peony Wong knows")
    page = search(amy, "PEONY")
    assert not page.is_whole
    assert names(page, "customers") == ["Peony Wong"]
    assert lines(page, "customers") == ["+85290000007"]
    assert lines(page, "messages") == ["A <b>peony</b> & two roses"]
    assert lines(page, "notes") == ["Amy Agent: Allergic to peonies: Peony Wong knows"]
    assert lines(page, "files") == ["Peony price list.pdf"]
    assert [element.text for element in page.all("mark")] == ["Peony", "peony", "Peony", "Peony"]
    assert "<b>" not in page.html
    link = page.one("li", id=f"message-hit-{message.pk}")
    assert link.text.startswith("CM Chan Tai Man")
    (anchor,) = [each for each in page.all("a", "hit-link") if each.inside(f"message-hit-{message.pk}")]
    assert anchor["href"] == f"/w/lotus-flowers/rooms/{room.pk}/?at={message.pk}&search=q%3DPEONY#message-{message.pk}"


def test_without_a_script_it_is_a_page_with_a_form(world: World, room: Chatroom, amy: Client) -> None:
    say(room, "peony")
    page = search(amy, 'pe"ony', htmx=False)
    assert page.is_whole
    assert page.one("input", id="search-text")["value"] == 'pe"ony'
    assert "Nothing was found" in page.html
    assert lines(search(amy, "peony", htmx=False), "messages") == ["peony"]
    nothing = Page(amy.get(SEARCH))
    assert (nothing.status, nothing.all("li", "hit")) == (200, [])
    assert "Nothing was found" not in nothing.html


def test_removed_messages_are_not_found(world: World, room: Chatroom, amy: Client) -> None:
    (message,) = say(room, "peony", filename="peony.pdf")
    assert len(search(amy, "peony").all("li", "hit")) == 2
    with scope(world.lotus.pk):
        Message.objects.filter(pk=message.pk).update(text="", removed_at=clock.now())
    assert search(amy, "peony").all("li", "hit") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wisniewska", ["Aleksandra Wiśniewska"]),
        ("Aleksandra Wisniewksa", ["Aleksandra Wiśniewska"]),
        ("Alexandra", ["Aleksandra Wiśniewska"]),
        ("陳大", ["陳大文"]),
        ("大", ["陳大文"]),
        ("9000 0021", ["陳大文"]),
        ("+85290000022", ["Aleksandra Wiśniewska"]),
        ("0000022", ["Aleksandra Wiśniewska"]),
        ("90000023", ["Michael O'Brien"]),
        ("Micheal", ["Michael O'Brien"]),
        ("o'brien", ["Michael O'Brien"]),
        ("Xu", []),
        ("zzzz", []),
    ],
)
def test_people_are_found_by_name_and_number(world: World, amy: Client, text: str, expected: list[str]) -> None:
    for phone, name in (
        ("85290000021", "陳大文"),
        ("85290000022", "Aleksandra Wiśniewska"),
        ("85290000023", "Michael O'Brien"),
    ):
        room_with(world, "Hello", phone=phone, name=name)
    assert names(search(amy, text), "customers") == expected


def test_merged_people_are_one_hit_and_open_their_latest_chat(world: World, amy: Client) -> None:
    first = room_with(world, "Hello", phone="85290000021", name="Petra Old")
    second = room_with(world, "Hello", phone="85290000022", name="Petra New")
    with scope(world.lotus.pk):
        merge_customers(actor=world.amy, keep=first.customer, merge=second.customer)
    page = search(amy, "petra")
    (hit,) = page.all("a", "hit-link")
    assert hit["href"].startswith(f"/w/lotus-flowers/rooms/{second.pk}/?search=")


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["from Ben", "from Amy", "with a file", "old", "events"]),
    ({"who": "customer"}, ["with a file", "old", "events"]),
    ({"who": "us"}, ["from Ben", "from Amy"]),
    ({"who": "amy"}, ["from Amy"]),
    ({"channel": "whatsapp"}, ["from Ben", "from Amy", "with a file", "old", "events"]),
    ({"channel": "wechat"}, []),
    ({"since": "2026-03-01"}, ["from Ben", "from Amy", "with a file"]),
    ({"until": "2026-02-28"}, ["old", "events"]),
    ({"since": "2026-02-01", "until": "2026-02-01"}, ["old"]),
    ({"has_file": "1"}, ["with a file"]),
    ({"has_file": "1", "who": "us"}, []),
]


def test_filters_narrow_what_is_found(world: World, room: Chatroom, amy: Client) -> None:
    events = room_with(world, "Hi", phone="85290000009", name="Eve", connection=world.events)
    say(events, "peony events", at=BEGAN_AT - timedelta(days=60))
    say(room, "peony old", at=BEGAN_AT.replace(month=2))
    say(room, "peony with a file", filename="list.pdf")
    say(room, "peony from Amy", author=world.amy, at=BEGAN_AT + timedelta(hours=1))
    say(room, "peony from Ben", author=world.ben, at=BEGAN_AT + timedelta(hours=2))
    for given, expected in FILTERS:
        asked = {name: str(world.amy.pk) if value == "amy" else value for name, value in given.items()}
        found = [line.rpartition("peony ")[2] for line in lines(search(amy, "peony", **asked), "messages")]
        assert found == expected, given
        # The index obeys the same filters as the walk through the newest.
        with scope(world.lotus.pk), pytest.MonkeyPatch.context() as patch:
            patch.setattr(selectors, "NEWEST", 1)
            found = [line.rpartition("peony ")[2] for line in lines(search(amy, "peony", **asked), "messages")]
        assert found == expected, given


def test_more_goes_on_where_it_ended(world: World, room: Chatroom, amy: Client) -> None:
    texts = [f"peony {number:03}" for number in range(115)]
    for start in range(0, 115, 5):  # five at the same second
        say(room, *texts[start : start + 1], at=BEGAN_AT + timedelta(minutes=start))
        for text in texts[start + 1 : start + 5]:
            say(room, text, at=BEGAN_AT + timedelta(minutes=start))
    page = search(amy, "peony")
    assert page.one("span", "found-count").text == "50+"
    assert lines(page, "messages") == texts[:-21:-1]
    assert page.all("li", "hits-more") == []
    (all_of_them,) = [a for a in page.all("a") if a.text == "Show all"]
    page = Page(amy.get(all_of_them["href"], headers=HTMX))
    seen = lines(page, "messages")
    while page.all("li", "hits-more"):
        (more,) = [a for a in page.all("a") if a.text == "More"]
        page = Page(amy.get(more["href"], headers=HTMX))
        seen += [element.text for element in page.all("span", "hit-words")]
    assert seen == texts[::-1]


@pytest.mark.parametrize("before", ["", "nonsense", "2026-13-01_1", "1' OR 1=1", "9" * 30])
def test_a_forged_position_starts_at_the_top(world: World, room: Chatroom, amy: Client, before: str) -> None:
    say(room, "peony", filename="peony.pdf")
    for section in ("messages", "files", "customers", "notes"):
        answer = amy.get(SEARCH, {"q": "peony", "section": section, "before": before}, headers=HTMX)
        assert answer.status_code == 200
        assert answer.content.count(b'class="hit"') == (section in ("messages", "files"))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_too_long_a_search_is_refused_in_words(amy: Client, headers: dict[str, str]) -> None:
    answer = amy.get(SEARCH, {"q": "roses " * 2000}, headers=headers)
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.content.decode()


def test_the_inboxs_address_keeps_what_is_searched_for(world: World, room: Chatroom, amy: Client) -> None:
    def ask(text: str, current: str) -> Any:
        return amy.get(SEARCH, {"q": text}, headers=HTMX | {"HX-Current-URL": f"http://testserver{current}"})

    room_url = f"/w/lotus-flowers/rooms/{room.pk}/"
    first = ask("ro&s", f"{room_url}?status=open&label=1&label=2")
    assert first["HX-Push-Url"] == f"{room_url}?status=open&label=1&label=2&search=q%3Dro%2526s"
    letter = ask("rose", f"{room_url}?search=q%3Dros")
    assert letter["HX-Replace-Url"] == f"{room_url}?search=q%3Drose"
    emptied = ask("", f"{room_url}?search=q%3Drose")
    assert (emptied["HX-Replace-Url"], emptied.content) == (room_url, b"")
    elsewhere = amy.get(SEARCH, {"q": "rose"}, headers=HTMX | {"HX-Current-URL": "https://evil.example/x"})
    assert "HX-Push-Url" not in elsewhere


def test_a_search_that_takes_too_long_ends_and_says_so(
    world: World, room: Chatroom, amy: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(room, "peony")
    slow = "SELECT id FROM search_messages(%s, %s, %s, %s, %s, %s, %s) WHERE %s::int IS NOT NULL OR pg_sleep(5) IS NULL"
    search_messages = selectors._SEARCH_MESSAGES
    asked: list[Any] = []
    real = selectors._ids

    def slow_index(statement: str, values: list[Any]) -> list[int] | None:
        asked.append(statement)
        if statement == search_messages and values[-1] is None:
            return real(slow, [*values, None])
        return real(statement, values)

    monkeypatch.setattr(selectors, "_ids", slow_index)
    monkeypatch.setattr(selectors, "SECONDS", 0.3)
    page = search(amy, "peony")
    assert page.status == 200
    assert lines(page, "messages") == ["peony"]  # the newest were looked through before
    assert "too much to look through" in page.one("p", "search-note").text
    assert len(asked) == 5  # and what comes after it is looked for all the same


def test_hits_that_take_too_long_to_read_are_no_error(
    world: World, room: Chatroom, amy: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_with(world, "Hello", phone="85290000007", name="Peony Wong")
    say(room, "peony")
    real = selectors.latest_rooms

    def slowly(*asked: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        return real(*asked)

    monkeypatch.setattr(selectors, "latest_rooms", slowly)
    monkeypatch.setattr(selectors, "SECONDS", 0.2)
    page = search(amy, "peony")
    assert (page.status, lines(page, "messages")) == (200, ["peony"])
    assert "too much to look through" in page.one("p", "search-note").text
    assert amy.get(f"{SEARCH}chats/", {"q": "peony"}).json() == {"chats": []}


def test_short_words_are_looked_for_among_the_newest(world: World, room: Chatroom, amy: Client) -> None:
    say(room, "ok then")
    page = search(amy, "ok")
    assert lines(page, "messages") == ["ok then"]
    assert "only the newest" in page.one("p", "search-note").text


def test_one_member_searches_only_so_fast(world: World, amy: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST", throttle.RateLimitItemPerSecond(2, 60))
    assert [search(amy, "rose").status for _ in range(3)] == [200, 200, 429]


def test_what_waits_for_the_indexes_is_put_into_them(world: World, room: Chatroom) -> None:
    put_in_order()
    say(room, "peony")
    assert put_in_order() > 0
    assert put_in_order() == 0
    with scope(world.lotus.pk):
        assert len(found_ids(world.lotus.pk, "peony", newest=None)) == 1


@pytest.mark.parametrize("size", [2, 45])
def test_a_search_costs_the_same_for_few_and_for_many(world: World, room: Chatroom, amy: Client, size: int) -> None:
    say(room, *(f"peony {number}" for number in range(size)), filename="peony.pdf")
    for number in range(size):
        note(world.amy, room, f"peony {number}")
    room_with(world, "Hello", phone="85290000007", name="Peony Wong")
    search(amy, "peony")
    with CaptureQueriesContext(connection) as captured:
        assert len(search(amy, "peony").all("li", "hit")) == 1 + min(size, 20) + 2 * min(size, 5)
    statements = [query["sql"] for query in captured if not query["sql"].startswith(NO_STATEMENTS)]
    # Person, workspace, members; the time limit; customers, identities, whom they were merged with, chats; messages, once
    # more by the index; notes, and their customers' chats likewise; files.
    assert len(statements) == 18, statements
