"""What was done to chats, one or many: what each was before and is now, and which were left as they are, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_ROOMS = 100

# Whose a chat is: the ids of its assignee and of its team.
Owners = tuple[int | None, int | None]
Value = str | int | Owners | None


@dataclass(frozen=True)
class Shown:
    """A chat as it was when somebody chose it: whose, and with how many messages of its customer (None: not said)."""

    owners: Owners
    inbound_count: int | None = None


class What(StrEnum):
    """What was changed about chats."""

    STATUS = "status"
    OWNERS = "owners"
    SEEN = "seen"
    LABEL = "label"


@dataclass(frozen=True)
class Changed:
    """One chat's value before and after; of a label, that of the chat's customer.

    Of a chat that changed hands also since when it was to be given to somebody, and how much its customer had written.
    """

    pk: int
    before: Value
    after: Value
    unclaimed_since: str | None = None
    inbound_count: int = 0


class Why(StrEnum):
    """Why something was left as it is."""

    SAME = "same"  # it is so already
    MOVED = "moved"  # it belongs to others than it did when it was chosen
    WROTE = "wrote"  # its customer has written since it was chosen
    KEPT = "kept"  # only its assignee, or an admin, may give it to somebody else
    CHANGED = "changed"  # it has been changed since what is to be taken back
    GONE = "gone"  # it is not there, or whom it would go to is not
    UNREACHED = "unreached"  # the database failed before it was its turn


@dataclass(frozen=True)
class Left:
    """A chat, or a customer, that was left as it is; `owners` and their name are whose the chat is now, or its
    customer's name with how much they have written."""

    pk: int
    why: Why
    owners: Owners = (None, None)
    owner: str = ""
    customer: str = ""
    inbound_count: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of them."""

    changed: tuple[Changed, ...] = ()
    left: tuple[Left, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.changed + other.changed, self.left + other.left)


class TooManyRooms(Exception):
    """More than MOST_ROOMS were chosen."""


def few(room_ids: Iterable[int]) -> list[int]:
    """Return these ids, each once. Raises TooManyRooms."""
    ids = list(dict.fromkeys(room_ids))
    if len(ids) > MOST_ROOMS:
        raise TooManyRooms
    return ids


def missing(wanted: Sequence[int], found: Iterable[int]) -> list[Left]:
    """Return those that were not found, as left."""
    there = set(found)
    return [Left(pk, Why.GONE) for pk in wanted if pk not in there]
