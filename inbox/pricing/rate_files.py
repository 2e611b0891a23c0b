"""Rates from a CSV file: every row is read before any is kept, and each that cannot be is named by its number.

The columns are `country`, `category`, `amount`, and as far as the file has them `channel`, `currency`, `valid_from`,
`valid_until`, `note`. A country is two letters, several for a group that has one price ("CA US"), or * for every other.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from .countries import ANYWHERE, CODES
from .estimating import DOLLARS, Rate

EXAMPLE_RATES = Path(__file__).with_name("example_rates.csv")
REQUIRED = ("country", "category", "amount")
COLUMNS = (*REQUIRED, "channel", "currency", "valid_from", "valid_until", "note")
_BEYOND = ""
MOST_ROWS = 5000
MOST_RATES = 20_000  # rows may name many countries each
MOST_BYTES = 1_000_000
HIGHEST = Decimal(100_000)
PLACES = Decimal("0.000001")
_AMOUNT = re.compile(r"-?[0-9]*\.?[0-9]+")


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row; `row` counts as spreadsheets do, the headings being row 1. 0 is the whole file."""

    row: int
    words: str


class RatesRefused(Exception):
    """The file holds problems, so nothing of it was kept."""

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(_("Nothing was imported."))
        self.problems = problems


class _Bad(ValueError):
    """What a cell holds cannot be; the words say why."""


def read_rates(
    content: bytes, *, channels: Mapping[str, str], categories: Mapping[str, str], today: date
) -> list[Rate]:
    """Return the rates of a file, or raise RatesRefused with every problem in it.

    `channels` and `categories` are those that rates may be for, the first channel being the default; `today` is the
    first day of a rate that names none.
    """
    rows = _rows(content)
    rates: list[Rate] = []
    problems: list[RowProblem] = []
    first_seen: dict[tuple[object, ...], int] = {}
    for number, row in rows:
        try:
            found = _read(row, channels=channels, categories=categories, today=today)
        except _Bad as problem:
            problems.append(RowProblem(number, str(problem)))
            continue
        for rate in found:
            key = (rate.channel, rate.country, rate.category, rate.valid_from)
            earlier = first_seen.setdefault(key, number)
            if earlier != number:
                words = _("It repeats row %(row)s: the same country, category, channel and first day.")
                problems.append(RowProblem(number, words % {"row": earlier}))
                break
        rates.extend(found)
    if len(rates) > MOST_RATES:
        problems.append(RowProblem(0, _("The file has more than %(count)s rates.") % {"count": MOST_RATES}))
    if problems:
        raise RatesRefused(problems)
    return rates


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise RatesRefused([RowProblem(0, _("The file is larger than 1 MB."))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RatesRefused([RowProblem(0, _("The file is no text in UTF-8. Save it as “CSV UTF-8”."))]) from None
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""))
    try:
        lines = list(enumerate(reader, 1))
    except csv.Error:
        raise RatesRefused([RowProblem(reader.line_num, _("The file cannot be read from here on."))]) from None
    if not lines:
        raise RatesRefused([RowProblem(0, _("The file is empty."))])
    headings = [cell.strip().lower() for cell in lines[0][1]]
    missing = [name for name in REQUIRED if name not in headings]
    if missing:
        words = _("The first row must name the columns; missing: %(names)s.") % {"names": ", ".join(missing)}
        raise RatesRefused([RowProblem(1, words)])
    twice = [name for name in COLUMNS if headings.count(name) > 1]
    if twice:
        words = _("The first row names a column twice: %(names)s.") % {"names": ", ".join(twice)}
        raise RatesRefused([RowProblem(1, words)])
    unknown = [heading for heading in headings if heading and heading not in COLUMNS]
    if unknown:
        words = _("The first row names unknown columns: %(names)s. Possible: %(columns)s.")
        names = {"names": ", ".join(unknown)[:200], "columns": ", ".join(COLUMNS)}
        raise RatesRefused([RowProblem(1, words % names)])
    rows = [(number, _row(headings, cells)) for number, cells in lines[1:] if any(cell.strip() for cell in cells)]
    if not rows:
        raise RatesRefused([RowProblem(0, _("The file has no rows below the headings."))])
    if len(rows) > MOST_ROWS:
        raise RatesRefused([RowProblem(0, _("The file has more than %(count)s rows.") % {"count": MOST_ROWS})])
    return rows


def _row(headings: list[str], cells: list[str]) -> dict[str, str]:
    """Return the cells by their columns; what stands under no heading, under _BEYOND."""
    row = {heading: cell.strip() for heading, cell in zip(headings, cells, strict=False) if heading}
    named = len(headings)
    bare = [cell for number, cell in enumerate(cells) if number >= named or not headings[number]]
    return row | {_BEYOND: "".join(bare).strip()}


def _read(
    row: dict[str, str], *, channels: Mapping[str, str], categories: Mapping[str, str], today: date
) -> list[Rate]:
    """Return one rate for each country of the row."""
    if row[_BEYOND]:
        raise _Bad(_("It has more cells than there are headings. A comma in an amount must be a point."))
    if row.get("note", "").isdecimal():
        raise _Bad(_("Its note is a number. A comma in an amount must be a point."))
    valid_from = _date(row.get("valid_from", "")) or today
    valid_until = _date(row.get("valid_until", ""))
    if valid_until is not None and valid_until < valid_from:
        raise _Bad(_("The last day is before the first."))
    channel = _one_of(channels, row.get("channel", "") or next(iter(channels)), _channel_words)
    category = _one_of(categories, row.get("category", ""), _category_words)
    currency = (row.get("currency") or DOLLARS).upper()
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise _Bad(_("“%(text)s” is no currency: three letters, for example USD.") % {"text": row["currency"][:20]})
    amount = _amount(row.get("amount", ""))
    return [
        Rate(channel, country, category, amount, currency, valid_from, valid_until, note=row.get("note", "")[:120])
        for country in _countries(row.get("country", ""))
    ]


def _countries(text: str) -> list[str]:
    found = list(dict.fromkeys(text.upper().split()))
    if not found:
        raise _Bad(_("The country is missing: two letters, or * for every other country."))
    for country in found:
        if country != ANYWHERE and country not in CODES:
            raise _Bad(_("“%(text)s” is no country: two letters, for example HK, or *.") % {"text": country[:20]})
    return found


def _one_of(allowed: Mapping[str, str], text: str, words: Callable[[str], str]) -> str:
    by_word = {str(label).lower(): key for key, label in allowed.items()} | {key: key for key in allowed}
    found = by_word.get(text.lower())
    if found is None:
        raise _Bad(f"{words(text[:40])} {', '.join(allowed)}.")
    return found


def _channel_words(text: str) -> str:
    return _("“%(text)s” is no channel with prices. Possible:") % {"text": text}


def _category_words(text: str) -> str:
    return _("“%(text)s” is no category. Possible:") % {"text": text}


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise _Bad(_("“%(text)s” is no amount, for example 0.0125.") % {"text": text[:20]})
    amount = Decimal(text)
    if not 0 <= amount < HIGHEST:
        raise _Bad(_("The amount must be 0 or more, and less than 100000."))
    if amount != amount.quantize(PLACES):
        raise _Bad(_("The amount has more than six decimal places."))
    return amount


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Bad(_("“%(text)s” is no date, for example 2026-07-31.") % {"text": text[:20]}) from None
