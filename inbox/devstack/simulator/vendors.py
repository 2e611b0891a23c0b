"""The vendors' ways, by channel: what a person can do there, and what it sets off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .accounts import Account
from .composing import Composing, Written
from .http import Refused
from .instagram import inbound as instagram
from .messaging import receipts as messaging
from .messenger import inbound as messenger
from .people import Person
from .simulator import Simulator
from .wechat import inbound as wechat
from .whatsapp import inbound as whatsapp
from .whatsapp import statuses
from .world import Message


@dataclass(frozen=True)
class Vendor:
    """`kinds` are what `write` understands; `replies`: a message can quote another."""

    kinds: tuple[str, ...]
    replies: bool
    write: Callable[[Composing[Any]], Written]
    report_seen: Callable[[Simulator, Any, Person, list[Message]], None]


VENDORS: dict[str, Vendor] = {
    "whatsapp": Vendor(
        whatsapp.KINDS,
        True,
        whatsapp.write,
        lambda sim, number, person, unseen: statuses.report_seen(sim, number, unseen),
    ),
    "messenger": Vendor(messenger.KINDS, True, messenger.write, messaging.report_seen),
    "instagram": Vendor(instagram.KINDS, True, instagram.write, messaging.report_seen),
    "wechat": Vendor(wechat.KINDS, False, wechat.write, lambda sim, account, person, unseen: None),  # it tells nobody
}


def write(sim: Simulator, account: Account, person: Person, fields: dict[str, Any]) -> Written:
    """Compose what a person does to an account, and show it on the phone; the webhooks are for the caller to post.

    Raises Refused, in words, when the description is not understood."""
    vendor = VENDORS[account.channel]
    kind = fields.get("kind", "text")
    if kind not in vendor.kinds:
        raise Refused(f"Unknown kind “{kind}”. On {account.channel} there are: {', '.join(vendor.kinds)}.")
    sim.world.people.id_at(account, person)
    written = vendor.write(Composing(sim, account, person, str(kind), fields))
    sim.storage.touch()
    return written


def abilities(account: Account, person: Person) -> list[str]:
    """Return what this person can do now: kinds of `write`, and “reply” where messages can be quoted."""
    if account.channel == "wechat" and not person.followed.get(account.id, True):
        return ["follow", "scan"]
    vendor = VENDORS[account.channel]
    return [*(kind for kind in vendor.kinds if kind != "follow"), *(["reply"] if vendor.replies else [])]


def mark_seen(sim: Simulator, account_id: str, person_id: str) -> None:
    """The person looks at the chat: everything that has arrived there is read."""
    account, person = sim.world.accounts.get(account_id), sim.world.people.by_id.get(person_id)
    unseen = [message for message in sim.world.thread(account_id, person_id) if message.outbound and not message.seen]
    for message in unseen:
        message.seen = True
    if account is not None and person is not None and unseen:
        VENDORS[account.channel].report_seen(sim, account, person, unseen)
        sim.storage.touch()
