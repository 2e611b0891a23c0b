"""By which words customers say that they want no more messages, or that they do again. Pure."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

STOP_WORDS = ("STOP", "UNSUBSCRIBE", "停止", "退訂", "退订", "取消訂閱", "取消订阅")
START_WORDS = ("START", "SUBSCRIBE", "訂閱", "订阅")
WORD_LENGTH = 40
MOST_WORDS = 50


class Wish(StrEnum):
    STOP = "stop"
    START = "start"


def may_be_wish(text: str) -> bool:
    """Say whether a message is short enough to be nothing but one of the words."""
    return 0 < len(text.strip()) <= WORD_LENGTH


def wish_of(text: str, stop_words: str, start_words: str) -> Wish | None:
    """Return what a message asks for if it is one of the words and nothing else, whatever its case, width and full stop.

    The words stand one a line."""
    said = _plain(text)
    if not said:
        return None
    if said in map(_plain, stop_words.splitlines()):
        return Wish.STOP
    return Wish.START if said in map(_plain, start_words.splitlines()) else None


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(text.split()).strip(" .!。！\"'")
