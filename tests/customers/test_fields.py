"""What a value of each type may look like, and which patterns admins may set."""

from __future__ import annotations

import time

import pytest

from inbox.customers.fields import Field, ValueRefused, cleaned, link_to
from inbox.customers.patterns import PatternRefused, checked_pattern, fits
from inbox.customers.wishes import START_WORDS, STOP_WORDS, Wish, wish_of

CODE = Field("code", "Code", pattern=r"[A-Z]{2}-\d{4}|VIP", help_text="Two letters and four digits.")
SIZE = Field("size", "Size", "choice", choices=("small", "large"))


@pytest.mark.parametrize(
    ("field", "typed", "stored"),
    [
        (Field("k", "K"), "  two \x00 words\n", "two words"),
        (Field("k", "K"), " \t", ""),
        (Field("k", "K"), "x" * 500, "x" * 500),
        (Field("k", "K"), "x" * 501, None),
        (Field("k", "K", is_required=True), " ", None),
        (Field("k", "K", "number"), "0012.50", "12.5"),
        (Field("k", "K", "number"), "-0", "0"),
        (Field("k", "K", "number"), "１２ ３４", "1234"),
        (Field("k", "K", "number"), "1,234", None),
        (Field("k", "K", "number"), "1e9", None),
        (Field("k", "K", "number"), "NaN", None),
        (Field("k", "K", "number"), "9" * 21, None),
        (Field("k", "K", "date"), "2026-02-28", "2026-02-28"),
        (Field("k", "K", "date"), "2026-02-29", None),
        (Field("k", "K", "date"), "28.2.2026", None),
        (Field("k", "K", "boolean"), "yes", "yes"),
        (Field("k", "K", "boolean"), "true", None),
        (SIZE, "large", "large"),
        (SIZE, "Large", None),
        (Field("k", "K", "url"), "example.com/a?b=1", "https://example.com/a?b=1"),
        (Field("k", "K", "url"), "javascript:alert(1)", None),
        (Field("k", "K", "url"), "ftp://example.com", None),
        (Field("k", "K", "email"), "ann@example.com", "ann@example.com"),
        (Field("k", "K", "email"), "ann@", None),
        (Field("k", "K", "email"), "ann@example.com, bob@example.com", None),
        (Field("k", "K", "phone"), "+852 9000 0001", "+85290000001"),
        (Field("k", "K", "phone"), "00852 9000 0001", "+85290000001"),
        (Field("k", "K", "phone"), "9000 0001", None),
        (Field("k", "K", "phone"), "+1", None),
        (CODE, "AB-1234", "AB-1234"),
        (CODE, "VIP", "VIP"),
        (CODE, "xAB-1234", None),
        (CODE, "VIP-1234", None),
    ],
)
def test_values(field: Field, typed: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(ValueRefused) as refusal:
            cleaned(field, typed)
        assert len(str(refusal.value)) > 10
        if field.pattern:
            assert str(refusal.value) == field.help_text
    else:
        assert cleaned(field, typed) == stored
        assert not stored or cleaned(field, stored) == stored


@pytest.mark.parametrize(
    ("type_", "stored", "link"),
    [
        ("url", "https://example.com/", "https://example.com/"),
        ("url", "javascript:alert(1)", ""),  # it was a text's value before the type was changed
        ("email", "ann@example.com", "mailto:ann@example.com"),
        ("phone", "+85290000001", "tel:+85290000001"),
        ("text", "https://example.com/", ""),
        ("url", "", ""),
    ],
)
def test_only_what_was_checked_is_a_link(type_: str, stored: str, link: str) -> None:
    assert link_to(Field("k", "K", type_), stored) == link


@pytest.mark.parametrize(
    "pattern", [r"[A-Z]{2}-\d{4}", r"\d{3,8}", r"a|b|c+", r"\w+@\w+", r"[^\]x]{1,3}\.", "陳.?", r"\$\d+"]
)
def test_patterns_that_are_taken(pattern: str) -> None:
    assert checked_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*",
        r"(?=a)",
        r"\1",
        "a**",
        "*",
        "[",
        "[z-a]",
        r"\b",
        "^a$",
        ".*.*.*.*x",
        "a{5,2}",
        "x" * 101,
        r"a{1,200}" * 5,
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        checked_pattern(pattern)


def test_the_worst_pattern_that_is_taken_is_quick() -> None:
    pattern = checked_pattern(r".*.*.*x")
    started = time.process_time()
    assert not fits(pattern, "y" * 200)
    assert not fits(".", "y" * 201)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("STOP", Wish.STOP),
        (" stop. ", Wish.STOP),
        ("ＳＴＯＰ！", Wish.STOP),
        ("退訂", Wish.STOP),
        ("start", Wish.START),
        ("Please stop", None),
        ("stop it", None),
        ("Bus stop", None),
        ("", None),
        ("...", None),
    ],
)
def test_words_to_opt_out(text: str, wish: Wish | None) -> None:
    assert wish_of(text, "\n".join(STOP_WORDS), "\n".join(START_WORDS)) == wish
