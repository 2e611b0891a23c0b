"""What forms and addresses say, as values."""

from __future__ import annotations


def number_in(text: str) -> int | None:
    """Return an id, a version or a count; None for what is none, or more than any row has."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
