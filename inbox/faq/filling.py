"""Variables in answers: `{first_name}` becomes the customer's first name, `{agent}` whoever answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLES = ("name", "first_name", "phone", "agent")

_VARIABLE = re.compile(rf"{{({'|'.join(VARIABLES)})}}")


@dataclass(frozen=True)
class Filled:
    """An answer with its variables in place. `unknown` are those whose facts are not known; they stay as they are."""

    text: str
    unknown: tuple[str, ...] = ()


def fill(text: str, facts: Mapping[str, str]) -> Filled:
    """Put facts in. A fact is never read as a variable itself, whatever a customer calls themselves."""
    unknown: dict[str, None] = {}

    def value_of(match: re.Match[str]) -> str:
        value = " ".join(facts.get(match[1], "").split())
        if not value:
            unknown[match[1]] = None
        return value or match[0]

    filled = _VARIABLE.sub(value_of, text)
    return Filled(filled, tuple(unknown))
