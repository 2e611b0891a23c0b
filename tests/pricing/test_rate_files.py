"""Rates from CSV files: all or none, and every bad row by its number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from inbox.pricing.countries import CODES
from inbox.pricing.estimating import Rate
from inbox.pricing.rate_files import EXAMPLE_RATES, MOST_BYTES, RatesRefused, read_rates

TODAY = date(2026, 11, 22)
CATEGORIES = {"utility": "Utility", "marketing": "Marketing", "authentication": "Authentication"}


def read(text: str | bytes) -> list[Rate]:
    content = text if isinstance(text, bytes) else text.encode()
    return read_rates(content, channels={"whatsapp": "WhatsApp"}, categories=CATEGORIES, today=TODAY)


def problems(text: str | bytes) -> list[tuple[int, str]]:
    with pytest.raises(RatesRefused) as refusal:
        read(text)
    return [(problem.row, problem.words) for problem in refusal.value.problems]


def test_a_file_with_the_least() -> None:
    assert read("country,category,amount\nhk,Utility,0.02\n") == [
        Rate("whatsapp", "HK", "utility", Decimal("0.02"), "USD", TODAY)
    ]


def test_a_file_with_everything_as_spreadsheets_write_it() -> None:
    text = (
        "\ufeffNote,Amount,Country,Category,Channel,Currency,Valid_From,Valid_Until\r\n"
        '"from, the list",0.5,CA US,marketing,WhatsApp,hkd,2026-01-01,2026-06-30\r\n\r\n'
    )
    found = read(text)
    assert [(rate.country, rate.amount, rate.currency, rate.note) for rate in found] == [
        ("CA", Decimal("0.5"), "HKD", "from, the list"),
        ("US", Decimal("0.5"), "HKD", "from, the list"),
    ]
    assert {(rate.valid_from, rate.valid_until) for rate in found} == {(date(2026, 1, 1), date(2026, 6, 30))}


MANY_RATES = "country,category,amount,valid_from\n" + "".join(
    f"{' '.join(CODES)},utility,1,{1900 + number}-01-01\n" for number in range(100)
)
HEADINGS = "country,category,amount,currency,valid_from,valid_until"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",utility,0.02", "The country is missing"),
        ("Hongkong,utility,0.02", "“HONGKONG” is no country"),
        ("XX,utility,0.02", "“XX” is no country"),
        ("HK,utilities,0.02", "“utilities” is no category. Possible: utility, marketing, authentication."),
        ("HK,utility,", "“” is no amount"),
        ("HK,utility,0.02 USD", "“0.02 USD” is no amount"),
        ("HK,utility,-0.02", "The amount must be 0 or more"),
        ("HK,utility,NaN", "“NaN” is no amount"),
        ("HK,utility,1e9", "“1e9” is no amount"),
        ("HK,utility,1_0", "“1_0” is no amount"),
        ("HK,utility,٣", "“٣” is no amount"),
        ("HK,utility,100000", "The amount must be 0 or more"),
        ("HK,utility,0.0000001", "more than six decimal places"),
        ("HK,utility,0.02,dollars", "“dollars” is no currency"),
        ("HK,utility,0.02,USD,01/02/2026", "“01/02/2026” is no date"),
        ("HK,utility,0.02,USD,2026-02-30", "“2026-02-30” is no date"),
        ("HK,utility,0.02,USD,2026-02-01,2026-01-31", "The last day is before the first."),
        ("HK", "is no category"),
        ("GB,utility,0.01", "It repeats row 2"),
        ("US GB,utility,0.01", "It repeats row 2"),
        ("HK,utility,0,02", "“02” is no currency"),
        ("HK,utility,0.02,USD,2026-01-01,,,note", "It has more cells than there are headings"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(row: str, words: str) -> None:
    ((number, said),) = problems(f"{HEADINGS}\nGB,utility,0.02\n{row}\nFR,utility,0.02\n")
    assert number == 3
    assert words in said


def test_all_bad_rows_are_named_at_once() -> None:
    found = problems('country,category,amount\n"HK",utility,x\n\nGB,utility,0.1\nXX,utility,0.1\nGB,utility,0.2\n')
    assert [number for number, _words in found] == [2, 5, 6]


@pytest.mark.parametrize(
    ("content", "row", "words"),
    [
        (b"", 0, "The file is empty."),
        (b"country,category,amount\n", 0, "no rows below the headings"),
        (b"country,price\nHK,1\n", 1, "missing: category, amount."),
        (b"country,category,amount,comment\nHK,utility,0,02\n", 1, "unknown columns: comment. Possible: country,"),
        ("country,category,amount\nHK,utility,1\n".encode("utf-16"), 0, "no text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n", 0, "no text in UTF-8"),
        (b"x" * (MOST_BYTES + 1), 0, "larger than 1 MB"),
        (b"country,category,amount\n" + b"HK,utility,1\n" * 5001, 0, "more than 5000 rows"),
        (MANY_RATES.encode(), 0, "more than 20000 rates"),
        (b'country,category,amount\n"' + b"x" * 200_000, 2, "cannot be read"),
    ],
)
def test_files_that_are_none(content: bytes, row: int, words: str) -> None:
    ((number, said),) = problems(content)
    assert (number, words in said) == (row, True), said


@pytest.mark.parametrize("headings", ["country,category,amount", "country,category,amount,,"])
def test_a_comma_in_the_amount_is_no_price_of_nothing(headings: str) -> None:
    ((number, said),) = problems(f"{headings}\nGB,utility,0.02,,\nHK,utility,0,02\n")
    assert number == 3
    assert "It has more cells than there are headings" in said


def test_a_comma_in_the_amount_does_not_become_a_note() -> None:
    ((number, said),) = problems("country,category,amount,note\nGB,utility,0.02,from 2026\nHK,utility,0,02\n")
    assert (number, said) == (3, "Its note is a number. A comma in an amount must be a point.")


def test_rows_count_as_spreadsheets_do() -> None:
    ((number, _said),) = problems('country,category,amount,note\nGB,utility,0.1,"two\nlines"\nXX,utility,0.1,\n')
    assert number == 3


def test_a_column_that_is_there_twice() -> None:
    ((number, said),) = problems("country,category,amount,Amount\nHK,utility,0.02,0.03\n")
    assert (number, said) == (1, "The first row names a column twice: amount.")


def test_a_wrong_channel() -> None:
    ((number, said),) = problems("country,category,amount,channel\nHK,utility,0.1,telegram\n")
    assert (number, said) == (2, "“telegram” is no channel with prices. Possible: whatsapp.")


def test_the_example_rates_can_be_read_and_say_that_they_are_examples() -> None:
    found = read(EXAMPLE_RATES.read_bytes())
    assert len(found) > 8
    assert {rate.note for rate in found} == {"example"}
