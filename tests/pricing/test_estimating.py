"""What a message would cost: the pure policy and its words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from inbox.pricing.budgets import Allowance
from inbox.pricing.countries import UNKNOWN, country_of
from inbox.pricing.estimating import EntryPoint, Rate, Why, base_of, estimate, rate_for
from inbox.pricing.words import budget_words, estimate_words, money

TODAY = date(2026, 11, 22)
RATES = [
    Rate("whatsapp", "HK", "utility", Decimal("0.0205"), valid_from=date(2026, 1, 1)),
    Rate("whatsapp", "HK", "marketing", Decimal("0.07"), valid_from=date(2026, 1, 1), note="example"),
    Rate("whatsapp", "*", "utility", Decimal("0.03"), valid_from=date(2026, 1, 1)),
]


def rate(amount: str, **facts: Any) -> Rate:
    return Rate(
        **{"channel": "whatsapp", "country": "HK", "category": "utility", "amount": Decimal(amount), **facts},
    )


def chosen(*rates: Rate, country: str = "HK", category: str = "utility", on: date = TODAY) -> str | None:
    found = rate_for(rates, channel="whatsapp", country=country, category=category, on=on)
    return str(found.amount) if found else None


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("85291234567", "HK"),
        ("+85291234567", "HK"),
        ("447400123456", "GB"),
        ("12125550123", "US"),
        ("14165550123", "CA"),
        ("447700900123", "GB"),  # of no plan: the main country of its calling code
        ("8613800138000", "CN"),
        ("", UNKNOWN),
        ("no number", UNKNOWN),
        ("9999", UNKNOWN),
        ("80012345678", UNKNOWN),  # a free number of no country
    ],
)
def test_the_country_of_a_number(phone: str, country: str) -> None:
    assert country_of(phone) == country


def test_the_own_rate_goes_before_the_platforms_and_a_countrys_before_anywheres() -> None:
    anywhere, here = rate("1", country="*"), rate("2")
    own_anywhere, own_here = rate("3", country="*", is_own=True), rate("4", is_own=True)
    assert chosen(anywhere, here) == "2"
    assert chosen(anywhere, here, own_anywhere) == "3"
    assert chosen(own_here, anywhere, here, own_anywhere) == "4"
    assert chosen(here, anywhere, country="GB") == "1"
    assert chosen(here, country="GB") is None
    assert chosen(anywhere, country=UNKNOWN) == "1"


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "1"),
        (date(2026, 6, 30), "1"),
        (date(2026, 7, 1), "2"),
        (date(2026, 12, 31), "2"),
        (date(2027, 1, 1), None),
    ],
)
def test_rates_hold_from_their_first_day_to_their_last(day: date, amount: str | None) -> None:
    first = rate("1", valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))
    second = rate("2", valid_from=date(2026, 7, 1), valid_until=date(2026, 12, 31))
    assert chosen(first, second, on=day) == amount


def test_finer_categories_fall_back_on_the_main_one() -> None:
    main, finer = rate("1", category="marketing"), rate("2", category="marketing_lite")
    assert chosen(main, finer, category="marketing_lite") == "2"
    assert chosen(main, category="marketing_lite") == "1"
    assert chosen(main, finer, category="MARKETING") == "1"
    assert [base_of(word) for word in ("authentication_international", "group_service", "brand_new")] == [
        "authentication",
        "service",
        "brand_new",
    ]


@pytest.mark.parametrize(
    ("category", "in_window", "entry_point", "why", "amount"),
    [
        ("utility", False, "none", Why.RATE, "0.0205"),
        ("utility", True, "none", Why.IN_WINDOW, "0"),
        ("utility", False, "open", Why.ENTRY_POINT, "0"),
        ("marketing", True, "none", Why.RATE, "0.07"),
        ("marketing", True, "open", Why.ENTRY_POINT, "0"),
        ("marketing", True, "waiting", Why.AD, "0"),
        ("authentication", True, "none", Why.NO_RATE, None),
        ("service", True, "none", Why.ANSWER, "0"),
        ("UTILITY", True, "none", Why.IN_WINDOW, "0"),
    ],
)
def test_what_is_free_and_what_is_not(
    category: str, in_window: bool, entry_point: str, why: Why, amount: str | None
) -> None:
    found = estimate(
        RATES,
        channel="whatsapp",
        country="HK",
        category=category,
        in_window=in_window,
        entry_point=EntryPoint(entry_point),
        on=TODAY,
    )
    assert (found.why, found.amount) == (why, Decimal(amount) if amount is not None else None)
    assert found.is_free == (amount == "0")


@pytest.mark.parametrize(
    ("country", "category", "in_window", "words"),
    [
        ("HK", "utility", False, "Utility template to HK: about US$0.0205; free inside the window"),
        ("HK", "utility", True, "Utility template to HK: free, because the customer wrote within the window"),
        ("HK", "marketing", True, "Marketing template to HK: about US$0.070 (example)"),
        ("GB", "marketing", False, "Marketing template to GB: the price is not known"),
        ("", "utility", False, "Utility template: about US$0.030; free inside the window"),
        ("HK", "service", True, "Answers are free inside the window."),
    ],
)
def test_the_words_before_a_send(country: str, category: str, in_window: bool, words: str) -> None:
    found = estimate(RATES, channel="whatsapp", country=country, category=category, in_window=in_window, on=TODAY)
    assert estimate_words(found) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("0", "USD", "US$0.00"),
        ("1234.5", "USD", "US$1,234.50"),
        ("0.00125", "USD", "US$0.0013"),
        ("2", "HKD", "HKD 2.00"),
    ],
)
def test_amounts_in_words(amount: str, currency: str, words: str) -> None:
    assert money(Decimal(amount), currency) == words


# --- what a budget allows -------------------------------------------------------------------------------------------


def allowance(budget: str | None, spent: str = "0") -> Allowance:
    return Allowance(1, Decimal(budget) if budget is not None else None, "USD", Decimal(spent))


@pytest.mark.parametrize(
    ("budget", "spent", "amount", "allowed"),
    [
        (None, "1000", "9", True),
        ("0", "0", "0.01", False),
        ("0", "0", "0", True),
        ("0", "0", None, False),
        ("1", "0.98", "0.02", True),
        ("1", "0.98", "0.03", False),
        ("1", "0.98", None, True),
        ("1", "1", None, False),
        ("1", "5", "0", True),
    ],
)
def test_a_budget_stops_what_would_pass_it(budget: str | None, spent: str, amount: str | None, allowed: bool) -> None:
    assert allowance(budget, spent).allows(Decimal(amount) if amount is not None else None) is allowed


def test_a_budget_stops_what_is_priced_in_another_currency() -> None:
    assert not allowance("100").allows(Decimal("0.01"), "HKD")
    assert allowance(None).allows(Decimal("0.01"), "HKD")


def test_the_messages_of_one_batch_cannot_together_pass_the_limit() -> None:
    left = allowance("0.05")
    assert [left.take(Decimal("0.02")) for _message in range(4)] == [True, True, False, False]
    assert left.spent == Decimal("0.04")


@pytest.mark.parametrize(
    ("budget", "spent", "near", "used", "words"),
    [
        (None, "9", False, False, ""),
        ("10", "7.99", False, False, "US$7.99 of US$10.00 this month"),
        ("10", "8", True, False, "The budget of this month is nearly used up: US$8.00 of US$10.00."),
        (
            "10",
            "10",
            True,
            True,
            "The budget of this month is used up: US$10.00 of US$10.00. Only free messages are sent.",
        ),
        ("0", "0", True, True, "The budget is 0: nothing that is paid for is sent."),
    ],
)
def test_a_budget_warns_at_four_fifths(budget: str | None, spent: str, near: bool, used: bool, words: str) -> None:
    found = allowance(budget, spent)
    assert (found.is_near, found.is_used_up, budget_words(found)) == (near, used, words)
