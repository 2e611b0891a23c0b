"""What of an entry is searched, and for what. Pure: the keys stand in columns, and the database looks for them."""

from __future__ import annotations

import unicodedata

MOST_WORDS = 10
LONGEST_SEARCH = 200


def key_of(text: str) -> str:
    """Return what texts are compared by: without case, accents, widths of letters and needless white space."""
    plain = unicodedata.normalize("NFKD", text.replace("\x00", ""))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return unicodedata.normalize("NFKC", " ".join(kept.split()).casefold())


def words_of(search: str) -> list[str]:
    """Return the words that an entry should hold; what is typed beyond a few of them does not count."""
    return key_of(search[:LONGEST_SEARCH]).split()[:MOST_WORDS]
