"""Notes on a customer: written, pinned, changed by two at once, mentioning colleagues; told in the chat, never sent."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inbox.chatrooms.models import Chatroom, OutboxEntry
from inbox.customers.access import get_group
from inbox.customers.actions import merge_customers
from inbox.notes import actions, selectors
from inbox.notes.actions import NoteChanged, NoteRefused
from inbox.notes.models import CustomerNote, NoteMention
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.pages.conftest import HTMX
from tests.pages.reading import Page
from tests.processes import at_once
from tests.world import World, reload, room_with

from .conftest import add, lines_of

pytestmark = pytest.mark.django_db
both_ways = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


def url(room: Chatroom, *more: object, slug: str = "lotus-flowers") -> str:
    return "/".join([f"/w/{slug}/notes/{room.customer_id}", *map(str, more), ""])


def post(browser: Client, address: str, headers: dict[str, str] | None = None, **fields: str | int) -> Page:
    return Page(browser.post(address, fields, headers=headers or {}, follow=True))


def texts(page: Page) -> list[str]:
    return [text.raw_text for text in page.all("p", "note-text")]


def typed(page: Page) -> str:
    return page.one("textarea", id="note-text").raw_text.removeprefix("\n")


@both_ways
def test_a_note_is_added_and_the_chat_says_so(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    client_id = str(uuid.uuid4())
    for _ in range(2):  # a double click
        page = post(amy, url(room, "adding"), headers, text="  <b>שלום</b>\r\n🌷 ", client_id=client_id)
        assert (page.status, page.is_whole) == (200, not headers)
    assert texts(page) == ["<b>שלום</b>\n🌷"]
    assert typed(page) == ""
    assert page.one("p", "note-text")["dir"] == "auto"
    assert lines_of(room) == [("note_added", "Amy Agent")]
    with scope(world.lotus.pk):
        assert OutboxEntry.objects.count() == 0
    chat = Page(amy.get(reverse("chatrooms:room", args=["lotus-flowers", room.pk])))
    assert "Amy Agent added a note" in chat.html
    assert chat.one("span", id=f"room-{room.pk}-notes").text.endswith("1 note")


def test_each_change_of_a_note_is_a_line_that_keeps_its_text_to_itself(
    world: World, amy: Client, ben: Client, room: Chatroom
) -> None:
    note = add(world.amy, room, "Secret one").note
    for _ in range(2):  # a double press changes nothing more
        assert post(ben, url(room, note.pk, "pin"), HTMX, pinned="yes").status == 200
    assert post(ben, url(room, note.pk, "pin"), HTMX, pinned="no").status == 200
    for text in ("Secret two", "Secret two "):
        note = reload(note)
        assert post(amy, url(room, note.pk, "change"), HTMX, text=text, version=note.version).status == 200
    assert reload(note).version == 2
    assert post(amy, url(room, note.pk, "deletion"), HTMX, version=2).status == 200
    assert lines_of(room) == [
        ("note_added", "Amy Agent"),
        ("note_pinned", "Ben Agent"),
        ("note_unpinned", "Ben Agent"),
        ("note_edited", "Amy Agent"),
        ("note_deleted", "Amy Agent"),
    ]
    chat = Page(amy.get(reverse("chatrooms:room", args=["lotus-flowers", room.pk]))).html
    for line in ("Ben Agent pinned", "Ben Agent unpinned", "Amy Agent edited", "Amy Agent deleted"):
        assert f"{line} a note" in chat
    assert "Secret" not in chat


@pytest.mark.parametrize(("text", "words"), [(" \n", "Write something"), ("x" * 10_001, "10001")])
@both_ways
def test_a_refused_note_comes_back(amy: Client, room: Chatroom, text: str, words: str, headers: dict[str, str]) -> None:
    page = post(amy, url(room, "adding"), headers, text=text)
    assert (page.status, typed(page)) == (422, text)
    assert words in page.one("p", id="note-error").text
    assert lines_of(room) == []


def test_the_same_form_with_another_text_is_another_note(world: World, room: Chatroom) -> None:
    client_id = uuid.uuid4()
    first = add(world.amy, room, "First", client_id)
    assert add(world.amy, room, "First", client_id).note == first.note
    assert add(world.amy, room, "Second", client_id).note != first.note


def test_pinned_ones_stand_on_top_and_older_ones_on_further_pages(
    world: World, amy: Client, ben: Client, room: Chatroom
) -> None:
    notes = [add(world.amy, room, f"Note {number}").note for number in range(33)]
    page = post(ben, url(room, notes[0].pk, "pin"), HTMX, pinned="yes")
    assert texts(page) == ["Note 0", *(f"Note {number}" for number in range(32, 2, -1))]
    (older,) = [link for link in page.all("a") if link.text == "Older notes"]
    assert texts(Page(amy.get(older["href"]))) == ["Note 2", "Note 1"]
    assert texts(post(ben, url(room, notes[0].pk, "pin"), HTMX, pinned="no"))[0] == "Note 32"
    with scope(world.lotus.pk):
        CustomerNote.objects.filter(pk__lte=notes[actions.MOST_PINNED - 1].pk).update(pinned_at=notes[0].created_at)
    refused = post(ben, url(room, notes[-1].pk, "pin"), HTMX, pinned="yes")
    assert (refused.status, "Unpin one first" in refused.html) == (409, True)


@pytest.mark.parametrize(("number", "first"), [(0, "Note 0"), (2, "Note 2"), (3, "Note 32"), (32, "Note 32")])
def test_a_note_is_opened_on_its_page_and_marked(
    world: World, amy: Client, room: Chatroom, number: int, first: str
) -> None:
    notes = [add(world.amy, room, f"Note {number}").note for number in range(33)]
    with scope(world.lotus.pk):
        CustomerNote.objects.filter(pk=notes[1].pk).update(pinned_at=notes[1].created_at)
    chat = Page(amy.get(reverse("chatrooms:room", args=["lotus-flowers", room.pk]), {"note": notes[number].pk}))
    assert chat.one("aside", id="functions")["data-opens"] == "notes"
    panel = Page(amy.get(chat.one("section", id="function-notes")["hx-get"], headers=HTMX))
    assert [line["id"] for line in panel.all("li", "note") if "data-hit" in line] == [f"note-{notes[number].pk}"]
    assert texts(panel)["Note 1" in texts(panel)] == first
    for missing in (notes[-1].pk + 9, 0, "x"):
        page = Page(amy.get(url(room), {"at": missing}))
        assert (page.status, page.all("li", "note", data_hit="")) == (200, [])


@both_ways
def test_the_second_of_two_editors_sees_both_texts(
    world: World, amy: Client, room: Chatroom, headers: dict[str, str]
) -> None:
    note = add(world.amy, room, "Likes peonies").note
    form = Page(amy.get(url(room), {"change": note.pk}, headers=headers))
    assert typed(form) == "Likes peonies"
    address, seen = form.one("form", id="note-form")["action"], form.one("input", name="version")["value"]
    with scope(world.lotus.pk):
        group = get_group(world.olivia, room.customer_id)
        actions.edit_note(actor=world.olivia, group=group, note=note, text="Likes roses", seen=1)
    page = post(amy, address, headers, text="Likes tulips", version=seen)
    assert (page.status, typed(page)) == (409, "Likes tulips")
    assert texts(page)[0] == "Likes roses", "what the other made of it, beside what was typed"
    assert "Olivia Owner changed this note while you were editing it" in page.html
    assert reload(note).text == "Likes roses"
    page = post(amy, address, headers, text="Likes tulips", version=page.one("input", name="version")["value"])
    assert (page.status, reload(note).text, reload(note).version) == (200, "Likes tulips", 3)
    assert post(amy, url(room, note.pk, "deletion"), headers, version=2).status == 409
    assert post(amy, url(room, note.pk, "deletion"), headers, version=3).status == 200
    page = post(amy, address, headers, text="Still here", version=3)
    assert (page.status, typed(page)) == (409, "Still here")
    assert page.one("form", id="note-form")["action"] == url(room, "adding")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_the_same_moment_one_is_told(world: World) -> None:
    room = room_with(world, "Hello")
    note = add(world.amy, room).note

    def save(member: Membership) -> object:
        with scope(world.lotus.pk):
            group = get_group(member, room.customer_id)
            return actions.edit_note(actor=member, group=group, note=note, text=f"By {member}", seen=1)

    results = at_once(lambda: save(world.amy), lambda: save(world.olivia), expecting=NoteChanged)
    (loser,) = [each for each in results if isinstance(each, NoteChanged)]
    (winner,) = [each for each in results if not isinstance(each, NoteChanged)]
    assert loser.current is not None
    assert loser.current.text == winner.note.text == reload(note).text


def test_only_its_author_and_admins_change_a_note(world: World, amy: Client, ben: Client, room: Chatroom) -> None:
    note = add(world.amy, room).note
    page = Page(ben.get(url(room)))
    assert [link for link in page.all("a") if "change=" in link["href"]] == []
    attempts = [
        ben.get(url(room), {"change": note.pk}),
        ben.post(url(room, note.pk, "change"), {"text": "Mine", "version": 1}),
        ben.post(url(room, note.pk, "deletion"), {"version": 1}),
    ]
    assert [attempt.status_code for attempt in attempts] == [403] * 3
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.ben.pk).update(role="admin")
    page = post(ben, url(room, note.pk, "change"), text="By an admin", version=1)
    assert "edited by Ben Agent" in page.text
    assert reload(note).text == "By an admin"


def test_mentions_are_read_from_the_text_and_stored_once(world: World, amy: Client, room: Chatroom) -> None:
    with scope(world.lotus.pk):
        Membership.objects.filter(pk=world.olivia.pk).update(is_active=False)
    written = add(world.amy, room, "@Ben Agent and @Amy Agent, @Olivia Owner, @Sam Stranger")
    assert written.mentioned == (world.ben,)
    with scope(world.lotus.pk):
        group = get_group(world.amy, room.customer_id)
        change = {"actor": world.amy, "group": group, "note": written.note}
        assert actions.edit_note(**change, text="@Ben again", seen=1).mentioned == ()
        (mention,) = selectors.mentioned_in(world.ben)
        assert (mention.note.text, mention.note.author, mention.note.customer_id) == (
            "@Ben again",
            world.amy,
            room.customer_id,
        )
        assert selectors.mentioned_in(world.amy) == []
        actions.edit_note(**change, text="Nobody", seen=2)
        assert NoteMention.objects.count() == 0
    page = post(amy, url(room, "adding"), text="@Ben look")
    assert [name.text for name in page.all("span", "note-mention")] == ["@Ben Agent"]
    assert [option["value"] for option in page.all("option")] == ["Ben Agent"], "who can be mentioned"


def test_merged_customers_show_their_notes_together(world: World, amy: Client, room: Chatroom) -> None:
    other = room_with(world, "Tulips?", connection=world.events, phone="85290000008", name="Wong")
    add(world.amy, other, "On the second")
    with scope(world.lotus.pk):
        merge_customers(actor=world.amy, keep=room.customer, merge=other.customer)
    add(world.amy, room, "On the first")
    for each in (room, other):
        assert texts(Page(amy.get(url(each), headers=HTMX))) == ["On the first", "On the second"]
    assert lines_of(room) == [("note_added", "Amy Agent")]
    assert lines_of(other) == [("note_added", "Amy Agent")] * 2


def test_strangers_find_nothing(world: World, stranger: Client, room: Chatroom) -> None:
    note = add(world.amy, room, "Secret").note
    bread = room_with(world, "Bread?", connection=world.oven, phone="85290000009")
    theirs = "other-bakery"
    answers = [
        stranger.get(url(room)),
        stranger.get(url(room, slug=theirs)),
        stranger.get(url(bread, slug=theirs), {"change": note.pk}),
        stranger.post(url(room, "adding", slug=theirs), {"text": "Mine"}),
        stranger.post(url(bread, note.pk, "deletion", slug=theirs), {"version": 1}),
        stranger.post(url(bread, note.pk, "pin", slug=theirs), {"pinned": "yes"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    change = stranger.post(url(bread, note.pk, "change", slug=theirs), {"text": "Mine", "version": 1})
    missing = stranger.post(url(bread, 0, "change", slug=theirs), {"text": "Mine", "version": 1})
    assert change.status_code == missing.status_code == 409, "as if it had been deleted"
    assert "Secret" not in change.content.decode()
    with scope(world.bakery.pk), pytest.raises(NoteRefused):
        actions.add_note(
            actor=world.sam, group=get_group(world.sam, bread.customer_id), text="", client_id=uuid.uuid4()
        )
    assert (reload(note).text, reload(note).pinned_at) == ("Secret", None)


def test_the_panel_costs_the_same_for_few_and_for_many(world: World, amy: Client, room: Chatroom) -> None:
    costs = []
    for count in (1, 29):
        for number in range(count):
            add(world.amy, room, f"@Ben {number}")
        with CaptureQueriesContext(connection) as captured:
            assert amy.get(url(room), headers=HTMX).status_code == 200
        ignored = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
        costs.append(len([each for each in captured if not each["sql"].startswith(ignored)]))
    assert costs == [8, 8], "the person, the workspace, its members; the customer, their ids; pinned, others, mentions"
