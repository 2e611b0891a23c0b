"""A long text cut into parts that a channel takes, in the channel's own unit."""

from __future__ import annotations

import re
import unicodedata

from .types import TextUnit

# A part never begins with one of these, nor with a mark (Unicode's category M): they belong to the character before
# them. Joiners, skin tones, tags and the second half of a flag are what people notice when a text is cut.
_CONTINUES = re.compile("[\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# The longest sequence that is kept whole: a family of four with skin tones has 11 characters.
_LONGEST_SEQUENCE = 20


def length_of(text: str, unit: TextUnit) -> int:
    """Return how long a text is for the vendor."""
    return len(text.encode("utf-8", "surrogatepass")) if unit is TextUnit.BYTES else len(text)


def split_text(text: str, limit: int, unit: TextUnit) -> list[str]:
    """Return parts of at most `limit` units each, cut between lines or words where there are any, else between characters.

    Whitespace at a cut is dropped, nothing else is. Raises ValueError for a limit that a character might exceed.
    """
    if limit < 40:
        raise ValueError("the limit is too small to cut a text")
    parts = []
    rest = text
    while length_of(rest, unit) > limit:
        end = _longest_prefix(rest, limit, unit)
        cut = _good_cut(rest, end)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in (*parts, rest) if part]


def _longest_prefix(text: str, limit: int, unit: TextUnit) -> int:
    if unit is TextUnit.CHARACTERS:
        return limit
    # A lone surrogate goes out as U+FFFD, which is as long.
    return len(_SURROGATE.sub("\ufffd", text).encode()[:limit].decode("utf-8", "ignore"))


def _good_cut(text: str, end: int) -> int:
    """Return where to cut at or before `end`: after a paragraph, line, sentence or word in the last half, if any."""
    for mark in ("\n\n", "\n", "。", ". ", " "):
        found = text.rfind(mark, end // 2, end + 1 if mark.isspace() else end)
        if found > 0:
            return min(found + len(mark), end) if mark.strip() else found
    lowest = max(end - _LONGEST_SEQUENCE, 0)
    cut = end
    while cut > lowest and _belongs_together(text, cut):
        cut -= 1
    return cut if cut > lowest else end


def _belongs_together(text: str, cut: int) -> bool:
    before, after = text[cut - 1], text[cut]
    if unicodedata.category(after).startswith("M") or _CONTINUES.match(after) or before == "\u200d":
        return True
    if not (_FLAG.match(before) and _FLAG.match(after)):
        return False
    letters = 1
    while cut - 1 - letters >= 0 and _FLAG.match(text[cut - 1 - letters]):
        letters += 1
    return letters % 2 == 1
