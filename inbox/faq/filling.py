"""Variables in answers: `{first_name}` becomes the customer's first name, `{agent}` whoever answers. Pure.

Besides these, everything that a workspace knows of its customers has one, by its key: `{company}`, `{order_number}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

VARIABLES = ("name", "first_name", "phone", "agent")

_VARIABLE = re.compile(r"{([a-z][a-z0-9_]{0,39})}")


@dataclass(frozen=True)
class Filled:
    """An answer with its variables in place. `unknown` are those whose facts are not known; they stay as they are."""

    text: str
    unknown: tuple[str, ...] = ()


def variables_in(text: str) -> Iterator[str]:
    """Yield what may be a variable besides those that there always are."""
    return (name for name in _VARIABLE.findall(text) if name not in VARIABLES)


def fill(text: str, facts: Mapping[str, str]) -> Filled:
    """Put facts in; an empty one is not known, and what is no fact is no variable.

    A fact is never read as a variable itself, whatever a customer calls themselves.
    """
    unknown: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in facts:
            return match[0]
        value = " ".join(facts[match[1]].split())
        if not value:
            unknown[match[1]] = None
        return value or match[0]

    filled = _VARIABLE.sub(value_of, text)
    return Filled(filled, tuple(unknown))
