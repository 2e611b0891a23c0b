"""What forms say is believed only as far as it can be the number of a row."""

from __future__ import annotations

import pytest

from inbox.lib.forms import number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("12", 12),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_a_number_is_one_that_a_row_may_have(text: str, number: int | None) -> None:
    assert number_in(text) == number
