"""Reactions: names in the vendor's words, emoji in ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels_adapters.reading import text_of

EMOJI: Mapping[str, str] = {
    "love": "❤️",
    "like": "👍",
    "dislike": "👎",
    "smile": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
}


def emoji_of(reaction: Mapping[str, Any]) -> str:
    """Return the emoji of a reaction, by its name where it is missing; "" for a name that stands for none."""
    return text_of(reaction.get("emoji")).strip() or EMOJI.get(text_of(reaction.get("reaction")), "")


def name_of(emoji: str) -> str:
    """Return the vendor's name of an emoji, "" if it has none. The invisible mark that asks for colour is optional."""
    plain = _plain(emoji)
    return next((name for name, known in EMOJI.items() if _plain(known) == plain), "")


def _plain(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")
