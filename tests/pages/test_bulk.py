"""What is done to many chats at once, by whom they are shown to belong, and how it is taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms import actions, bulk_views
from inbox.chatrooms.models import Chatroom
from inbox.customers.actions import block_customer
from inbox.labels.actions import create_label, set_customer_labels
from inbox.labels.models import Label
from inbox.lib import clock
from inbox.workspaces.actions import create_team
from inbox.workspaces.models import Membership
from inbox.workspaces.tenancy import scope
from tests.chatrooms.presence import rule
from tests.processes import at_once
from tests.world import World, messages_of, receive, reload, text_message, webhook

from .conftest import HTMX, crowd, get, put, room_url
from .reading import Page

LIST = "/w/lotus-flowers/"
BULK = f"{LIST}bulk/"
UNDO = f"{LIST}bulk/undoing/"

ClientOf = Callable[[Membership], Client]


def change(room: Chatroom, **values: Any) -> None:
    with scope(room.workspace_id):
        Chatroom.objects.filter(pk=room.pk).update(**values)


def bulk(browser: Client, **asked: Any) -> Page:
    return Page(browser.post(BULK, asked, headers=HTMX))


def undo(browser: Client, done: Page) -> Page:
    return Page(browser.post(UNDO, {"undo": done.one("input", name="undo")["value"]}, headers=HTMX))


def answer_to(asked: Page) -> dict[str, str]:
    """What the button of a question, or the one that insists, sends."""
    return {"do": asked.one("button", name="do")["value"], "chosen": asked.one("input", name="chosen")["value"]}


def shown(browser: Client, room: Chatroom) -> str:
    """What the box of a chat's row says."""
    boxes = get(browser, LIST).all("input", name="room", form="bulk")
    (value,) = [box["value"] for box in boxes if box["value"].startswith(f"{room.pk}:")]
    return value


def events(room: Chatroom) -> list[str]:
    return [message.details["event"] for message in messages_of(room) if message.direction == "system"]


def test_many_chats_are_changed_and_taken_back_as_far_as_they_still_stand(
    world: World, amy: Client, client_of: ClientOf, foreign_room: Chatroom
) -> None:
    rooms = crowd(world, 4)
    ids = [room.pk for room in rooms]
    change(rooms[0], assignee=world.ben)
    change(rooms[1], status="closed")
    done = bulk(amy, room=[*ids, foreign_room.pk], do="assign", member=world.amy.pk)
    assert "4 chats assigned to Amy Agent. 1 was left: it is gone" in done.text
    assert [reload(room).assignee_id for room in rooms] == [world.amy.pk] * 4
    assert reload(foreign_room).assignee_id is None
    facts = {"actor": "Amy Agent", "assignee": "Amy Agent"}
    over = {"event": "taken_over", **facts, "before": "Ben Agent", "had": [world.ben.pk, None]}
    assert messages_of(rooms[0])[-1].details == over
    assert messages_of(rooms[2])[-1].details == {"event": "taken", **facts, "had": [None, None]}
    change(rooms[3], assignee=world.olivia)
    word = done.one("input", name="undo")["value"]
    assert client_of(world.ben).post(UNDO, {"undo": word}).status_code == 404
    assert "3 chats are as before. 1 was changed since." in undo(amy, done).text
    assert [reload(room).assignee_id for room in rooms] == [world.ben.pk, None, None, world.olivia.pk]

    whole = Page(amy.post(BULK, {"room": ids, "do": "archive"}))
    assert whole.is_whole
    assert [reload(room).status for room in rooms] == ["archived"] * 4
    assert get(amy, LIST).rooms == []
    undo(amy, whole)
    assert [reload(room).status for room in rooms] == ["open", "closed", "open", "open"]
    assert amy.post(UNDO, {"undo": "forged"}).status_code == 409


def test_each_deed_does_what_it_says_names_what_it_left_and_is_taken_back(world: World, amy: Client) -> None:
    first, second = crowd(world, 2)
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales", members=[world.ben.pk])
        empty = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Empty")
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[first.customer], add=[label])
    before = {"status": "open", "assignee_id": world.ben.pk, "team_id": team.pk}
    # What is asked, what it makes of the first, and what is said; the second is so already.
    table: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({"do": "take"}, {"assignee_id": world.amy.pk}, "1 chat assigned to Amy Agent."),
        ({"do": "unassign"}, {"assignee_id": None}, "1 chat is nobody’s now."),
        ({"do": "assign", "member": "nobody"}, {"assignee_id": None}, "1 chat is nobody’s now."),
        ({"do": f"assign:{world.olivia.pk}"}, {"assignee_id": world.olivia.pk}, "1 chat assigned to Olivia Owner."),
        (
            {"do": "assign", "member": f"team-{empty.pk}"},
            {"assignee_id": None, "team_id": empty.pk},
            "1 chat given to the team Empty. 1 already was. Nobody is in the team Empty",
        ),
        ({"do": "assign:no-team"}, {"team_id": None}, "1 chat has no team now."),
        ({"do": "close"}, {"status": "closed"}, "1 chat closed."),
        ({"do": "archive"}, {"status": "archived"}, "1 chat archived."),
    ]
    for asked, made, words in table:
        change(first, **before)
        change(second, **{**before, **made})
        done = bulk(amy, room=[first.pk, second.pk], **asked)
        assert "1 already was." in done.text, asked
        assert words in done.text
        assert {name: getattr(reload(first), name) for name in before} == before | made, asked
        assert "1 chat is as before." in undo(amy, done).text
        assert {name: getattr(reload(first), name) for name in before} == before, asked
    change(first, status="closed")
    done = bulk(amy, room=[first.pk, first.pk, 10**9], do="reopen")
    assert "1 chat reopened. 1 was left: it is gone" in done.text
    assert bulk(amy, room=first.pk, do="reopen").text.startswith("Nothing was changed. 1 already was.")
    assert events(first)[-1] == "reopened"
    assert "taken_off_team" in events(first)


def test_chats_that_others_took_meanwhile_are_left_and_named_and_may_be_insisted_on(
    world: World, amy: Client, client_of: ClientOf
) -> None:
    rooms = crowd(world, 3)
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales", members=[world.ben.pk])
    as_shown = [shown(amy, room) for room in rooms]
    change(rooms[0], assignee=world.ben)
    change(rooms[1], team=team)
    told = bulk(amy, room=as_shown, do="take")
    assert "1 chat assigned to Amy Agent." in told.text
    assert "1 was taken by Ben Agent meanwhile." in told.text
    assert "1 was given to the team Sales meanwhile." in told.text
    assert told.one("div", "notice")["data-level"] == "warning"
    assert [reload(room).assignee_id for room in rooms] == [world.ben.pk, None, world.amy.pk]

    change(rooms[1], team=None, assignee=world.olivia)
    insisted = bulk(amy, **answer_to(told))
    assert "1 chat assigned to Amy Agent. 1 was taken by Olivia Owner meanwhile." in insisted.text
    assert reload(rooms[0]).assignee_id == world.amy.pk
    assert events(rooms[0])[-1] == "taken_over"

    rule(world, only_assignee_replies=True)
    change(rooms[2], assignee=world.ben)
    kept = bulk(amy, room=rooms[2].pk, do="take")
    assert "Nothing was changed. 1 was left: only its assignee or an admin may hand it over." in kept.text
    assert kept.all("input", name="undo") == []
    assert "1 chat assigned to Olivia Owner." in bulk(client_of(world.olivia), room=rooms[2].pk, do="take").text


@pytest.mark.parametrize(("do", "status"), [("close", "closed"), ("archive", "archived")])
@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 was left: its customer has written meanwhile (Customer 0)."),
        (4, "4 were left: their customers have written meanwhile (Customer 0, Customer 1, Customer 2, …)."),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["all of a filter", "chosen rows"])
def test_chats_whose_customers_wrote_meanwhile_are_left_and_named_and_may_be_insisted_on(
    world: World, amy: Client, do: str, status: str, count: int, words: str, whole: bool
) -> None:
    rooms = crowd(world, 5)
    rest = [status] * (5 - count)
    answer = {"room": [shown(amy, room) for room in rooms], "do": do}
    if whole:
        answer = answer_to(bulk(amy, do=do, whole="1", query=""))
    customers_write(world, count)
    told = bulk(amy, **answer)
    assert words in told.text
    assert told.one("div", "notice")["data-level"] == "warning"
    assert [reload(room).status for room in rooms] == ["open"] * count + rest
    customers_write(world, 1)
    assert "1 was left: its customer has written meanwhile (Customer 0)." in bulk(amy, **answer_to(told)).text
    assert [reload(room).status for room in rooms] == ["open", *[status] * (count - 1), *rest]
    assert undo(amy, told).text.startswith(f"{len(rest)} chat")
    assert [reload(room).status for room in rooms] == ["open", *[status] * (count - 1), *["open"] * len(rest)]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
@pytest.mark.parametrize(
    ("button", "status", "is_old"),
    [("state-close", "closed", False), ("state-archive", "archived", False), ("state-close", "closed", True)],
    ids=["close", "archive", "close, opened at an old message"],
)
def test_the_open_chat_is_left_too_if_its_customer_has_written_what_its_page_does_not_know(
    world: World, amy: Client, headers: dict[str, str], button: str, status: str, is_old: bool
) -> None:
    (room,) = crowd(world, 1)
    first = messages_of(room)[0]
    for number in range(60 if is_old else 0):
        put(room, text=f"More {number}", sent_at=first.sent_at + timedelta(minutes=number + 1))

    def opened() -> Page:
        return get(amy, room_url(room), **({"at": str(first.pk)} if is_old else {}))

    def pressed(page: Page) -> Page:
        known = {"known": page.one("input", name="known")["value"]}
        return Page(amy.post(page.one("button", button)["formaction"], known, headers=headers))

    if is_old:
        customers_write(world, 1)  # which nobody has read, and the page does not show
    page = opened()
    if not is_old:
        customers_write(world, 1)
    told = pressed(page)
    assert told.is_whole is not bool(headers)
    assert "Nothing was changed. 1 was left: its customer has written meanwhile (Customer 0)." in told.text
    assert told.all("input", name="undo") == []
    assert (reload(room).status, events(room)) == ("open", [])
    customers_write(world, 1)
    told = bulk(amy, **answer_to(told))
    assert "1 was left: its customer has written meanwhile (Customer 0)." in told.text
    assert "1 chat" in bulk(amy, **answer_to(told)).text
    assert reload(room).status == status

    customers_write(world, 1)  # which opens it
    with scope(world.lotus.pk):
        actions.mark_all(member=world.amy, room_ids=[room.pk], is_read=True)
    page = opened()
    with scope(world.lotus.pk):
        block_customer(actor=world.amy, customer=room.customer, is_blocked=True)
    customers_write(world, 1)  # unnoticed
    pressed(page)
    assert reload(room).status == status


def customers_write(world: World, count: int) -> None:
    """The first so many of a crowd write once more."""
    again = [text_message("Hello?", phone=f"852700{number:05}", name=f"Customer {number}") for number in range(count)]
    receive(world.app, webhook(world.shop, messages=again))


def test_whoever_gave_a_chat_away_takes_it_back_also_where_only_the_assignee_may_reply(
    world: World, amy: Client
) -> None:
    (room,) = crowd(world, 1)
    rule(world, only_assignee_replies=True)
    for now, words, owner in (
        (world.ben, "1 chat is as before.", world.amy),
        (world.olivia, "Nothing was changed. 1 was changed since.", world.olivia),
    ):
        change(room, assignee=world.amy)
        given = bulk(amy, room=room.pk, do=f"assign:{world.ben.pk}")
        change(room, assignee=now)
        assert words in undo(amy, given).text
        assert reload(room).assignee_id == owner.pk


@pytest.mark.parametrize("was_waiting", [True, False], ids=["in the queue", "given up"])
@pytest.mark.parametrize("deed", ["take", "team", "from the chat", "close", "archive"])
def test_a_chat_of_nobody_has_its_place_in_the_queue_again_or_none_as_before(
    world: World, amy: Client, deed: str, was_waiting: bool
) -> None:
    (room,) = crowd(world, 1)
    since = clock.now() - timedelta(hours=3) if was_waiting else None
    change(room, unclaimed_since=since)
    with scope(world.lotus.pk):
        team = create_team(actor=world.olivia, workspace_id=world.lotus.pk, name="Sales", members=[world.ben.pk])

    def done() -> Page:
        if deed == "from the chat":
            return Page(amy.post(room_url(room, "assignment"), {"take": ":"}, headers=HTMX))
        return bulk(amy, room=room.pk, do=f"assign:team-{team.pk}" if deed == "team" else deed)

    first = done()
    assert (reload(room).status, reload(room).assignee_id, reload(room).team_id) != ("open", None, None)
    undo(amy, first)
    assert (reload(room).status, reload(room).assignee_id, reload(room).team_id) == ("open", None, None)
    assert reload(room).unclaimed_since == since
    second, now = done(), clock.now()
    customers_write(world, 1)
    undo(amy, second)
    again = reload(room).unclaimed_since
    assert again, "who was given up waits again once they write"
    if deed not in ("close", "archive"):  # which the customer opened again
        assert again == since if was_waiting else again >= now


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_chats_from_the_list_at_the_same_moment_one_has_each_and_the_other_is_told(
    world: World, client_of: ClientOf
) -> None:
    rooms = crowd(world, 6)
    members = {member.pk: client_of(member) for member in (world.amy, world.ben, world.olivia)}
    as_shown = [f"{room.pk}:::1" for room in rooms]
    answers = at_once(*[partial(bulk, browser, room=as_shown, do="take") for browser in members.values()])
    owners = [reload(room).assignee_id for room in rooms]
    for (pk, _browser), answer in zip(members.items(), answers, strict=True):
        won = owners.count(pk)
        assert (f"{won} chat" in answer.text) if won else ("Nothing was changed." in answer.text)
        left = sum(int(count) for count in re.findall(r"(\d+) w\w+ taken by", answer.text))
        assert won + left == len(rooms)
    assert [events(room) for room in rooms] == [["taken"]] * len(rooms)


def test_many_chats_are_read_and_unread_for_one_member(world: World, amy: Client, client_of: ClientOf) -> None:
    ids = [room.pk for room in crowd(world, 2)]
    done = bulk(amy, room=ids, do="read")
    assert f'"{ids[0]}": 1' in done.one("div", "notice")["data-done"]
    assert set(get(amy, LIST).unread.values()) == {0}
    assert set(get(client_of(world.ben), LIST).unread.values()) == {1}
    assert "2 already were." in bulk(amy, room=ids, do="read").text
    bulk(amy, room=ids[0], do="unread")
    assert get(amy, LIST).unread == {ids[0]: 1, ids[1]: 0}
    undo(amy, done)
    assert get(amy, LIST).unread == {ids[0]: 1, ids[1]: 1}


def test_a_label_is_put_on_many_taken_off_and_back_each_time(world: World, amy: Client) -> None:
    first, second = crowd(world, 2)
    with scope(world.lotus.pk):
        label = create_label(actor=world.amy, name="VIP")
        set_customer_labels(actor=world.amy, customers=[first.customer], add=[label])

    def labelled() -> set[int]:
        return set(get(amy, LIST, label=str(label.pk)).rooms)

    both = [first.pk, second.pk]
    done = bulk(amy, room=both, do="label", label=label.pk)
    assert "1 customer labelled. 1 already was." in done.text
    assert labelled() == set(both)
    undo(amy, done)
    assert labelled() == {first.pk}
    done = bulk(amy, room=both, do=f"label:off-{label.pk}")
    assert "The label was removed from 1 customer. 1 already was." in done.text
    assert labelled() == set()
    undo(amy, done)
    assert labelled() == {first.pk}
    done = bulk(amy, room=first.pk, do=f"label:off-{label.pk}")
    with scope(world.lotus.pk):
        Label.objects.filter(pk=label.pk).update(deleted_at=label.created_at)
    assert "Nothing was changed. 1 was changed since." in undo(amy, done).text


# --- all that a filter shows -----------------------------------------------------------------------------------------


def test_all_that_a_filter_shows_is_asked_about_done_in_batches_and_taken_back(
    world: World, amy: Client, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = crowd(world, 130)
    change(rooms[0], assignee=world.ben)
    assert get(amy, LIST).one("input", name="whole")["type"] == "checkbox"
    monkeypatch.setattr(bulk_views, "MOST_OF_A_FILTER", 120)
    asked = {"whole": "1", "query": "assignee=none", "room": [rooms[5].pk]}
    question = bulk(amy, do="close", **asked)
    words = "Close 120 chats? Only 120 of its 129 chats can be changed at a time."
    assert question.one("p").text == words
    assert question.one("button", name="do").text == "Close 120 chats"
    assert {reload(room).status for room in rooms[:6]} == {"open"}
    assert Page(amy.post(BULK, asked | {"do": "close"})).is_whole, "without a script too"

    answer = answer_to(question)
    assert client_of(world.ben).post(BULK, answer).status_code == 409
    receive(world.app, webhook(world.shop, messages=[text_message("New", phone="85290000007")]))
    change(rooms[129], status="archived")
    with CaptureQueriesContext(connection) as captured:
        done = bulk(amy, **answer)
    assert len(captured) < 60, "so many statements for each hundred chats"
    assert "120 chats closed." in done.text
    closed = [room for room in rooms if reload(room).status == "closed"]
    assert len(closed) == 120
    assert events(closed[0]) == ["closed"]
    undone = undo(amy, done)
    assert "120 chats are as before." in undone.text
    assert reload(closed[0]).status == "open"

    change(rooms[7], assignee=world.olivia)
    question = bulk(amy, do="take", whole="1", query=f"assignee={world.olivia.pk}")
    assert question.one("p").text == "Assign 1 chat to Amy Agent?"
    change(rooms[7], assignee=world.ben)
    assert "1 was taken by Ben Agent meanwhile." in bulk(amy, **answer_to(question)).text
    assert (
        "This list shows no chat any more."
        in bulk(amy, do="close", whole="1", query="assignee=none&unread=x&label=7").text
    )


def test_where_the_database_fails_on_the_way_what_was_done_is_told_and_taken_back_and_insisting_means_all(
    world: World, amy: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = crowd(world, 5)
    monkeypatch.setattr(bulk_views, "MOST_ROOMS", 2)
    closing = answer_to(bulk(amy, do="close", whole="1", query=""))
    with connection.execute_wrapper(failing_at(2)):
        done = bulk(amy, **closing)
    assert "2 chats closed. 3 were not reached, because something went wrong" in done.text
    assert done.one("div", "notice")["data-level"] == "warning"
    assert "deadlock detected" in caplog.text
    assert [reload(room).status for room in rooms].count("closed") == 2
    with connection.execute_wrapper(failing_at(1)):
        failed = undo(amy, done)
    assert "Nothing was changed. 2 were not reached" in failed.text
    assert "2 chats are as before." in undo(amy, failed).text
    assert {reload(room).status for room in rooms} == {"open"}

    taking = answer_to(bulk(amy, do="take", whole="1", query=""))
    for room in rooms:
        change(room, assignee=world.ben)
    told = bulk(amy, **taking)
    assert "5 were taken by Ben Agent meanwhile." in told.text
    assert "5 chats assigned to Amy Agent." in bulk(amy, **answer_to(told)).text


def failing_at(batch: int) -> Callable[..., Any]:
    """A database that gives up when the chats of this batch are locked."""
    locks = []

    def execute(go: Callable[..., Any], sql: str, *more: Any) -> Any:
        if "FOR NO KEY UPDATE" in sql and "chatrooms_chatroom" in sql:
            locks.append(sql)
            if len(locks) == batch:
                raise OperationalError("deadlock detected")
        return go(sql, *more)

    return execute


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "close"},
        {"do": "close", "room": ["x", "-1", "9" * 30, ":", "x:1:2"]},
        {"do": "explode", "room": [1]},
        {"do": "assign", "room": [1], "member": "7777777"},
        {"do": "assign:team-7777777", "room": [1]},
        {"do": "assign:", "room": [1]},
        {"do": "label", "room": [1], "label": "7777777"},
        {"do": "label:off-x", "room": [1]},
        {"do": "archive", "room": list(range(1, 102))},
        {"do": "close", "chosen": "forged"},
    ],
)
def test_what_cannot_be_done_to_many_is_refused_in_words(world: World, amy: Client, asked: dict[str, Any]) -> None:
    refused = amy.post(BULK, asked, headers=HTMX)
    assert refused.status_code == 409
    assert Page(refused).one("div", "notice").text
