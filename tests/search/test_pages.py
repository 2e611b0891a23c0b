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
from inbox.customers.models import Customer, CustomerField, CustomerIdentity, CustomerValue
from inbox.lib import clock
from inbox.notifications.models import Habits
from inbox.search import selectors
from inbox.search.actions import put_in_order
from inbox.workspaces import searching
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.reading import Page
from tests.world import World, room_with

from .conftest import BEGAN_AT, HTMX, SEARCH, found_ids, know, lines, names, note, say, search

NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE SAVEPOINT")


def test_one_search_finds_customers_messages_notes_and_files(world: World, room: Chatroom, amy: Client) -> None:
    other = room_with(world, "Hello", phone="85290000007", name="Peony Wong")
    (message,) = say(room, "A <b>peony</b> & two roses")
    say(other, "Here it is", filename="Peony price list.pdf")
    written = note(world.amy, room, "Allergic to peonies: Peony Wong knows")
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
    (anchor,) = [each for each in page.all("a", "hit-link") if each.inside(f"note-hit-{written.pk}")]
    assert anchor["href"] == f"/w/lotus-flowers/rooms/{room.pk}/?note={written.pk}&search=q%3DPEONY"


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


@pytest.mark.parametrize("text", ["petra old", "petra new", "old new"])
def test_filters_of_people_are_about_all_who_were_merged(world: World, amy: Client, text: str) -> None:
    first = room_with(world, "Hello", phone="85290000021", name="Petra Old", connection=world.events)
    second = room_with(world, "Hello", phone="85290000022", name="Petra New")
    with scope(world.lotus.pk):
        merge_customers(actor=world.amy, keep=first.customer, merge=second.customer)
        CustomerIdentity.objects.create(
            workspace=world.lotus, customer=second.customer, channel="wechat", kind="openid", key="o6_x", value="o6_x"
        )
    for given, opened in (
        ({}, second),
        ({"connection": str(world.events.pk)}, first),
        ({"connection": str(world.shop.pk)}, second),
        ({"channel": "whatsapp"}, second),
        ({"channel": "wechat"}, second),
        ({"channel": "line"}, None),
    ):
        links = [str(hit["href"]).partition("?")[0] for hit in search(amy, text, **given).all("a", "hit-link")]
        assert links == ([f"/w/lotus-flowers/rooms/{opened.pk}/"] if opened else []), given


# What is looked for, the messages that are found, and the notes.
FILTERS: list[tuple[dict[str, str], list[str], list[str]]] = [
    ({}, ["from Ben", "from Amy", "with a file", "old", "events"], ["by Ben", "by Amy", "old note"]),
    ({"who": "customer"}, ["with a file", "old", "events"], []),
    ({"who": "us"}, ["from Ben", "from Amy"], ["by Ben", "by Amy", "old note"]),
    ({"who": "amy"}, ["from Amy"], ["by Amy", "old note"]),
    ({"who": "ben"}, ["from Ben"], ["by Ben"]),
    ({"channel": "whatsapp"}, ["from Ben", "from Amy", "with a file", "old", "events"], []),
    ({"channel": "wechat"}, [], []),
    ({"connection": "events"}, ["events"], []),
    ({"connection": "events", "channel": "wechat"}, [], []),
    ({"since": "2026-03-01"}, ["from Ben", "from Amy", "with a file"], ["by Ben", "by Amy"]),
    ({"until": "2026-02-28"}, ["old", "events"], ["old note"]),
    ({"since": "2026-02-01", "until": "2026-02-01"}, ["old"], ["old note"]),
    ({"has_file": "1"}, ["with a file"], []),
    ({"has_file": "1", "who": "us"}, [], []),
]


def test_filters_narrow_what_is_found(world: World, room: Chatroom, amy: Client) -> None:
    events = room_with(world, "Hi", phone="85290000009", name="Eve", connection=world.events)
    note(world.amy, room, "peony old note", at=BEGAN_AT.replace(month=2))
    note(world.amy, room, "peony by Amy")
    note(world.ben, room, "peony by Ben")
    say(events, "peony events", at=BEGAN_AT - timedelta(days=60))
    say(room, "peony old", at=BEGAN_AT.replace(month=2))
    say(room, "peony with a file", filename="list.pdf")
    say(room, "peony from Amy", author=world.amy, at=BEGAN_AT + timedelta(hours=1))
    say(room, "peony from Ben", author=world.ben, at=BEGAN_AT + timedelta(hours=2))
    ids = {"amy": str(world.amy.pk), "ben": str(world.ben.pk), "events": str(world.events.pk)}
    for given, expected, noted in FILTERS:
        asked = {name: ids.get(value, value) for name, value in given.items()}
        page = search(amy, "peony", **asked)
        found = [line.rpartition("peony ")[2] for line in lines(page, "messages")]
        assert found == expected, given
        assert [line.rpartition("peony ")[2] for line in lines(page, "notes")] == noted, given
        # The index obeys the same filters as the walk through the newest.
        with scope(world.lotus.pk), pytest.MonkeyPatch.context() as patch:
            patch.setattr(selectors, "NEWEST", 1)
            found = [line.rpartition("peony ")[2] for line in lines(search(amy, "peony", **asked), "messages")]
        assert found == expected, given


def test_days_are_those_of_the_members_zone(world: World, room: Chatroom, amy: Client) -> None:
    say(room, "peony at night", at=BEGAN_AT.replace(hour=15, minute=59))
    say(room, "peony of the morning", at=BEGAN_AT.replace(hour=16))  # midnight in Hong Kong
    note(world.amy, room, "peony note", at=BEGAN_AT.replace(hour=16))
    with scope(world.lotus.pk):
        Habits.objects.create(workspace=world.lotus, member=world.amy, zone="Asia/Hong_Kong")
    first, second = (search(amy, "peony", since=day, until=day) for day in ("2026-03-01", "2026-03-02"))
    assert (lines(first, "messages"), lines(first, "notes")) == (["peony at night"], [])
    assert (lines(second, "messages"), lines(second, "notes")) == (["peony of the morning"], ["Amy Agent: peony note"])
    assert "Asia/Hong_Kong" in second.one("p", id="search-zone").text


def test_former_colleagues_can_be_chosen_where_they_wrote_something(world: World, room: Chatroom, amy: Client) -> None:
    say(room, "peony from Ben", author=world.ben)
    with scope(world.lotus.pk):
        Membership.objects.filter(pk__in=[world.ben.pk, world.olivia.pk]).update(is_active=False)
    page = search(amy, "peony", who=str(world.ben.pk))
    assert lines(page, "messages") == ["Ben Agent: peony from Ben"]
    who = [option.text for option in page.all("option") if option.inside("search-who")]
    assert who == ["Anybody", "The customer", "Any of us", "Amy Agent", "Ben Agent (no longer here)"]
    assert search(amy, "peony", who=str(world.olivia.pk)).status == 422


# What is looked for, whom it finds, and what the hit says.
KNOWN = [
    ("trading", ["Chan Tai Man"], ["Company: Lotus Trading Ltd · +85290000001"]),
    ("lotus ltd", ["Chan Tai Man"], ["Company: Lotus Trading Ltd · +85290000001"]),
    ("@lotus.example", ["Chan Tai Man"], ["E-mail: tai@lotus.example · +85290000001"]),
    ("A-2024-0017", ["Chan Tai Man"], ["Order number: A-2024-0017 · +85290000001"]),
    ("2024 0017", ["Chan Tai Man"], ["Order number: A-2024-0017 · +85290000001"]),
    ("2345 67", ["Chan Tai Man"], ["Second phone: +85223456789 · +85290000001"]),
    ("金卡", ["Chan Tai Man"], ["會員: 金卡會員 · +85290000001"]),
    ("o6_bmjrPTlm6_2sgVt7hMZOPfL2M", ["Chan Tai Man"], ["+85290000001 · o6_bmjrPTlm6_2sgVt7hMZOPfL2M"]),
    ("forgotten", [], []),  # of a field that is hidden
    ("orphan", [], []),  # of a field that is gone
    ("yes", [], []),  # of a yes or no
    ("bmjrPTlm6_2", [], []),  # a part of a vendor's id
]


def test_people_are_found_by_what_is_known_of_them(world: World, room: Chatroom, amy: Client) -> None:
    with scope(world.lotus.pk):
        for key, label, kind, hidden in (
            ("order", "Order number", "text", False),
            ("phone2", "Second phone", "phone", False),
            ("member", "會員", "text", False),
            ("secret", "Secret", "text", True),
            ("agreed", "Agreed", "boolean", False),
        ):
            CustomerField.objects.create(workspace=world.lotus, key=key, label=label, type=kind, is_hidden=hidden)
        CustomerIdentity.objects.create(
            workspace=world.lotus,
            customer=room.customer,
            channel="whatsapp",
            kind="openid",
            key="o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
            value="o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
        )
    for key, value in (
        ("company", "Lotus Trading Ltd"),
        ("email", "tai@lotus.example"),
        ("order", "A-2024-0017"),
        ("phone2", "+85223456789"),
        ("member", "金卡會員"),
        ("secret", "forgotten"),
        ("agreed", "yes"),
        ("nothing", "orphan"),
    ):
        know(room, key, value)
    for text, whom, says in KNOWN:
        page = search(amy, text)
        assert (names(page, "customers"), lines(page, "customers")) == (whom, says), text
    assert [mark.text for mark in search(amy, "2345 67").all("mark")] == ["234567"]


# What is looked for, whom it finds, and what the hit says.
SPREAD = [
    ("maria trading", ["Maria Silva"], ["Company: Lotus Trading · +85290000031"]),
    ("TRADING maría", ["Maria Silva"], ["Company: Lotus Trading · +85290000031"]),
    (
        "si trading",
        ["Maria Silva"],
        ["Company: Lotus Trading · +85290000031"],
    ),  # two letters, beside what an index finds
    ("trading maria@example.com", ["Maria Silva"], ["Company: Lotus Trading · +85290000031"]),
    ("silva 90000031", ["Maria Silva"], ["+85290000031"]),
    ("0031 trading", ["Maria Silva"], ["Company: Lotus Trading · +85290000031"]),
    ("陳 貿易", ["陳大文"], ["Company: 蓮花貿易 · +85290000033"]),
    ("maria forgotten", [], []),  # of a field that is hidden
    ("maria rosebuds", [], []),  # that is another Maria's friend
    ("maria trading nobody", [], []),
]


def test_words_may_stand_in_different_places_of_one_person(world: World, amy: Client) -> None:
    with scope(world.lotus.pk):
        CustomerField.objects.create(workspace=world.lotus, key="secret", label="Secret", type="text", is_hidden=True)
    for phone, name, facts in (
        (
            "85290000031",
            "Maria Silva",
            {"company": "Lotus Trading", "email": "maria@example.com", "secret": "forgotten"},
        ),
        ("85290000032", "Petra Braun", {"company": "Rosebuds"}),
        ("85290000033", "陳大文", {"company": "蓮花貿易"}),
        ("85290000034", "Maria Braun", {}),
    ):
        person = room_with(world, "Hello", phone=phone, name=name)
        for key, value in facts.items():
            know(person, key, value)
    for text, whom, says in SPREAD:
        page = search(amy, text)
        assert (names(page, "customers"), lines(page, "customers")) == (whom, says), text


@pytest.mark.parametrize("text", ["peony", "peony garden"])
def test_people_go_on_where_they_ended_each_once(world: World, amy: Client, text: str) -> None:
    rooms = [room_with(world, "Hi", phone=f"8529000{number:04}", name=f"Peony {number:03}") for number in range(2)]
    with scope(world.lotus.pk):
        Customer.objects.bulk_create(
            Customer(workspace=world.lotus, name=f"Peony {number:03}") for number in range(2, 110)
        )
        merge_customers(actor=world.amy, keep=rooms[0].customer, merge=rooms[1].customer)
        CustomerValue.objects.bulk_create(
            CustomerValue(workspace=world.lotus, customer=each, key="company", value="Garden")
            for each in Customer.objects.filter(workspace=world.lotus, merged_into=None, name__startswith="Peony")
        )
    page = search(amy, text, section="customers")
    assert page.one("span", "found-count").text == "50+"
    seen = names(page, "customers")
    while page.all("li", "hits-more"):
        (more,) = [a for a in page.all("a") if a.text == "More"]
        page = Page(amy.get(more["href"], headers=HTMX))
        seen += [element.text for element in page.all("span", "hit-name")]
    assert seen == [f"Peony {number:03}" for number in (*range(109, 1, -1), 0)]


# What is looked for, and whether it is in a text that holds all such signs.
SIGNS = [
    ("100%_off", True),
    ("%", True),
    ("_", True),
    ("\\", True),
    ("\\o/", True),
    ("(a+b)*", True),
    ("[x]", True),
    ("🌷", True),
    ("🌷🌷", True),
    ("👩‍🌾", True),
    ("'; DROP TABLE--", True),
    ("one two three four five six seven eight nothing", True),  # the first eight words
    ("x%y", False),
    (".*", False),
    ("^", False),
    ("🌹", False),
    ("(((", False),
    ("\x00", False),
]


def test_signs_mean_themselves_for_people_notes_and_files(world: World, amy: Client) -> None:
    text = "100%_off \\o/ (a+b)* [x] 🌷🌷 👩‍🌾 '; DROP TABLE-- one two three four five six seven eight"
    room = room_with(world, "Hi", phone="85290000007", name=text)
    note(world.amy, room, text)
    say(room, "", filename=text)
    for typed, is_there in SIGNS:
        page = search(amy, typed)
        found = [bool(names(page, kind)) for kind in ("customers", "notes", "files")]
        assert (page.status, found) == (200, [is_there] * 3), typed
    page = search(amy, "one two three four five six seven eight nine ten")
    assert page.one("p", "search-note").text == "Only the first 8 words were looked for."
    for section in ("customers", "notes", "files"):
        assert search(amy, "x" * 10_000, section=section).status == 422


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
    real = selectors._found

    def slow_index(statement: str, values: list[Any]) -> list[tuple[Any, ...]] | None:
        asked.append(statement)
        if statement == search_messages and values[-1] is None:
            return real(slow, [*values, None])
        return real(statement, values)

    monkeypatch.setattr(selectors, "_found", slow_index)
    monkeypatch.setattr(searching, "SECONDS", 0.3)
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
    monkeypatch.setattr(searching, "SECONDS", 0.2)
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
    monkeypatch.setattr(searching, "MOST", searching.RateLimitItemPerSecond(2, 60))
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
