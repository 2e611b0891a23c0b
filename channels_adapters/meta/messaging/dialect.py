"""How the two channels differ in webhooks and words: the first argument of every reader here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels_adapters.reading import identifier_of, object_of
from channels_adapters.types import Identity, IdentityKind, Person

MessagingItem = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dialect:
    """`label` names the channel to people, `subject` is the `object` of its webhooks, `identity` the kind of its ids."""

    label: str
    subject: str
    identity: IdentityKind

    def person(self, external_id: str) -> Person:
        return Person((Identity(self.identity, external_id),))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: the account its entry belongs to, and the channel. `app_id` is our own, "" if not known.

    `on_standby`: another app has control of the thread."""

    dialect: Dialect
    account_id: str
    app_id: str = ""
    on_standby: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """Who did something in a chat. `customer` is "" when the item names nobody but the account."""

    customer: str
    by_business: bool


def sides_of(item: MessagingItem, place: Place, *, echo: bool = False) -> Sides:
    """Tell the customer from the account: they are the one whose id is not the entry's.

    An echo is the business's own, whichever way round it names the two.
    """
    sender, recipient = _id(item.get("sender")), _id(item.get("recipient"))
    by_business = echo or (sender == place.account_id != "")
    # The expected side goes first: in an entry of the dashboard's test, neither is the entry's.
    candidates = (recipient, sender) if by_business else (sender,)
    return Sides(next((each for each in candidates if each and each != place.account_id), ""), by_business)


def _id(value: Any) -> str:
    return identifier_of(object_of(value).get("id"))
