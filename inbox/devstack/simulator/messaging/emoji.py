"""The names that Messenger and Instagram give to reactions."""

from __future__ import annotations

EMOJI = {
    "love": "❤️",
    "smile": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
    "like": "👍",
    "dislike": "👎",
}
_NAMES = {emoji.replace("\ufe0f", ""): name for name, emoji in EMOJI.items()}


def name_of(emoji: str) -> str:
    """Return the name of an emoji; “other” stands for all that have none."""
    return _NAMES.get(emoji.replace("\ufe0f", ""), "other")
