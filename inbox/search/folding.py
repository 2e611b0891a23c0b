"""Which letters count as the same, to show where a hit is. PostgreSQL's `search_text` decides what a hit is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SNIPPET = 140
_LEAD = 40

_LETTERS = {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"}


@dataclass(frozen=True)
class Piece:
    """A part of a text; a hit is marked."""

    text: str
    is_hit: bool = False


def fold(text: str) -> str:
    return "".join(map(_fold, text))


def marked(text: str, words: Iterable[str]) -> tuple[Piece, ...]:
    """Cut a text at the words that were looked for; joined, the pieces are the text."""
    hits = [False] * len(text)
    for start, end in _places(text, words):
        hits[start:end] = [True] * (end - start)
    pieces: list[Piece] = []
    begin = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or hits[place] != hits[begin]:
            pieces.append(Piece(text[begin:place], hits[begin]))
            begin = place
    return tuple(pieces)


def snippet(text: str, words: Iterable[str]) -> tuple[Piece, ...]:
    """Return one line of a text around its first hit."""
    line, words = " ".join(text.split()), tuple(words)
    first = min((start for start, _end in _places(line, words)), default=0)
    start = max(first - _LEAD, 0) if len(line) > SNIPPET else 0
    end = start + SNIPPET
    pieces = marked(line[start:end], words)
    before = (Piece("…"),) if start else ()
    after = (Piece("…"),) if end < len(line) else ()
    return before + pieces + after


def _places(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    folded, origin = [], []
    for place, character in enumerate(text):
        for each in _fold(character):
            folded.append(each)
            origin.append(place)
    whole, places = "".join(folded), []
    for word in filter(None, map(fold, words)):
        found = whole.find(word)
        while found >= 0:
            places.append((origin[found], origin[found + len(word) - 1] + 1))
            found = whole.find(word, found + len(word))
    return places


def _fold(character: str) -> str:
    if character.isascii():
        return character.lower()
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", character).lower())
    bare = "".join(each for each in folded if not "\u0300" <= each <= "\u036f")
    return "".join(_LETTERS.get(each, each) for each in unicodedata.normalize("NFC", bare))
