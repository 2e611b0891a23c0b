"""A chat that is opened at one of its messages: with what stands around it, and the way to both ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inbox.chatrooms.models import Chatroom
from tests.world import World, messages_of

from .conftest import HTMX, conversation, get, room_url
from .reading import Page
from .test_query_counts import COSTS, NO_STATEMENTS

COUNT = 130


@pytest.fixture
def talk(world: World) -> Chatroom:
    """So many messages, five at the same second each."""
    return conversation(world, COUNT, tied=5)


def link(page: Page, name: str) -> str:
    """The address of the messages beyond one end of those shown; "" at the chat's own."""
    anchors = [a for a in page.all("a") if a.ancestors and name in a.ancestors[-1].attributes.get("class", "")]
    return anchors[0]["href"] if anchors else ""


def ids(talk: Chatroom) -> list[int]:
    return [message.pk for message in messages_of(talk)]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_message_is_shown_with_what_stands_around_it(talk: Chatroom, amy: Client, headers: dict[str, str]) -> None:
    everything = ids(talk)
    page = Page(amy.get(room_url(talk), {"at": everything[60]}, headers=headers))
    assert page.messages == everything[36:86]
    assert page.one("ol", "messages")["data-at"] == str(everything[60])
    assert page.one("a", id="to-newest")["href"] == room_url(talk)


def test_both_ends_are_reached_without_a_gap_and_nothing_comes_twice(talk: Chatroom, amy: Client) -> None:
    everything = ids(talk)
    page = get(amy, f"{room_url(talk)}?at={everything[60]}")
    seen, older, newer = page.messages, link(page, "older-messages"), link(page, "newer-messages")
    while older:
        part = get(amy, older, htmx=True)
        seen, older = part.messages + seen, link(part, "older-messages")
        assert link(part, "newer-messages") == ""
    while newer:
        part = get(amy, newer, htmx=True)
        seen, newer = seen + part.messages, link(part, "newer-messages")
        assert link(part, "older-messages") == ""
    assert seen == everything


def test_without_a_script_the_links_lead_both_ways_too(talk: Chatroom, amy: Client) -> None:
    everything = ids(talk)
    page = get(amy, f"{room_url(talk)}?at={everything[60]}")
    newer = get(amy, link(page, "newer-messages"))
    assert (newer.is_whole, newer.messages) == (True, everything[86:])
    older = get(amy, link(newer, "older-messages"))
    assert older.messages == everything[36:86]
    assert link(older, "newer-messages") != ""


@pytest.mark.parametrize("place", [0, COUNT - 1])
def test_at_an_end_there_is_nothing_beyond(talk: Chatroom, amy: Client, place: int) -> None:
    everything = ids(talk)
    page = get(amy, f"{room_url(talk)}?at={everything[place]}")
    assert page.messages == (everything[:26] if place == 0 else everything[-25:])
    assert bool(link(page, "older-messages")) == (place > 0)
    assert bool(link(page, "newer-messages")) == (place == 0)
    assert bool(page.all("a", id="to-newest")) == (place == 0)


def test_what_is_no_message_of_the_chat_opens_it_as_usual(
    world: World, talk: Chatroom, foreign_room: Chatroom, amy: Client
) -> None:
    usual = get(amy, room_url(talk)).messages
    (foreign,) = messages_of(foreign_room)
    given: list[Any] = [foreign.pk, 999_999_999, "x", "-1", "9" * 40, ""]
    for at in given:
        page = Page(amy.get(room_url(talk), {"at": at}))
        assert (page.status, page.messages) == (200, usual)
        assert "data-at" not in page.one("ol", "messages")
        assert page.all("a", id="to-newest") == []


@pytest.mark.parametrize(
    "after", ["", "nonsense", "2026-13-01T00:00:00+00:00_1", "2026-01-01_1", "x_99999999999999999999"]
)
def test_a_forged_position_shows_the_newest(talk: Chatroom, amy: Client, after: str) -> None:
    page = Page(amy.get(room_url(talk, "history"), {"after": after}, headers=HTMX))
    assert (page.status, page.messages) == (200, ids(talk)[-50:])


def test_it_costs_two_statements_more(talk: Chatroom, amy: Client) -> None:
    at = ids(talk)[60]
    amy.get(room_url(talk), headers=HTMX)
    with CaptureQueriesContext(connection) as captured:
        amy.get(room_url(talk), {"at": at}, headers=HTMX)
    statements = [query["sql"] for query in captured if not query["sql"].startswith(NO_STATEMENTS)]
    assert len(statements) == COSTS["room as a fragment"] + 2  # the message, and both sides instead of the newest
