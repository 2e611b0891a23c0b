"""Patterns that admins give fields: a part of the regular expressions whose work is bounded. Pure.

A pattern is what one value looks like, with alternatives between `|`: characters, `.`, `\\d` and its like, `[A-Z]`, each
with a repetition if need be. Groups, look-arounds and back references are refused. What makes an expression run for years
is repetitions that share the same characters in many ways: these ways are counted, and too many are refused.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

PATTERN_LENGTH = 100
VALUE_LENGTH = 200
_MOST_WAYS = 10_000_000

_ATOM = r"(?:\\[dDwWsS]|\\[^\w\s]|\[\^?(?:\\[dDwWsS]|\\[^\w\s]|[^\\\[\]])+\]|[^\\\[\](){}*+?|^$])"
_PIECE = re.compile(rf"{_ATOM}(?:(?P<many>[*+?])|\{{(?P<least>\d{{1,3}})(?P<comma>,(?P<most>\d{{1,3}})?)?\}})?")


class PatternRefused(Exception):
    """The pattern cannot be used; the message says why."""


def checked_pattern(pattern: str) -> str:
    """Return a pattern that may be matched against any value. Raises PatternRefused."""
    if len(pattern) > PATTERN_LENGTH:
        raise PatternRefused(
            _("This pattern is too long: at most %(count)s characters fit.") % {"count": PATTERN_LENGTH}
        )
    place, ways, all_ways = 0, 1, 0
    while place < len(pattern):
        if pattern[place] == "|":
            ways, all_ways, place = 1, all_ways + ways, place + 1
            continue
        piece = _PIECE.match(pattern, place)
        if piece is None:
            raise PatternRefused(
                _(
                    "Character %(number)s of the pattern is not understood. Use characters, \\d, [A-Z] and {2,4}; no groups."
                )
                % {"number": place + 1}
            )
        ways *= _ways(piece)
        place = piece.end()
    if all_ways + ways > _MOST_WAYS:
        raise PatternRefused(_("This pattern repeats too much. Say how often with {2,4} instead of * and +."))
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        raise PatternRefused(_("This pattern is not valid.")) from None
    return pattern


def fits(pattern: str, value: str) -> bool:
    """Say whether the whole value looks like the pattern. A long value never does."""
    return len(value) <= VALUE_LENGTH and re.fullmatch(pattern, value) is not None


def _ways(piece: re.Match[str]) -> int:
    """Return in how many ways a piece may be repeated."""
    if many := piece["many"]:
        return 2 if many == "?" else VALUE_LENGTH
    if piece["comma"] is None:
        return 1
    most = int(piece["most"]) if piece["most"] else VALUE_LENGTH
    return max(min(most, VALUE_LENGTH) - int(piece["least"]) + 1, 1)
