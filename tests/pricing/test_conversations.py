"""Billing conversations by the rules of the brief: the pure policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inbox.pricing.conversations import Conversation, as_reported, opened_by_sending

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = 24 * HOUR

# What the business sends, at how many hours after the start, and the conversations there are then: who opened each, for
# what, and at how many hours. "" is an answer to the customer, anything else the category of a template.
SCENARIOS: dict[str, tuple[list[tuple[float, str]], list[tuple[str, str, float]]]] = {
    "the customer writes and is answered": ([(0, "")], [("customer", "service", 0)]),
    "they go on for a day": ([(0, ""), (1, ""), (23.99, "")], [("customer", "service", 0)]),
    "an answer on the next day": ([(0, ""), (24, "")], [("customer", "service", 0), ("customer", "service", 24)]),
    "a template to somebody silent": ([(0, "marketing")], [("business", "marketing", 0)]),
    "the customer answers the template": ([(0, "utility"), (2, ""), (3, "")], [("business", "utility", 0)]),
    "a template while the customer's is open": ([(0, ""), (5, "utility")], [("customer", "service", 0)]),
    "a second template on the same day": ([(0, "marketing"), (23, "utility")], [("business", "marketing", 0)]),
    "a second template on the next day": (
        [(0, "marketing"), (24, "utility")],
        [("business", "marketing", 0), ("business", "utility", 24)],
    ),
    "the window outlasts the conversation: the customer wrote late in it": (
        [(0, "utility"), (23, ""), (25, "")],
        [("business", "utility", 0), ("customer", "service", 25)],
    ),
    "the customer's ends, then a template": (
        [(0, ""), (30, "authentication")],
        [("customer", "service", 0), ("business", "authentication", 30)],
    ),
    "a finer category": ([(0, "AUTHENTICATION_INTERNATIONAL")], [("business", "authentication", 0)]),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_scenarios_of_the_brief(scenario: str) -> None:
    sends, expected = SCENARIOS[scenario]
    opened: list[Conversation] = []
    for hours, category in sends:
        found = opened_by_sending(opened[-1] if opened else None, at=START + hours * HOUR, template_category=category)
        if found is not None:
            opened.append(found)
    assert [(each.opened_by, each.category, (each.opened_at - START) / HOUR) for each in opened] == expected
    assert {each.expires_at - each.opened_at for each in opened} == {DAY}


@pytest.mark.parametrize(("after", "opens"), [(DAY - SECOND, False), (DAY, True), (DAY + SECOND, True), (-HOUR, False)])
def test_a_conversation_lasts_24_hours_to_the_second(after: timedelta, opens: bool) -> None:
    """Also a send that is recorded late, older than what opened the conversation, belongs to it."""
    first = opened_by_sending(None, at=START, template_category="")
    assert (opened_by_sending(first, at=START + after, template_category="") is not None) is opens


# --- the vendor's words ---------------------------------------------------------------------------------------------

OPEN = Conversation("customer", "service", START, START + DAY)


def reported(current: Conversation | None, at: datetime = START, **words: Any) -> Conversation | None:
    pricing = words.pop("pricing", {})
    return as_reported(current, at=at, conversation=words, pricing=pricing)


def test_the_vendor_names_the_conversation_and_says_when_it_ends() -> None:
    end = START + DAY - HOUR
    found = reported(OPEN, id="c1", origin={"type": "utility"}, expiration_timestamp=int(end.timestamp()))
    assert found == replace(OPEN, external_id="c1", category="utility", expires_at=end)
    assert reported(found, id="c1", origin={"type": "utility"}, expiration_timestamp=str(int(end.timestamp()))) is None
    assert reported(found, id="c1", origin={"type": "utility"}) is None


def test_another_name_with_every_message_opens_nothing() -> None:
    named = replace(OPEN, external_id="c1")
    assert reported(named, id="c2", origin={"type": "service"}) is None


def test_a_conversation_that_we_did_not_see_begin() -> None:
    assert reported(None, id="c1", origin={"type": "marketing"}) == Conversation(
        "business", "marketing", START, START + DAY, external_id="c1"
    )
    assert reported(OPEN, at=START + DAY, id="c2", origin={"type": "user_initiated"}) == Conversation(
        "customer", "service", START + DAY, START + 2 * DAY, external_id="c2"
    )


@pytest.mark.parametrize(
    "words", [{"id": "c1", "origin": {"type": "referral_conversion"}}, {"pricing": {"type": "free_entry_point"}}]
)
def test_a_free_entry_point_lasts_72_hours_from_the_answer(words: dict[str, Any]) -> None:
    found = reported(OPEN, at=START + HOUR, **words)
    assert found is not None
    assert (found.category, found.is_entry_point, found.expires_at) == ("referral", True, START + 72 * HOUR)
    assert reported(found, at=START + 71 * HOUR, **words) is None
    assert opened_by_sending(found, at=START + 71 * HOUR, template_category="marketing") is None


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"origin": "utility"},
        {"pricing": {"type": "regular", "category": "utility"}},
    ],
)
def test_words_that_say_nothing_of_a_conversation(words: dict[str, Any]) -> None:
    assert reported(OPEN, **words) is None
    assert reported(None, **words) is None


@pytest.mark.parametrize("end", ["soon", None, 0, -1, 10**20, int((START + 30 * DAY).timestamp())])
def test_an_end_that_cannot_be_is_not_believed(end: object) -> None:
    found = reported(OPEN, id="c1", origin={"type": "service"}, expiration_timestamp=end)
    assert found == replace(OPEN, external_id="c1")
