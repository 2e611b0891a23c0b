"""A text that is cut loses whitespace at the cuts and nothing else, and no character that people see is torn apart."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_adapters.splitting import length_of, split_text
from channels_adapters.types import TextUnit

from .contract import quick

CHARACTERS, BYTES = TextUnit.CHARACTERS, TextUnit.BYTES

# Each is one character to a reader.
SEQUENCES = [
    "a",
    "你",
    "e\u0301",
    "ก็",
    "नि",
    "😀",
    "👍🏽",
    "❤️",
    "1️⃣",
    "🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "👨‍👩‍👧‍👦",
    "👩🏽‍🚒",
]

units = st.sampled_from(TextUnit)
limits = st.integers(40, 120)
anything = st.text(st.characters(exclude_categories=()) | st.sampled_from(" \n.。🇩\u0301\u200d\ud800"), max_size=400)


@settings(quick, max_examples=150)
@given(text=anything, limit=limits, unit=units)
def test_joined_parts_lose_only_whitespace_and_each_fits(text: str, limit: int, unit: TextUnit) -> None:
    parts = split_text(text, limit, unit)
    assert all(0 < length_of(part, unit) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@settings(quick, max_examples=150)
@given(sequences=st.lists(st.sampled_from(SEQUENCES), min_size=10, max_size=120), limit=limits, unit=units)
def test_no_sequence_is_torn_apart(sequences: list[str], limit: int, unit: TextUnit) -> None:
    text = "".join(sequences)
    parts = split_text(text, limit, unit)
    assert "".join(parts) == text
    borders = set(itertools.accumulate(map(len, sequences)))
    assert set(itertools.accumulate(map(len, parts))) <= borders


@pytest.mark.parametrize("mark", ["\u0301", "\u200d", "\U0001f3fb", "\ud800"])
@pytest.mark.parametrize("unit", list(TextUnit))
def test_a_sequence_without_an_end_is_cut_all_the_same(mark: str, unit: TextUnit) -> None:
    text = mark * 500
    parts = split_text(text, 40, unit)
    assert "".join(parts) == text
    assert all(length_of(part, unit) <= 40 for part in parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("short", ["short"]),
        ("x" * 40, ["x" * 40]),
        ("x" * 41, ["x" * 40, "x"]),
        # the last paragraph, line, sentence or word that fits
        (f"{'a ' * 15}\n\n{'b' * 30}", [("a " * 15).strip(), "b" * 30]),
        (f"{'a ' * 15}\n{'b ' * 15}", [("a " * 15).strip(), "b " * 15]),
        (f"{'a ' * 12}end. {'b ' * 12}", [f"{'a ' * 12}end.", "b " * 12]),
        (f"{'你' * 25}。{'好' * 25}", [f"{'你' * 25}。", "好" * 25]),
        (f"{'word ' * 10}", [("word " * 8).strip(), "word word "]),
        # a border in the first half would waste the part
        (f"a {'b' * 60}", [f"a {'b' * 38}", "b" * 22]),
    ],
)
def test_a_cut_stands_where_a_reader_expects_it(text: str, parts: list[str]) -> None:
    assert split_text(text, 40, CHARACTERS) == parts


def test_bytes_are_counted_where_the_channel_counts_bytes() -> None:
    text = "你" * 1000
    assert length_of(text, CHARACTERS) == 1000
    assert length_of(text, BYTES) == 3000
    assert [len(part) for part in split_text(text, 2048, BYTES)] == [682, 318]
    assert len(split_text(text, 2048, CHARACTERS)) == 1


def test_a_limit_that_one_sequence_might_exceed_is_no_limit() -> None:
    with pytest.raises(ValueError, match="too small"):
        split_text("Hello", 39, CHARACTERS)
