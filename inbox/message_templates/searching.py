"""What of a template is searched, and for what. Pure: the words stand in a column, and the database looks for them."""

from __future__ import annotations

from .components import Components, body_of, cards_of, footer_of, header_of

MOST_WORDS = 10


def searched_text(name: str, language: str, components: Components) -> str:
    """Return the name, the language and the words of a template, as `words_of` are looked for in them."""
    words = [name, name.replace("_", " "), language]
    for part in (components, *cards_of(components)):
        words += [header_of(part).text, body_of(part), footer_of(part)]
    return " ".join(words).casefold()


def words_of(search: str) -> list[str]:
    """Return the words that a template must hold, each anywhere; what is typed beyond a few of them does not count."""
    return search.replace("\x00", "").casefold().split()[:MOST_WORDS]
