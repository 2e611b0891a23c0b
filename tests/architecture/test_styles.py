"""Style sheets: they follow the direction of the text, so that the pages also work from right to left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .sources import ROOT

SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
PHYSICAL = re.compile(
    r"""
    (?<![-\w])(?:
        (?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*\s*:
      | (?:left|right)\s*:
      | border-(?:top|bottom)-(?:left|right)-radius\s*:
      | (?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)\b
      | (?:margin|padding|inset|border-width)\s*:\s*(?P<top>[^\s;]+)\s+(?P<right>[^\s;(]+)\s+[^\s;]+\s+(?!(?P=right)\s*[;}])[^\s;]+\s*[;}]
    )
    """,
    re.VERBOSE,
)
# Where a script says a place of the screen, whichever way the text goes.
PLACED_BY_SCRIPT = re.compile(r"\b(?:top|left): var\(--[xy], 0\);")


def physical(css: str) -> list[str]:
    css = PLACED_BY_SCRIPT.sub("", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return [found.group().strip() for found in PHYSICAL.finditer(css)]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_a_style_sheet_knows_no_left_and_right(sheet: Path) -> None:
    assert physical(sheet.read_text()) == []


@pytest.mark.parametrize(
    "css",
    [
        "a { margin-left: 4px; }",
        "a { padding: 0 4px 0 8px; }",
        "a { text-align: right; }",
        "a { border-top-left-radius: 4px; }",
        "a { left: 0 }",
        "a { border-left: 1px solid; }",
    ],
)
def test_left_and_right_are_found(css: str) -> None:
    assert physical(css)


@pytest.mark.parametrize(
    "css", ["a { margin: 0 4px 8px 4px; }", "a { inset-inline-start: 0; }", "a { padding: 0 4px; }"]
)
def test_what_has_no_direction_is_left_alone(css: str) -> None:
    assert physical(css) == []
