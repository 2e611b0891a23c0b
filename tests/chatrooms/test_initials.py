"""What stands in an avatar."""

from __future__ import annotations

import pytest

from inbox.chatrooms.presenters import initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Chan Tai Man", "CM"),
        ("amy", "A"),
        ("陳大文", "陳"),
        ("+852 6123 4567", "67"),
        ("+85261234567", "67"),
        ("(212) 555-0142", "42"),
        ("7", "7"),
        ("2 Sisters", "2S"),
        ("", ""),
        (" ", ""),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected
