"""Who is meant by a name after an at sign."""

from __future__ import annotations

import pytest

from inbox.notes.mentions import mentioned

PEOPLE = {1: "Ann Lee", 2: "Ann", 3: "Ben Agent", 4: "陳大文", 5: "Zoë  O’Neil", 6: "Max Mo", 7: "Max Li", 8: "Max Li"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@Ben Agent please look", [3]),
        ("please, @ben agent!", [3]),
        ("(@Ben) and ＠Ben Agent", [3]),
        ("@Ann Lee", [1]),
        ("@Ann Leeds", [2]),
        ("@Ann", [2]),
        ("@Annabel", []),
        ("ben@agent.example, b.@agent.example, Ｂ＠Ben, @@Ben, @ Ben", []),
        ("請@陳大文看一下，再問＠Ben", [4, 3]),
        ("ありがとう@Ben!@Ann）", [3, 2]),
        ("請 @陳大文看一下", [4]),
        ("@ZOË\no’neil", [5]),
        ("@Zoë and @Ben and @Zoë", [5, 3]),
        ("@Max", []),
        ("@Max Li", [7, 8]),
        ("", []),
        ("@", []),
    ],
)
def test_who_is_meant(text: str, meant: list[int]) -> None:
    assert mentioned(text, PEOPLE) == meant


def test_a_name_of_nothing_means_nobody() -> None:
    assert mentioned("@ x", {1: " ", 2: ""}) == []
