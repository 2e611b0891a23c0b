"""Which chats a member sees: one rule, told in one table, and asked wherever chats are read."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inbox.chatrooms import actions, lists, selectors
from inbox.chatrooms.assignment_pages import assignment_page
from inbox.chatrooms.filters import RoomFilter
from inbox.chatrooms.models import Attachment, Chatroom, Message
from inbox.customers.actions import MergeRefused, merge_customers
from inbox.customers.selectors import group_of
from inbox.faq.actions import EntryDraft, create_entry
from inbox.labels.actions import create_label, ensure_label, set_customer_labels
from inbox.labels.selectors import people_by_label
from inbox.media.access import get_file
from inbox.media.models import MediaFile
from inbox.notes.actions import add_note, delete_note
from inbox.notes.models import CustomerNote
from inbox.notifications.actions import notify_changes
from inbox.notifications.models import Kind, Notification
from inbox.notifications.selectors import count_of, to_tell
from inbox.search import selectors as search
from inbox.search.queries import parse
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import Membership, Visibility
from inbox.workspaces.tenancy import scope
from inbox.workspaces.visibility import reach_of, some_reaches
from tests.pages.reading import Page
from tests.world import World, reload, room_with

ClientOf = Callable[[Membership], Client]

# What Amy sees, by the name of the chat's customer. `Guest` is one person with `Host`, about whom a note mentions her.
OWN = {"Mine", "Ourteam", "Teammate", "Host", "Guest"}
SEEN = {
    Visibility.OWN: OWN,
    Visibility.OWN_AND_UNASSIGNED: OWN | {"Nobody"},
    Visibility.ALL: OWN | {"Nobody", "Bens", "Otherteam", "Himself"},
}


@pytest.fixture
def house(world: World) -> dict[str, Chatroom]:
    """Chats of every kind, each with a customer of that name, a message and a file that hold the word lily."""
    names = ["Mine", "Bens", "Nobody", "Ourteam", "Teammate", "Otherteam", "Host", "Guest", "Himself"]
    rooms = {
        name: room_with(world, f"Lily for {name}", phone=f"8529111000{number}", name=name)
        for number, name in enumerate(names)
    }
    with scope(world.lotus.pk):
        ours = create_team(actor=None, workspace_id=world.lotus.pk, name="Ours", members=[world.amy.pk, world.ben.pk])
        others = create_team(actor=None, workspace_id=world.lotus.pk, name="Others", members=[world.ben.pk])
        owners = {
            "Mine": (world.amy, None),
            "Bens": (world.ben, None),
            "Ourteam": (None, ours),
            "Teammate": (world.ben, ours),
            "Otherteam": (None, others),
            "Host": (world.ben, None),
            "Guest": (world.ben, None),
            "Himself": (world.ben, None),
        }
        for name, (assignee, team) in owners.items():
            Chatroom.objects.filter(pk=rooms[name].pk).update(assignee=assignee, team=team)
        merge_customers(actor=world.olivia, keep=rooms["Host"].customer, merge=rooms["Guest"].customer)
        note(world.ben, rooms["Guest"], "Lily, @Amy?")
        note(world.amy, rooms["Himself"], "Lily for me, @Amy")  # nobody lets themselves in
        note(world.ben, rooms["Bens"], "Lily, not hers")
        for message in Message.objects.filter(text__startswith="Lily"):
            file = MediaFile.objects.create(
                workspace=world.lotus, sha256="0" * 64, size=1, mime_type="application/pdf", filename="lily.pdf"
            )
            Attachment.objects.create(workspace=world.lotus, message=message, kind="document", file=file)
    return rooms


def note(author: Membership, room: Chatroom, text: str) -> CustomerNote:
    group = group_of(author, room.customer_id)
    assert group is not None
    return add_note(actor=author, group=group, text=text, client_id=uuid.uuid4()).note


def limit(member: Membership, visibility: Visibility) -> Membership:
    with scope(member.workspace_id):
        Membership.objects.filter(pk=member.pk).update(visibility=visibility)
        return Membership.objects.select_related("user", "workspace").get(pk=member.pk)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_everybody_who_reads_chats_asks_the_same_rule(
    world: World, house: dict[str, Chatroom], visibility: Visibility, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = SEEN[visibility]
    amy = limit(world.amy, visibility)
    names = {room.pk: name for name, room in house.items()}
    with scope(world.lotus.pk):
        labels = {name: ensure_label(actor=world.olivia, name=name) for name in house}
        for name, room in house.items():
            set_customer_labels(actor=world.olivia, customers=[room.customer], add=[labels[name]])
        found = {"rooms": {names[room.pk] for room in selectors.rooms_seen(amy)}}
        rooms = list(Chatroom.objects.select_related("customer"))
        found["one chat"] = {names[room.pk] for room in rooms if reach_of(amy).sees(room)}
        people = {room.customer.head_id for room in rooms}
        [some] = some_reaches(world.lotus.pk, people) or [reach_of(amy)]
        found["members of a chat"] = {names[room.pk] for room in rooms if some.sees(room)}
        facts = lists.facts_of(amy)
        found["list"] = {names[room.pk] for room in lists.page_of(amy, RoomFilter(), facts)}
        assert lists.counts(amy, {"all": RoomFilter()}, facts) == {"all": len(expected)}
        found["choice"] = {names[room.pk] for room in selectors.rooms_to_choose(amy, search="")}
        query = parse({"q": "lily"}, member_ids=())
        for newest in (search.NEWEST, 0):  # from the newest messages, and from the index alone
            monkeypatch.setattr(search, "NEWEST", newest)
            hits = search.find_messages(amy, query, query.filters(None), limit=50)
            assert (hits.has_more, hits.is_cut) == (False, False)
            found[f"messages {newest}"] = {names[each.chatroom_id] for each in hits.rows}
        found["files"] = {
            names[each.message.chatroom_id]
            for each in search.find_files(amy, query, query.filters(None), limit=50).rows
        }
        notes = {"Lily, @Amy?": "Host", "Lily for me, @Amy": "Himself", "Lily, not hers": "Bens"}
        found_notes = {notes[each.text] for each in search.find_notes(amy, query, limit=50).rows}
        assert found_notes == expected & set(notes.values())
        called = {
            str(each)
            for name in names.values()
            for each in search.find_customers(amy, parse({"q": name}, member_ids=()), limit=50).rows
        }
        found["customers"] = called | {"Guest"} if "Host" in called else called  # who shows the name of their person
        labelled = {pk for label in labels.values() if (pk := label.pk) in people_by_label(amy)}
        assert people_by_label(amy) == dict.fromkeys(labelled, 1)
        found["labels"] = {name for name, label in labels.items() if label.pk in labelled}
        open_chats = assignment_page(amy, [world.amy, world.ben]).people
        assert [each.chats for each in open_chats] == [
            len(expected & set(theirs)) for theirs in (["Mine"], ["Bens", "Teammate", "Host", "Guest", "Himself"])
        ]
        found["panels"] = {name for name, room in house.items() if group_of(amy, room.customer_id)}
    assert {place: seen ^ expected for place, seen in found.items() if seen != expected} == {}


def test_owners_and_admins_see_everything(world: World, house: dict[str, Chatroom]) -> None:
    olivia = limit(world.olivia, Visibility.OWN)
    with scope(world.lotus.pk):
        assert selectors.rooms_seen(olivia).count() == len(house)


@pytest.mark.parametrize(("keep", "merge"), [("Host", "Mine"), ("Mine", "Host")])
def test_nobody_lets_themselves_in_by_a_merge(world: World, house: dict[str, Chatroom], keep: str, merge: str) -> None:
    """A mention opens all chats of one person, so it must not be joined to another by whom it lets in."""
    amy = limit(world.amy, Visibility.OWN)
    with scope(world.lotus.pk), pytest.raises(MergeRefused, match="mention"):
        merge_customers(actor=amy, keep=house[keep].customer, merge=house[merge].customer)
    with scope(world.lotus.pk):
        assert {room.pk for room in selectors.rooms_seen(amy)} == {house[name].pk for name in SEEN[Visibility.OWN]}


def test_what_was_done_to_chats_is_not_taken_back_where_they_are_hidden_since(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    limit(world.amy, Visibility.OWN)
    browser, address = client_of(world.amy), reverse("chatrooms:bulk", args=[world.lotus.slug])
    mine = house["Mine"]
    done = Page(browser.post(address, {"room": [mine.pk], "do": "close"}, headers={"HX-Request": "true"}))
    with scope(world.lotus.pk):
        Chatroom.objects.filter(pk=mine.pk).update(assignee=world.ben)
    undo = {"undo": done.one("input", name="undo")["value"]}
    browser.post(reverse("chatrooms:bulk_undo", args=[world.lotus.slug]), undo)
    assert reload(mine).status == "closed"


def test_a_person_is_seen_and_their_hidden_chats_are_not(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    limit(world.amy, Visibility.OWN)
    with scope(world.lotus.pk):
        merge_customers(actor=world.olivia, keep=house["Mine"].customer, merge=house["Bens"].customer)
        actions.post_system_message(chatroom=house["Bens"], event="closed", actor="Secret Somebody")
    browser, slug, customer = client_of(world.amy), world.lotus.slug, house["Mine"].customer_id
    pages = {
        "panel": reverse("customers:panel", args=[slug, customer]),
        "timeline": reverse("chatrooms:timeline", args=[slug, customer]),
        "gallery": reverse("chatrooms:gallery", args=[slug, house["Mine"].pk]) + "?of=customer&show=documents",
    }
    hidden = (f"/rooms/{house['Bens'].pk}/", "Secret Somebody")
    for name, url in pages.items():
        html = browser.get(url).content.decode()
        assert [part for part in hidden if part in html] == [], name
    assert f"/rooms/{house['Mine'].pk}/" in browser.get(pages["panel"]).content.decode()


def test_a_label_is_taken_back_of_a_person_whose_first_chat_is_hidden(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    limit(world.amy, Visibility.OWN)
    with scope(world.lotus.pk):
        merge_customers(actor=world.olivia, keep=house["Bens"].customer, merge=house["Mine"].customer)
        label = create_label(actor=world.olivia, name="Soon")
    browser, (bulk, undo) = client_of(world.amy), (f"/w/{world.lotus.slug}/bulk/{path}" for path in ("", "undoing/"))

    def taken_back(*, hidden: bool) -> str:
        done = Page(browser.post(bulk, {"room": house["Mine"].pk, "do": f"label:{label.pk}"}))
        assert "1 customer labelled." in done.text
        if hidden:
            with scope(world.lotus.pk):
                Chatroom.objects.filter(pk=house["Mine"].pk).update(assignee=world.ben)
        return Page(browser.post(undo, {"undo": done.one("input", name="undo")["value"]})).text

    assert "1 chat is as before." in taken_back(hidden=False)
    assert "Nothing was changed. 1 was left: it is gone" in taken_back(hidden=True)


def test_many_chats_at_once_are_those_one_sees(world: World, house: dict[str, Chatroom], client_of: ClientOf) -> None:
    limit(world.amy, Visibility.OWN)
    chosen = [house["Mine"].pk, house["Bens"].pk]
    answer = client_of(world.amy).post("/w/lotus-flowers/bulk/", {"do": "close", "room": chosen})
    assert answer.status_code == 200
    with scope(world.lotus.pk):
        assert set(Chatroom.objects.filter(status="closed").values_list("pk", flat=True)) == {house["Mine"].pk}


def test_nobody_is_told_of_chats_they_do_not_see(world: World, house: dict[str, Chatroom]) -> None:
    amy = limit(world.amy, Visibility.OWN)
    notify_changes()  # of all that the customers wrote, and of the mentions
    with scope(world.lotus.pk):
        told = Notification.objects.filter(member=amy).select_related("chatroom__customer")
        assert {(each.kind, str(each.chatroom.customer)) for each in told} == {
            (Kind.MESSAGE, "Mine"),
            (Kind.UNASSIGNED, "Ourteam"),
            (Kind.MENTION, "Host"),
        }
        assert Notification.objects.filter(member=world.ben, chatroom=house["Nobody"]).exists()
        assert count_of(amy).unread == 3
        told.filter(chatroom=house["Mine"]).update(chatroom=house["Bens"])  # as if it was theirs when they were told
        assert count_of(amy).unread == 2
        assert len(to_tell(world.lotus.pk, told)) == 2
        assert count_of(limit(world.amy, Visibility.ALL)).unread == 3
        assert len(to_tell(world.lotus.pk, told)) == 3


def test_a_mention_opens_a_chat_and_a_note_that_goes_closes_it(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    limit(world.amy, Visibility.OWN)
    room = house["Bens"]
    url = reverse("chatrooms:room", args=[world.lotus.slug, room.pk])
    browser = client_of(world.amy)
    assert browser.get(url).status_code == 404
    with scope(world.lotus.pk):
        written = note(world.ben, room, "What do you think, @Amy?")
    assert browser.get(url).status_code == 200
    sent = browser.post(reverse("chatrooms:messages", args=[world.lotus.slug, room.pk]), {"text": "Of course"})
    assert sent.status_code == 303
    with scope(world.lotus.pk):
        group = group_of(world.ben, room.customer_id)
        assert group is not None
        delete_note(actor=world.ben, group=group, note=written, seen=1)
    assert browser.get(url).status_code == 404


def test_files_are_seen_with_their_chats_and_those_that_are_kept_to_be_sent_by_everybody(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    amy = limit(world.amy, Visibility.OWN)
    with scope(world.lotus.pk):
        files = {
            name: MediaFile.objects.get(pk=Attachment.objects.get(message__chatroom=room).file_id)
            for name, room in house.items()
        }
        kept = MediaFile.objects.create(workspace=world.lotus, sha256="0" * 64, size=1, filename="prices.pdf")
        draft = EntryDraft({"en": ("Prices", "Here they are.")}, is_shared=True, files=[kept])
        assert get_file_or_none(amy, kept) is None
        create_entry(actor=world.olivia, draft=draft)
        assert get_file_or_none(amy, kept) == kept
        small = MediaFile.objects.create(
            workspace=world.lotus, sha256="0" * 64, size=1, filename="s.webp", made_from=files["Bens"], recipe="small"
        )
        assert get_file_or_none(amy, small) is None
        assert {name for name, file in files.items() if get_file_or_none(amy, file)} == OWN


def get_file_or_none(member: Membership, file: MediaFile) -> MediaFile | None:
    try:
        return get_file(member, file.pk)
    except Http404:
        return None


def test_who_gives_a_chat_away_is_led_back_to_the_list(
    world: World, house: dict[str, Chatroom], client_of: ClientOf
) -> None:
    limit(world.amy, Visibility.OWN)
    url = reverse("chatrooms:assignment", args=[world.lotus.slug, house["Mine"].pk])
    answer = client_of(world.amy).post(url, {"member": world.ben.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/w/lotus-flowers/")
    answer = client_of(world.ben).post(url, {"member": world.olivia.pk})
    assert answer["Location"] == reverse("chatrooms:room", args=[world.lotus.slug, house["Mine"].pk])


def test_seeing_less_costs_a_few_statements_more(world: World, house: dict[str, Chatroom], client_of: ClientOf) -> None:
    """Whose chats they are and whose customers' notes mention them is asked once a request, whatever that needs."""
    browser = client_of(world.amy)
    room = reverse("chatrooms:room", args=[world.lotus.slug, house["Mine"].pk])
    requests = [partial(browser.get, "/w/lotus-flowers/"), partial(browser.get, room)]

    def costs() -> list[int]:
        found = []
        for request in requests:
            with CaptureQueriesContext(connection) as captured:
                assert request().status_code == 200
            found.append(len(captured))
        return found

    all_chats = costs()
    limit(world.amy, Visibility.OWN_AND_UNASSIGNED)
    assert [less - every for less, every in zip(costs(), all_chats, strict=True)] == [3, 3]


def test_admins_say_what_an_agent_sees(world: World, client_of: ClientOf) -> None:
    owner = client_of(world.olivia)
    owner.get(reverse("enter_admin", args=[world.lotus.slug]))
    page = reverse("admin:workspaces_membership_change", args=[world.amy.pk])
    assert owner.post(page, {"role": "agent", "is_active": "on", "visibility": "own"}).status_code == 302
    with scope(world.lotus.pk):
        assert Membership.objects.get(pk=world.amy.pk).visibility == Visibility.OWN
