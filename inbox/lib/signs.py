"""What readers take for one character, which may be many code points: a family, a flag, a letter with its accents."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_FLAG_LETTERS = ("\U0001f1e6", "\U0001f1ff")
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_TAGS = ("\U000e0020", "\U000e007f")  # spell the flags of England, Scotland and Wales


def first_sign(text: str) -> str:
    """Return the first character as a reader sees it, whole; "" of nothing."""
    text = unicodedata.normalize("NFC", text)
    end = 1
    while end < len(text) and _belongs(text, end):
        end += 1
    return text[:end]


def _belongs(text: str, place: int) -> bool:
    """Whether what stands here is still the first character; everything before it is."""
    sign, before = text[place], text[place - 1]
    if _JOINER in (sign, before) or unicodedata.category(sign).startswith("M"):
        return True
    if _is_among(sign, _SKIN_TONES) or _is_among(sign, _TAGS):
        return True
    return place == 1 and _is_among(sign, _FLAG_LETTERS) and _is_among(before, _FLAG_LETTERS)


def _is_among(sign: str, span: tuple[str, str]) -> bool:
    return span[0] <= sign <= span[1]
